//! What people may do at APIs.

use super::Scopes;

/// The most permissions that a role may hold, at all APIs together.
pub const MOST_OF_ROLE: i64 = 500;
/// The most permissions that a person may hold of their own, at all APIs together.
pub const MOST_OF_USER: i64 = 500;

/// A scope of a registered API, as something that a person may do there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::FromRow)]
pub struct Permission {
    /// The identifier of the API.
    pub api: String,
    /// The scope.
    pub scope: String,
}

/// What a person is and may do (`roles` and `entitlements` of RFC 9068 §2.2.3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entitlements {
    /// The names of their roles, sorted.
    pub roles: Vec<String>,
    /// What they may do at one API.
    pub permissions: Scopes,
}
