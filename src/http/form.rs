//! What comes with a request of our own pages: its query, and its form. There is no way to read a
//! form without its token being checked.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use http_body_util::Limited;
use secrecy::SecretString;

use super::cookies::{self, Browser, FormAccount};
use super::page_error::PageError;
use super::reader::Reader;
use super::{App, paths, sessions};
use crate::accounts::MOST_PICTURE_BYTES;
use crate::oauth::Parameters;

/// The query of a page's address.
#[derive(Debug)]
pub(super) struct PageQuery(pub Parameters);

impl FromRequestParts<App> for PageQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Parameters::from_form(query.as_bytes())))
    }
}

/// The query of a page that links of mails lead to.
#[derive(Debug)]
pub(super) struct LinkQuery {
    /// The parameters.
    pub query: Parameters,
    /// Whether the token was lost on the way, as mail programs do that break lines.
    pub is_cut_off: bool,
}

impl FromRequestParts<App> for LinkQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Infallible> {
        let text = parts.uri.query().unwrap_or_default().as_bytes();
        let mut pairs = form_urlencoded::parse(text);
        let is_cut_off = pairs.any(|(name, value)| name == "token" && value.is_empty());
        Ok(Self { query: Parameters::from_form(text), is_cut_off })
    }
}

/// A form that this very browser was given by us.
#[derive(Debug)]
pub(super) struct PageForm(Parameters);

impl PageForm {
    /// A field, as typed; absent where it is empty or stands twice.
    #[must_use]
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).filter(|value| !value.contains('\0'))
    }

    /// A field as typed, or an empty text.
    #[must_use]
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// A field that must not be printed.
    #[must_use]
    pub(super) fn secret(&self, name: &str) -> SecretString {
        SecretString::from(self.0.get(name).unwrap_or_default().to_owned())
    }

    /// What this form sent that nobody else could send: the browser's own cookie, the token, and what was
    /// typed into the fields of these names, to `path`. Empty where nothing was typed.
    #[must_use]
    pub(super) fn sent_by(&self, browser: &Browser, path: &str, names: &[&str]) -> String {
        let typed = |name: &&str| Some(format!(" {name}={}", self.0.get(name)?));
        let typed: String = names.iter().filter_map(typed).collect();
        if typed.is_empty() {
            return typed;
        }
        format!("{path} {} {}{typed}", browser.digest().as_str(), self.text("csrf"))
    }

    /// The pending flow that the form belongs to.
    #[must_use]
    pub(super) fn flow(&self) -> Option<&str> {
        self.get("flow")
    }

    /// Checks what a form brought: that it was sent from a page of ours, in this browser.
    ///
    /// # Errors
    ///
    /// The page to show instead.
    pub(super) fn checked(
        app: &App,
        sender: &Sender,
        parameters: Parameters,
    ) -> Result<Self, PageError> {
        let Sender { browser, headers, .. } = sender;
        if !is_same_origin(app, headers) {
            tracing::info!("a form came from another site");
            return Err(PageError::CrossSite);
        }
        let token = parameters.get("csrf").unwrap_or_default();
        let given_to = sender.account_of_token(app, token, parameters.get("link").is_some());
        if given_to == Some(FormAccount::Another) {
            tracing::info!("a form came from the page of another account");
            let flow = parameters.get("flow").map(str::to_owned);
            return Err(PageError::OtherAccount { flow });
        }
        if browser.has_csrf_token(app, token) && given_to != Some(FormAccount::None) {
            return Ok(Self(parameters));
        }
        if browser.is_new() && !token.is_empty() && !sessions::has_cookie(app, headers) {
            return Err(PageError::CookiesOff);
        }
        Err(PageError::FormExpired { sent: parameters })
    }
}

/// Who sends a form, and where to.
#[derive(Debug)]
pub(super) struct Sender {
    browser: Browser,
    reader: Reader,
    headers: HeaderMap,
    path: String,
}

impl FromRequestParts<App> for Sender {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        Ok(Self {
            browser: Browser::from_request_parts(parts, app).await?,
            reader: Reader::of(parts),
            headers: parts.headers.clone(),
            path: parts.uri.path().to_owned(),
        })
    }
}

impl Sender {
    /// Whether the token was given to the account that the form would act upon; absent where it acts
    /// upon nobody's.
    fn account_of_token(&self, app: &App, token: &str, names_link: bool) -> Option<FormAccount> {
        let is_upon = paths::acts_upon_account(&self.path, names_link);
        let account = self.reader.account().filter(|_| is_upon)?;
        Some(cookies::account_of_token(app, token, &account))
    }
}

/// A form of ours that may bring a file.
#[derive(Debug)]
pub(super) struct PageUpload {
    /// Its fields, checked like those of any form of ours.
    pub form: PageForm,
    /// The file, where there is one.
    pub file: Option<UploadedFile>,
}

/// A file that came with a form.
#[derive(Debug)]
pub(super) enum UploadedFile {
    /// All of it.
    Whole(Vec<u8>),
    /// Larger than any that is taken. The rest of the form was read, so that the answer is its page.
    TooLarge,
}

/// How much of a body is read and thrown away: a browser that is cut off while it sends shows no
/// answer. In bytes.
pub(super) const MOST_DISCARDED: usize = 16 * 1024 * 1024;
/// How much of a body may come without a pause, in bytes.
const WITHOUT_PAUSE: usize = 64 * 1024;

