//! Creating an account.

use askama::Template;
use askama::filters::Safe;

use super::{PasswordMistake, Shell};
use crate::texts::Key;

/// `/signup`, first time or again. The password is never shown back.
#[derive(Debug, Template, Default)]
#[template(path = "pages/signup.html")]
pub struct SignUpPage {
    /// The frame.
    pub shell: Shell,
    /// The name that was typed.
    pub name: String,
    /// The address that was typed.
    pub email: String,
    /// Whether a code is sent to the address.
    pub sends_code: bool,
    /// The length from which a password is accepted.
    pub password_min: u32,
    /// What went wrong, at most one for each field.
    pub problems: Vec<SignUpProblem>,
}

/// Why no account was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpProblem {
    /// No name.
    NameMissing,
    /// A name nobody could store.
    NameTooLong,
    /// With characters that turn or hide text.
    NameMalformed,
    /// No address.
    EmailMissing,
    /// Not an address.
    EmailInvalid,
    /// About the password.
    Password(PasswordMistake),
    /// Too many accounts from here.
    Throttled {
        /// How long to wait, in seconds.
        seconds: i64,
    },
}

impl SignUpProblem {
    /// The id of the field, empty where it is about none.
    const fn field(self) -> &'static str {
        match self {
            Self::NameMissing | Self::NameTooLong | Self::NameMalformed => "name",
            Self::EmailMissing | Self::EmailInvalid => "email",
            Self::Password(_) => "new-password",
            Self::Throttled { .. } => "",
        }
    }

    fn text(self, shell: &Shell) -> String {
        match self {
            Self::NameMissing => shell.t(Key("signup-name-missing")),
            Self::NameTooLong => shell.t(Key("signup-name-too-long")),
            Self::NameMalformed => shell.t(Key("signup-name-malformed")),
            Self::EmailMissing => shell.t(Key("email-missing")),
            Self::EmailInvalid => shell.t(Key("email-invalid")),
            Self::Password(mistake) => mistake.text(shell),
            Self::Throttled { seconds } => {
                shell.t1(Key("too-many-tries"), "wait", shell.wait(seconds))
            }
        }
    }
}

impl SignUpPage {
    /// The message beside a field, empty where there is none.
    fn error(&self, field: &str) -> String {
        let problem = self.problems.iter().find(|problem| problem.field() == field);
        problem.map(|problem| problem.text(&self.shell)).unwrap_or_default()
    }

    /// What is said about the address, empty where nothing follows from it.
    fn email_hint(&self) -> String {
        if self.sends_code { self.shell.t(Key("signup-email-hint")) } else { String::new() }
    }

    /// "By creating an account you agree …", where the operator has anything to agree to.
    fn agreement(&self) -> Option<Safe<String>> {
        let links = &self.shell.links;
        let (key, links) = match (links.terms.as_deref(), links.privacy.as_deref()) {
            (Some(terms), Some(privacy)) => {
                (Key("signup-agreement"), vec![("terms", terms), ("privacy", privacy)])
            }
            (Some(terms), None) => (Key("signup-agreement-terms"), vec![("terms", terms)]),
            (None, Some(privacy)) => (Key("signup-agreement-privacy"), vec![("privacy", privacy)]),
            (None, None) => return None,
        };
        Some(self.shell.rich(key, &[], &links))
    }
}
