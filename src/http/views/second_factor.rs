//! The second half of a sign-in.

use askama::Template;
use axum::http::StatusCode;

use super::{Account, Moment, Shell};
use crate::domain::second_factor::FactorKind;
use crate::http::paths;
use crate::texts::Key;

/// What the forms of a half sign-in carry.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// Its handle.
    pub challenge: String,
    /// The name of something grave in the account that goes on afterwards; may be empty.
    pub to: String,
    /// Why it asks for a proof.
    pub reason: Option<Key>,
    /// Whether an application asks for it of who is signed in.
    pub is_for_app: bool,
}

/// One way to give a second factor.
#[derive(Debug, Clone)]
pub struct FactorWay {
    /// Which.
    pub kind: FactorKind,
    /// Where a code goes, masked; may be empty.
    pub destination: String,
}

impl FactorWay {
    const fn title(&self) -> Key {
        match self.kind {
            FactorKind::Passkey => Key("factor-passkey"),
            FactorKind::Totp => Key("factor-totp"),
            FactorKind::Sms => Key("factor-sms"),
            FactorKind::Email => Key("factor-email"),
            FactorKind::BackupCode => Key("factor-backup"),
        }
    }

    fn hint(&self, shell: &Shell) -> String {
        match self.kind {
            FactorKind::Passkey => shell.t(Key("factor-passkey-hint")),
            FactorKind::Totp => shell.t(Key("factor-totp-hint")),
            FactorKind::Sms | FactorKind::Email => {
                shell.t1(Key("factor-sent-to"), "to", &self.destination)
            }
            FactorKind::BackupCode => shell.t(Key("factor-backup-hint")),
        }
    }
}

/// What just happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorNotice {
    /// A code is on its way.
    Sent,
    /// One was sent a moment ago.
    AlreadySent,
}

/// Why a factor was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorProblem {
    /// Nothing was typed.
    Missing,
    /// Another code.
    Wrong,
    /// Another code of an app.
    WrongTotp,
    /// Another code of an app, and not the first: its clock may be wrong.
    WrongTotpAgain,
    /// It was taken before.
    Used,
    /// It was taken before; the next one comes within 30 seconds.
    UsedWait,
    /// Its time is over.
    Expired,
    /// Its time is over, and a new one is on its way.
    ExpiredAndSent,
    /// The passkey was not taken, or the person thought better of it.
    PasskeyFailed,
    /// The page stood open for longer than what a passkey was to sign.
    PasskeyTooLate,
    /// Too many tries.
    Throttled {
        /// How long to wait, in seconds.
        seconds: i64,
    },
    /// No other code may be sent for now.
    NotSent {
        /// How long to wait, in seconds.
        seconds: i64,
        /// Whether one that was sent before still counts.
        has_code: bool,
        /// Whether there is another way.
        has_others: bool,
    },
    /// No other code is sent for this sign-in.
    SentOut,
    /// A code was sent a moment ago.
    TooSoon {
        /// How long to wait, in seconds.
        seconds: i64,
    },
}

impl FactorProblem {
    /// What the page says.
    pub fn text(self, shell: &Shell) -> String {
        let key = match self {
            Self::Missing => Key("factor-missing"),
            Self::Wrong => Key("factor-wrong"),
            Self::WrongTotp => Key("factor-wrong-totp"),
            Self::WrongTotpAgain => Key("factor-wrong-totp-again"),
            Self::Used => Key("factor-used"),
            Self::UsedWait => Key("factor-used-wait"),
            Self::Expired => Key("factor-expired"),
            Self::ExpiredAndSent => Key("factor-expired-sent"),
            Self::PasskeyFailed => Key("passkey-failed"),
            Self::PasskeyTooLate => Key("passkey-too-late"),
            Self::SentOut => Key("factor-sent-out"),
            Self::Throttled { seconds } => {
                return shell.t1(Key("too-many-tries"), "wait", shell.wait(seconds));
            }
            Self::TooSoon { seconds } => {
                return shell.t1(Key("factor-too-soon"), "wait", shell.wait(seconds));
            }
            Self::NotSent { seconds, has_code, has_others } => {
                let mut text = shell.t1(Key("factor-not-sent"), "wait", shell.wait(seconds));
                let more = [
                    has_code.then(|| shell.t(Key("factor-not-sent-last"))),
                    has_others.then(|| shell.t(Key("factor-not-sent-others"))),
                ];
                for sentence in more.into_iter().flatten() {
                    text.push(' ');
                    text.push_str(&sentence);
                }
                return text;
            }
        };
        shell.t(key)
    }

    /// In how many seconds to come back, where only waiting helps.
    #[must_use]
    pub const fn retry_after(self) -> Option<i64> {
        match self {
            Self::Throttled { seconds }
            | Self::NotSent { seconds, .. }
            | Self::TooSoon { seconds } => Some(seconds),
            _ => None,
        }
    }

