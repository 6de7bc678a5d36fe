//! What a development server adds to the provider.

use std::path::PathBuf;

/// Where a development server is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Where its mails lie.
    pub(super) mail_folder: PathBuf,
    /// Its port.
    pub(super) port: u16,
}

impl Place {
    /// The names it answers to.
    pub(super) fn hosts(&self) -> Vec<String> {
        ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}:{}", self.port)).into()
    }
}
