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
}

impl AccountPlace {
    /// Every place, in the order of the navigation.
    pub const ALL: [Self; 1] = [Self::Home];

    /// Where it is.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Home => paths::ACCOUNT,
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Home => Key("account-nav-home"),
        }
    }
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
    /// Whether the address is verified.
    pub email_verified: bool,
    /// Whether an address has to be verified here.
    pub verification_required: bool,
    /// When the person signed in, the time before this one.
    pub last_sign_in: Option<Moment>,
    /// When the account was created.
    pub created: Moment,
}

impl AccountHomePage {
    /// Whether the person is asked to verify their address.
    const fn asks_to_verify(&self) -> bool {
        self.verification_required && !self.email_verified
    }
}
