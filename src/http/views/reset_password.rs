//! A forgotten password: asking for a link, and choosing a new one.

use askama::Template;

use super::{Account, PasswordMistake, Shell};
use crate::texts::Key;

/// `/password/forgot`, first time or again.
#[derive(Debug, Template, Default)]
#[template(path = "pages/password_forgot.html")]
pub struct ForgotPasswordPage {
    /// The frame.
    pub shell: Shell,
    /// The address that was typed.
    pub email: String,
    /// What went wrong.
    pub problem: Option<ForgotPasswordProblem>,
}

/// Why no link was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgotPasswordProblem {
    /// No address.
    EmailMissing,
    /// Not an address.
    EmailInvalid,
    /// Too many links asked for.
    Throttled {
        /// How long to wait, in seconds.
        seconds: i64,
    },
}

impl ForgotPasswordProblem {
    /// The id of the field, empty where typing would not help.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::EmailMissing | Self::EmailInvalid => "email",
            Self::Throttled { .. } => "",
        }
    }

    pub(super) fn text(self, shell: &Shell) -> String {
        match self {
            Self::EmailMissing => shell.t(Key("email-missing")),
            Self::EmailInvalid => shell.t(Key("email-invalid")),
            Self::Throttled { seconds } => {
                shell.t1(Key("too-many-tries"), "wait", shell.wait(seconds))
            }
        }
    }
}

impl ForgotPasswordPage {
    fn email_error(&self) -> String {
        let problem = self.problem.filter(|problem| problem.field() == "email");
        problem.map(|problem| problem.text(&self.shell)).unwrap_or_default()
    }
}

/// `/password/forgot` after a link was asked for: the same whoever has the address.
#[derive(Debug, Template, Default)]
#[template(path = "pages/password_sent.html")]
pub struct ResetSentPage {
    /// The frame.
    pub shell: Shell,
    /// The address, as typed.
    pub email: String,
    /// Whether a new link is on its way. Where not, the newest of those before still works.
    pub is_new: bool,
    /// How long the link works.
    pub link_minutes: u32,
}

impl ResetSentPage {
    fn lead(&self) -> String {
        if !self.is_new {
            return self.shell.t1(Key("reset-sent-newest-lead"), "email", &self.email);
        }
        let lead = self.shell.t1(Key("reset-sent-lead"), "email", &self.email);
        format!("{lead} {}", self.link_hint())
    }

    /// How long the link works, in the largest unit that is whole.
    fn link_hint(&self) -> String {
        match self.link_minutes {
            minutes if minutes % 60 == 0 => {
                self.shell.t1(Key("reset-sent-hours"), "hours", minutes / 60)
            }
            minutes => self.shell.t1(Key("reset-sent-minutes"), "minutes", minutes),
        }
    }
}

/// `/password/reset`: choosing a new password.
#[derive(Debug, Template, Default)]
#[template(path = "pages/password_reset.html")]
pub struct ResetPasswordPage {
    /// The frame.
    pub shell: Shell,
    /// Whose password it is.
    pub account: Account,
    /// Whether it is their first password.
    pub is_invitation: bool,
    /// Names the link, so that a form is not taken for that of another link.
    pub link_digest: String,
    /// The length from which a password is accepted.
    pub password_min: u32,
    /// What was wrong with the password.
    pub mistake: Option<PasswordMistake>,
}

impl ResetPasswordPage {
    fn title(&self) -> String {
        let key = if self.is_invitation { Key("invitation-title") } else { Key("reset-title") };
        self.shell.t(key)
    }

    fn lead(&self) -> String {
        if self.is_invitation {
            self.shell.t1(Key("invitation-lead"), "brand", &self.shell.brand)
        } else {
            self.shell.t(Key("reset-lead"))
        }
    }

    fn label(&self) -> String {
        let key = if self.is_invitation { Key("login-password") } else { Key("reset-password") };
        self.shell.t(key)
    }

    fn error(&self) -> String {
        self.mistake.map(|mistake| mistake.text(&self.shell)).unwrap_or_default()
    }
}

/// Why a link leads to no new password.
#[derive(Debug, Template)]
#[template(path = "pages/password_link_over.html")]
pub struct ResetLinkOverPage {
    /// The frame.
    pub shell: Shell,
    /// Why.
    pub reason: ResetLinkOver,
}

/// Why a link leads to no new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetLinkOver {
    /// It was used.
    Used,
    /// It is too old.
    Expired,
    /// A newer link was sent, or the password was changed since.
    Superseded,
    /// It is good, and another one was opened in this browser since.
    Elsewhere,
    /// There is no such link.
    Unknown,
}

impl ResetLinkOver {
    /// The stable name in `data-outcome`.
    const fn name(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Elsewhere => "elsewhere",
            Self::Unknown => "unknown",
        }
    }

    const fn title(self) -> Key {
        match self {
            Self::Used => Key("reset-used-title"),
            Self::Expired => Key("reset-expired-title"),
            Self::Superseded => Key("reset-superseded-title"),
            Self::Elsewhere => Key("reset-elsewhere-title"),
            Self::Unknown => Key("reset-unknown-title"),
        }
    }

    const fn text(self) -> Key {
        match self {
            Self::Used => Key("reset-used-text"),
            Self::Expired => Key("reset-expired-text"),
            Self::Superseded => Key("reset-superseded-text"),
            Self::Elsewhere => Key("reset-elsewhere-text"),
            Self::Unknown => Key("reset-unknown-text"),
        }
    }
}
