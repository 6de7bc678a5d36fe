//! `/dev/inbox`: every mail and SMS of a development server. Not there in production.

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
use crate::delivery::{SMS_FILE_SUFFIX, SmsFile};

const MAIL_FILE_SUFFIX: &str = ".eml";
/// As many as a person looks through.
const MOST: usize = 100;

/// The list, the newest first.
pub(crate) async fn list(State(app): State<App>, frame: Frame) -> Result<Response, PageError> {
    let folder = folder(&app)?;
    let shell = frame.shell(&app);
    let reader = shell.clone();
    let messages = off_the_async_threads(move || read_all(&reader, &folder)).await?;
    let page = InboxPage { shell, messages };
    Ok(Page::ok(page).into_response())
}

/// One mail or SMS.
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
    let shell = frame.shell(&app);
    let reader = shell.clone();
    let read = off_the_async_threads(move || Ok(read_one(&reader, &folder, &id))).await?;
    let (item, body) = read.ok_or(PageError::NotFound)?;
    let page =
        InboxMessagePage { item, links: links_in(&body), codes: codes_in(&body), body, shell };
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
            tracing::warn!(%error, "the inbox cannot be read");
            Err(PageError::NotFound)
        }
        Err(_) => Err(PageError::Fault("reading the inbox was interrupted")),
    }
}

fn read_all(shell: &Shell, folder: &FilePath) -> io::Result<Vec<InboxItem>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut messages: Vec<(SystemTime, String)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let id = name
                .strip_suffix(MAIL_FILE_SUFFIX)
                .or_else(|| name.strip_suffix(SMS_FILE_SUFFIX))?
                .to_owned();
            Some((entry.metadata().ok()?.modified().ok()?, id))
        })
        .collect();
    // By the time they were sent: the ids of one second are in no order.
    messages.sort_unstable_by(|left, right| right.cmp(left));
    messages.truncate(MOST);
    Ok(messages
        .iter()
        .filter_map(|(_, id)| read_one(shell, folder, id))
        .map(|(item, _)| item)
        .collect())
}

/// The head of a message and its text.
fn read_one(shell: &Shell, folder: &FilePath, id: &str) -> Option<(InboxItem, String)> {
    let file = |suffix: &str| std::fs::read(folder.join(format!("{id}{suffix}")));
    if let Ok(bytes) = file(MAIL_FILE_SUFFIX) {
        let mail = MessageParser::default().parse(&bytes)?;
        return Some((
            item_of_mail(shell, id, &mail),
            mail.body_text(0).unwrap_or_default().into_owned(),
        ));
    }
    let sms: SmsFile = serde_json::from_slice(&file(SMS_FILE_SUFFIX).ok()?).ok()?;
    Some((item_of_sms(shell, id, &sms), sms.text))
}

fn item_of_mail(shell: &Shell, id: &str, mail: &Message<'_>) -> InboxItem {
    let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address());
    let date = mail.date().map_or(0, mail_parser::DateTime::to_timestamp);
    InboxItem {
        id: id.to_owned(),
        is_sms: false,
        to: to.unwrap_or_default().to_owned(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        date: frame::moment_view(shell, Timestamp(date)),
    }
}

/// An SMS has no subject: its first line stands in the list.
fn item_of_sms(shell: &Shell, id: &str, sms: &SmsFile) -> InboxItem {
    InboxItem {
        id: id.to_owned(),
        is_sms: true,
        to: sms.to.clone(),
        subject: sms.text.lines().next().unwrap_or_default().to_owned(),
        date: frame::moment_view(shell, Timestamp(sms.at)),
    }
}

fn links_in(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(str::to_owned)
        .collect()
}

fn codes_in(text: &str) -> Vec<String> {
    let is_between =
        |c: char| c.is_whitespace() || matches!(c, '.' | ',' | ':' | '\u{2068}' | '\u{2069}');
    text.split(is_between)
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
        let sms = "123456 is your Example ID code. Don't share it.\n\n@id.example.com #123456";
        assert_eq!(codes_in(sms), ["123456"]);
        assert_eq!(links_in(text), ["http://localhost:5500/verify-email?token=a"]);
    }

    #[test]
    fn an_sms_is_listed_and_read_beside_the_mails() {
        let folder = tempfile::tempdir().unwrap();
        let sms = SmsFile {
            to: "+14155550123".to_owned(),
            text: "123456 is your code.\n\n@localhost #123456".to_owned(),
            at: 1_795_421_645,
        };
        let json = serde_json::to_vec(&sms).unwrap();
        std::fs::write(folder.path().join(format!("01A{SMS_FILE_SUFFIX}")), json).unwrap();
        let mail = "To: ada@example.org\r\nSubject: Hello\r\n\r\nHello Ada";
        std::fs::write(folder.path().join("01B.eml"), mail).unwrap();
        let mut listed = read_all(&Shell::default(), folder.path()).unwrap();
        listed.sort_by(|left, right| left.id.cmp(&right.id));
        let shown: Vec<_> =
            listed.iter().map(|item| (item.is_sms, &*item.to, &*item.subject)).collect();
        assert_eq!(
            shown,
            [(true, "+14155550123", "123456 is your code."), (false, "ada@example.org", "Hello")]
        );
        assert_eq!(read_one(&Shell::default(), folder.path(), "01A").unwrap().1, sms.text);
        assert!(read_one(&Shell::default(), folder.path(), "01C").is_none());
    }
}
