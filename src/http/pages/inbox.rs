//! `/dev/inbox`: every mail of a development server. Not there in production.

use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::time::SystemTime;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use mail_parser::{Message, MessageParser};

use super::super::App;
use super::super::frame::{self, Frame};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::views::{InboxItem, InboxMessagePage, InboxPage, Shell};
use crate::clock::Timestamp;

/// As many as a person looks through.
const MOST: usize = 100;

/// The list, the newest first.
pub(crate) async fn list(State(app): State<App>, frame: Frame) -> Result<Response, PageError> {
    let folder = folder(&app)?;
    let shell = frame.shell(&app);
    let reader = shell.clone();
    let messages = off_the_async_threads(move || read_all(&folder, &reader)).await?;
    let page = InboxPage { shell, messages };
    Ok(Page::ok(page).into_response())
}

/// One mail.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let folder = folder(&app)?;
    let is_name =
        id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_name || id.is_empty() {
        return Err(PageError::NotFound);
    }
    let path = folder.join(format!("{id}.eml"));
    let read = off_the_async_threads(move || std::fs::read(path)).await;
    let bytes = read.map_err(|_| PageError::NotFound)?;
    let mail = MessageParser::default().parse(&bytes).ok_or(PageError::NotFound)?;
    let body = mail.body_text(0).unwrap_or_default().into_owned();
    let shell = frame.shell(&app);
    let page = InboxMessagePage {
        item: item_of(&shell, &id, &mail),
        links: links_in(&body),
        codes: codes_in(&body),
        body,
        shell,
    };
    Ok(Page::ok(page).into_response())
}

fn folder(app: &App) -> Result<PathBuf, PageError> {
    let development = app.settings.development.as_ref().ok_or(PageError::NotFound)?;
    Ok(development.mail_folder.clone())
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, PageError> {
    let done = tokio::task::spawn_blocking(work).await;
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a mail cannot be read");
            Err(PageError::NotFound)
        }
        Err(_) => Err(PageError::Fault("reading mails was interrupted")),
    }
}

fn read_all(folder: &FilePath, shell: &Shell) -> io::Result<Vec<InboxItem>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut mails: Vec<(SystemTime, String)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?.strip_suffix(".eml")?.to_owned();
            Some((entry.metadata().ok()?.modified().ok()?, name))
        })
        .collect();
    // By the time they were sent: the ids of one second are in no order.
    mails.sort_unstable_by(|left, right| right.cmp(left));
    mails.truncate(MOST);
    Ok(mails
        .iter()
        .filter_map(|(_, name)| {
            let bytes = std::fs::read(folder.join(format!("{name}.eml"))).ok()?;
            MessageParser::default().parse(&bytes).map(|mail| item_of(shell, name, &mail))
        })
        .collect())
}

fn item_of(shell: &Shell, id: &str, mail: &Message<'_>) -> InboxItem {
    let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address());
    let date = mail.date().map_or(0, mail_parser::DateTime::to_timestamp);
    InboxItem {
        id: id.to_owned(),
        to: to.unwrap_or_default().to_owned(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        date: frame::moment_view(shell, Timestamp(date)),
    }
}

fn links_in(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(str::to_owned)
        .collect()
}

fn codes_in(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | ':'))
        .filter(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_links_are_found() {
        let text =
            "Your code is 123456.\n\nOr open\nhttp://localhost:5500/verify-email?token=a\n1234567";
        assert_eq!(codes_in(text), ["123456"]);
        assert_eq!(links_in(text), ["http://localhost:5500/verify-email?token=a"]);
    }
}
