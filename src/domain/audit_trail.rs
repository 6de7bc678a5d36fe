//! A stored row of the trail, and the bytes of it that the chain covers.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use serde_json::{Map, Value, json};

use super::{ClientId, SessionId, UserId};
use crate::clock::Timestamp;

/// What `detail` is where there is none, or none any more.
pub const NO_DETAIL: &str = "null";

/// What a row tells of a person: it enters the chain as one salted digest, so that it can be
/// erased without breaking the chain.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PersonalFields {
    /// Whose account.
    pub user_id: Option<UserId>,
    /// In which session.
    pub sid: Option<SessionId>,
    /// From which address.
    pub ip: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
    /// More, as JSON.
    pub detail: String,
}

impl PersonalFields {
    /// SHA-256 in base64url over the salt and every field.
    #[must_use]
    pub fn digest(&self, salt: &str) -> String {
        let mut bytes = Vec::with_capacity(256);
        for field in [
            Some("protekt audit-personal v1"),
            Some(salt),
            self.user_id.as_ref().map(UserId::as_str),
            self.sid.as_ref().map(SessionId::as_str),
            self.ip.as_deref(),
            self.user_agent.as_deref(),
            Some(&self.detail),
        ] {
            append(&mut bytes, field.map(str::as_bytes));
        }
        BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &bytes))
    }

    /// Whether nothing is left of them.
    #[must_use]
    pub fn are_erased(&self) -> bool {
        self.user_id.is_none()
            && self.sid.is_none()
            && self.ip.is_none()
            && self.user_agent.is_none()
            && self.detail == NO_DETAIL
    }
}

/// A row of the trail as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TrailRow {
    /// A ULID.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// What happened; an `AuditKind` of this or an earlier version.
    pub kind: String,
    /// `success` or `failure`.
    pub outcome: String,
    /// Which application.
    pub client_id: Option<ClientId>,
    /// The request's id in the log.
    pub request_id: Option<String>,
    /// What it tells of a person.
    #[sqlx(flatten)]
    pub personal: PersonalFields,
    /// Random; gone once the personal fields are erased.
    pub personal_salt: Option<String>,
    /// See [`PersonalFields::digest`]; empty in rows of before there was a chain.
    pub personal_digest: String,
    /// Its number in the chain, from 1; absent until it is sealed.
    pub seq: Option<i64>,
    /// The MAC over itself and the row before.
    pub chain_mac: Option<String>,
    /// The MAC over itself alone, from when it was recorded; absent in rows of earlier versions.
    pub recorded_mac: Option<String>,
    /// The MAC that Protekt leaves where it erases the personal fields.
    pub erased_mac: Option<String>,
}

impl TrailRow {
    /// The event as machines are told it; what is not known, or was erased, is left out.
    #[must_use]
    pub fn facts(&self) -> Map<String, Value> {
        let personal = &self.personal;
        let whole = json!({
            "log_id": self.id,
            "date": self.at.to_rfc3339_millis(),
            "type": self.kind,
            "outcome": self.outcome,
            "user_id": personal.user_id,
            "client_id": self.client_id,
            "session_id": personal.sid,
            "ip": personal.ip,
            "user_agent": personal.user_agent,
            "request_id": self.request_id,
            "number": self.seq,
            "details": serde_json::from_str::<Value>(&personal.detail).unwrap_or_default(),
        });
        let Value::Object(mut facts) = whole else { return Map::new() };
        facts.retain(|_, value| !value.is_null());
        facts
    }
}

impl TrailRow {
    /// What the chain covers of this row at place `seq`. Every field has its length before it, so
    /// that no two rows have the same bytes.
    #[must_use]
    pub fn sealed_bytes(&self, seq: i64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        for field in [
            Some(self.id.as_bytes()),
            Some(&self.at.0.to_be_bytes()),
            Some(self.kind.as_bytes()),
            Some(self.outcome.as_bytes()),
            self.client_id.as_ref().map(|client_id| client_id.as_str().as_bytes()),
            self.request_id.as_deref().map(str::as_bytes),
            Some(self.personal_digest.as_bytes()),
            Some(&seq.to_be_bytes()),
        ] {
            append(&mut bytes, field);
        }
        bytes
    }

    /// Whether the personal fields were there once and are not any more.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.personal_salt.is_none() && !self.personal_digest.is_empty()
    }
}

/// Appends a field behind its length; an absent one is told from an empty one.
pub fn append(bytes: &mut Vec<u8>, field: Option<&[u8]>) {
    match field {
        None => bytes.push(0),
        Some(field) => {
            bytes.push(1);
            bytes.extend(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend(field);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A row with something in most fields.
    pub(in super::super) fn row() -> TrailRow {
        let personal = PersonalFields {
            user_id: Some("u".into()),
            sid: None,
            ip: Some("192.0.2.1".to_owned()),
            user_agent: Some(String::new()),
            detail: NO_DETAIL.to_owned(),
        };
        TrailRow {
            id: "1".to_owned(),
            at: Timestamp(5),
            kind: "signed_in".to_owned(),
            outcome: "success".to_owned(),
            client_id: None,
            request_id: Some("r".to_owned()),
            personal_digest: personal.digest("salt"),
            personal,
            personal_salt: Some("salt".to_owned()),
            seq: None,
            chain_mac: None,
            recorded_mac: None,
            erased_mac: None,
        }
    }

    #[test]
    fn no_two_rows_have_the_same_bytes() {
        let same = row();
        let moved = TrailRow { id: "1s".to_owned(), kind: "igned_in".to_owned(), ..row() };
        let empty = TrailRow { client_id: Some("".into()), ..row() };
        for other in [&moved, &empty, &TrailRow { at: Timestamp(6), ..row() }] {
            assert_ne!(other.sealed_bytes(1), same.sealed_bytes(1), "{other:?}");
        }
        assert_ne!(same.sealed_bytes(1), same.sealed_bytes(2));
    }
}
