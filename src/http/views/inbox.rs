//! The mails and SMS of a development server, which go nowhere else.

use askama::Template;

use super::{Moment, Shell};

/// `/dev/inbox`
#[derive(Debug, Template, Default)]
#[template(path = "pages/inbox.html")]
pub struct InboxPage {
    /// The frame.
    pub shell: Shell,
    /// The newest messages, newest first.
    pub messages: Vec<InboxItem>,
}

/// A message in the list.
#[derive(Debug, Clone, Default)]
pub struct InboxItem {
    /// The last segment of its path.
    pub id: String,
    /// Whether it is an SMS and no mail.
    pub is_sms: bool,
    /// Whom it is for.
    pub to: String,
    /// Its subject; the first line of an SMS.
    pub subject: String,
    /// When it was sent.
    pub date: Moment,
}

/// `/dev/inbox/{id}`
#[derive(Debug, Template, Default)]
#[template(path = "pages/inbox_message.html")]
pub struct InboxMessagePage {
    /// The frame.
    pub shell: Shell,
    /// The message's head.
    pub item: InboxItem,
    /// Its text.
    pub body: String,
    /// The links found in it.
    pub links: Vec<String>,
    /// The codes found in it.
    pub codes: Vec<String>,
}
