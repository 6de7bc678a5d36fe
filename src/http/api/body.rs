//! The body of a call: one JSON object whose members are all known.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use secrecy::SecretString;
use serde_json::Value;

use super::super::App;
use super::error::{ApiError, FieldMistake};

/// The members of a body that were not asked for yet, and what is wrong with those that were.
///
/// `null` and an empty text count as absent (as at `/oauth/token`), but where a member can be taken
/// away by it.
pub(crate) struct Members {
    members: BTreeMap<String, Value>,
    mistakes: Vec<FieldMistake>,
}

impl std::fmt::Debug for Members {
    /// Names only: values may be secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.members.keys()).finish()
    }
}

impl FromRequest<App> for Members {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, app).await.map_err(|rejection| match rejection
            .status()
        {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
            _ => ApiError::MalformedBody,
        })?;
        Self::read(&headers, &body)
    }
}

impl Members {
    /// A body may be left out, and its type with it.
    fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, ApiError> {
        if body.is_empty() {
            return Ok(Self { members: BTreeMap::new(), mistakes: Vec::new() });
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(ApiError::ContentType);
        }
        let Object(pairs) = serde_json::from_slice(body).map_err(|_| ApiError::MalformedBody)?;
        let (mut members, mut mistakes) = (BTreeMap::new(), Vec::new());
        for (name, value) in pairs {
            if members.contains_key(&name) {
                mistakes.push(FieldMistake::new(&shown(&name), "stands twice"));
            }
            members.insert(name, value);
        }
        Ok(Self { members, mistakes })
    }

    /// A text that may be left out.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.change(name)?.filter(|text| !text.is_empty())
    }

    /// A text that must be there; empty where it is not, which [`Self::finish`] tells.
    pub(super) fn needed(&mut self, name: &str) -> String {
        let before = self.mistakes.len();
        let text = self.text(name);
        if text.is_none() && self.mistakes.len() == before {
            self.mistake(name, "is missing");
        }
        text.unwrap_or_default()
    }

    /// A text that must not be printed and must be there.
    pub(super) fn needed_secret(&mut self, name: &str) -> SecretString {
        self.needed(name).into()
    }

    /// A text that must not be printed.
    pub(super) fn secret(&mut self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// What a text is to become: `None` where it stays, `Some(None)` where it goes.
    pub(super) fn change(&mut self, name: &str) -> Option<Option<String>> {
        match self.members.remove(name)? {
            Value::Null => Some(None),
            Value::String(text) if text.contains('\0') => {
                self.mistake(name, "holds a character that cannot be kept");
                None
            }
            Value::String(text) => Some(Some(text).filter(|text| !text.is_empty())),
            _ => {
                self.mistake(name, "must be a text");
                None
            }
        }
    }

    /// The members of an object that is a member, where there is one; `Some(None)` for `null`.
    pub(super) fn object(&mut self, name: &str) -> Option<Option<BTreeMap<String, Value>>> {
        match self.members.remove(name)? {
            Value::Null => Some(None),
            Value::Object(members) => Some(Some(members.into_iter().collect())),
            _ => {
                self.mistake(name, "must be an object");
                None
            }
        }
    }

    /// Tells of a member that cannot be used.
    pub(super) fn mistake(&mut self, name: &str, message: impl Into<String>) {
        self.mistakes.push(FieldMistake::new(name, message));
    }

    /// To be called when every member that means something was asked for.
    ///
    /// # Errors
    ///
    /// With every member that cannot be used, and every one that nobody asked for.
    pub(super) fn finish(mut self) -> Result<(), ApiError> {
        let unknown: Vec<String> = self.members.keys().map(|name| shown(name)).collect();
        for name in unknown {
            self.mistake(&name, "is not known here");
        }
        if self.mistakes.is_empty() { Ok(()) } else { Err(ApiError::InvalidBody(self.mistakes)) }
    }
}

/// A name from outside, as far as it may stand in an answer.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// The members of a JSON object as they stand: a map would keep the last of two in silence.
struct Object(Vec<(String, Value)>);

impl<'text> serde::Deserialize<'text> for Object {
    fn deserialize<D: serde::Deserializer<'text>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'text> serde::de::Visitor<'text> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'text>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Members, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
        Members::read(&headers, &Bytes::from(text.to_owned()))
    }

    fn mistakes(members: Members) -> Vec<String> {
        match members.finish() {
            Err(ApiError::InvalidBody(mistakes)) => {
                mistakes.into_iter().map(|one| format!("{} {}", one.field, one.message)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_absent_unknown_twice_or_of_another_type_is_named() {
        let mut members = read(r#"{"a":"","b":1,"c":"x\u0000","d":{},"e":"1","e":"2"}"#).unwrap();
        assert_eq!(members.needed("a"), "");
        assert_eq!((members.text("b"), members.text("c")), (None, None));
        assert_eq!(members.needed("z"), "");
        assert_eq!(
            mistakes(members),
            [
                "e stands twice",
                "a is missing",
                "b must be a text",
                "c holds a character that cannot be kept",
                "z is missing",
                "d is not known here",
                "e is not known here",
            ]
        );
    }

    #[test]
    fn a_member_is_left_out_by_null_or_taken_away_by_it() {
        let mut members = read(r#"{"a":null,"b":null,"c":"x"}"#).unwrap();
        assert_eq!(members.text("a"), None);
        assert_eq!(members.change("b"), Some(None));
        assert_eq!(members.change("c"), Some(Some("x".to_owned())));
        assert_eq!(members.change("d"), None);
        assert!(members.finish().is_ok());
    }

    #[test]
    fn a_body_is_one_object_or_nothing() {
        for text in ["[]", "1", "{", "{}{}", "\"x\"", "null", "{\"a\":\"\u{fffd}\"} x"] {
            assert!(matches!(read(text), Err(ApiError::MalformedBody)), "{text}");
        }
        let nested = format!("{}1{}", "{\"a\":".repeat(1000), "}".repeat(1000));
        assert!(matches!(read(&nested), Err(ApiError::MalformedBody)));
        assert!(Members::read(&HeaderMap::new(), &Bytes::new()).unwrap().finish().is_ok());
        let form = Members::read(&HeaderMap::new(), &Bytes::from("a=b"));
        assert!(matches!(form, Err(ApiError::ContentType)));
    }
}
