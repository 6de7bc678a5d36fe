//! `[api]`: what holds for every JSON API.

use super::reader::Section;

/// What holds for every JSON API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Api {
    /// Whether the document of the JSON endpoints is served, and the page that shows it.
    pub docs: bool,
}

impl Api {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self { docs: section.boolean("docs", false) }
    }
}
