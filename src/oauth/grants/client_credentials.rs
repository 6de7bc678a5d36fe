//! `grant_type=client_credentials` (RFC 6749 §4.4): a machine asks for itself.
//!
//! What it may ask is a client grant: this API, these scopes. There is no refresh token (RFC 6749
//! §4.4.3) and no ID token: there is no person.

use super::super::client_auth::AuthenticatedClient;
use super::super::drive::{self, MachineRefusal};
use super::super::tokens::{self, MachineMinting, TokenResponse};
use super::super::{OAuthError, Parameters, Provider, targets};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::{Requester, Scopes};

/// Gives a client an access token of its own.
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
    let client = &client.client;
    if client.is_public() {
        return Err(OAuthError::GrantNotAllowed);
    }
    let now = provider.now();
    let mut tx = provider.store.begin().await?;
    let target = targets::of_machine(&mut tx, client, parameters).await?;
    let asked = parameters.single("scope")?.map(str::parse::<Scopes>).transpose();
    let asked = asked.map_err(|_| OAuthError::Scope)?.unwrap_or_else(|| target.scopes.clone());
    let refused = asked.without(&target.scopes);
    if !refused.is_empty() {
        return Err(OAuthError::ScopesNotGranted(refused));
    }
    let scopes =
        drive::client_credentials(client.id.as_str(), parameters, &asked).map_err(|refusal| {
            match refusal {
                MachineRefusal::Scope => OAuthError::Scope,
                _ => OAuthError::Invalid("the request is malformed"),
            }
        })?;
    let event = AuditEvent::success(AuditKind::MachineTokenIssued).by_client(&client.id);
    let detail = serde_json::json!({ "api": target.identifier, "scope": scopes.to_string() });
    audit::record(&mut tx, event.from(requester).with(detail), now).await?;
    let keys = provider.keys.current(&mut tx).await?;
    tx.commit().await?;
    let lifetime = provider.access_token_lifetime(client, target.resource_server.as_ref());
    let minting = MachineMinting { client, audience: &target.identifier, scopes, lifetime };
    tokens::mint_for_machine(provider, &keys, minting, now)
}
