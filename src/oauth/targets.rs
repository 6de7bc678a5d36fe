//! The API that a request names (`audience`, and `resource` of RFC 8707, which mean the same here),
//! and what a client may ask of it.
//!
//! For people, a client may ask an API that is registered where it is the client's own
//! (`default_audience`), where the client is ours, or where it was granted that. For itself it may
//! ask where it was granted that, and nowhere else. An audience that is not registered is the
//! client's own word: its scopes alone say what it may ask.
//!
//! Protekt's own authentication API is no API that anybody registered: a client may ask it where its
//! registration says so, which says it of the operator's own apps alone. What is granted there ends
//! with the session too.
//!
//! Protekt's management API takes tokens that machines got for themselves, and no person's.
//!
//! A token is for one API at most, beside `/userinfo`: the scopes of two APIs in one token would be
//! taken by both (RFC 8707 §2.2).

use super::entitlements::{self, TokenEntitlements};
use super::params::UnusableParameter;
use super::verify::AccessTokenClaims;
use super::{OAuthError, Parameters, Provider};
use crate::clock::Timestamp;
use crate::domain::Scopes;
use crate::domain::client::Client;
use crate::domain::client_grant::SubjectType;
use crate::domain::grant::Grant;
use crate::domain::resource_server::ResourceServer;
use crate::store::resource_servers::AskedResourceServer;
use crate::store::{
    StoreError, Tx, client_grants, clients, grants, resource_servers, revoked_access_tokens,
    sessions,
};

/// An API, and what a client may ask of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The `aud` of its access tokens.
    pub identifier: String,
    /// The API, where it is registered.
    pub resource_server: Option<ResourceServer>,
    /// What the client may ask for.
    pub scopes: Scopes,
}

/// What an authorization request names.
#[derive(Clone, Debug, Default)]
pub(super) struct NamedTargets {
    /// The API, or the client's own where none is named.
    pub(super) api: Option<Box<Target>>,
    /// Whether `/userinfo` is named.
    pub(super) userinfo: bool,
    /// Whether the client may not ask for what it names.
    pub(super) is_refused: bool,
}

/// The identifiers that a request names, each once; a malformed one counts as none.
fn named(parameters: &Parameters) -> Result<Vec<&str>, UnusableParameter> {
    let audience = parameters.single("audience")?.into_iter();
    let resources = parameters.all("resource")?.iter().map(String::as_str);
    let mut named: Vec<&str> = Vec::new();
    for identifier in audience.chain(resources) {
        if !named.contains(&identifier) {
            named.push(identifier);
        }
    }
    Ok(named)
}

/// Finds what an authorization request names. What is malformed in it is refused elsewhere.
pub(super) async fn of_request(
    provider: &Provider,
    tx: &mut Tx,
    client: &Client,
    parameters: &Parameters,
) -> Result<NamedTargets, StoreError> {
    let mut named = named(parameters).unwrap_or_default();
    let before = named.len();
    let userinfo = provider.userinfo_audience();
    named.retain(|identifier| *identifier != userinfo);
    let names_userinfo = named.len() < before;
    let identifier = match (named.as_slice(), client.default_audience.as_deref()) {
        ([only], _) => *only,
        ([], Some(default)) if !names_userinfo => default,
        ([], _) => return Ok(NamedTargets { userinfo: names_userinfo, ..NamedTargets::default() }),
        _ => return Ok(NamedTargets { is_refused: true, ..NamedTargets::default() }),
    };
    let api = for_people(provider, tx, client, identifier).await?;
    let api = api.map(Box::new);
    Ok(NamedTargets { is_refused: api.is_none(), api, userinfo: names_userinfo })
}

