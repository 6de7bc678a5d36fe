//! Answering an authorization request: a grant and a code.

use super::Provider;
use super::interaction::Present;
use super::request::CheckedRequest;
use super::response::AuthorizationResponse;
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::resource_server::ResourceServer;
use crate::domain::scope::OFFLINE_ACCESS;
use crate::domain::session::Session;
use crate::domain::token::CODE_PREFIX;
use crate::domain::{GrantId, JsonList, PlainToken, Requester, Scopes};
use crate::random;
use crate::store::authorization_codes::AuthorizationCode;
use crate::store::{StoreError, Tx, authorization_codes, grants};

/// Makes a grant and a code for it (RFC 6749 §4.1.2), in the unit of work that also finishes the
/// request, and that holds the session.
///
/// # Errors
///
/// If the store fails.
pub async fn issue_code(
    provider: &Provider,
    tx: &mut Tx,
    request: &CheckedRequest,
    present: Present<'_>,
    requester: &Requester,
) -> Result<AuthorizationResponse, StoreError> {
    let now = provider.now();
    let grant = grant_of(provider, request, present, now);
    grants::insert(tx, &grant).await?;
    let code = PlainToken::generate(CODE_PREFIX);
    let kept = AuthorizationCode {
        grant_id: grant.id.clone(),
        client_id: request.client.id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        redirect_uri_was_sent: request.redirect_uri_was_sent,
        code_challenge: request.code_challenge.clone(),
    };
    let expires_at = now.plus(provider.settings.code_lifetime);
    authorization_codes::insert(tx, &code.digest(), &kept, expires_at, now).await?;
    let event = AuditEvent::success(AuditKind::CodeIssued)
        .of(&grant.user_id)
        .by_client(&grant.client_id)
        .in_session(&grant.sid)
        .from(requester)
        .with(serde_json::json!({ "grant_id": grant.id, "scope": grant.scopes.to_string() }));
    audit::record(tx, event, now).await?;

    let mut parameters = vec![("code", code.expose().to_owned())];
    parameters.extend(request.state.clone().map(|state| ("state", state)));
    parameters.push(("iss", provider.settings.issuer.clone()));
    Ok(AuthorizationResponse {
        redirect_uri: request.redirect_uri.clone(),
        mode: request.response_mode,
        parameters,
    })
}

fn grant_of(
    provider: &Provider,
    request: &CheckedRequest,
    present: Present<'_>,
    now: Timestamp,
) -> Grant {
    let api = request.api.as_ref().and_then(|api| api.resource_server.as_ref());
    let given = Given {
        client: &request.client,
        session: present.session,
        scopes: request.scopes.clone(),
        audience: request.audience.clone(),
        api,
        nonce: request.nonce.clone(),
    };
    new_grant(provider, given, now)
}

/// What a grant is made of.
pub(super) struct Given<'given> {
    /// To whom.
    pub(super) client: &'given Client,
    /// In which session, and so by whom.
    pub(super) session: &'given Session,
    /// What.
    pub(super) scopes: Scopes,
    /// The `aud` of its access tokens.
    pub(super) audience: JsonList,
    /// The registered API among them.
    pub(super) api: Option<&'given ResourceServer>,
    /// For the ID token of the code.
    pub(super) nonce: Option<String>,
}

/// A grant that nobody has stored yet.
pub(super) fn new_grant(provider: &Provider, given: Given<'_>, now: Timestamp) -> Grant {
    let settings = &provider.settings;
    let lifetime = if given.scopes.contains(OFFLINE_ACCESS) {
        settings.refresh_absolute_lifetime
    } else {
        settings.code_lifetime
    };
    let access = provider.access_token_lifetime(given.client, given.api);
    Grant {
        id: GrantId(random::ulid(now)),
        user_id: given.session.user_id.clone(),
        client_id: given.client.id.clone(),
        sid: given.session.sid.clone(),
        // The session's, which was compared with the person's when it was loaded: a password that
        // changed since then ends this grant too.
        generation: given.session.generation,
        scopes: given.scopes,
        audience: given.audience,
        auth_time: given.session.auth_time,
        acr: given.session.acr.clone(),
        amr: given.session.amr.clone(),
        nonce: given.nonce,
        created_at: now,
        // The last token that can hang on it is minted at the end of that lifetime.
        expires_at: now.plus(lifetime).plus(access.max(settings.id_token_lifetime)),
    }
}
