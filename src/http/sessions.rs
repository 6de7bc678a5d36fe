//! tower-sessions over our own rows.
//!
//! A sign-in writes its row in its own unit of work, without a cookie. The layer's `create`
//! attaches the cookie's id to that row when the answer goes out, and its `delete` detaches it, so
//! that a new id is given at each change of privilege while the public `sid` stays. Nothing but
//! the typed row is ever kept, and a row that was ended is never made again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use time::Duration;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

use super::page_error::PageError;
use super::reader::Reader;
use super::views::Typed;
use super::{App, cookies, paths};
use crate::clock::Timestamp;
use crate::domain::client::Client;
use crate::domain::session::Session;
use crate::domain::{Requester, TokenDigest};
use crate::oauth::authentication_api;
use crate::oauth::tokens::TokenResponse;
use crate::random;
use crate::store::{StoreError, sessions};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

const KEY: &str = "session";
const COOKIE: &str = "session";
/// "Last seen" is written at most this often, in seconds.
const TOUCH_INTERVAL: i64 = 5 * 60;
/// How long a form that changed the cookie leads on when it is sent with the old one, in seconds.
const REPEATABLE: i64 = 10;
/// How often an old cookie is looked at in that time, and for a while after.
const REPEATS: Limit = Limit::new(10, 60);

/// The store that the layer asks.
#[derive(Clone)]
pub(super) struct Rows {
    app: App,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Rows")
    }
}

/// The layer: a host-only cookie that an app's redirect may carry.
pub(super) fn layer(app: &App) -> SessionManagerLayer<Rows> {
    SessionManagerLayer::new(Rows { app: app.clone() })
        .with_name(app.cookie_name(COOKIE))
        .with_secure(app.is_secure())
        // Strict would hide the session from every app's redirect.
        .with_same_site(SameSite::Lax)
        .with_path("/")
}

/// Whether the browser brought the cookie of a session, be it over or not.
pub(super) fn has_cookie(app: &App, headers: &HeaderMap) -> bool {
    cookies::read(headers, &app.cookie_name(COOKIE)).is_some()
}

/// Whether the cookie is to be taken from the browser, by an answer to one of its requests.
#[derive(Clone, Debug, Default)]
struct Removal(Arc<AtomicBool>);

