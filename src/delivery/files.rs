//! Messages written down instead of sent: into a folder, or where an operator reads along.

use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::transport::TransportError;

/// Writes one message where an operator reads it.
pub(super) fn print(output: &Mutex<dyn Write + Send>, text: &str) -> Result<(), TransportError> {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(output, "--- {text}\n---")
        .and_then(|()| output.flush())
        .map_err(|error| TransportError::passing(&error))
}

/// Writes one message as the file `name`, beside the place and then renamed, so that a reader never
/// sees half of it.
pub(super) async fn write(
    folder: &Path,
    name: String,
    message: Vec<u8>,
) -> Result<(), TransportError> {
    let folder = folder.to_owned();
    let written =
        tokio::task::spawn_blocking(move || write_durably(&folder, &name, &message)).await;
    match written {
        Ok(written) => written.map_err(|error| TransportError::passing(&error)),
        Err(error) => Err(TransportError::passing(&error)),
    }
}

/// Messages hold links and codes: nobody else may read them. On the disk before it counts as sent.
fn write_durably(folder: &Path, name: &str, message: &[u8]) -> std::io::Result<()> {
    let mut make = std::fs::DirBuilder::new();
    make.recursive(true);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    make.create(folder)?;
    let draft = folder.join(format!(".{name}.tmp"));
    let mut file = options.open(&draft)?;
    file.write_all(message)?;
    file.sync_all()?;
    std::fs::rename(&draft, folder.join(name))?;
    std::fs::File::open(folder)?.sync_all()
}
