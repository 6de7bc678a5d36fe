//! Browser sessions.

use super::second_factor::{AuthenticationLevel, FactorKind};
use super::{JsonList, SessionId, TokenDigest, UserId};
use crate::clock::Timestamp;

/// The `amr` of a password (RFC 8176 §2).
pub const AMR_PASSWORD: &str = "pwd";
/// The `amr` of more than one kind of proof (RFC 8176 §2).
pub const AMR_SEVERAL: &str = "mfa";

/// What a person proved at a sign-in: the `acr` and `amr` of their session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How well.
    pub level: AuthenticationLevel,
    /// By what.
    pub methods: JsonList,
}

impl Proof {
    /// A password alone.
    #[must_use]
    pub fn password() -> Self {
        let methods = JsonList::from_iter([AMR_PASSWORD]);
        Self { level: AuthenticationLevel::Password, methods }
    }

    /// A password, in a browser where a second factor was given lately.
    #[must_use]
    pub fn in_remembered_browser() -> Self {
        Self { level: AuthenticationLevel::RememberedBrowser, ..Self::password() }
    }

    /// What `earlier` methods become with a factor of this kind beside them.
    #[must_use]
    pub fn with_factor(earlier: &JsonList, kind: FactorKind) -> Self {
        let mut methods: Vec<&str> = earlier.iter().map(String::as_str).collect();
        for method in [kind.amr(), AMR_SEVERAL] {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        Self { level: kind.level(), methods: JsonList::from_iter(methods) }
    }
}

/// A form whose answer changes the cookie of a session, to be known where it is sent once more with the cookie
/// of before.
#[derive(Clone, Debug)]
pub struct RepeatableForm {
    /// Of that cookie, and of all that was sent.
    pub digest: TokenDigest,
    /// Until when it is known.
    pub until: Timestamp,
}

impl RepeatableForm {
    /// How long it is known, in seconds.
    pub const LIFETIME: i64 = 10;
}

/// Somebody is signed in in this browser. Loaded only while it lives: neither idle nor too old,
/// the person neither blocked nor of a later generation.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, serde::Deserialize)]
pub struct Session {
    /// Public and stable.
    pub sid: SessionId,
    /// Who.
    pub user_id: UserId,
    /// The generation of the person that it belongs to.
    pub generation: i64,
    /// Raised with each proof, and each generation that it is taken along into: from then on it has another
    /// cookie, and what was begun with the one before is late.
    pub renewal: i64,
    /// "Keep me signed in".
    pub remembered: bool,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// How well.
    pub acr: String,
    /// By what.
    pub amr: JsonList,
    /// When it began.
    pub created_at: Timestamp,
    /// Written every few minutes at most.
    pub last_seen_at: Timestamp,
    /// When it ends if nothing happens.
    pub idle_expires_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// When the person last proved who they are, be it only for something grave in their account.
    pub proved_at: Timestamp,
}

impl Session {
    /// How well the person proved who they are.
    #[must_use]
    pub fn level(&self) -> AuthenticationLevel {
        AuthenticationLevel::of_acr(&self.acr).unwrap_or(AuthenticationLevel::Password)
    }
}

/// How long a session lives, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLifetimes {
    /// Without a sign of life.
    pub idle: i64,
    /// In any case.
    pub absolute: i64,
    /// Without a sign of life, with "keep me signed in".
    pub remembered_idle: i64,
    /// In any case, with "keep me signed in".
    pub remembered_absolute: i64,
}

impl SessionLifetimes {
    /// The idle and the absolute lifetime of a session.
    #[must_use]
    pub const fn of(self, remembered: bool) -> (i64, i64) {
        if remembered {
            (self.remembered_idle, self.remembered_absolute)
        } else {
            (self.idle, self.absolute)
        }
    }
}
