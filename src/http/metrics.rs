//! `GET /metrics`: what monitors ask.
//!
//! At an address of its own it answers whoever reaches that. At the address of people it answers who
//! has the token that the operator set, and on a development server everybody.

pub mod exposition;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;

use self::exposition::{CONTENT_TYPE, KeyAge, Levels, MessageLevel, Metrics, StoredLevels};
use super::page_error::PageError;
use super::{App, health};
use crate::clock::Timestamp;
use crate::domain::signing_key::KeyState;
use crate::domain::{PlainToken, TokenDigest};
use crate::store::{StoreError, levels, signing_keys, user_tally};

/// Monitors give up sooner than people do.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long what the database said is good, in seconds: counting rows is work.
const LEVELS_LAST: i64 = 10;

/// What monitors are told.
#[derive(Clone, Debug, Default)]
pub struct Monitoring {
    /// What was counted.
    pub metrics: Metrics,
    /// The digest of the token that opens `/metrics`; absent where there is none.
    pub token_digest: Option<TokenDigest>,
    stored: Arc<Mutex<Option<(Timestamp, StoredLevels)>>>,
}

impl Monitoring {
    /// Monitoring that the bearer of `token` may ask for.
    #[must_use]
    pub fn for_bearer(token: Option<&PlainToken>) -> Self {
        Self { token_digest: token.map(PlainToken::digest), ..Self::default() }
    }
}

/// Where it is reached beside everything else.
pub(super) async fn guarded(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if app.settings.development.is_some() {
        return Ok(open(State(app)).await);
    }
    let Some(expected) = &app.monitoring.token_digest else { return Err(PageError::NotFound) };
    let given = headers.get(header::AUTHORIZATION).and_then(|line| line.to_str().ok());
    let token = given
        .and_then(|line| line.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let digest = token.map(|(_, token)| PlainToken::new(token.trim()).digest());
    let is_right = digest.is_some_and(|digest| {
        digest.as_str().as_bytes().ct_eq(expected.as_str().as_bytes()).into()
    });
    if is_right {
        return Ok(open(State(app)).await);
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"metrics\"")];
    let text = "Send the token of metrics.token in the header Authorization: Bearer ...\n";
    Ok((StatusCode::UNAUTHORIZED, challenge, text).into_response())
}

/// At an address of its own.
pub(super) async fn open(State(app): State<App>) -> Response {
    let load = app.accounts.hasher.load();
    let levels = Levels {
        hashes_running: load.running,
        hashes_waiting: load.waiting,
        hashes_refused: load.refused,
        resident_memory: health::resident_memory(),
        started_at: app.started_at.0,
        stored: stored(&app).await,
    };
    match app.monitoring.metrics.text(&levels) {
        Ok(text) => {
            let mut response = text.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What the database says, or said a moment ago; one asks it for all who ask at once.
async fn stored(app: &App) -> Option<StoredLevels> {
    let now = app.now();
    let mut kept = app.monitoring.stored.lock().await;
    if let Some((at, levels)) = &*kept
        && (0..LEVELS_LAST).contains(&now.since(*at))
    {
        return Some(levels.clone());
    }
    *kept = None;
    match tokio::time::timeout(PATIENCE, ask(app, now)).await {
        Ok(Ok(levels)) => *kept = Some((now, levels)),
        Ok(Err(error)) => tracing::warn!(%error, "the database cannot be asked for metrics"),
        Err(_) => tracing::warn!("the database does not answer for metrics in time"),
    }
    kept.as_ref().map(|(_, levels)| levels.clone())
}

async fn ask(app: &App, now: Timestamp) -> Result<StoredLevels, StoreError> {
    let mut tx = app.store().read().await?;
    let keys = signing_keys::list(&mut tx).await?;
    let published = keys.into_iter().filter(|key| key.state != KeyState::Gone);
    let messages = levels::messages(&mut tx).await?;
    Ok(StoredLevels {
        users: user_tally::total(&mut tx).await?,
        sessions: levels::sessions(&mut tx, now).await?,
        messages: messages
            .into_iter()
            .map(|level| MessageLevel {
                channel: level.channel,
                state: level.state,
                count: level.count,
                oldest: now.since(level.oldest_at),
            })
            .collect(),
        unsealed_events: levels::unsealed_events(&mut tx).await?,
        signing_keys: published
            .map(|key| KeyAge {
                age: now.since(key.created_at),
                state: key.state.as_str(),
                kid: key.kid,
            })
            .collect(),
    })
}
