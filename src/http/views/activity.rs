//! What happened in an account.

use askama::Template;

use super::{Account, AccountPlace, Moment, Shell};

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
    /// Whether a link that takes an addition away was just sent.
    pub is_link_sent: bool,
    /// Whether none was sent, because enough were in the last hour.
    pub were_links_sent_before: bool,
    /// Whether no mail is sent here, so that an operator has to take the addition away.
    pub is_for_operator: bool,
}

/// Something that happened.
#[derive(Debug, Clone, Default)]
pub struct ActivityEvent {
    /// Names it.
    pub id: String,
    /// What.
    pub what: String,
    /// The factor it is about; may be empty.
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
