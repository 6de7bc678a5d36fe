//! Another address, and the way back to the old one.

use askama::Template;

use super::{Account, AccountPlace, CodeProblem, Shell};
use crate::texts::Key;

/// `/account/email`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_email.html")]
pub struct ChangeEmailPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What was typed as the new address.
    pub email: String,
    /// The address that waits for its code.
    pub waiting: Option<String>,
    /// Whether another code was just sent.
    pub is_sent_again: bool,
    /// How long a code works.
    pub code_minutes: u32,
    /// What is wrong.
    pub problem: Option<ChangeEmailProblem>,
}

/// Why the address stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeEmailProblem {
    /// No address.
    Missing,
    /// Not an address.
    Invalid,
    /// The one the account has.
    Unchanged,
    /// The code.
    Code(CodeProblem),
}

impl ChangeEmailProblem {
    /// The id of the field, empty where typing would not help.
    const fn field(self) -> &'static str {
        match self {
            Self::Code(problem) => problem.field(),
            _ => "email",
        }
    }

    fn text(self, shell: &Shell) -> String {
        match self {
            Self::Missing => shell.t(Key("email-missing")),
            Self::Invalid => shell.t(Key("email-invalid")),
            Self::Unchanged => shell.t(Key("change-email-unchanged")),
            Self::Code(problem) => problem.text(shell),
        }
    }
}

impl ChangeEmailPage {
    fn error(&self, field: &str) -> String {
        let problem = self.problem.filter(|problem| problem.field() == field);
        problem.map(|problem| problem.text(&self.shell)).unwrap_or_default()
    }
}

/// `/account/email/undo`: a button, because mail scanners open links too.
#[derive(Debug, Template, Default)]
#[template(path = "pages/email_return.html")]
pub struct EmailReturnPage {
    /// The frame.
    pub shell: Shell,
    /// The address that comes back.
    pub email: String,
    /// Whether every second factor stays.
    pub keeps_factors: bool,
    /// Names the link, so that a form is not taken for that of another link.
    pub link_digest: String,
}

/// What became of it.
#[derive(Debug, Template)]
#[template(path = "pages/email_return_outcome.html")]
pub struct EmailReturnOutcomePage {
    /// The frame.
    pub shell: Shell,
    /// What.
    pub outcome: EmailReturnOutcome,
    /// Where a new password is chosen, where mail can be sent.
    pub forgot_url: Option<String>,
}

/// What became of the way back to an old address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailReturnOutcome {
    /// The old address counts again.
    Done {
        /// Whether every second factor stayed.
        keeps_factors: bool,
    },
    /// The link was used.
    Used,
    /// It is too old.
    Expired,
    /// Somebody else has the address.
    Taken,
    /// There is no such link.
    Unknown,
}

impl EmailReturnPage {
    const fn factors(&self) -> Key {
        if self.keeps_factors {
            Key("email-return-factors-stay")
        } else {
            Key("email-return-factors-go")
        }
    }
}

impl EmailReturnOutcomePage {
    /// Whether second factors that somebody else set up may be left.
    const fn kept_factors(&self) -> bool {
        matches!(self.outcome, EmailReturnOutcome::Done { keeps_factors: true })
    }

    const fn text(&self) -> Key {
        match self.outcome {
            // Nobody can send a link.
            EmailReturnOutcome::Done { .. } if self.forgot_url.is_none() => {
                Key("email-return-done-text-ask")
            }
            outcome => outcome.text(),
        }
    }
}

impl EmailReturnOutcome {
    /// The stable name in `data-outcome`.
    const fn name(self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Taken => "taken",
            Self::Unknown => "unknown",
        }
    }

    const fn title(self) -> Key {
        match self {
            Self::Done { .. } => Key("email-return-done-title"),
            Self::Used => Key("reset-used-title"),
            Self::Expired => Key("reset-expired-title"),
            Self::Taken => Key("email-return-taken-title"),
            Self::Unknown => Key("reset-unknown-title"),
        }
    }

    const fn text(self) -> Key {
        match self {
            Self::Done { .. } => Key("email-return-done-text"),
            Self::Used => Key("email-return-used-text"),
            Self::Expired => Key("email-return-expired-text"),
            Self::Taken => Key("email-return-taken-text"),
            Self::Unknown => Key("email-return-unknown-text"),
        }
    }
}
