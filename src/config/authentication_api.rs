//! `[authentication_api]`: signing in by JSON.

use super::reader::Section;

/// Signing in by JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticationApi {
    /// Whether it is there at all.
    pub enabled: bool,
    /// Whether a sign-up is answered alike whoever has the address.
    pub neutral_sign_up: bool,
}

impl AuthenticationApi {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            enabled: section.boolean("enabled", false),
            neutral_sign_up: section.boolean("neutral_sign_up", false),
        }
    }
}
