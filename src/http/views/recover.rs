//! A way back for who lost every second factor.

use askama::Template;

use super::{Account, ForgotPasswordProblem, Shell};
use crate::http::paths;
use crate::texts::Key;

/// `/recover`, first time or again.
#[derive(Debug, Template, Default)]
#[template(path = "pages/recover.html")]
pub struct RecoverPage {
    /// The frame.
    pub shell: Shell,
    /// The address that was typed.
    pub email: String,
    /// What the operator says of it.
    pub text: Option<String>,
    /// Where to reach the operator.
    pub contact: Option<String>,
    /// What went wrong.
    pub problem: Option<ForgotPasswordProblem>,
}

impl RecoverPage {
    fn email_error(&self) -> String {
        let problem = self.problem.filter(|problem| problem.field() == "email");
        problem.map(|problem| problem.text(&self.shell)).unwrap_or_default()
    }
}

/// The form behind the link.
#[derive(Debug, Template, Default)]
#[template(path = "pages/recover_reason.html")]
pub struct RecoveryReasonPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is, masked.
    pub account: Account,
    /// Names the link, so that a form is not taken for that of another link.
    pub link_digest: String,
    /// Whether somebody has asked before, and waits.
    pub is_beside: bool,
    /// The most characters.
    pub longest: u32,
    /// What was typed.
    pub reason: String,
    /// What went wrong.
    pub problem: Option<ReasonProblem>,
}

/// Why a reason was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonProblem {
    /// There is none.
    Missing,
    /// It is too long.
    TooLong,
}

impl RecoveryReasonPage {
    fn error(&self) -> String {
        match self.problem {
            None => String::new(),
            Some(ReasonProblem::Missing) => self.shell.t(Key("recover-reason-missing")),
            Some(ReasonProblem::TooLong) => {
                self.shell.t1(Key("recover-reason-too-long"), "max", self.longest)
            }
        }
    }
}

/// The button behind "This was not me".
#[derive(Debug, Template, Default)]
#[template(path = "pages/recover_stop.html")]
pub struct StopRecoveryPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is, masked.
    pub account: Account,
    /// Names the link.
    pub link_digest: String,
}

/// What came of a link or a form.
#[derive(Debug, Template)]
#[template(path = "pages/recover_outcome.html")]
pub struct RecoveryOutcomePage {
    /// The frame.
    pub shell: Shell,
    /// What.
    pub kind: RecoveryOutcomeKind,
    /// The address, as typed, where a mail is on its way.
    pub email: String,
}

/// What came of a link or a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryOutcomeKind {
    /// A mail is on its way, where there is an account.
    Sent,
    /// The reason is noted.
    Recorded,
    /// It was noted before.
    Waiting,
    /// It was decided, stopped or done.
    Ended,
    /// The account has no second factor.
    NotNeeded,
    /// The link is too old.
    Expired,
    /// A newer link was sent.
    Superseded,
    /// There is no such link.
    Unknown,
    /// It was stopped.
    Stopped,
    /// There is nothing to stop any more.
    TooLate,
    /// The link is not complete, or not in this browser any more: nothing was stopped by it.
    NotStopped,
}

impl RecoveryOutcomeKind {
    /// The stable name in `data-outcome`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Recorded => "recorded",
            Self::Waiting => "waiting",
            Self::Ended => "ended",
            Self::NotNeeded => "unneeded",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Unknown => "unknown",
            Self::Stopped => "stopped",
            Self::TooLate => "late",
            Self::NotStopped => "not-stopped",
        }
    }

    const fn title(self) -> Key {
        match self {
            Self::Sent => Key("reset-sent-title"),
            Self::Recorded => Key("recover-recorded-title"),
            Self::Waiting => Key("recover-waiting-title"),
            Self::Ended => Key("recover-ended-title"),
            Self::NotNeeded => Key("recover-unneeded-title"),
            Self::Expired => Key("reset-expired-title"),
            Self::Superseded => Key("reset-superseded-title"),
            Self::Unknown => Key("reset-unknown-title"),
            Self::Stopped => Key("recover-stopped-title"),
            Self::TooLate => Key("recover-late-title"),
            Self::NotStopped => Key("recover-not-stopped-title"),
        }
    }

    fn text(self, shell: &Shell, email: &str) -> String {
        let key = match self {
            Self::Sent => return shell.t1(Key("recover-sent-text"), "email", email),
            Self::Recorded => Key("recover-recorded-text"),
            Self::Waiting => Key("recover-waiting-text"),
            Self::Ended => Key("recover-ended-text"),
            Self::NotNeeded => Key("recover-unneeded-text"),
            Self::Expired | Self::Superseded | Self::Unknown => Key("recover-over-text"),
            Self::Stopped => Key("recover-stopped-text"),
            Self::TooLate => Key("recover-late-text"),
            Self::NotStopped => Key("recover-not-stopped-text"),
        };
        shell.t(key)
    }

    /// Where to go from here.
    const fn next(self) -> (&'static str, Key) {
        match self {
            Self::Sent | Self::Recorded | Self::Waiting | Self::NotStopped => {
                (paths::LOGIN, Key("reset-back-to-sign-in"))
            }
            Self::Ended | Self::Expired | Self::Superseded | Self::Unknown => {
                (paths::RECOVER, Key("reset-new-link"))
            }
            Self::NotNeeded | Self::Stopped | Self::TooLate => {
                (paths::PASSWORD_FORGOT, Key("reset-title"))
            }
        }
    }
}
