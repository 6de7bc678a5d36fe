//! `grant_type=authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5).
//!
//! 1. What can be seen to be wrong without the code is refused before the code is touched.
//! 2. One unit of work spends the code, looks whether its grant holds, and keeps the refresh
//!    token. A refusal after the code was spent is kept: the code stays spent.
//! 3. The tokens are signed when the unit of work is over.

use super::super::client_auth::{self, AuthenticatedClient};
use super::super::drive::{self, CodeFacts, MachineRefusal};
use super::super::entitlements::TokenEntitlements;
use super::super::error::Replay;
use super::super::tokens::{self, Minting, TokenResponse};
use super::super::{OAuthError, Parameters, Provider, targets};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::grant::Grant;
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, Scopes};
use crate::store::authorization_codes::{AuthorizationCode, Spend};
use crate::store::{Tx, authorization_codes, grants, users};

/// What a good code stands for.
struct Bought {
    grant: Grant,
    user: User,
    scopes: Scopes,
    refresh_token: Option<PlainToken>,
    /// Of the access token, in seconds.
    lifetime: i64,
    entitlements: TokenEntitlements,
}

/// Exchanges a code for tokens.
///
/// # Errors
///
/// See [`OAuthError`].
pub async fn exchange(
    provider: &Provider,
    client: &AuthenticatedClient,
    parameters: &Parameters,
    requester: &Requester,
) -> Result<TokenResponse, OAuthError> {
    let code = parameters.get("code").ok_or(OAuthError::Missing("code"))?;
    check_verifier(parameters)?;

    let now = provider.now();
    let mut tx = provider.store.begin().await?;
    let outcome = buy(provider, &mut tx, client, &PlainToken::new(code), parameters).await;
    if outcome.as_ref().is_err_and(OAuthError::is_fault) {
        return Err(outcome.err().unwrap_or(OAuthError::Internal("no outcome")));
    }
    let event = match &outcome {
        Ok(bought) => AuditEvent::success(AuditKind::CodeExchanged)
            .of(&bought.grant.user_id)
            .in_session(&bought.grant.sid)
            .with(serde_json::json!({ "grant_id": bought.grant.id })),
        Err(OAuthError::CodeReplayed(replay)) => replay.event(AuditKind::CodeReplayed),
        Err(OAuthError::CodeUnknown) => {
            drop(tx);
            return Err(client_auth::count_refusal(
                provider,
                &client.client,
                requester,
                OAuthError::CodeUnknown,
            )
            .await);
        }
        Err(refusal) => AuditEvent::failure(AuditKind::CodeExchanged)
            .with(serde_json::json!({ "reason": refusal.to_string() })),
    };
    audit::record(&mut tx, event.by_client(&client.client.id).from(requester), now).await?;
    let keys = provider.keys.current(&mut tx).await?;
    tx.commit().await?;

    let bought = outcome?;
    let minting = Minting {
        client: &client.client,
        grant: &bought.grant,
        user: &bought.user,
        scopes: bought.scopes,
        nonce: bought.grant.nonce.as_deref(),
        lifetime: bought.lifetime,
        entitlements: &bought.entitlements,
    };
    tokens::mint(provider, &keys, minting, bought.refresh_token, now)
}

/// `code-verifier = 43*128unreserved` (RFC 7636 §4.1).
fn check_verifier(parameters: &Parameters) -> Result<(), OAuthError> {
    let is_unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    match parameters.get("code_verifier") {
        Some(verifier) if !(43..=128).contains(&verifier.len()) => Err(OAuthError::PkceMismatch),
        Some(verifier) if !verifier.bytes().all(is_unreserved) => Err(OAuthError::PkceMismatch),
        _ => Ok(()),
    }
}

async fn buy(
    provider: &Provider,
    tx: &mut Tx,
    client: &AuthenticatedClient,
    code: &PlainToken,
    parameters: &Parameters,
) -> Result<Bought, OAuthError> {
    let now = provider.now();
    let client_id = &client.client.id;
    let code = match authorization_codes::spend(tx, &code.digest(), client_id, now).await? {
        Spend::First(code) => code,
        Spend::Replayed { grant_id } => {
            // Everything the code bought may be in a thief's hands (RFC 6749 §4.1.2).
            let user_id = grants::revoke(tx, &grant_id, "code_replayed", now).await?.user_id;
            return Err(OAuthError::CodeReplayed(Replay { grant_id, user_id }));
        }
        Spend::Unknown => return Err(OAuthError::CodeUnknown),
    };
    check_redirect_uri(&code, parameters)?;
    let grant = grants::find_live(tx, &code.grant_id).await?.ok_or(OAuthError::GrantEnded)?;
    super::check_targets(parameters, &grant)?;
    let facts = CodeFacts {
        client_id: code.client_id.as_str(),
        scopes: &grant.scopes,
        code_challenge: code.code_challenge.as_deref(),
    };
    let scopes =
        drive::code_exchange(client_id.as_str(), parameters, &facts).map_err(|refusal| {
            match refusal {
                MachineRefusal::Pkce => OAuthError::PkceMismatch,
                MachineRefusal::Request => OAuthError::Invalid("the request is malformed"),
                _ => OAuthError::CodeUnknown,
            }
        })?;
    let (target, entitlements) = targets::of_grant(provider, tx, &client.client, &grant).await?;
    let scopes = super::still_allowed(&scopes, &target)?;
    let lifetime = provider.access_token_lifetime(&client.client, target.resource_server.as_ref());
    let user = users::find(tx, &grant.user_id).await?.ok_or(OAuthError::GrantEnded)?;
    let refresh_token = super::keep_refresh_token(provider, tx, &client.client, &grant).await?;
    Ok(Bought { grant, user, scopes, refresh_token, lifetime, entitlements })
}

/// The redirect URI of the exchange must be that of the request, if that named one (RFC 6749
/// §4.1.3); where it did not, the registered one may be repeated.
fn check_redirect_uri(code: &AuthorizationCode, parameters: &Parameters) -> Result<(), OAuthError> {
    match parameters.get("redirect_uri") {
        Some(sent) if sent == code.redirect_uri => Ok(()),
        None if !code.redirect_uri_was_sent => Ok(()),
        _ => Err(OAuthError::RedirectUriMismatch),
    }
}
