//! `[recovery]`: a way back for who lost every second factor.

use super::reader::Section;
use super::value::Entry;

/// The most characters of the operator's text.
const LONGEST_TEXT: usize = 500;

/// A way back for who lost every second factor.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Whether people can ask for it at all.
    pub enabled: bool,
    /// What they read before they ask.
    pub text: Option<String>,
    /// Where they reach the operator.
    pub contact: Option<String>,
    /// How long after an operator's approval the second factors go, in seconds.
    pub delay: i64,
}

impl Recovery {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            enabled: section.boolean("enabled", false),
            text: section.text("text"),
            contact: section.parsed(
                "contact",
                "an address that begins with https://, mailto: or tel:",
                address,
            ),
            delay: section.seconds("delay", 24 * 60 * 60, 0..=30 * 24 * 60 * 60),
        }
    }

    pub(super) fn validate(&self) -> Vec<String> {
        let text = self.text.as_deref().unwrap_or_default();
        if text.chars().count() > LONGEST_TEXT || text.contains('\0') {
            return vec![format!("recovery.text must have at most {LONGEST_TEXT} characters")];
        }
        Vec::new()
    }
}

fn address(entry: &Entry) -> Option<String> {
    let text = entry.text()?;
    let url = url::Url::parse(&text).ok()?;
    matches!(url.scheme(), "https" | "mailto" | "tel").then_some(text)
}
