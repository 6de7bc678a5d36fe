//! The mails of a development server, which go nowhere else.

use askama::Template;

use super::{Moment, Shell};

/// `/dev/inbox`
#[derive(Debug, Template, Default)]
#[template(path = "pages/inbox.html")]
pub struct InboxPage {
    /// The frame.
    pub shell: Shell,
    /// The newest mails, newest first.
    pub messages: Vec<InboxItem>,
}

/// A mail in the list.
#[derive(Debug, Clone, Default)]
pub struct InboxItem {
    /// The last segment of its path.
    pub id: String,
    /// Whom it is for.
    pub to: String,
    /// Its subject.
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
    /// The mail's head.
    pub item: InboxItem,
    /// Its text part.
    pub body: String,
    /// The links found in it.
    pub links: Vec<String>,
    /// The codes found in it.
    pub codes: Vec<String>,
}
