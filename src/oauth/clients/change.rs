//! Changing and deleting a registered application.

use super::{ClientProblem, NewClient, checks, needs_secret, origins_of, to_client, with_defaults};
use crate::accounts::Giver;
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::ClientId;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::{Client, ClientKind};
use crate::store::{Store, clients};

/// Changes a client of the provider `issuer`: `change` gets it as it is, and as it would be registered
/// today, with no secret, and alters what is to be another. The secret stays unless one is given; the
/// id and the kind stay in any case. What is so already is no change.
///
/// # Errors
///
/// The first rule that is broken; [`ClientProblem::Unknown`] where there is no such client,
/// [`ClientProblem::BeyondGiver`] where it can do, or could then do, more than its giver.
pub async fn update(
    store: &Store,
    id: &ClientId,
    change: impl FnOnce(&Client, &mut NewClient) -> Result<(), ClientProblem>,
    issuer: &str,
    (by, now): (Giver<'_>, Timestamp),
) -> Result<Client, ClientProblem> {
    let mut tx = store.begin().await?;
    clients::hold(&mut tx, id).await?;
    let unknown = || ClientProblem::Unknown(id.clone());
    let old = clients::find(&mut tx, id).await?.ok_or_else(unknown)?;
    let wish = with_defaults(changed(&old, change)?);
    let is_vouched_for = matches!(by, Giver::Operator) && wish.is_vouched_for;
    if is_vouched_for && needs_secret(old.kind) && !has_other_secret(&old, &wish) {
        return Err(ClientProblem::VouchedWithOldSecret);
    }
    checks::check(&wish, issuer, old.redirect_uris.0.is_empty())?;
    let new_secret = wish.secret.is_some();
    let client = to_client(wish, None, now);
    let client = Client {
        secret_digest: client.secret_digest.or_else(|| old.secret_digest.clone()),
        limited_to: by.limit(old.limited_to.as_ref().filter(|_| !is_vouched_for)),
        created_at: old.created_at,
        ..client
    };
    for one in [&old, &client] {
        if let Some(beyond) = by.lacks_of_client(&mut tx, one).await? {
            return Err(ClientProblem::BeyondGiver(beyond));
        }
    }
    let mut detail = differences(&old, &client);
    if is_vouched_for && old.limited_to.is_some() {
        detail.insert("vouched_for".to_owned(), true.into());
    }
    if detail.is_empty() && !new_secret {
        return Ok(old);
    }
    if let Some(scope) = Giver::lent_beyond_limit(&mut tx, &client).await? {
        return Err(ClientProblem::Limited { client_id: id.clone(), scope });
    }
    clients::update(&mut tx, &client).await?;
    detail.insert("client".to_owned(), id.as_str().into());
    detail.insert("name".to_owned(), client.name.clone().into());
    detail.insert("new_secret".to_owned(), new_secret.into());
    let detail = serde_json::Value::Object(detail);
    let event = AuditEvent::success(AuditKind::ClientUpdated).by_client(id);
    audit::record(&mut tx, by.told_in(event).with(detail), now).await?;
    tx.commit().await?;
    Ok(client)
}

/// Whether it gets another secret than the one that somebody may know.
fn has_other_secret(old: &Client, wish: &NewClient) -> bool {
    wish.secret.as_ref().is_some_and(|new| Some(new.digest()) != old.secret_digest)
}

/// Deletes a client with everything that hangs on it: consents, grants, and so codes and tokens. `is_as_seen` says whether
/// it is still what whoever deletes it looked at.
///
/// # Errors
///
/// [`ClientProblem::Unknown`] where there is no such client, [`ClientProblem::ChangedMeanwhile`] where it is not as
/// seen.
pub async fn delete(
    store: &Store,
    (id, is_as_seen): (&ClientId, impl FnOnce(&Client) -> bool),
    (by, now): (Giver<'_>, Timestamp),
) -> Result<(), ClientProblem> {
    let mut tx = store.begin().await?;
    clients::hold(&mut tx, id).await?;
    let unknown = || ClientProblem::Unknown(id.clone());
    if !is_as_seen(&clients::find(&mut tx, id).await?.ok_or_else(unknown)?) {
        return Err(ClientProblem::ChangedMeanwhile);
    }
    if !clients::delete(&mut tx, id).await? {
        return Err(unknown());
    }
    let event = AuditEvent::success(AuditKind::ClientDeleted).by_client(id);
    let detail = serde_json::json!({ "client": id });
    audit::record(&mut tx, by.told_in(event).with(detail), now).await?;
    tx.commit().await?;
    Ok(())
}

/// What was changed to what, for the trail; never a secret.
fn differences(old: &Client, new: &Client) -> serde_json::Map<String, serde_json::Value> {
    let facts = |client: &Client| {
        serde_json::json!({
            "name": client.name,
            "owner": client.owner,
            "first_party": client.first_party,
            "token_endpoint_auth_method": client.token_endpoint_auth_method,
            "pkce_required": client.pkce_required,
            "redirect_uris": client.redirect_uris,
            "post_logout_redirect_uris": client.post_logout_redirect_uris,
            "web_origins": client.web_origins,
            "grant_types": client.grant_types,
            "scopes": client.scopes.to_string(),
            "default_audience": client.default_audience,
            "logo_uri": client.logo_uri,
            "policy_uri": client.policy_uri,
            "terms_uri": client.terms_uri,
            "trusts_logout_by_client_id": client.trusts_logout_by_client_id,
            "access_token_lifetime": client.access_token_lifetime,
            "second_factor": client.second_factor,
            "authentication_api": client.authentication_api,
        })
    };
    let (serde_json::Value::Object(old), serde_json::Value::Object(new)) = (facts(old), facts(new))
    else {
        return serde_json::Map::new();
    };
    new.into_iter().filter(|(name, value)| old.get(name) != Some(value)).collect()
}

fn changed(
    old: &Client,
    change: impl FnOnce(&Client, &mut NewClient) -> Result<(), ClientProblem>,
) -> Result<NewClient, ClientProblem> {
    let mut wish = as_wish(old);
    change(old, &mut wish)?;
    wish.id = Some(old.id.clone());
    wish.kind = old.kind;
    // Origins that came from the redirect URIs go on doing so.
    let follows = old.kind == ClientKind::Spa
        && old.web_origins.0 == origins_of(&old.redirect_uris.0)
        && wish.web_origins == old.web_origins.0;
    if follows {
        wish.web_origins.clear();
    }
    Ok(wish)
}

fn as_wish(client: &Client) -> NewClient {
    let client = client.clone();
    NewClient {
        id: Some(client.id),
        name: client.name,
        owner: client.owner,
        kind: client.kind,
        first_party: client.first_party,
        secret: None,
        token_endpoint_auth_method: client.token_endpoint_auth_method,
        pkce_required: client.pkce_required,
        redirect_uris: client.redirect_uris.0,
        post_logout_redirect_uris: client.post_logout_redirect_uris.0,
        web_origins: client.web_origins.0,
        grant_types: client.grant_types.0,
        scopes: Some(client.scopes),
        default_audience: client.default_audience,
        logo_uri: client.logo_uri,
        policy_uri: client.policy_uri,
        terms_uri: client.terms_uri,
        trusts_logout_by_client_id: client.trusts_logout_by_client_id,
        access_token_lifetime: client.access_token_lifetime,
        second_factor: client.second_factor,
        authentication_api: client.authentication_api,
        is_vouched_for: false,
    }
}
