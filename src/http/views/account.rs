//! A person's own account.

use askama::Template;

use super::super::paths;
use super::{Account, Moment, Shell};
use crate::texts::Key;

/// Where in the account a page stands, for the navigation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AccountPlace {
    /// At a glance.
    #[default]
    Home,
    /// How one signs in.
    Security,
    /// What is known about the person.
    Profile,
    /// Where one is signed in.
    Devices,
    /// Which applications may do what.
    Apps,
    /// What happened.
    Activity,
    /// One's data, to take away or to delete.
    Data,
}

impl AccountPlace {
    /// Every place, in the order of the navigation.
    pub const ALL: [Self; 7] = [
        Self::Home,
        Self::Profile,
        Self::Security,
        Self::Devices,
        Self::Apps,
        Self::Activity,
        Self::Data,
    ];

    /// Where it is.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Home => paths::ACCOUNT,
            Self::Security => paths::ACCOUNT_SECURITY,
            Self::Profile => paths::ACCOUNT_PROFILE,
            Self::Devices => paths::ACCOUNT_SESSIONS,
            Self::Apps => paths::ACCOUNT_APPS,
            Self::Activity => paths::ACCOUNT_ACTIVITY,
            Self::Data => paths::ACCOUNT_DATA,
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Home => Key("account-nav-home"),
            Self::Security => Key("security-title"),
            Self::Profile => Key("account-nav-profile"),
            Self::Devices => Key("account-nav-devices"),
            Self::Apps => Key("account-nav-apps"),
            Self::Activity => Key("account-nav-activity"),
            Self::Data => Key("account-nav-data"),
        }
    }
}

/// What was just done, on the page that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountNotice {
    /// Another password counts.
    PasswordChanged,
    /// Another device is signed out.
    SessionEnded,
    /// Every other device is signed out.
    SignedOutElsewhere,
    /// An application may do nothing any more.
    AccessRemoved,
    /// What is known about the person was saved.
    ProfileSaved,
    /// Another address counts.
    EmailChanged,
    /// The account is not deleted after all.
    AccountKept,
    /// The number is known to be the person's.
    PhoneVerified,
    /// One of few codes on paper was used to sign in.
    BackupCodeUsed,
    /// Everything else is signed out, since something was not the person.
    Disowned,
    /// A form of another account was sent, and did nothing.
    OtherAccount,
}

impl AccountNotice {
    /// Every one.
    pub const ALL: [Self; 11] = [
        Self::PasswordChanged,
        Self::SessionEnded,
        Self::SignedOutElsewhere,
        Self::AccessRemoved,
        Self::ProfileSaved,
        Self::EmailChanged,
        Self::AccountKept,
        Self::PhoneVerified,
        Self::BackupCodeUsed,
        Self::Disowned,
        Self::OtherAccount,
    ];

    /// The name in an address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PasswordChanged => "password",
            Self::SessionEnded => "signed-out",
            Self::SignedOutElsewhere => "signed-out-elsewhere",
            Self::AccessRemoved => "access-removed",
            Self::ProfileSaved => "saved",
            Self::EmailChanged => "email",
            Self::AccountKept => "kept",
            Self::PhoneVerified => "phone",
            Self::BackupCodeUsed => "backup-code",
            Self::Disowned => "not-me",
            Self::OtherAccount => "other-account",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.name() == name)
    }

    /// Whether what the person wanted was done.
    #[must_use]
    pub const fn is_good(self) -> bool {
        !matches!(self, Self::OtherAccount)
    }

    /// What it says.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::PasswordChanged => Key("notice-password-changed"),
            Self::SessionEnded => Key("notice-signed-out"),
            Self::SignedOutElsewhere => Key("notice-signed-out-elsewhere"),
            Self::AccessRemoved => Key("notice-access-removed"),
            Self::ProfileSaved => Key("notice-profile-saved"),
            Self::EmailChanged => Key("notice-email-changed"),
            Self::AccountKept => Key("notice-account-kept"),
            Self::PhoneVerified => Key("notice-phone-verified"),
            Self::BackupCodeUsed => Key("notice-backup-code"),
            Self::Disowned => Key("notice-disowned"),
            Self::OtherAccount => Key("notice-other-account"),
        }
    }
}

/// The sign-in before this one.
#[derive(Debug, Default)]
pub enum SignInBefore {
    /// There was none.
    #[default]
    None,
    /// When.
    At(Moment),
    /// Too long ago to know.
    LongAgo,
}

/// `/account`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_home.html")]
pub struct AccountHomePage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What was just done.
    pub notice: Option<AccountNotice>,
    /// Whether the address is verified.
    pub email_verified: bool,
    /// Whether an address has to be verified here.
    pub verification_required: bool,
    /// How well the account is protected.
    pub protection: Protection,
    /// How many codes on paper are left, where that is to be told.
    pub backup_codes_left: Option<u32>,
    /// The sign-in before this one.
    pub sign_in_before: SignInBefore,
    /// When the account was created.
    pub created: Moment,
}

/// What there is beside the password.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protection {
    /// A second step, which could be set up, is not.
    #[default]
    CouldBeBetter,
    /// A second step.
    SecondStep,
    /// Nothing, and nothing is offered here.
    PasswordAlone,
}

impl Protection {
    const fn title(self) -> Key {
        match self {
            Self::CouldBeBetter => Key("account-no-second-step"),
            Self::SecondStep => Key("account-second-step"),
            Self::PasswordAlone => Key("account-protected"),
        }
    }

    const fn hint(self) -> Key {
        match self {
            Self::CouldBeBetter => Key("account-no-second-step-hint"),
            Self::SecondStep => Key("account-second-step-hint"),
            Self::PasswordAlone => Key("account-protected-hint"),
        }
    }
}

impl AccountHomePage {
    /// Whether the person is asked to verify their address.
    const fn asks_to_verify(&self) -> bool {
        self.verification_required && !self.email_verified
    }

    /// Whether there is something to do for the account to be safer.
    fn is_open(&self) -> bool {
        self.asks_to_verify() || self.offers_second_step()
    }

    fn offers_second_step(&self) -> bool {
        self.protection == Protection::CouldBeBetter
    }
}
