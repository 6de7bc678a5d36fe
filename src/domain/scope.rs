//! Scopes: what a client may ask for and was given (RFC 6749 §3.3).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

/// Asks for an ID token (OpenID Connect Core §3.1.2.1).
pub const OPENID: &str = "openid";
/// Asks for a refresh token (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";
/// What a person says of themselves (OpenID Connect Core §5.4).
pub const PROFILE: &str = "profile";
/// The mail address.
pub const EMAIL: &str = "email";
/// The telephone number.
pub const PHONE: &str = "phone";
/// The postal address.
pub const ADDRESS: &str = "address";
/// Every scope that Protekt itself defines.
pub const STANDARD: [&str; 6] = [OPENID, PROFILE, EMAIL, PHONE, ADDRESS, OFFLINE_ACCESS];

/// A set of scopes in one order, so that the same set is always the same text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<String>);

/// A scope holds a character that RFC 6749 §3.3 does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope may hold printable ASCII only, without quote, backslash and space")]
pub struct MalformedScope;

impl Scopes {
    /// Every scope that Protekt itself defines.
    #[must_use]
    pub fn standard() -> Self {
        STANDARD.into_iter().map(str::to_owned).collect()
    }

    /// Whether `scope` is in the set.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether every scope of this set is in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// The scopes that both sets have.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// The scopes of this set that `other` lacks.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// The scopes of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for Scopes {
    type Err = MalformedScope;

    /// Reads a space-separated list; repeated scopes count once.
    fn from_str(text: &str) -> Result<Self, MalformedScope> {
        text.split(' ').filter(|scope| !scope.is_empty()).map(checked).collect()
    }
}

/// Whether a text is one scope, and nothing else.
#[must_use]
pub fn is_one_scope(text: &str) -> bool {
    !text.is_empty() && checked(text).is_ok()
}

/// `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )` (RFC 6749 §3.3).
fn checked(scope: &str) -> Result<String, MalformedScope> {
    let is_allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    scope.bytes().all(is_allowed).then(|| scope.to_owned()).ok_or(MalformedScope)
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            if place > 0 {
                formatter.write_str(" ")?;
            }
            formatter.write_str(scope)?;
        }
        Ok(())
    }
}

impl FromIterator<String> for Scopes {
    fn from_iter<I: IntoIterator<Item = String>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl<DB: Database> Type<DB> for Scopes
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }

    fn compatible(info: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(info)
    }
}

impl<'query, DB: Database> Encode<'query, DB> for Scopes
where
    String: Encode<'query, DB>,
{
    fn encode_by_ref(
        &self,
        buffer: &mut <DB as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        self.to_string().encode(buffer)
    }
}

impl<'row, DB: Database> Decode<'row, DB> for Scopes
where
    &'row str: Decode<'row, DB>,
{
    fn decode(value: <DB as Database>::ValueRef<'row>) -> Result<Self, BoxDynError> {
        Ok(<&str as Decode<'row, DB>>::decode(value)?.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_set_is_the_same_text() {
        let scopes: Scopes = "profile openid  openid".parse().unwrap();
        assert_eq!(scopes.to_string(), "openid profile");
    }

    #[test]
    fn a_quote_or_control_character_is_refused() {
        for text in ["open\"id", "a\\b", "a\tb", "a\u{0}", "é"] {
            assert_eq!(text.parse::<Scopes>(), Err(MalformedScope), "{text:?}");
        }
    }
}