/// The layer takes its cookie away by one that only has a path. A browser holds what it is told
/// about a `__Host-` cookie to the rules of that prefix, and would keep the old one. It does so too where the
/// cookie that came carries nothing: by then the browser may have another one, of a request that was answered
/// meanwhile, which has the same name. A dead one stays until the next sign-in.
pub(super) async fn complete_removal(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let wanted = Removal::default();
    request.extensions_mut().insert(wanted.clone());
    let mut response = next.run(request).await;
    let removal = format!("{}=;", app.cookie_name(COOKIE));
    let rest = if app.is_secure() {
        "; HttpOnly; SameSite=Lax; Secure"
    } else {
        "; HttpOnly; SameSite=Lax"
    };
    let is_wanted = wanted.0.load(Ordering::Relaxed);
    let header::Entry::Occupied(cookies) = response.headers_mut().entry(header::SET_COOKIE) else {
        return response;
    };
    let (_, cookies) = cookies.remove_entry_mult();
    let cookies: Vec<HeaderValue> = cookies.collect();
    for cookie in cookies {
        let text = cookie.to_str().ok().filter(|text| text.starts_with(&removal));
        let cookie = match text {
            Some(text) if is_wanted => HeaderValue::from_str(&format!("{text}{rest}")).ok(),
            Some(_) => None,
            None => Some(cookie),
        };
        if let Some(cookie) = cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

#[async_trait]
impl SessionStore for Rows {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id(i128::from_be_bytes(random::bytes()));
        let Some(session) = session_of(record) else {
            return Err(Error::Encode("only a signed-in session can be kept".to_owned()));
        };
        let mut tx = self.app.store().begin().await.map_err(failed)?;
        let of = (&session.sid, session.generation);
        sessions::attach(&mut tx, of, &digest(&record.id)).await.map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// Nothing of a session changes outside its own units of work.
    async fn save(&self, _record: &Record) -> Result<()> {
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.app.now();
        let mut tx = self.app.store().read().await.map_err(failed)?;
        let session = sessions::load(&mut tx, &digest(id), now).await.map_err(failed)?;
        drop(tx);
        let Some(session) = session else { return Ok(None) };
        note_sign_of_life(&self.app, &session).await;
        let value =
            serde_json::to_value(&session).map_err(|error| Error::Encode(error.to_string()))?;
        let expiry_date = session.expires_at.to_date_time();
        let data = std::iter::once((KEY.to_owned(), value)).collect();
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut tx = self.app.store().begin().await.map_err(failed)?;
        sessions::detach(&mut tx, &digest(id)).await.map_err(failed)?;
        tx.commit().await.map_err(failed)
    }
}

/// Notes that a session was used, which moves its idle limit; every few minutes at most. A store that
/// takes no writes just now must not keep people from reading.
pub(super) async fn note_sign_of_life(app: &App, session: &Session) {
    let now = app.now();
    if now.since(session.last_seen_at) < TOUCH_INTERVAL {
        return;
    }
    if let Err(error) = touch(app, session, now).await {
        tracing::warn!(%error, "when a session was last seen cannot be noted just now");
    }
}

/// The same for a program that was given new tokens of our own API: refreshing is using its session.
pub(super) async fn note_refreshed(app: &App, client: &Client, tokens: &TokenResponse) {
    if !client.may_use_authentication_api() {
        return;
    }
    let token = tokens.access_token.expose();
    if let Ok(caller) = authentication_api::caller(&app.provider, token).await {
        note_sign_of_life(app, &caller.session).await;
    }
}

async fn touch(
    app: &App,
    session: &Session,
    now: Timestamp,
) -> std::result::Result<(), StoreError> {
    let (idle, _) = app.accounts.settings.sessions.of(session.remembered);
    let mut tx = app.store().begin().await?;
    let until = now.plus(idle).min(session.expires_at);
    sessions::touch(&mut tx, &session.sid, until, now).await?;
    tx.commit().await
}

fn digest(id: &Id) -> TokenDigest {
    TokenDigest::of(id.to_string().as_bytes())
}

fn session_of(record: &Record) -> Option<Session> {
    serde_json::from_value(record.data.get(KEY)?.clone()).ok()
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn failed(error: StoreError) -> Error {
    Error::Backend(error.to_string())
}

/// The session of the browser that asks, as the layer knows it.
#[derive(Clone, Debug)]
pub(super) struct BrowserSession {
    handle: tower_sessions::Session,
    /// Who is signed in.
    pub signed_in: Option<Session>,
    /// Whether a form of a page was sent.
    pub is_form: bool,
    /// The id in the cookie that came, whether it carries a session or not.
    cookie: Option<Id>,
    removal: Removal,
}

impl BrowserSession {
    /// Lets the answer carry a new cookie for `session`, whose row was written before; the old
    /// cookie is dead at once.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) async fn begin(
        &self,
        session: &Session,
    ) -> std::result::Result<(), tower_sessions::session::Error> {
        self.handle.insert(KEY, session).await?;
        self.handle.cycle_id().await?;
        self.handle.set_expiry(Some(if session.remembered {
            Expiry::OnInactivity(Duration::seconds(session.expires_at.since(session.auth_time)))
        } else {
            Expiry::OnSessionEnd
        }));
        Ok(())
    }

    /// The session of who sends a form a second time, with the cookie that the first answer replaced
    /// and the browser never saw replaced: whoever has the old cookie and all that was `sent` (that of
    /// the browser, the form's token, what was typed) could have sent the first (decision 0034). For
    /// any other request, as it is; nor is an old cookie looked at again and again, which would tell
    /// somebody who guesses.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) async fn or_repeated(
        self,
        app: &App,
        sent: &str,
        requester: &Requester,
    ) -> std::result::Result<Self, StoreError> {
        let digest = self.digest_of(sent).filter(|_| self.signed_in.is_none());
        let (Some(digest), Some(cookie)) = (digest, self.cookie) else { return Ok(self) };
        let now = app.now();
        let mut tx = app.store().begin().await?;
        let cookie = TokenDigest::of(cookie.to_string().as_bytes());
        let key = ThrottleKey::new("repeat", cookie.as_str());
        let network = ThrottleKey::by_network("repeat", requester);
        let by_network = app.accounts.settings.limits.requests_by_network;
        let mut signed_in = None;
        // First the network: nobody fills the table with cookies that they made up.
        if is_allowed(throttle::check_and_count(&mut tx, &network, by_network, now).await?)
            && is_allowed(throttle::check_and_count(&mut tx, &key, REPEATS, now).await?)
        {
            signed_in = sessions::find_repeated(&mut tx, &digest, now).await?;
        }
        tx.commit().await?;
        Ok(Self { signed_in, ..self })
    }

    /// Lets [`Self::or_repeated`] know a form whose answer is about to change the cookie of
    /// `session`.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) async fn note_repeatable(
        &self,
        app: &App,
        session: &Session,
        sent: &str,
    ) -> std::result::Result<(), StoreError> {
        let Some(digest) = self.digest_of(sent) else { return Ok(()) };
        let until = app.now().plus(REPEATABLE);
        let mut tx = app.store().begin().await?;
        let of = (&session.sid, session.generation);
        sessions::note_repeatable(&mut tx, of, (&digest, until)).await?;
        tx.commit().await
    }

    /// Of the cookie that came and of what was sent; `None` where one of them is missing.
    fn digest_of(&self, sent: &str) -> Option<TokenDigest> {
        let id = self.cookie.filter(|_| !sent.is_empty())?;
        Some(TokenDigest::of(format!("{id} {sent}").as_bytes()))
    }

    /// Takes the cookie away, after the row was removed.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) async fn end(&self) -> std::result::Result<(), tower_sessions::session::Error> {
        self.removal.0.store(true, Ordering::Relaxed);
        self.handle.flush().await
    }
}

