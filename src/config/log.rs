//! `[log]`: what is logged, and where.

use std::path::PathBuf;

use super::reader::Section;

/// What is logged, and where.
#[derive(Clone, Debug)]
pub struct Log {
    /// From which level on.
    pub level: Level,
    /// For people or for machines.
    pub format: Format,
    /// Whether to write files beside the console.
    pub to_file: bool,
    /// Where the files lie.
    pub dir: PathBuf,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What failed.
    Error,
    /// And what looks wrong.
    Warn,
    /// And what happened.
    Info,
    /// And how.
    Debug,
    /// Everything.
    Trace,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Pretty,
    /// For machines.
    Json,
}

impl Level {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Log {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let levels = [
            ("error", Level::Error),
            ("warn", Level::Warn),
            ("info", Level::Info),
            ("http", Level::Debug),
            ("debug", Level::Debug),
            ("trace", Level::Trace),
        ];
        let formats = [("pretty", Format::Pretty), ("json", Format::Json)];
        Self {
            level: section.choice("level", &levels, Level::Info),
            format: section.choice("format", &formats, Format::Pretty),
            to_file: section.boolean("to_file", false),
            dir: section.path("dir").unwrap_or_else(|| "logs".into()),
        }
    }
}