async fn for_people(
    provider: &Provider,
    tx: &mut Tx,
    client: &Client,
    identifier: &str,
) -> Result<Option<Target>, StoreError> {
    if identifier == provider.api_audience() {
        let may_ask = may_ask_own_api(provider, client);
        return Ok(may_ask.then(|| unregistered(client, identifier)));
    }
    if identifier == provider.management_audience() {
        return Ok(None);
    }
    let is_own = client.default_audience.as_deref() == Some(identifier);
    let of = (&client.id, SubjectType::User);
    let Some(asked) = resource_servers::find_asked(tx, identifier, of).await? else {
        return Ok(is_own.then(|| unregistered(client, identifier)));
    };
    let may_ask = is_own || client.first_party || asked.granted.is_some();
    Ok(may_ask.then(|| at_api(client, asked)))
}

/// Where the API was switched off, what was granted for it is over.
fn may_ask_own_api(provider: &Provider, client: &Client) -> bool {
    provider.settings.authentication_api && client.may_use_authentication_api()
}

fn unregistered(client: &Client, identifier: &str) -> Target {
    Target {
        identifier: identifier.to_owned(),
        resource_server: None,
        scopes: client.scopes.clone(),
    }
}

fn at_api(client: &Client, asked: AskedResourceServer) -> Target {
    let AskedResourceServer { resource_server, granted, .. } = asked;
    // A word that the client is registered for may mean another API: where there is a grant, it
    // alone counts.
    let at_api = granted.unwrap_or_else(|| client.scopes.clone());
    let at_api = at_api.intersection(&resource_server.scopes.values());
    Target {
        identifier: resource_server.identifier.clone(),
        scopes: client.scopes.intersection(&Scopes::standard()).union(&at_api),
        resource_server: Some(resource_server),
    }
}

/// What a client may still ask for on a grant that exists, within what its person may do, and what
/// the tokens tell of them.
///
/// # Errors
///
/// `GrantEnded` where it may no longer ask its API for anything.
pub(super) async fn of_grant(
    provider: &Provider,
    tx: &mut Tx,
    client: &Client,
    grant: &Grant,
) -> Result<(Target, TokenEntitlements), OAuthError> {
    let mut target = for_client(provider, tx, client, grant).await?;
    let told = entitlements::at_target(provider, tx, &grant.user_id, &mut target).await?;
    Ok((target, told))
}

async fn for_client(
    provider: &Provider,
    tx: &mut Tx,
    client: &Client,
    grant: &Grant,
) -> Result<Target, OAuthError> {
    let userinfo = provider.userinfo_audience();
    let Some(identifier) = grant.audience.iter().find(|audience| **audience != userinfo) else {
        return Ok(unregistered(client, &userinfo));
    };
    if *identifier == provider.api_audience() {
        let is_signed_in = sessions::find_living(tx, &grant.sid, provider.now()).await?.is_some();
        return if may_ask_own_api(provider, client) && is_signed_in {
            Ok(unregistered(client, identifier))
        } else {
            Err(OAuthError::GrantEnded)
        };
    }
    if *identifier == provider.management_audience() {
        return Err(OAuthError::GrantEnded);
    }
    let of = (&client.id, SubjectType::User);
    let is_own = client.default_audience.as_deref() == Some(identifier);
    match resource_servers::find_asked(tx, identifier, of).await? {
        None if is_own => Ok(unregistered(client, identifier)),
        Some(asked) if is_own || client.first_party || asked.granted.is_some() => {
            Ok(at_api(client, asked))
        }
        _ => Err(OAuthError::GrantEnded),
    }
}

