//! Second factors, and what they make of a sign-in.

use super::UserId;
use crate::clock::Timestamp;

/// A way to prove who one is beside the password, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactorKind {
    /// A key in a device, bound to this site (WebAuthn).
    Passkey,
    /// Codes of an authenticator app (RFC 6238).
    Totp,
    /// A code to a telephone.
    Sms,
    /// A code by mail.
    Email,
    /// One of the codes on paper.
    BackupCode,
}

impl FactorKind {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::Passkey, Self::Totp, Self::Sms, Self::Email, Self::BackupCode];

    /// The name in storage, addresses and settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "webauthn",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::BackupCode => "backup",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What it adds to the `amr` claim (RFC 8176 §2). Nothing there names a code by mail or on
    /// paper but `otp`.
    #[must_use]
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Passkey => "pop",
            Self::Sms => "sms",
            Self::Totp | Self::Email | Self::BackupCode => "otp",
        }
    }

    /// How well a sign-in is proved with it.
    #[must_use]
    pub const fn level(self) -> AuthenticationLevel {
        match self {
            Self::Passkey => AuthenticationLevel::PhishingResistant,
            Self::Totp | Self::Sms | Self::Email | Self::BackupCode => {
                AuthenticationLevel::SecondFactor
            }
        }
    }
}

/// How well a person proved who they are: the `acr` claim (OpenID Connect Core §2), weaker first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthenticationLevel {
    /// By one proof alone.
    Password,
    /// By one proof, in a browser where a second was given lately.
    RememberedBrowser,
    /// By two proofs of different kinds.
    SecondFactor,
    /// By a key that cannot be used at another site, and what unlocks it or the password.
    PhishingResistant,
}

impl AuthenticationLevel {
    /// Every level.
    pub const ALL: [Self; 4] =
        [Self::Password, Self::RememberedBrowser, Self::SecondFactor, Self::PhishingResistant];

    /// The value of the `acr` claim.
    #[must_use]
    pub const fn acr(self) -> &'static str {
        match self {
            Self::Password => "urn:protekt:acr:password",
            Self::RememberedBrowser => "urn:protekt:acr:remembered-browser",
            Self::SecondFactor => "urn:protekt:acr:mfa",
            Self::PhishingResistant => "urn:protekt:acr:phishing-resistant",
        }
    }

    /// The level of an `acr` value; `None` for one that means nothing here.
    #[must_use]
    pub fn of_acr(acr: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.acr() == acr)
    }
}

/// What is asked of people: by the installation, or by a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::Type, serde::Serialize)]
#[sqlx(rename_all = "snake_case", type_name = "TEXT")]
#[serde(rename_all = "snake_case")]
pub enum FactorPolicy {
    /// Nobody is offered one. Who has one is still asked for it.
    Off,
    /// Who wants one sets it up.
    #[default]
    Optional,
    /// Who has none is led to set one up.
    Required,
}

impl FactorPolicy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Off, Self::Optional, Self::Required];

    /// The name in storage and settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }

    /// The policy of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == name)
    }
}

/// A factor that shares a secret or a destination with us: one of each kind counts per person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SecondFactor {
    /// Its id.
    pub id: String,
    /// Whose.
    pub user_id: UserId,
    /// Its kind, by name.
    pub kind: String,
    /// The key of an authenticator app, sealed.
    pub secret_sealed: Option<String>,
    /// In E.164.
    pub phone_number: Option<String>,
    /// The last time step whose code was taken.
    pub last_step: i64,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Until when it may be confirmed.
    pub expires_at: Timestamp,
    /// Since when it counts.
    pub confirmed_at: Option<Timestamp>,
    /// The MAC of the code that confirmed it.
    pub confirming_mac: Option<String>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_rise_with_what_was_proved() {
        assert!(AuthenticationLevel::ALL.is_sorted());
        for level in AuthenticationLevel::ALL {
            assert_eq!(AuthenticationLevel::of_acr(level.acr()), Some(level));
        }
        assert_eq!(AuthenticationLevel::of_acr("urn:protekt:acr:mfa2"), None);
    }

    #[test]
    fn names_are_read_back() {
        for kind in FactorKind::ALL {
            assert_eq!(FactorKind::named(kind.as_str()), Some(kind));
        }
        for policy in FactorPolicy::ALL {
            assert_eq!(FactorPolicy::named(policy.as_str()), Some(policy));
        }
    }
}
