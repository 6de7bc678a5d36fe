//! What is wrong with the configuration.

use std::fmt;
use std::io;

/// The configuration cannot be used.
#[derive(Debug)]
pub enum ConfigError {
    /// The file cannot be read.
    Unreadable {
        /// Which file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Every problem that was found.
    Invalid(Vec<String>),
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, source } => write!(
                formatter,
                "the configuration file {path} cannot be read: {source}. Give its place with \
                 --config FILE"
            ),
            Self::Invalid(problems) => {
                formatter.write_str("the configuration cannot be used:")?;
                problems.iter().try_for_each(|problem| write!(formatter, "\n  - {problem}"))
            }
        }
    }
}
