//! Proving again who one is, before something grave in one's account.

use std::borrow::Cow;

use askama::Template;

use super::{Account, LoginProblem, Shell};
use crate::http::paths;
use crate::texts::Key;

/// `/login/reauth`
#[derive(Debug, Template)]
#[template(path = "pages/proof.html")]
pub struct ProofPage {
    /// The frame.
    pub shell: Shell,
    /// Who is signed in.
    pub account: Account,
    /// Whether there is a password.
    pub has_password: bool,
    /// Whether a passkey or a code would do as well.
    pub has_factor: bool,
    /// The name of what it is for.
    pub to: Cow<'static, str>,
    /// Why it is asked.
    pub reason: Key,
    /// Whether a form was sent that did nothing for want of it.
    pub is_again: bool,
    /// Where a forgotten password is reset, where that is possible.
    pub forgot_url: Option<String>,
    /// What went wrong.
    pub problem: Option<LoginProblem>,
}

impl ProofPage {
    /// Where the account is left as it is: on the way to an app, the page that asked for more.
    fn cancel_url(&self) -> String {
        let place =
            if self.shell.flow.is_some() { paths::ACCOUNT_SECURITY } else { paths::ACCOUNT };
        self.shell.in_flow(place)
    }

    /// What is said where there is no password.
    const fn without_password(&self) -> Key {
        if self.has_factor {
            Key("proof-no-password-factor")
        } else if self.forgot_url.is_some() {
            Key("proof-no-password-reset")
        } else {
            Key("proof-no-password")
        }
    }

    fn problem_text(&self) -> Option<String> {
        Some(match self.problem? {
            LoginProblem::Incomplete => self.shell.t(Key("login-no-password")),
            LoginProblem::WrongCredentials | LoginProblem::WrongCredentialsAgain => {
                self.shell.t(Key("proof-wrong-password"))
            }
            LoginProblem::PasskeyFailed => self.shell.t(Key("passkey-failed")),
            LoginProblem::Throttled { seconds } => {
                self.shell.t1(Key("too-many-tries"), "wait", self.shell.wait(seconds))
            }
            LoginProblem::TooManyInARow if self.has_factor => {
                self.shell.t(Key("proof-too-many-in-a-row-factor"))
            }
            LoginProblem::TooManyInARow if self.forgot_url.is_some() => {
                self.shell.t(Key("proof-too-many-in-a-row-reset"))
            }
            LoginProblem::TooManyInARow => self.shell.t(Key("proof-too-many-in-a-row")),
        })
    }

    /// The id of the field the message leads to, empty where typing would not help.
    const fn problem_field(&self) -> &'static str {
        match self.problem {
            Some(LoginProblem::Throttled { .. } | LoginProblem::TooManyInARow) => "",
            _ => "current-password",
        }
    }
}
