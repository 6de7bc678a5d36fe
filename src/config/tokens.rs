//! `[tokens]`: lifetimes, in seconds, and what tokens tell.

use super::reader::Section;
use super::value::Entry;

const DAY: i64 = 86_400;

/// Lifetimes of tokens, in seconds, and what they tell.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The claim that the roles of a person stand under; absent: in no token.
    pub roles_claim: Option<String>,
    /// Whether they stand in ID tokens and at `/userinfo` too.
    pub roles_in_id_token: bool,
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
            roles_claim: roles_claim(section),
            roles_in_id_token: section.boolean("roles_in_id_token", false),
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

/// What is empty switches it off.
fn roles_claim(section: &mut Section<'_>) -> Option<String> {
    let wanted = "the name of a claim, such as \"roles\" or \"https://example.com/roles\", or \"\"";
    let given = section.parsed("roles_claim", wanted, Entry::text);
    Some(given.unwrap_or_else(|| "roles".to_owned())).filter(|name| !name.is_empty())
}