    /// Whether it is about a code that was typed, rather than one that is not sent.
    #[must_use]
    pub const fn is_of_code(self) -> bool {
        !matches!(self, Self::NotSent { .. } | Self::TooSoon { .. } | Self::SentOut)
    }

    /// The status of a page that says it.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self.retry_after() {
            Some(_) => StatusCode::TOO_MANY_REQUESTS,
            None => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// The id of the field the message leads to, empty where typing would not help.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Throttled { .. }
            | Self::NotSent { .. }
            | Self::TooSoon { .. }
            | Self::SentOut
            | Self::PasskeyFailed
            | Self::PasskeyTooLate => "",
            _ => "code",
        }
    }
}

/// `/login/mfa`
#[derive(Debug, Template)]
#[template(path = "pages/factor_ways.html")]
pub struct FactorWaysPage {
    /// The frame.
    pub shell: Shell,
    /// Who gave the first proof.
    pub account: Account,
    /// What the forms carry.
    pub waiting: Waiting,
    /// The ways there are; may be none.
    pub ways: Vec<FactorWay>,
    /// Whether there is a way back for who has none of them.
    pub recover: bool,
    /// Where to find help.
    pub help_url: Option<String>,
}

/// `/login/mfa/totp`, `/sms`, `/email` and `/backup`
#[derive(Debug, Template)]
#[template(path = "pages/factor_code.html")]
pub struct FactorCodePage {
    /// The frame.
    pub shell: Shell,
    /// Who gave the first proof.
    pub account: Account,
    /// What the forms carry.
    pub waiting: Waiting,
    /// The other ways.
    pub others: Vec<FactorWay>,
    /// What went wrong.
    pub problem: Option<FactorProblem>,
    /// For how many days this browser can be trusted, where it can.
    pub trust_days: Option<u32>,
    /// Whether there is a way back for who has no factor any more.
    pub recover: bool,
    /// Which code.
    pub kind: FactorKind,
    /// What just happened.
    pub notice: Option<FactorNotice>,
    /// Where the code went, masked; may be empty.
    pub destination: String,
    /// Whether a code was sent.
    pub is_sent: bool,
    /// When another code can be sent.
    pub resend_at: Option<Moment>,
}

impl FactorCodePage {
    const fn title(&self) -> Key {
        match self.kind {
            FactorKind::BackupCode => Key("factor-backup-title"),
            _ => Key("factor-code-title"),
        }
    }

    fn lead(&self) -> String {
        let shell = &self.shell;
        match self.kind {
            FactorKind::Totp => shell.t1(Key("factor-totp-lead"), "brand", &shell.brand),
            FactorKind::BackupCode => shell.t(Key("factor-backup-lead")),
            _ if !self.is_sent => shell.t1(Key("factor-send-lead"), "to", &self.destination),
            FactorKind::Sms => shell.t1(Key("factor-sms-lead"), "to", &self.destination),
            _ => shell.t1(Key("factor-email-lead"), "to", &self.destination),
        }
    }

    const fn label(&self) -> Key {
        match self.kind {
            FactorKind::BackupCode => Key("factor-backup-label"),
            _ => Key("factor-code-label"),
        }
    }

    /// Whether the other ways are shown at once: where nothing else helps now.
    const fn shows_others(&self) -> bool {
        matches!(self.problem, Some(FactorProblem::NotSent { .. }))
    }

    const fn is_backup(&self) -> bool {
        matches!(self.kind, FactorKind::BackupCode)
    }

    const fn can_be_sent(&self) -> bool {
        matches!(self.kind, FactorKind::Sms | FactorKind::Email)
    }

    fn path(&self) -> String {
        format!("{}/{}", paths::LOGIN_MFA, self.kind.as_str())
    }

    fn error(&self) -> String {
        let of_field = self.problem.filter(|problem| !problem.field().is_empty());
        of_field.map(|problem| problem.text(&self.shell)).unwrap_or_default()
    }
}

/// `/login/mfa/webauthn`
#[derive(Debug, Template)]
#[template(path = "pages/factor_passkey.html")]
pub struct FactorPasskeyPage {
    /// The frame.
    pub shell: Shell,
    /// Who gave the first proof.
    pub account: Account,
    /// What the forms carry.
    pub waiting: Waiting,
    /// The other ways.
    pub others: Vec<FactorWay>,
    /// What went wrong.
    pub problem: Option<FactorProblem>,
    /// For how many days this browser can be trusted, where it can.
    pub trust_days: Option<u32>,
    /// Whether there is a way back for who has no factor any more.
    pub recover: bool,
    /// The handle of the ceremony.
    pub ceremony: String,
    /// What the script calls the authenticator with, as JSON.
    pub options: String,
    /// How long that waits, in seconds.
    pub lifetime: i64,
}
