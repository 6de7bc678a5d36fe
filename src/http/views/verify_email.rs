//! Proving that an address is one's own: by the code in the first window, or by the link.

use askama::Template;

use super::{Account, Shell};
use crate::texts::Key;

/// `/verify-email` in the browser that began: "Check your email". An address that already has an
/// account gets the very same page.
#[derive(Debug, Template, Default)]
#[template(path = "pages/check_email.html")]
pub struct CheckEmailPage {
    /// The frame.
    pub shell: Shell,
    /// Where the mail went.
    pub email: String,
    /// How long the code works.
    pub code_minutes: u32,
    /// How long the link works.
    pub link_hours: u32,
    /// What is wrong with the code.
    pub problem: Option<CodeProblem>,
    /// What just happened.
    pub notice: Option<CheckEmailNotice>,
    /// The corrected address as it was typed.
    pub new_email: String,
    /// What is wrong with the corrected address.
    pub address_problem: Option<AddressProblem>,
    /// Whether another address may be given.
    pub may_change_address: bool,
    /// Whether the account can be created again, as somebody who signed up can.
    pub may_begin_again: bool,
    /// Where who has an account signs in, and goes on to the application that waits.
    pub sign_in_url: String,
    /// Where the account is created again, and goes on in the same way.
    pub sign_up_url: String,
}

/// Why a code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeProblem {
    /// Nothing was typed.
    Missing,
    /// Another code.
    Wrong,
    /// Too old.
    Expired,
    /// Spent already.
    Used,
    /// A newer one was sent.
    Superseded,
    /// Too often wrong: this code is over.
    TooManyTries,
    /// Too many codes asked for.
    Throttled {
        /// How long to wait, in seconds.
        seconds: i64,
    },
    /// One was sent a moment ago.
    TooSoon {
        /// How long to wait, in seconds.
        seconds: i64,
    },
    /// As many were sent as may be for now.
    NotSent {
        /// How long to wait, in seconds.
        seconds: i64,
    },
    /// As many were sent as may be for what was begun here.
    NoMoreMails,
}

/// What "Check your email" may say at its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckEmailNotice {
    /// A new code is on its way.
    NewCodeSent,
    /// The address was corrected and has its own code.
    AddressChanged,
}

/// Why a corrected address was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressProblem {
    /// Nothing was typed.
    Missing,
    /// Not an address.
    Invalid,
}

impl CodeProblem {
    /// The id of the field, empty where typing would not help.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Missing | Self::Wrong | Self::Superseded => "code",
            Self::Expired
            | Self::Used
            | Self::TooManyTries
            | Self::Throttled { .. }
            | Self::TooSoon { .. }
            | Self::NotSent { .. }
            | Self::NoMoreMails => "",
        }
    }

    pub(super) fn text(self, shell: &Shell) -> String {
        match self {
            Self::Missing => shell.t(Key("code-missing")),
            Self::Wrong => shell.t(Key("code-wrong")),
            Self::Expired => shell.t(Key("code-expired")),
            Self::Used => shell.t(Key("code-used")),
            Self::Superseded => shell.t(Key("code-superseded")),
            Self::TooManyTries => shell.t(Key("code-too-many-tries")),
            Self::Throttled { seconds } => {
                shell.t1(Key("too-many-tries"), "wait", shell.wait(seconds))
            }
            Self::TooSoon { seconds } => {
                shell.t1(Key("factor-too-soon"), "wait", shell.wait(seconds))
            }
            Self::NotSent { seconds } => {
                shell.t1(Key("factor-not-sent"), "wait", shell.wait(seconds))
            }
            Self::NoMoreMails => shell.t(Key("code-no-more-mails")),
        }
    }
}

impl CheckEmailNotice {
    const fn key(self) -> Key {
        match self {
            Self::NewCodeSent => Key("check-email-new-code"),
            Self::AddressChanged => Key("check-email-address-changed"),
        }
    }
}

impl CheckEmailPage {
    fn has_problem(&self) -> bool {
        self.problem.is_some() || self.address_problem.is_some()
    }

    /// Whether what was begun here gets no more mails.
    const fn is_sent_out(&self) -> bool {
        matches!(self.problem, Some(CodeProblem::NoMoreMails))
    }

    fn code_error(&self) -> String {
        let problem = self.problem.filter(|problem| problem.field() == "code");
        problem.map(|problem| problem.text(&self.shell)).unwrap_or_default()
    }

    fn address_error(&self) -> String {
        match self.address_problem {
            None => String::new(),
            Some(AddressProblem::Missing) => self.shell.t(Key("email-missing")),
            Some(AddressProblem::Invalid) => self.shell.t(Key("email-invalid")),
        }
    }
}