impl FromRequest<App> for PageUpload {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        if !has_type(request.headers(), "multipart/form-data") {
            let limit = app.settings.body_limit;
            let request = request.map(|body| Body::new(Limited::new(body, limit)));
            return Ok(Self { form: PageForm::from_request(request, app).await?, file: None });
        }
        let (mut parts, body) = request.into_parts();
        let sender = Sender::from_request_parts(&mut parts, app).await?;
        let request = Request::from_parts(parts, piece_by_piece(body));
        let mut multipart =
            Multipart::from_request(request, app).await.map_err(|_| PageError::Malformed)?;
        let (mut fields, mut file) = (Vec::new(), None);
        loop {
            let field = match multipart.next_field().await.map_err(|error| refused(&error)) {
                Ok(None) => break,
                Ok(Some(field)) => field,
                // What was read before is enough to say so.
                Err(PageError::TooLarge) if file.is_some() => {
                    file = Some(UploadedFile::TooLarge);
                    break;
                }
                Err(error) => return Err(error),
            };
            let name = field.name().unwrap_or_default().to_owned();
            if field.file_name().is_some() {
                file = Some(read_file(field, file_limit(app)).await?);
                continue;
            }
            match read_file(field, app.settings.body_limit).await? {
                UploadedFile::Whole(text) => {
                    fields.push((name, String::from_utf8_lossy(&text).into_owned()));
                }
                UploadedFile::TooLarge => return Err(PageError::TooLarge),
            }
        }
        let pairs = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let parameters = Parameters::from_page_form(pairs.as_bytes());
        Ok(Self { form: PageForm::checked(app, &sender, parameters)?, file })
    }
}

/// The same body with a pause before each piece that comes after its beginning: the reader of
/// multipart bodies would keep whatever it can get at once. (It takes a pause before the first mark
/// between parts for an end.)
fn piece_by_piece(body: Body) -> Body {
    let mut length = 0_usize;
    let pieces = body.into_data_stream().then(move |piece| {
        length = length.saturating_add(piece.as_ref().map_or(0, Bytes::len));
        let pauses = length > WITHOUT_PAUSE;
        async move {
            if pauses {
                tokio::task::yield_now().await;
            }
            piece
        }
    });
    Body::from_stream(pieces)
}

/// The largest file that is looked at: one that is too large by little is told so like one that
/// came whole.
fn file_limit(app: &App) -> usize {
    MOST_PICTURE_BYTES.saturating_add(app.settings.body_limit)
}

/// Reads a part of a form; what goes beyond `most` bytes is thrown away as it comes.
async fn read_file(mut field: Field<'_>, most: usize) -> Result<UploadedFile, PageError> {
    let mut bytes = Vec::new();
    let mut is_whole = true;
    loop {
        match field.chunk().await.map_err(|error| refused(&error)) {
            Ok(Some(chunk)) if is_whole && bytes.len().saturating_add(chunk.len()) <= most => {
                bytes.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => {
                is_whole = false;
                bytes = Vec::new();
            }
            Ok(None) if is_whole => return Ok(UploadedFile::Whole(bytes)),
            Ok(None) | Err(PageError::TooLarge) => return Ok(UploadedFile::TooLarge),
            Err(error) => return Err(error),
        }
    }
}

fn refused(error: &MultipartError) -> PageError {
    let is_too_large = error.status() == StatusCode::PAYLOAD_TOO_LARGE || is_too_large(error);
    if is_too_large { PageError::TooLarge } else { PageError::Malformed }
}

fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
}

fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with(wanted))
}

impl FromRequest<App> for PageForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let sender = Sender::from_request_parts(&mut parts, app).await?;
        let bytes = read_body(Request::from_parts(parts, body), app).await?;
        let parameters = Parameters::from_page_form(&bytes);
        Self::checked(app, &sender, parameters)
    }
}

/// Reads a form-encoded body of the protocol.
///
/// # Errors
///
/// If it is too large, of another type or cannot be read.
pub(super) async fn read_form(request: Request, app: &App) -> Result<Parameters, PageError> {
    let bytes = read_body(request, app).await?;
    Ok(Parameters::from_form(&bytes))
}

async fn read_body(request: Request, app: &App) -> Result<Bytes, PageError> {
    let is_form = has_type(request.headers(), "application/x-www-form-urlencoded");
    let bytes = Bytes::from_request(request, app).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            PageError::TooLarge
        } else {
            PageError::Malformed
        }
    })?;
    if !is_form && !bytes.is_empty() {
        return Err(PageError::Malformed);
    }
    Ok(bytes)
}

/// Waits for all of a body before anybody looks who sends it: a form that comes slowly is that of
/// whoever is signed in when it has come. How large it may be is for the layers outside to say.
pub(super) async fn come_whole(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(error) if is_too_large(&error) => PageError::TooLarge.into_response(),
        Err(_) => PageError::Malformed.into_response(),
    }
}

/// Whether the browser says so, and not merely nothing to the contrary.
pub(super) fn is_known_to_be_ours(app: &App, headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|said| said == value);
    is_same_origin(app, headers)
        && (says("sec-fetch-site", "same-origin") || says("origin", app.origin()))
}

/// Whether the browser says that a page of ours sent this (Fetch Metadata, RFC 6454 §7).
fn is_same_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text("origin");
    match text("sec-fetch-site") {
        // `Origin: null` is what a page without a referrer sends of itself.
        Some("same-origin") => {
            origin.is_none_or(|origin| origin == "null" || origin == app.origin())
        }
        Some("none") => origin.is_none_or(|origin| origin == app.origin()),
        Some(_) => false,
        None => origin.is_none_or(|origin| origin == app.origin()),
    }
}