impl From<tower_sessions::session::Error> for PageError {
    fn from(error: tower_sessions::session::Error) -> Self {
        tracing::warn!(%error, "the session cannot be read or kept");
        Self::Unavailable
    }
}

impl FromRequestParts<App> for BrowserSession {
    type Rejection = PageError;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App,
    ) -> std::result::Result<Self, PageError> {
        let handle = parts
            .extensions
            .get::<tower_sessions::Session>()
            .cloned()
            .ok_or(PageError::Fault("no session layer"))?;
        // The layer forgets an id that carries no session.
        let cookie = handle.id();
        let signed_in: Option<Session> = handle.get(KEY).await?;
        if let Some(session) = &signed_in
            && let Some(user) = app.accounts.user(&session.user_id).await?
        {
            let reader = Reader::of(parts);
            reader.is(&user);
            reader.is_signed_in(&user.id);
            if paths::is_of_account(parts.uri.path()) {
                reader.is_warned_of(app.accounts.open_recovery(&user.id).await?);
            }
        }
        // That of a form that was open too long is asked for once more.
        let is_form = parts.method == Method::POST || parts.extensions.get::<Typed>().is_some();
        let removal = parts.extensions.get::<Removal>().cloned().unwrap_or_default();
        Ok(Self { handle, signed_in, is_form, cookie, removal })
    }
}

const fn is_allowed(decision: Decision) -> bool {
    matches!(decision, Decision::Allowed { .. })
}
