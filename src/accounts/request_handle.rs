//! The authorization request that goes on after a mail was answered: its handle lies sealed beside
//! what waits for the mail.

use crate::domain::{PlainToken, TokenDigest};
use crate::keys::{KeyEncryptionKey, Purpose, SealError, Sealed};

/// Seals the handle for the row of the flow with this digest.
pub(super) fn seal(
    kek: &KeyEncryptionKey,
    flow: &TokenDigest,
    request: Option<&PlainToken>,
) -> Result<Option<String>, SealError> {
    let Some(request) = request else { return Ok(None) };
    let sealed = kek.seal(Purpose::FlowHandle, flow.as_str(), request.expose().as_bytes())?;
    Ok(Some(sealed.0))
}

/// Opens what [`seal`] made for the same row.
pub(super) fn open(
    kek: &KeyEncryptionKey,
    flow: &TokenDigest,
    sealed: Option<&str>,
) -> Result<Option<PlainToken>, SealError> {
    let Some(sealed) = sealed else { return Ok(None) };
    let plain = kek.open(Purpose::FlowHandle, flow.as_str(), &Sealed(sealed.to_owned()))?;
    std::str::from_utf8(&plain).map(|plain| Some(PlainToken::new(plain))).map_err(|_| SealError)
}
