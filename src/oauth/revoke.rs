//! Token revocation (RFC 7009): a client gives back what it no longer needs.
//!
//! With a refresh token its whole family ends, and every access token of it (§2.1). An access token
//! ends alone. A token that nobody knows is as good as revoked (§2.2).

use super::client_auth::{self, AuthenticatedClient};
use super::{OAuthError, Parameters, Provider, verify};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::Client;
use crate::domain::{GrantId, PlainToken, Requester, UserId};
use crate::store::{Tx, grants, refresh_tokens, revoked_access_tokens};

/// What a token of the client turned out to be.
enum Revocable {
    AccessToken { jti: String, expires_at: Timestamp, of: Option<(GrantId, UserId)> },
    RefreshToken { grant_id: GrantId },
}

/// Serves a revocation request.
///
/// # Errors
///
/// `TokenOfAnother`, `UnsupportedTokenType` for what is no token that can be revoked, and `Throttled`
/// where a client without a secret sends many that nobody knows.
pub async fn revoke(
    provider: &Provider,
    client: &AuthenticatedClient,
    parameters: &Parameters,
    requester: &Requester,
) -> Result<(), OAuthError> {
    let client = &client.client;
    parameters.single("token_type_hint")?;
    let token = parameters.single("token")?.ok_or(OAuthError::Missing("token"))?;
    // Looked for where nobody waits: only what is there is worth a place among the writers.
    let Some(found) = find(provider, client, token).await? else {
        return count_unknown(provider, client, requester).await;
    };
    let now = provider.now();
    let mut tx = provider.store.begin().await?;
    if let Some(event) = end(&mut tx, found, now).await? {
        audit::record(&mut tx, event.by_client(&client.id).from(requester), now).await?;
    }
    Ok(tx.commit().await?)
}

async fn count_unknown(
    provider: &Provider,
    client: &Client,
    requester: &Requester,
) -> Result<(), OAuthError> {
    let unknown = OAuthError::RefreshTokenUnknown;
    match client_auth::count_refusal(provider, client, requester, unknown).await {
        OAuthError::RefreshTokenUnknown => Ok(()),
        other => Err(other),
    }
}

async fn find(
    provider: &Provider,
    client: &Client,
    token: &str,
) -> Result<Option<Revocable>, OAuthError> {
    let mut tx = provider.store.read().await?;
    let keys = provider.keys.current(&mut tx).await?;
    if let Some(claims) = verify::any_access_token(provider, &keys, token, provider.now()) {
        if claims.client_id != client.id {
            return Err(OAuthError::TokenOfAnother);
        }
        let expires_at = claims.expires_at();
        let of = claims.grant_id.map(|grant_id| (grant_id, UserId(claims.sub)));
        return Ok(Some(Revocable::AccessToken { jti: claims.jti, expires_at, of }));
    }
    if verify::is_id_token(&keys, token) {
        return Err(OAuthError::UnsupportedTokenType);
    }
    let digest = PlainToken::new(token).digest();
    match refresh_tokens::find_owner(&mut tx, &digest).await? {
        Some((owner, _)) if owner != client.id => Err(OAuthError::TokenOfAnother),
        found => Ok(found.map(|(_, grant_id)| Revocable::RefreshToken { grant_id })),
    }
}

/// Ends a token; gives what is to be recorded, where that ended anything.
async fn end(
    tx: &mut Tx,
    found: Revocable,
    now: Timestamp,
) -> Result<Option<AuditEvent>, OAuthError> {
    let event = AuditEvent::success(AuditKind::TokenRevoked);
    let (token, grant_id, user_id, is_first) = match found {
        Revocable::AccessToken { jti, expires_at, of } => {
            let is_first = revoked_access_tokens::insert(tx, &jti, expires_at).await?;
            let (grant_id, user_id) = of.unzip();
            ("access_token", grant_id, user_id, is_first)
        }
        Revocable::RefreshToken { grant_id } => {
            let revoked = grants::revoke(tx, &grant_id, "revoked_by_client", now).await?;
            ("refresh_token", Some(grant_id), revoked.user_id, revoked.is_first)
        }
    };
    let detail = serde_json::json!({ "token": token, "grant_id": grant_id });
    Ok(is_first.then_some(AuditEvent { user_id, ..event.with(detail) }))
}
