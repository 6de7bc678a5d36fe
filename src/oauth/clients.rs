//! Registering an application; `change` alters and deletes it.
//!
//! 1. [`NewClient`] says what is wished.
//! 2. Every rule is checked (`checks`), before anything is stored.
//! 3. A confidential client gets a secret, or brings its own; only the digest is kept.
//! 4. Row, change counter and audit event are one unit of work.

mod change;
mod checks;
mod problem;

pub use change::{delete, update};
pub use problem::{ClientList, ClientProblem};

use crate::accounts::Giver;
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::{AuthMethod, Client, ClientKind};
use crate::domain::redirect_uri::origin_of;
use crate::domain::scope;
use crate::domain::second_factor::FactorPolicy;
use crate::domain::token::CLIENT_SECRET_PREFIX;
use crate::domain::{ClientId, JsonList, PlainToken, Scopes, UserId};
use crate::random;
use crate::store::{Store, clients, users};

/// An application as somebody wishes to register it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what is registered of a client is independent")]
pub struct NewClient {
    /// A fixed id; a random one where absent.
    pub id: Option<ClientId>,
    /// What people read.
    pub name: String,
    /// Who runs it.
    pub owner: Option<String>,
    /// What it is.
    pub kind: ClientKind,
    /// Ours: people are not asked for consent.
    pub first_party: bool,
    /// Its own secret; a generated one where absent and the kind has one.
    pub secret: Option<PlainToken>,
    /// The one method it must use; absent: any way of sending its secret, or none for a public
    /// kind.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// Whether an authorization request must carry a PKCE challenge.
    pub pkce_required: bool,
    /// Where answers may be sent.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Origins whose scripts may read our answers. A single-page application that names none gets
    /// those of its redirect URIs.
    pub web_origins: Vec<String>,
    /// The grants it may use; those of its kind where empty.
    pub grant_types: Vec<String>,
    /// The scopes it may ask for; those of its kind where absent.
    pub scopes: Option<Scopes>,
    /// The `aud` of its access tokens where it asks for none.
    pub default_audience: Option<String>,
    /// Shown at consent.
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub terms_uri: Option<String>,
    /// Whether `client_id` alone, without an ID token, signs a person out.
    pub trusts_logout_by_client_id: bool,
    /// Seconds; the installation's setting where absent.
    pub access_token_lifetime: Option<i64>,
    /// What it asks of second factors; what the installation asks where absent.
    pub second_factor: Option<FactorPolicy>,
    /// Whether it may sign people in by the authentication API; only where it is ours.
    pub authentication_api: bool,
    /// Whether the operator who changes it has looked at it and says that no machine is this client any more: what
    /// limits it since a machine had a hand in it is lifted.
    pub is_vouched_for: bool,
}

impl NewClient {
    /// A third-party application of `kind`, with PKCE and nothing registered yet.
    #[must_use]
    pub fn new(name: &str, kind: ClientKind) -> Self {
        Self {
            id: None,
            name: name.to_owned(),
            owner: None,
            kind,
            first_party: false,
            secret: None,
            token_endpoint_auth_method: None,
            pkce_required: true,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            web_origins: Vec::new(),
            grant_types: Vec::new(),
            scopes: None,
            default_audience: None,
            logo_uri: None,
            policy_uri: None,
            terms_uri: None,
            trusts_logout_by_client_id: false,
            access_token_lifetime: None,
            second_factor: None,
            authentication_api: false,
            is_vouched_for: false,
        }
    }
}

/// A client that was just registered.
#[derive(Debug)]
pub struct Registered {
    /// As stored.
    pub client: Client,
    /// The generated secret, which nobody can ever read again.
    pub secret: Option<PlainToken>,
}

