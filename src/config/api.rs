//! `[api]`: our JSON API, by which applications of the operator's own sign people in themselves.

use super::reader::Section;

/// Our JSON API.
#[derive(Clone, Debug, Default)]
pub struct Api {
    /// Whether it is served at all.
    pub enabled: bool,
    /// The `client_id` of calls that name none.
    pub default_client: Option<String>,
    /// Whether a sign-up answers alike whether an address has an account or not.
    pub neutral_sign_up: bool,
}

impl Api {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            enabled: section.boolean("enabled", false),
            default_client: section.text("default_client"),
            neutral_sign_up: section.boolean("neutral_sign_up", false),
        }
    }
}