/// Finds the API that a client asks for itself (RFC 6749 §4.4): the one it names, its own, or the
/// only one that it may ask.
///
/// # Errors
///
/// As RFC 8707 §2 names them.
pub(super) async fn of_machine(
    tx: &mut Tx,
    client: &Client,
    parameters: &Parameters,
) -> Result<Target, OAuthError> {
    let named = named(parameters)?;
    let only;
    let identifier = match (named.as_slice(), client.default_audience.as_deref()) {
        ([named], _) => *named,
        ([], Some(default)) => default,
        ([], None) => {
            only = client_grants::of_machine(tx, &client.id).await?;
            match only.as_slice() {
                [] => return Err(OAuthError::Target),
                [only] => &only.identifier,
                _ => return Err(OAuthError::TargetMissing),
            }
        }
        _ => return Err(OAuthError::SeveralTargets),
    };
    let found = granted_to_machine(tx, client, identifier).await?;
    Ok(found.ok_or(OAuthError::Target)?.0)
}

/// What a token that a client got for itself at `issued_at` may still do; `None` where the client was
/// granted nothing, or only later: then it is another grant.
pub(super) async fn still_of_machine(
    tx: &mut Tx,
    client: &Client,
    (identifier, issued_at): (&str, Timestamp),
) -> Result<Option<Target>, StoreError> {
    let found = granted_to_machine(tx, client, identifier).await?;
    Ok(found.filter(|(_, since)| *since <= issued_at).map(|(target, _)| target))
}

async fn granted_to_machine(
    tx: &mut Tx,
    client: &Client,
    identifier: &str,
) -> Result<Option<(Target, Timestamp)>, StoreError> {
    let of = (&client.id, SubjectType::Client);
    let asked = resource_servers::find_asked(tx, identifier, of).await?;
    Ok(asked.and_then(|asked| {
        let AskedResourceServer { resource_server, granted, granted_at } = asked;
        let target = Target {
            identifier: resource_server.identifier.clone(),
            scopes: granted?.intersection(&resource_server.scopes.values()),
            resource_server: Some(resource_server),
        };
        Some((target, granted_at?))
    }))
}

/// What an access token is worth at this moment.
pub(super) struct TokenStanding {
    /// What it may still do.
    pub(super) scopes: Scopes,
    /// The grant it hangs on, where a person gave one.
    pub(super) grant: Option<Grant>,
    /// What it tells of that person.
    pub(super) entitlements: TokenEntitlements,
}

/// What an access token is worth at this moment; `None` where it may do nothing any more.
pub(super) async fn of_token(
    provider: &Provider,
    tx: &mut Tx,
    claims: &AccessTokenClaims,
) -> Result<Option<TokenStanding>, OAuthError> {
    let Some(client) = clients::find(tx, &claims.client_id).await? else { return Ok(None) };
    let (target, entitlements, grant) = if let Some(grant_id) = &claims.grant_id {
        let grant = grants::find_live_for_token(tx, grant_id, &claims.jti).await?;
        let is_its_own =
            |grant: &Grant| grant.user_id.as_str() == claims.sub && grant.client_id == client.id;
        let Some(grant) = grant.filter(is_its_own) else { return Ok(None) };
        match of_grant(provider, tx, &client, &grant).await {
            Ok((target, told)) => (target, told, Some(grant)),
            Err(OAuthError::GrantEnded) => return Ok(None),
            Err(fault) => return Err(fault),
        }
    } else {
        let is_its_own = claims.sub == client.id.as_str()
            && client.may_use_grant("client_credentials")
            && !revoked_access_tokens::contains(tx, &claims.jti).await?;
        let identifier = claims.audience().next().filter(|_| is_its_own);
        let Some(identifier) = identifier else { return Ok(None) };
        let at = (identifier, claims.issued_at());
        match still_of_machine(tx, &client, at).await? {
            Some(target) => (target, TokenEntitlements::default(), None),
            None => return Ok(None),
        }
    };
    let scopes = claims.scopes();
    let mut left = scopes.intersection(&target.scopes);
    if let Some(grant) = &grant {
        // What was taken from the grant since does not come back with the scope of an API.
        left = left.intersection(&grant.scopes);
    }
    let is_worth_something = scopes.is_empty() || !left.is_empty();
    Ok(is_worth_something.then_some(TokenStanding { scopes: left, grant, entitlements }))
}