/// Somebody whose address nobody has proved gave their password, and another mail may not be sent
/// just now: what there is to do instead.
#[derive(Debug, Template)]
#[template(path = "pages/verify_later.html")]
pub struct VerifyLaterPage {
    /// The frame.
    pub shell: Shell,
    /// Whose address it is, without the name.
    pub account: Account,
    /// When another mail may be sent, in seconds.
    pub seconds: i64,
    /// Whether the person is signed in as it is.
    pub is_signed_in: bool,
    /// Where a new password is chosen by a mail of its own, where that is possible.
    pub forgot_url: Option<String>,
    /// Whether an account with another address may be created.
    pub sign_up_allowed: bool,
}

/// `GET /verify-email?token=`: a button, because mail scanners open links too.
#[derive(Debug, Template)]
#[template(path = "pages/verify_link.html")]
pub struct VerifyLinkPage {
    /// The frame.
    pub shell: Shell,
    /// The account the link belongs to.
    pub account: Account,
    /// The token of the link, which both forms send.
    pub token: String,
}

/// What became of a link.
#[derive(Debug, Template)]
#[template(path = "pages/verify_outcome.html")]
pub struct VerifyOutcomePage {
    /// The frame.
    pub shell: Shell,
    /// What became of it.
    pub outcome: VerifyOutcome,
    /// Whether who signed up gets another mail by doing so again: nobody signs in before.
    pub may_begin_again: bool,
}

/// What became of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifyOutcome {
    /// The address is verified; another browser began, and signs in.
    VerifiedElsewhere {
        /// The address.
        email: String,
    },
    /// The address is verified by the link of a machine: no window waits for it.
    VerifiedAlone {
        /// The address.
        email: String,
    },
    /// The link was used before.
    LinkUsed,
    /// "This was not me", and the address was verified before.
    VerifiedBefore,
    /// The link is too old.
    LinkExpired,
    /// A newer link was sent.
    LinkSuperseded,
    /// No such link.
    LinkUnknown,
    /// The window is out of date: somebody signed up again with its address, or proved it otherwise.
    BegunAgain,
    /// "This was not me": the account is gone.
    AccountRemoved,
}

impl VerifyOutcome {
    /// The stable name in `data-outcome`.
    const fn name(&self) -> &'static str {
        match self {
            Self::VerifiedElsewhere { .. } => "verified",
            Self::VerifiedAlone { .. } => "verified-alone",
            Self::LinkUsed => "used",
            Self::VerifiedBefore => "verified-before",
            Self::LinkExpired => "expired",
            Self::LinkSuperseded => "superseded",
            Self::LinkUnknown => "unknown",
            Self::BegunAgain => "begun-again",
            Self::AccountRemoved => "removed",
        }
    }

    const fn title(&self) -> Key {
        match self {
            Self::VerifiedElsewhere { .. } | Self::VerifiedAlone { .. } => Key("verify-done-title"),
            Self::LinkUsed => Key("verify-used-title"),
            Self::VerifiedBefore => Key("verify-before-title"),
            Self::LinkExpired => Key("verify-expired-title"),
            Self::LinkSuperseded => Key("verify-superseded-title"),
            Self::LinkUnknown => Key("verify-unknown-title"),
            Self::BegunAgain => Key("verify-begun-again-title"),
            Self::AccountRemoved => Key("verify-removed-title"),
        }
    }

    fn text(&self, shell: &Shell) -> String {
        match self {
            Self::VerifiedElsewhere { email } => shell.t1(Key("verify-done-text"), "email", email),
            Self::VerifiedAlone { email } => shell.t1(Key("verify-alone-text"), "email", email),
            Self::LinkUsed => shell.t(Key("verify-used-text")),
            Self::VerifiedBefore => shell.t(Key("verify-before-text")),
            Self::LinkExpired => shell.t(Key("verify-expired-text")),
            Self::LinkSuperseded => shell.t(Key("verify-superseded-text")),
            Self::LinkUnknown => shell.t(Key("verify-unknown-text")),
            Self::BegunAgain => shell.t(Key("verify-begun-again-text")),
            Self::AccountRemoved => shell.t(Key("verify-removed-text")),
        }
    }

    const fn is_failure(&self) -> bool {
        !matches!(
            self,
            Self::VerifiedElsewhere { .. } | Self::VerifiedAlone { .. } | Self::AccountRemoved
        )
    }

    /// Whether the window that began goes on.
    const fn is_done_elsewhere(&self) -> bool {
        matches!(self, Self::VerifiedElsewhere { .. })
    }

    /// Whether nothing goes on by itself.
    const fn is_done_alone(&self) -> bool {
        matches!(self, Self::VerifiedAlone { .. })
    }

    /// Whether somebody else may have the account.
    const fn is_taken(&self) -> bool {
        matches!(self, Self::VerifiedBefore)
    }

    /// Whether the address may still be unproved.
    const fn is_open(&self) -> bool {
        self.is_failure() && !matches!(self, Self::LinkUsed | Self::VerifiedBefore)
    }
}
