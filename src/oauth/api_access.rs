//! Our own JSON API for people: the applications that may use it, the tokens they get, and what those
//! open.
//!
//! 1. Somebody was signed in by the functions that our pages use; the session is one like theirs.
//! 2. [`issue`] makes a grant that hangs on that session, and tokens as `/oauth/token` does.
//! 3. [`caller`] looks, at every request, whether all of it still holds.

use super::tokens::{self, Minting, TokenResponse};
use super::{OAuthError, Provider, grants as token_grants, targets, verify};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::scope::{OFFLINE_ACCESS, OPENID};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::domain::{ClientId, GrantId, JsonList, PlainToken, Requester, Scopes};
use crate::random;
use crate::store::{StoreError, Tx, clients, grants, refresh_tokens, sessions, users};

/// Who calls our API, as everything stands at this moment.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub user: User,
    /// The session that the token hangs on.
    pub session: Session,
    /// The application.
    pub client: Client,
}

/// The application of this id, where it may use our API.
///
/// # Errors
///
/// If the database fails.
pub async fn app(provider: &Provider, id: &ClientId) -> Result<Option<Client>, StoreError> {
    let found = clients::find(&mut provider.store.read().await?, id).await?;
    Ok(found.filter(Client::may_use_authentication_api))
}

/// The application that a refresh token was given to, whether or not it is still good.
///
/// # Errors
///
/// If the database fails.
pub async fn app_of_refresh_token(
    provider: &Provider,
    token: &PlainToken,
) -> Result<Option<Client>, StoreError> {
    let mut tx = provider.store.read().await?;
    let owner = refresh_tokens::find_owner(&mut tx, &token.digest()).await?;
    let Some((id, _)) = owner else { return Ok(None) };
    let found = clients::find(&mut tx, &id).await?;
    Ok(found.filter(Client::may_use_authentication_api))
}

/// The session that a refresh token hangs on, if both live.
///
/// # Errors
///
/// If the database fails.
pub async fn session_of_refresh_token(
    provider: &Provider,
    token: &PlainToken,
) -> Result<Option<Session>, StoreError> {
    let mut tx = provider.store.read().await?;
    let owner = refresh_tokens::find_owner(&mut tx, &token.digest()).await?;
    let Some((_, grant_id)) = owner else { return Ok(None) };
    let Some(grant) = grants::find_live(&mut tx, &grant_id).await? else { return Ok(None) };
    sessions::find_living(&mut tx, &grant.sid, provider.now()).await
}

/// Gives an application that signed somebody in its tokens.
///
/// # Errors
///
/// `GrantEnded` where the session ended meanwhile; a fault.
pub async fn issue(
    provider: &Provider,
    client: &Client,
    user: &User,
    session: &Session,
    requester: &Requester,
) -> Result<TokenResponse, OAuthError> {
    let now = provider.now();
    let mut tx = provider.store.begin().await?;
    // Whoever ends the session meanwhile waits for this, and then ends the grant too.
    let held = sessions::hold_living(&mut tx, &session.sid, now).await?;
    let session = held.ok_or(OAuthError::GrantEnded)?;
    let grant = grant_of(provider, client, &session, now);
    grants::insert(&mut tx, &grant).await?;
    let refresh_token = token_grants::keep_refresh_token(provider, &mut tx, client, &grant).await?;
    let (_, entitlements) = targets::of_grant(provider, &mut tx, client, &grant).await?;
    let event = AuditEvent::success(AuditKind::TokensIssued)
        .of(&user.id)
        .by_client(&client.id)
        .in_session(&session.sid)
        .from(requester)
        .with(serde_json::json!({ "grant_id": grant.id, "scope": grant.scopes.to_string() }));
    audit::record(&mut tx, event, now).await?;
    let keys = provider.keys.current(&mut tx).await?;
    tx.commit().await?;
    let minting = Minting {
        client,
        grant: &grant,
        user,
        scopes: grant.scopes.clone(),
        nonce: None,
        lifetime: provider.access_token_lifetime(client, None),
        entitlements: &entitlements,
    };
    tokens::mint(provider, &keys, minting, refresh_token, now)
}

fn grant_of(provider: &Provider, client: &Client, session: &Session, now: Timestamp) -> Grant {
    let settings = &provider.settings;
    let scopes = client.scopes.intersection(&Scopes::standard());
    let mut audience = vec![provider.api_audience()];
    if scopes.contains(OPENID) {
        audience.push(provider.userinfo_audience());
    }
    let lifetime =
        if scopes.contains(OFFLINE_ACCESS) { settings.refresh_absolute_lifetime } else { 0 };
    let access = provider.access_token_lifetime(client, None);
    Grant {
        id: GrantId(random::ulid(now)),
        user_id: session.user_id.clone(),
        client_id: client.id.clone(),
        sid: session.sid.clone(),
        generation: session.generation,
        scopes,
        audience: JsonList(audience),
        auth_time: session.auth_time,
        acr: session.acr.clone(),
        amr: session.amr.clone(),
        nonce: None,
        created_at: now,
        expires_at: now.plus(lifetime).plus(access.max(settings.id_token_lifetime)),
    }
}

/// Who calls our API with this access token: it must be meant for it, and its grant, session, person
/// and application must stand at this moment.
///
/// # Errors
///
/// `TokenInvalid`, whatever is wrong with it (RFC 6750 §3.1); a fault.
pub async fn caller(provider: &Provider, token: &str) -> Result<Caller, OAuthError> {
    let now = provider.now();
    let mut tx = provider.store.read().await?;
    let keys = provider.keys.current(&mut tx).await?;
    let audience = provider.api_audience();
    let claims = verify::access_token(provider, &keys, token, &audience, now)?;
    let standing = targets::of_token(provider, &mut tx, &claims).await?;
    let grant = standing.and_then(|standing| standing.grant).ok_or(OAuthError::TokenInvalid)?;
    find_caller(&mut tx, &grant, now).await?.ok_or(OAuthError::TokenInvalid)
}

async fn find_caller(
    tx: &mut Tx,
    grant: &Grant,
    now: Timestamp,
) -> Result<Option<Caller>, StoreError> {
    let Some(client) = clients::find(tx, &grant.client_id).await? else { return Ok(None) };
    let Some(user) = users::find(tx, &grant.user_id).await? else { return Ok(None) };
    let session = sessions::find_living(tx, &grant.sid, now).await?;
    let is_its_own = |session: &Session| session.user_id == grant.user_id;
    Ok(session.filter(is_its_own).map(|session| Caller { user, session, client }))
}
