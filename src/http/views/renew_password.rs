//! Another password before a sign-in opens anything.

use askama::Template;

use super::{Account, AccountNotice, PasswordMistake, Shell};
use crate::domain::user::NewPasswordReason;
use crate::texts::Key;

/// `/login/password-expired`
#[derive(Debug, Template)]
#[template(path = "pages/password_expired.html")]
pub struct RenewPasswordPage {
    /// The frame.
    pub shell: Shell,
    /// Whose password it is.
    pub account: Account,
    /// The handle of the sign-in that waits.
    pub renewal: String,
    /// What the account says afterwards.
    pub notice: Option<AccountNotice>,
    /// Why the password has to go.
    pub reason: NewPasswordReason,
    /// The length from which a password is accepted.
    pub password_min: u32,
    /// What was wrong with the password.
    pub mistake: Option<PasswordMistake>,
}

impl RenewPasswordPage {
    const fn lead(&self) -> Key {
        match self.reason {
            NewPasswordReason::Operator => Key("renew-operator"),
            NewPasswordReason::Leaked => Key("renew-leaked"),
        }
    }

    fn error(&self) -> String {
        self.mistake.map(|mistake| mistake.text(&self.shell)).unwrap_or_default()
    }
}
