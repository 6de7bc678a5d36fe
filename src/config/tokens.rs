//! `[tokens]`: lifetimes, in seconds.

use super::reader::Section;

const DAY: i64 = 86_400;

/// Lifetimes of tokens, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// An access token's.
    pub access: i64,
    /// An ID token's.
    pub id: i64,
    /// A refresh token's that is not used.
    pub refresh_idle: i64,
    /// A refresh token family's in any case.
    pub refresh_absolute: i64,
    /// How long a spent refresh token still gets its successor, in case an answer was lost.
    pub refresh_overlap: i64,
    /// An authorization code's.
    pub code: i64,
}

impl Tokens {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            access: section.seconds("access", 3_600, 60..=DAY),
            id: section.seconds("id", 3_600, 60..=DAY),
            refresh_idle: section.seconds("refresh_idle", 14 * DAY, 60..=3_650 * DAY),
            refresh_absolute: section.seconds("refresh_absolute", 90 * DAY, 60..=3_650 * DAY),
            refresh_overlap: section.seconds("refresh_overlap", 10, 0..=300),
            code: section.seconds("code", 60, 10..=600),
        }
    }

    pub(super) fn validate(&self) -> Vec<String> {
        super::sessions::check_order(
            "tokens.refresh_idle",
            self.refresh_idle,
            "tokens.refresh_absolute",
            self.refresh_absolute,
        )
    }
}
