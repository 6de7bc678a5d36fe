//! tower-sessions over our own rows.
//!
//! A sign-in writes its row in its own unit of work, without a cookie. The layer's `create`
//! attaches the cookie's id to that row when the answer goes out, and its `delete` detaches it, so
//! that a new id is given at each change of privilege while the public `sid` stays. Nothing but
//! the typed row is ever kept, and a row that was ended is never made again.

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
use crate::domain::session::{RepeatableForm, Session};
use crate::domain::{Requester, TokenDigest};
use crate::keys::Purpose;
use crate::oauth::authentication_api;
use crate::oauth::tokens::TokenResponse;
use crate::random;
use crate::store::{StoreError, sessions};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

const KEY: &str = "session";
const COOKIE: &str = "session";
/// "Last seen" is written at most this often, in seconds.
const TOUCH_INTERVAL: i64 = 5 * 60;
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

/// What the answer to a request does with the session's cookie, beyond what the layer does.
#[derive(Debug, Default)]
struct CookieOfAnswer {
    /// It is taken from the browser.
    is_taken: AtomicBool,
    /// The one that the layer sends carries nothing.
    is_dead: AtomicBool,
}

tokio::task_local! {
    static COOKIE_OF_ANSWER: CookieOfAnswer;
}

/// Notes something of the answer to the request that this task is about.
fn note(of_answer: impl FnOnce(&CookieOfAnswer) -> &AtomicBool) {
    let noted =
        COOKIE_OF_ANSWER.try_with(|cookie| of_answer(cookie).store(true, Ordering::Relaxed));
    if noted.is_err() {
        tracing::debug!("a session's cookie changed outside of a request");
    }
}

/// The layer takes its cookie away by one that only has a path. A browser holds what it is told
/// about a `__Host-` cookie to the rules of that prefix, and would keep the old one. It does so too where the
/// cookie that came carries nothing: by then the browser may have another one, of a request that was answered
/// meanwhile, which has the same name. A dead one stays until the next sign-in; nor is a new one sent that was
/// too late to carry anything.
pub(super) async fn complete_cookie(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let answered = COOKIE_OF_ANSWER.scope(CookieOfAnswer::default(), async {
        let response = next.run(request).await;
        let read = |cookie: &CookieOfAnswer| {
            (cookie.is_taken.load(Ordering::Relaxed), cookie.is_dead.load(Ordering::Relaxed))
        };
        (response, COOKIE_OF_ANSWER.with(read))
    });
    let (mut response, (is_taken, is_dead)) = answered.await;
    let ours = format!("{}=", app.cookie_name(COOKIE));
    let removal = format!("{ours};");
    let rest = if app.is_secure() {
        "; HttpOnly; SameSite=Lax; Secure"
    } else {
        "; HttpOnly; SameSite=Lax"
    };
    let header::Entry::Occupied(cookies) = response.headers_mut().entry(header::SET_COOKIE) else {
        return response;
    };
    let (_, cookies) = cookies.remove_entry_mult();
    let cookies: Vec<HeaderValue> = cookies.collect();
    for cookie in cookies {
        let text = cookie.to_str().ok().filter(|text| text.starts_with(&ours));
        let cookie = match text {
            Some(text) if text.starts_with(&removal) => {
                is_taken.then(|| HeaderValue::from_str(&format!("{text}{rest}")).ok()).flatten()
            }
            Some(_) if is_dead => None,
            _ => Some(cookie),
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
        let is_attached =
            sessions::attach(&mut tx, &session, &digest(&record.id)).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        if !is_attached {
            note(|cookie| &cookie.is_dead);
        }
        Ok(())
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

    /// The browser with the session of who sends a form a second time, as [`Self::repeated`] finds it; for
    /// any other request, as it is.
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
        if self.signed_in.is_some() {
            return Ok(self);
        }
        Ok(Self { signed_in: self.repeated(app, sent, requester).await?, ..self })
    }

    /// The session of who sends a form a second time, with the cookie that the first answer replaced
    /// and the browser never saw replaced: whoever has the old cookie and all that was `sent` (that of
    /// the browser, the form's token, what was typed) could have sent the first (decision 0034). An old
    /// cookie is not looked at again and again, which would tell somebody who guesses.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) async fn repeated(
        &self,
        app: &App,
        sent: &str,
        requester: &Requester,
    ) -> std::result::Result<Option<Session>, StoreError> {
        let form = self.repeatable(app, sent);
        let (Some(form), Some(cookie)) = (form, self.cookie) else { return Ok(None) };
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
            signed_in = sessions::find_repeated(&mut tx, &form.digest, now).await?;
        }
        tx.commit().await?;
        Ok(signed_in)
    }

    /// A form that came with a cookie and was `sent` so; `None` where one of them is missing. What was typed
    /// may be a password: without our key nobody learns anything from the digest.
    pub(super) fn repeatable(&self, app: &App, sent: &str) -> Option<RepeatableForm> {
        let id = self.cookie.filter(|_| !sent.is_empty())?;
        let mac = app.key_encryption_key.mac(Purpose::RepeatedForm, &id.to_string(), sent);
        let digest = TokenDigest::of(mac.as_bytes());
        Some(RepeatableForm { digest, until: app.now().plus(RepeatableForm::LIFETIME) })
    }

    /// Signs out whoever is signed in here. Says whether that is so: their session may have gone on under
    /// another cookie meanwhile, and the browser keeps what it has.
    ///
    /// # Errors
    ///
    /// If the store fails: then the person is still signed in and must be told.
    pub(super) async fn sign_out(
        &self,
        app: &App,
        requester: &Requester,
    ) -> std::result::Result<bool, PageError> {
        let Some(signed_in) = &self.signed_in else { return Ok(true) };
        let is_over = app.accounts.sign_out(signed_in, requester).await?;
        if is_over {
            self.end().await?;
        }
        Ok(is_over)
    }

    /// Takes the cookie away, after the row was removed.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) async fn end(&self) -> std::result::Result<(), tower_sessions::session::Error> {
        note(|cookie| &cookie.is_taken);
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
        Ok(Self { handle, signed_in, is_form, cookie })
    }
}

const fn is_allowed(decision: Decision) -> bool {
    matches!(decision, Decision::Allowed { .. })
}
