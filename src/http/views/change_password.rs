//! Choosing another password.

use askama::Template;

use super::{Account, AccountNotice, AccountPlace, PasswordMistake, Shell};

/// `/account/password`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_password.html")]
pub struct ChangePasswordPage {
    /// The frame.
    pub shell: Shell,
    /// Whose password it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What was just done.
    pub notice: Option<AccountNotice>,
    /// The length from which a password is accepted.
    pub password_min: u32,
    /// What was wrong with the password.
    pub mistake: Option<PasswordMistake>,
}

impl ChangePasswordPage {
    fn error(&self) -> String {
        self.mistake.map(|mistake| mistake.text(&self.shell)).unwrap_or_default()
    }
}
