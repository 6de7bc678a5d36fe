//! Taking away what somebody else added to the ways of signing in.

use askama::Template;

use super::Shell;
use crate::domain::second_factor::FactorKind;
use crate::texts::Key;

/// `/account/security/undo`
#[derive(Debug, Template)]
#[template(path = "pages/factor_undo.html")]
pub struct FactorUndoPage {
    /// The frame.
    pub shell: Shell,
    /// What was added.
    pub kind: FactorKind,
    /// Names the link, so that a form is not taken for that of another link.
    pub link_digest: String,
}

impl FactorUndoPage {
    fn lead(&self) -> String {
        let factor = match self.kind {
            FactorKind::Passkey => Key("mail-factor-webauthn"),
            FactorKind::Totp => Key("mail-factor-totp"),
            FactorKind::Sms => Key("mail-factor-sms"),
            FactorKind::Email => Key("mail-factor-email"),
            FactorKind::BackupCode => Key("mail-factor-backup"),
        };
        self.shell.t1(Key("factor-undo-lead"), "factor", self.shell.t(factor))
    }
}

/// What became of it.
#[derive(Debug, Template)]
#[template(path = "pages/factor_undo_outcome.html")]
pub struct FactorUndoOutcomePage {
    /// The frame.
    pub shell: Shell,
    /// What.
    pub outcome: FactorUndoOutcome,
    /// Where a new password is chosen, where mail can be sent.
    pub forgot_url: Option<String>,
}

/// What became of a link that takes an addition away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorUndoOutcome {
    /// It is gone, and everybody is signed out.
    Done,
    /// It was gone already, or the link was used.
    Gone,
    /// The link is too old.
    Expired,
    /// The account would be left without a second factor.
    NoneLeft,
    /// There is no such link.
    Unknown,
}

impl FactorUndoOutcome {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Done, Self::Gone, Self::Expired, Self::NoneLeft, Self::Unknown];

    /// The stable name in `data-outcome`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Gone => "gone",
            Self::Expired => "expired",
            Self::NoneLeft => "none-left",
            Self::Unknown => "unknown",
        }
    }

    const fn title(self) -> Key {
        match self {
            Self::Done => Key("factor-undo-done-title"),
            Self::Gone => Key("factor-undo-gone-title"),
            Self::Expired => Key("reset-expired-title"),
            Self::NoneLeft => Key("factor-undo-none-left-title"),
            Self::Unknown => Key("reset-unknown-title"),
        }
    }

    const fn text(self) -> Key {
        match self {
            Self::Done => Key("factor-undo-done-text"),
            Self::Gone => Key("factor-undo-gone-text"),
            Self::Expired => Key("factor-undo-expired-text"),
            Self::NoneLeft => Key("factor-undo-none-left-text"),
            Self::Unknown => Key("factor-undo-unknown-text"),
        }
    }
}
