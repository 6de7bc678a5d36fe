//! A person's own account.

use askama::Template;

use super::{Account, Moment, Shell};

/// `/account`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_home.html")]
pub struct AccountHomePage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
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
