//! APIs that take our access tokens (RFC 6749 §1.1), and what they can be asked for.

use super::json_list::json_column;
use super::{ResourceServerId, Scopes};
use crate::clock::Timestamp;

/// An API as registered.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ResourceServer {
    /// Its id, which stays.
    pub id: ResourceServerId,
    /// The `aud` of its access tokens: an absolute URI, compared by the byte. It stays.
    pub identifier: String,
    /// What people read.
    pub name: String,
    /// What it can be asked for.
    pub scopes: ApiScopes,
    /// Seconds; the installation's setting where absent.
    pub access_token_lifetime: Option<i64>,
    /// Whether apps get a scope for a person only where they have it as a permission.
    pub permissions_required: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl ResourceServer {
    /// The id of Protekt's own management API, which nobody registers, changes or deletes.
    pub const MANAGEMENT_API: &str = "00000000000000000000000000";

    /// Whether it is Protekt's own.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.id.as_str() == Self::MANAGEMENT_API
    }
}

/// One thing that an API can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ApiScope {
    /// The scope itself.
    pub value: String,
    /// The sentence that people read at consent; may be empty.
    pub description: String,
    /// Whether it can change or delete something.
    #[serde(default)]
    pub changes: bool,
}

/// The scopes of an API in the order of its operator, kept as JSON in one TEXT column.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ApiScopes(pub Vec<ApiScope>);

impl ApiScopes {
    /// The scope with this value.
    #[must_use]
    pub fn find(&self, value: &str) -> Option<&ApiScope> {
        self.0.iter().find(|scope| scope.value == value)
    }

    /// The values alone.
    #[must_use]
    pub fn values(&self) -> Scopes {
        self.0.iter().map(|scope| scope.value.clone()).collect()
    }
}

json_column!(ApiScopes);
