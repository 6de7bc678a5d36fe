//! What a person is and may do, as their tokens tell it (RFC 9068 §2.2.3.1), read anew whenever a
//! token is made or asked about.
//!
//! 1. At an API that wants permissions, the scopes that apps get for a person are narrowed to what
//!    the person may do there: at the authorization request, so that nobody is asked to allow more
//!    ([`narrow`]), and at every token and every question about one (`targets::of_grant`).
//! 2. An access token for a registered API carries all that the person may do there, whatever was
//!    asked for; one for any API carries their roles.
//!
//! A machine is nobody's employee: its scopes are what it was granted, and it has neither.

use serde_json::{Map, Value, json};

use super::request::CheckedRequest;
use super::targets::Target;
use super::{Provider, ProviderSettings};
use crate::domain::claims::PERMISSIONS;
use crate::domain::permission::Entitlements;
use crate::domain::resource_server::ResourceServer;
use crate::domain::{Scopes, UserId};
use crate::store::{StoreError, Tx, permissions};

/// The most bytes of permissions that a token carries: many servers take headers of 8 KiB at most.
const MOST_BYTES: usize = 4 * 1024;

/// What the tokens for one target tell of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenEntitlements {
    /// Absent where the target is no registered API.
    permissions: Option<Scopes>,
    roles: Vec<String>,
    is_for_api: bool,
}

impl TokenEntitlements {
    /// The claims as they hold at this moment.
    pub(super) fn live_claims(&self, settings: &ProviderSettings) -> Map<String, Value> {
        let mut claims = Map::new();
        if let Some(permissions) = &self.permissions {
            let list: Vec<&str> = permissions.iter().collect();
            claims.insert(PERMISSIONS.to_owned(), json!(list));
        }
        if let Some(name) = settings.roles_claim.as_ref().filter(|_| self.is_for_api) {
            claims.insert(name.clone(), json!(self.roles));
        }
        claims
    }

    /// The claims of an access token. Permissions that would make it too long to be sent are left
    /// out altogether: an API that misses them lets nobody in, and can ask at introspection.
    pub(super) fn access_token_claims(&self, settings: &ProviderSettings) -> Map<String, Value> {
        let mut claims = self.live_claims(settings);
        let bytes = claims.get(PERMISSIONS).map_or(0, |list| list.to_string().len());
        if bytes > MOST_BYTES {
            tracing::warn!(
                bytes,
                most = MOST_BYTES,
                "somebody has more permissions at an API than a token carries: it carries none"
            );
            claims.remove(PERMISSIONS);
        }
        claims
    }

    /// The claims of an ID token and of `/userinfo`.
    pub(super) fn id_token_claims(&self, settings: &ProviderSettings) -> Map<String, Value> {
        let name = settings.roles_claim.as_ref().filter(|_| settings.roles_in_id_token);
        name.map(|name| (name.clone(), json!(self.roles))).into_iter().collect()
    }
}

/// What a person may do of what was asked for at an API that wants permissions: nothing changes for
/// any other.
///
/// # Errors
///
/// If the database fails.
pub async fn narrow(
    tx: &mut Tx,
    request: &mut CheckedRequest,
    user_id: &UserId,
) -> Result<(), StoreError> {
    let api = request.api.as_ref().and_then(|api| api.resource_server.as_ref());
    let Some(api) = api.filter(|api| api.permissions_required) else { return Ok(()) };
    let held = permissions::entitlements(tx, user_id, Some(&api.id)).await?;
    request.scopes = narrowed(&request.scopes, &held.permissions);
    Ok(())
}

/// What the tokens for this target tell of a person, having taken from the target what they may not
/// do there.
pub(super) async fn at_target(
    provider: &Provider,
    tx: &mut Tx,
    user_id: &UserId,
    target: &mut Target,
) -> Result<TokenEntitlements, StoreError> {
    let settings = &provider.settings;
    let api = target.resource_server.as_ref();
    let is_for_api = target.identifier != provider.userinfo_audience();
    let tells_roles = settings.roles_claim.is_some() && (is_for_api || settings.roles_in_id_token);
    if api.is_none() && !tells_roles {
        return Ok(TokenEntitlements::default());
    }
    let Entitlements { roles, permissions } =
        permissions::entitlements(tx, user_id, api.map(|api| &api.id)).await?;
    if api.is_some_and(|api: &ResourceServer| api.permissions_required) {
        target.scopes = narrowed(&target.scopes, &permissions);
    }
    let permissions = target.resource_server.is_some().then_some(permissions);
    Ok(TokenEntitlements { permissions, roles, is_for_api })
}

/// Our own scopes are about the person themselves, and need no permission.
fn narrowed(scopes: &Scopes, permissions: &Scopes) -> Scopes {
    scopes.intersection(&Scopes::standard().union(permissions))
}
