//! Taking one's data away, deleting one's account, and keeping it after all.

use askama::Template;

use super::{Account, AccountPlace, Moment, Shell};
use crate::texts::Key;

/// `/account/data`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_data.html")]
pub struct OwnDataPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
}

/// `/account/delete`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_delete.html")]
pub struct DeleteAccountPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What was typed to confirm it.
    pub typed: String,
    /// Whether that was not the address.
    pub is_wrong: bool,
    /// How long it can still be kept.
    pub days: u32,
    /// Whether it has to stay, since nobody else could run the installation.
    pub is_last_administrator: bool,
}

impl DeleteAccountPage {
    fn error(&self) -> String {
        if self.is_wrong { self.shell.t(Key("delete-not-confirmed")) } else { String::new() }
    }
}

/// An account that waits to be deleted: to its owner, signed in or by a link.
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_restore.html")]
pub struct RestorePage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// When it is gone.
    pub due: Moment,
    /// Names the link, where the page was reached by one.
    pub link_digest: String,
    /// Whether the person is signed in.
    pub is_signed_in: bool,
}

/// What became of the wish to delete an account, or to keep it.
#[derive(Debug, Template)]
#[template(path = "pages/account_leaving.html")]
pub struct LeavingPage {
    /// The frame.
    pub shell: Shell,
    /// What.
    pub outcome: LeavingOutcome,
    /// When the account is gone.
    pub due: Option<Moment>,
    /// Whether a mail with a link is on its way.
    pub is_mailed: bool,
}

impl LeavingPage {
    const fn text(&self) -> Key {
        match self.outcome {
            LeavingOutcome::Requested if !self.is_mailed => Key("leaving-requested-text-sign-in"),
            outcome => outcome.text(),
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeavingOutcome {
    /// The account will be deleted.
    Requested,
    /// The account stays.
    Kept,
    /// The link keeps nothing: it was used, or the account is gone.
    LinkOver,
}

impl LeavingOutcome {
    /// The stable name in `data-outcome`.
    const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Kept => "kept",
            Self::LinkOver => "over",
        }
    }

    const fn title(self) -> Key {
        match self {
            Self::Requested => Key("leaving-requested-title"),
            Self::Kept => Key("leaving-kept-title"),
            Self::LinkOver => Key("leaving-over-title"),
        }
    }

    const fn text(self) -> Key {
        match self {
            Self::Requested => Key("leaving-requested-text"),
            Self::Kept => Key("leaving-kept-text"),
            Self::LinkOver => Key("leaving-over-text"),
        }
    }
}
