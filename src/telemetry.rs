//! The log: lines for people or machines, on the console and, where wished, in files.
//!
//! Logs go to standard error, so that what a command prints stays alone on standard output.

mod files;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tracing::Level;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use files::DailyFile;

/// Tells the date as `2026-11-21`; files are named by it.
pub type Today = fn() -> String;

/// How to log.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// error, warn, info, debug or trace.
    pub level: &'static str,
    /// JSON instead of lines for people.
    pub json: bool,
    /// The folder of the log files, where there are to be any.
    pub folder: Option<PathBuf>,
    /// Tells the date.
    pub today: Today,
}

/// The log cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The folder for the files cannot be written.
    #[error("log files cannot be written in {folder}: {source}. Set log.dir to another folder")]
    Folder {
        /// Which folder.
        folder: String,
        /// What the system said.
        source: io::Error,
    },
    /// It was set up before.
    #[error(transparent)]
    Twice(#[from] TryInitError),
}

impl Telemetry {
    /// Begins to log.
    ///
    /// # Errors
    ///
    /// If the log files cannot be written.
    pub fn start(&self) -> Result<(), TelemetryError> {
        let mut layers = vec![self.layer(io::stderr)];
        if let Some(folder) = &self.folder {
            let open = |name| {
                DailyFile::open(folder, name, self.today).map(Arc::new).map_err(|source| {
                    TelemetryError::Folder { folder: folder.display().to_string(), source }
                })
            };
            let (all, errors) = (open("protekt")?, open("error")?);
            layers.push(line_layer(all, self.json, false));
            layers.push(line_layer(errors.with_max_level(Level::ERROR), self.json, false));
        }
        // One filter for all: where each layer has its own, a library that only asks whether a line
        // would be written makes the next line on its thread disappear.
        tracing_subscriber::registry().with(layers).with(self.filter()).try_init()?;
        Ok(())
    }

    /// Our own lines at the level asked for; of the libraries below only what looks wrong, whose
    /// details may hold what was sent.
    fn filter(&self) -> EnvFilter {
        // What the session layer cannot load is told once, by us.
        EnvFilter::new(format!("warn,tower_sessions_core=off,protekt={}", self.level))
    }

    fn layer<W>(&self, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
    where
        W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
    {
        line_layer(writer, self.json, io::IsTerminal::is_terminal(&io::stderr()))
    }
}

fn line_layer<S, W>(writer: W, json: bool, colours: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colours);
    if json { layer.json().flatten_event(true).boxed() } else { layer.boxed() }
}
