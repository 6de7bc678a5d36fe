//! Tokens of Protekt's own authentication API: who may ask for them, what a sign-in there is given,
//! and who somebody is that brings one.
//!
//! 1. [`client`]: the client that a request names, or the one that is there for those that name none.
//! 2. [`issue`]: what a code would buy, for a session that has just begun.
//! 3. [`caller`]: whose a token is at this moment. Signature and time are not enough: its grant, its
//!    session, its account and its client are looked at each time.

use super::authorize::{Given, new_grant};
use super::client_auth::{self, AuthenticatedClient};
use super::clients::{ClientProblem, NewClient, register};
use super::targets::TokenStanding;
use super::tokens::{self, Minting, TokenResponse};
use super::verify::AccessTokenClaims;
use super::{OAuthError, Parameters, Provider, grants, management_api, targets, verify};
use crate::accounts::Giver;
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::{Client, ClientKind};
use crate::domain::scope::OPENID;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::domain::{JsonList, Requester, Scopes};
use crate::store::{Store, grants as grant_rows, sessions, users};

/// The client of requests that name none.
pub const DEFAULT_CLIENT_ID: &str = "authentication-api";

/// Registers the client of requests that name none, where there is none yet. What an operator changed
/// of it stays.
///
/// # Errors
///
/// If the database fails.
pub async fn plant_default_client(
    store: &Store,
    issuer: &str,
    now: Timestamp,
) -> Result<(), ClientProblem> {
    let new = NewClient {
        id: Some(DEFAULT_CLIENT_ID.into()),
        first_party: true,
        authentication_api: true,
        grant_types: vec!["refresh_token".to_owned()],
        scopes: Some(Scopes::standard()),
        ..NewClient::new("Authentication API", ClientKind::Native)
    };
    match register(store, new, issuer, (Giver::Operator, now)).await {
        Ok(_) | Err(ClientProblem::IdTaken(_)) => Ok(()),
        Err(problem) => Err(problem),
    }
}

/// Finds out which client sent a request, as the token endpoint does, and whether it may use the
/// authentication API.
///
/// # Errors
///
/// As for [`client_auth::authenticate`]; [`OAuthError::GrantNotAllowed`] where its registration does
/// not say so.
pub async fn client(
    provider: &Provider,
    authorization: Option<&str>,
    parameters: &Parameters,
    requester: &Requester,
) -> Result<AuthenticatedClient, OAuthError> {
    let named = if authorization.is_some() {
        parameters.clone()
    } else {
        parameters.clone().or("client_id", DEFAULT_CLIENT_ID)
    };
    let client = client_auth::authenticate(provider, authorization, &named, requester).await?;
    if client.client.may_use_authentication_api() {
        Ok(client)
    } else {
        Err(OAuthError::GrantNotAllowed)
    }
}

/// Gives a client the tokens of a session that has just begun: for this API, and for `/userinfo`
/// where the client may ask for `openid`.
///
/// # Errors
///
/// [`OAuthError::GrantEnded`] where the session is over.
pub async fn issue(
    provider: &Provider,
    client: &Client,
    (session, user): (&Session, &User),
    requester: &Requester,
) -> Result<TokenResponse, OAuthError> {
    let now = provider.now();
    let grant = new_grant(provider, given(provider, client, session), now);
    let mut tx = provider.store.begin().await?;
    if !sessions::hold(&mut tx, session).await? {
        return Err(OAuthError::GrantEnded);
    }
    grant_rows::insert(&mut tx, &grant).await?;
    let (_, entitlements) = targets::of_grant(provider, &mut tx, client, &grant).await?;
    let refresh_token = grants::keep_refresh_token(provider, &mut tx, client, &grant).await?;
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

fn given<'given>(
    provider: &Provider,
    client: &'given Client,
    session: &'given Session,
) -> Given<'given> {
    let known = Scopes::standard().union(&management_api::scopes());
    let scopes = client.scopes.intersection(&known);
    let userinfo = scopes.contains(OPENID).then(|| provider.userinfo_audience());
    let audience: JsonList = std::iter::once(provider.api_audience()).chain(userinfo).collect();
    Given { client, session, scopes, audience, api: None, nonce: None }
}

/// Who calls the authentication API.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What their token says.
    pub claims: AccessTokenClaims,
    /// What it may still be used for.
    pub scopes: Scopes,
    /// The session that it was given in, as it is now.
    pub session: Session,
    /// Their account, as it is now.
    pub user: User,
}

/// Finds out whose an access token is (RFC 9068 §4).
///
/// # Errors
///
/// [`OAuthError::TokenInvalid`] where it does not verify, is for something else, was made for a machine,
/// or hangs on what is over: its grant, its session, its account, or what its client may do.
pub async fn caller(provider: &Provider, token: &str) -> Result<Caller, OAuthError> {
    let now = provider.now();
    let mut tx = provider.store.read().await?;
    let keys = provider.keys.current(&mut tx).await?;
    let audience = provider.api_audience();
    let claims = verify::access_token(provider, &keys, token, &audience, now)?;
    let live = targets::of_token(provider, &mut tx, &claims).await?;
    let Some(TokenStanding { grant: Some(grant), scopes, .. }) = live else {
        return Err(OAuthError::TokenInvalid);
    };
    let session = sessions::find_living(&mut tx, &grant.sid, now).await?;
    let session = session.filter(|session| session.user_id == grant.user_id);
    let session = session.ok_or(OAuthError::TokenInvalid)?;
    let user = users::find(&mut tx, &grant.user_id).await?.ok_or(OAuthError::TokenInvalid)?;
    Ok(Caller { claims, scopes, session, user })
}
