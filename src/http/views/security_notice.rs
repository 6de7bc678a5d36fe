//! What the overview of the ways to sign in says of what was just done.

use crate::texts::Key;

/// What was just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityNotice {
    /// A factor counts.
    Added,
    /// A factor is gone.
    Removed,
    /// A passkey was removed before, in another window.
    PasskeyGone,
    /// A passkey has another name.
    Renamed,
    /// Every browser is asked again.
    BrowsersForgotten,
    /// The last factor has to stay.
    LastOne,
    /// There can be no more passkeys.
    TooManyPasskeys,
    /// What was begun is over.
    BeginAgain,
    /// It was set up before, in another window.
    IsOn,
    /// Nothing else would let the person in.
    LastWayIn,
    /// The address is not verified, so that no code can be sent there.
    EmailNotVerified,
    /// What a stranger asked for is stopped.
    RecoveryStopped,
}

impl SecurityNotice {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::Added,
        Self::Removed,
        Self::PasskeyGone,
        Self::Renamed,
        Self::BrowsersForgotten,
        Self::LastOne,
        Self::TooManyPasskeys,
        Self::BeginAgain,
        Self::IsOn,
        Self::LastWayIn,
        Self::EmailNotVerified,
        Self::RecoveryStopped,
    ];

    /// The name in an address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::PasskeyGone => "gone",
            Self::Renamed => "renamed",
            Self::BrowsersForgotten => "browsers",
            Self::LastOne => "last",
            Self::TooManyPasskeys => "many",
            Self::BeginAgain => "again",
            Self::IsOn => "on",
            Self::LastWayIn => "way-in",
            Self::EmailNotVerified => "unverified",
            Self::RecoveryStopped => "stopped",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.name() == name)
    }

    pub(super) const fn key(self) -> Key {
        match self {
            Self::Added => Key("security-notice-added"),
            Self::Removed => Key("security-notice-removed"),
            Self::PasskeyGone => Key("security-notice-gone"),
            Self::Renamed => Key("security-notice-renamed"),
            Self::BrowsersForgotten => Key("security-notice-browsers"),
            Self::LastOne => Key("security-notice-last"),
            Self::TooManyPasskeys => Key("security-notice-many"),
            Self::BeginAgain => Key("security-notice-again"),
            Self::IsOn => Key("security-notice-on"),
            Self::LastWayIn => Key("security-notice-way-in"),
            Self::EmailNotVerified => Key("security-notice-unverified"),
            Self::RecoveryStopped => Key("security-notice-stopped"),
        }
    }

    pub(super) const fn is_good(self) -> bool {
        !matches!(
            self,
            Self::PasskeyGone
                | Self::LastOne
                | Self::TooManyPasskeys
                | Self::BeginAgain
                | Self::LastWayIn
                | Self::EmailNotVerified
        )
    }
}
