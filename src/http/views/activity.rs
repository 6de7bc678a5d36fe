//! What happened in an account.

use askama::Template;

use super::{Account, AccountPlace, Moment, Shell};
use crate::texts::Key;

/// `/account/activity`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_activity.html")]
pub struct ActivityPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// Whether these are the newest events.
    pub is_first: bool,
    /// The newest first.
    pub events: Vec<ActivityEvent>,
    /// Where the older ones are.
    pub older: Option<String>,
    /// What "Not me" came to.
    pub notice: Option<ActivityNotice>,
    /// The address that the account had until some days ago, masked, where it can still be taken back there.
    pub moved_from: Option<String>,
}

/// What "Not me" came to, where something that was added is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityNotice {
    /// A link that takes it away was just sent.
    LinkSent,
    /// None was sent, because enough were in the last hour.
    LinksSentBefore,
    /// No mail is sent here: an operator has to take it away.
    ForOperator,
    /// The event added nothing, but a second step that was added lately would be asked for.
    FactorAddedLately,
    /// The address was changed lately, which the page tells anyhow.
    AddressChangedLately,
}

impl ActivityNotice {
    /// The name in an address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinkSent => "link",
            Self::LinksSentBefore => "links",
            Self::ForOperator => "operator",
            Self::FactorAddedLately => "factor",
            Self::AddressChangedLately => "address",
        }
    }

    /// The notice of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::LinkSent,
            Self::LinksSentBefore,
            Self::ForOperator,
            Self::FactorAddedLately,
            Self::AddressChangedLately,
        ];
        all.into_iter().find(|notice| notice.name() == name)
    }

    /// Whether a new password is up to the reader, who may have something else to do first.
    const fn leads_to_password(self) -> bool {
        matches!(self, Self::FactorAddedLately | Self::AddressChangedLately)
    }

    const fn id(self) -> &'static str {
        match self {
            Self::LinkSent => "link-sent",
            Self::LinksSentBefore => "links-sent-before",
            Self::ForOperator => "for-operator",
            Self::FactorAddedLately => "factor-added-lately",
            Self::AddressChangedLately => "address-changed-lately",
        }
    }

    fn text(self, shell: &Shell, email: &str) -> String {
        match self {
            Self::LinkSent => shell.t1(Key("activity-link-sent"), "email", email),
            Self::LinksSentBefore => shell.t1(Key("activity-links-sent-before"), "email", email),
            Self::ForOperator => shell.t(Key("activity-for-operator")),
            Self::FactorAddedLately => shell.t(Key("activity-factor-added-lately")),
            Self::AddressChangedLately => shell.t(Key("activity-address-changed-lately")),
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, Default)]
pub struct ActivityEvent {
    /// Names it.
    pub id: String,
    /// What.
    pub what: String,
    /// The factor or the application it is about; may be empty.
    pub about: String,
    /// Whether it was let through.
    pub succeeded: bool,
    /// When.
    pub at: Moment,
    /// With what.
    pub device: String,
    /// From where.
    pub place: String,
    /// Whether somebody did it at a browser, not an operator or a job.
    pub by_person: bool,
}