/// Registers a client with the provider `issuer`.
///
/// # Errors
///
/// The first rule that is broken; [`ClientProblem::IdTaken`] where the id exists,
/// [`ClientProblem::BeyondGiver`] where it could do more than its giver.
pub async fn register(
    store: &Store,
    new: NewClient,
    issuer: &str,
    (by, now): (Giver<'_>, Timestamp),
) -> Result<Registered, ClientProblem> {
    let new = with_defaults(new);
    checks::check(&new, issuer, false)?;
    let generated = (needs_secret(new.kind) && new.secret.is_none())
        .then(|| PlainToken::generate(CLIENT_SECRET_PREFIX));
    let client = Client { limited_to: by.limit(None), ..to_client(new, generated.as_ref(), now) };
    let detail = serde_json::json!({
        "client": client.id, "name": client.name, "first_party": client.first_party,
    });
    let event = AuditEvent::success(AuditKind::ClientCreated).by_client(&client.id);

    let mut tx = store.begin().await?;
    if let Some(beyond) = by.lacks_of_client(&mut tx, &client).await? {
        return Err(ClientProblem::BeyondGiver(beyond));
    }
    // A machine is the subject of its own tokens: never the same word as a person (RFC 9700 §4.15).
    let is_persons = users::find(&mut tx, &UserId(client.id.0.clone())).await?.is_some();
    if is_persons || !clients::insert(&mut tx, &client).await? {
        return Err(ClientProblem::IdTaken(client.id));
    }
    audit::record(&mut tx, by.told_in(event).with(detail), now).await?;
    tx.commit().await?;
    Ok(Registered { client, secret: generated })
}

/// A browser or a device in somebody's hand keeps no secret (RFC 6749 §2.1).
const fn needs_secret(kind: ClientKind) -> bool {
    matches!(kind, ClientKind::Web | ClientKind::Machine)
}

fn with_defaults(mut new: NewClient) -> NewClient {
    let is_machine = new.kind == ClientKind::Machine;
    if !needs_secret(new.kind) && new.token_endpoint_auth_method.is_none() {
        new.token_endpoint_auth_method = Some(AuthMethod::None);
    }
    if new.grant_types.is_empty() {
        let grants: &[&str] = if is_machine {
            &["client_credentials"]
        } else {
            &["authorization_code", "refresh_token"]
        };
        new.grant_types = grants.iter().map(|&grant| grant.to_owned()).collect();
    }
    if new.kind == ClientKind::Spa && new.web_origins.is_empty() {
        new.web_origins = origins_of(&new.redirect_uris);
    }
    new.scopes.get_or_insert_with(|| {
        let scopes: &[&str] = if is_machine {
            &[]
        } else {
            &[scope::OPENID, "profile", "email", scope::OFFLINE_ACCESS]
        };
        scopes.iter().map(|&scope| scope.to_owned()).collect()
    });
    new
}

fn origins_of(uris: &[String]) -> Vec<String> {
    let mut origins: Vec<String> = uris.iter().filter_map(|uri| origin_of(uri)).collect();
    origins.sort_unstable();
    origins.dedup();
    origins
}

/// An id that no command line takes for an option.
fn new_id() -> ClientId {
    loop {
        let id = random::identifier();
        if !id.starts_with('-') {
            return ClientId(id);
        }
    }
}

fn to_client(new: NewClient, generated: Option<&PlainToken>, now: Timestamp) -> Client {
    Client {
        id: new.id.unwrap_or_else(new_id),
        name: new.name.trim().to_owned(),
        owner: new.owner,
        kind: new.kind,
        first_party: new.first_party,
        secret_digest: new.secret.as_ref().or(generated).map(PlainToken::digest),
        token_endpoint_auth_method: new.token_endpoint_auth_method,
        pkce_required: new.pkce_required,
        redirect_uris: JsonList(new.redirect_uris),
        post_logout_redirect_uris: JsonList(new.post_logout_redirect_uris),
        web_origins: JsonList(new.web_origins),
        grant_types: JsonList(new.grant_types),
        scopes: new.scopes.unwrap_or_default(),
        default_audience: new.default_audience,
        logo_uri: new.logo_uri,
        policy_uri: new.policy_uri,
        terms_uri: new.terms_uri,
        trusts_logout_by_client_id: new.trusts_logout_by_client_id,
        access_token_lifetime: new.access_token_lifetime,
        second_factor: new.second_factor,
        authentication_api: new.authentication_api,
        limited_to: None,
        created_at: now,
        updated_at: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_begins_as_an_option_does() {
        assert!((0..2_000).all(|_| !new_id().as_str().starts_with('-')));
    }
}
