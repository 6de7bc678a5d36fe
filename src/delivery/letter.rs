//! The form that every mail has: a title, blocks below one another, where it was asked from, and
//! who sends it. Once as HTML and once as text, with no remote content.

use askama::Template;

use super::{MessageParameters, RenderError, Rendered};
use crate::texts::{Argument, Key, Locale, Zone};

/// What every mail needs.
#[derive(Debug, Clone, Default)]
pub(super) struct Letterhead {
    /// The language.
    pub(super) locale: Locale,
    /// What the operator calls this service.
    pub(super) brand: String,
    /// The host of the issuer.
    pub(super) host: String,
    /// The person's name, which may be empty.
    pub(super) name: String,
    /// The address it goes to.
    pub(super) email: String,
    /// The network address it was asked from, where known.
    pub(super) asked_from: Option<String>,
    /// Whether somebody who runs the service caused it.
    pub(super) is_by_operator: bool,
    /// When it was asked, in words.
    pub(super) asked_at: String,
    /// Where the reader's clock hangs.
    pub(super) zone: Zone,
}

impl Letterhead {
    pub(super) fn t(&self, key: impl AsRef<str>) -> String {
        self.locale.texts().text(key)
    }

    pub(super) fn t1(&self, key: impl AsRef<str>, name: &str, value: impl Argument) -> String {
        self.locale.texts().text1(key, name, value)
    }

    /// A time among the parameters, in words of the reader.
    pub(super) fn moment(&self, parameters: &MessageParameters, name: &str) -> String {
        // Words are what messages of an earlier release hold.
        parameters.time(name).map_or_else(
            || parameters.text(name).to_owned(),
            |time| self.locale.moment(time, &self.zone),
        )
    }

    /// A text that may name the service and the address.
    pub(super) fn about(&self, key: Key) -> String {
        self.with(key, &[("brand", &self.brand), ("email", &self.email)])
    }

    /// The same with one more value.
    pub(super) fn about_with(&self, key: Key, name: &str, value: &str) -> String {
        self.with(key, &[("brand", &self.brand), ("email", &self.email), (name, &value)])
    }

    fn with(&self, key: Key, values: &[(&str, &dyn Argument)]) -> String {
        self.locale.texts().text_with(key, values)
    }

    pub(super) fn hello(&self) -> String {
        if self.name.is_empty() {
            self.t(Key("mail-hello-nobody"))
        } else {
            self.t1(Key("mail-hello"), "name", one_line(&self.name))
        }
    }

    fn sent_by(&self) -> String {
        self.with(Key("mail-sent-by"), &[("brand", &self.brand), ("host", &self.host)])
    }

    fn origin(&self) -> Option<String> {
        let time = &self.asked_at;
        if let Some(place) = &self.asked_from {
            return Some(self.with(Key("mail-asked-from"), &[("place", place), ("time", time)]));
        }
        if time.is_empty() {
            return None;
        }
        let key = if self.is_by_operator { Key("mail-by-operator") } else { Key("mail-asked-at") };
        Some(self.with(key, &[("brand", &self.brand), ("time", time)]))
    }
}

/// A subject is one line, whatever a name contains.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// One part of a mail.
#[derive(Debug, Clone)]
pub(super) enum Block {
    /// A paragraph.
    Text(String),
    /// A code to be typed elsewhere.
    Code(String),
    /// A link, as a button and as an address to copy.
    Button { label: String, link: String },
    /// A paragraph in small type.
    Note(String),
}

impl Block {
    fn as_text(&self) -> String {
        match self {
            Self::Text(text) | Self::Code(text) | Self::Note(text) => text.clone(),
            Self::Button { label, link } => format!("{label}:\n{link}"),
        }
    }
}

/// A whole mail.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    /// The letterhead.
    pub(super) head: Letterhead,
    /// The subject.
    pub(super) subject: String,
    /// The heading.
    pub(super) title: String,
    /// What lists of mails show beside the subject.
    pub(super) preview: String,
    /// Everything below the heading.
    pub(super) blocks: Vec<Block>,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'letter> {
    head: &'letter Letterhead,
    letter: &'letter Letter,
}

impl Letter {
    /// The mail as the person reads it.
    pub(super) fn render(&self) -> Result<Rendered, RenderError> {
        let html = Html { head: &self.head, letter: self }.render();
        Ok(Rendered {
            subject: one_line(&self.subject),
            text: self.text(),
            html: html.map_err(|error| RenderError(error.to_string()))?,
        })
    }

    fn text(&self) -> String {
        let head = &self.head;
        let mut parts = vec![self.title.clone()];
        parts.extend(self.blocks.iter().map(Block::as_text));
        parts.extend(head.origin());
        // "-- " marks the signature (RFC 3676 §4.3).
        parts.push(format!("-- \n{}\n{}\n", head.sent_by(), head.t(Key("mail-never-asks"))));
        parts.join("\n\n")
    }
}
