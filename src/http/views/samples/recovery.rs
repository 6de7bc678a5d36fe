//! The ways back into an account.

use super::*;
use crate::domain::user::NewPasswordReason;

impl Samples {
    pub(super) fn renewal(&mut self) {
        for (name, reason, mistake) in [
            ("operator", NewPasswordReason::Operator, None),
            ("leaked", NewPasswordReason::Leaked, None),
            ("unchanged", NewPasswordReason::Operator, Some(PasswordMistake::Unchanged)),
        ] {
            let page = RenewPasswordPage {
                shell: self.shell(),
                account: self.person(),
                renewal: self.given("ptk_fl_3mJ9xQ7bT2vK8pR5wY1cZ6nH4sD0gL"),
                reason,
                password_min: 8,
                mistake,
            };
            self.add(&format!("renew-{name}"), &page);
        }
    }
}
