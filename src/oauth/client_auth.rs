//! Who the client is: one way of proving it per request (RFC 6749 §2.3).

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};

use super::{OAuthError, Parameters, Provider};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::{AuthMethod, Client};
use crate::domain::{ClientId, PlainToken, Requester, TokenDigest};
use crate::store::{StoreError, clients};
use crate::throttle::{self, Decision, ThrottleKey};

/// A client that proved who it is, as far as its registration asks for that.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    /// The client.
    pub client: Client,
}

/// What a request brings to prove who sent it.
struct Credentials {
    client_id: String,
    secret: Option<PlainToken>,
    method: AuthMethod,
}

/// Finds out which client sent a request and checks its proof.
///
/// # Errors
///
/// The same refusal for an unknown client, a wrong secret and a wrong method, after the same work.
pub async fn authenticate(
    provider: &Provider,
    authorization: Option<&str>,
    parameters: &Parameters,
    requester: &Requester,
) -> Result<AuthenticatedClient, OAuthError> {
    let credentials = read_credentials(authorization, parameters)?;
    let id = ClientId(credentials.client_id.clone());
    let mut tx = provider.store.read().await?;
    let client = clients::find(&mut tx, &id).await?;
    drop(tx);
    let by_header = credentials.method == AuthMethod::ClientSecretBasic;
    match client {
        Some(client) if is_proven(&client, &credentials) => Ok(AuthenticatedClient { client }),
        _ => {
            count_failure(provider, &id, requester).await?;
            Err(OAuthError::ClientAuthentication { by_header })
        }
    }
}

/// Failures alone are counted: a secret of 256 bits is not guessed, but a flood of them must not
/// fill the audit trail.
async fn count_failure(
    provider: &Provider,
    id: &ClientId,
    requester: &Requester,
) -> Result<(), OAuthError> {
    let now = provider.now();
    let mut tx = provider.store.begin().await?;
    let key = ThrottleKey::by_network("client", requester);
    let limit = provider.settings.failed_clients_by_network;
    if let Decision::Refused { retry_after_seconds, .. } =
        throttle::check_and_count(&mut tx, &key, limit, now).await?
    {
        tx.commit().await?;
        return Err(OAuthError::Throttled { retry_after: retry_after_seconds });
    }
    let shown = shown(id);
    let event = AuditEvent::failure(AuditKind::ClientAuthenticationFailed);
    audit::record(&mut tx, event.by_client(&shown).from(requester), now).await?;
    tx.commit().await?;
    Ok(())
}

/// A name from outside, as far as it may stand in the trail and in the log.
fn shown(id: &ClientId) -> ClientId {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    ClientId(id.as_str().chars().filter(|c| is_plain(*c)).take(64).collect())
}

/// Counts a code or token that nobody was given, like a failed authentication: a public client
/// has no secret to fail with. Beyond the limit nothing else is written. What a client with a
/// secret proved to be its own mistake is not counted: it would be told to wait, and not that the
/// person has to sign in again.
pub(super) async fn count_refusal(
    provider: &Provider,
    client: &Client,
    requester: &Requester,
    refusal: OAuthError,
) -> OAuthError {
    if client.secret_digest.is_some() {
        return refusal;
    }
    let counted = async {
        let mut tx = provider.store.begin().await?;
        let key = ThrottleKey::by_network("client", requester);
        let limit = provider.settings.failed_clients_by_network;
        let decision = throttle::check_and_count(&mut tx, &key, limit, provider.now()).await?;
        tx.commit().await?;
        Ok::<_, StoreError>(decision)
    };
    match counted.await {
        Ok(Decision::Allowed { .. }) => refusal,
        Ok(Decision::Refused { retry_after_seconds, .. }) => {
            OAuthError::Throttled { retry_after: retry_after_seconds }
        }
        Err(fault) => fault.into(),
    }
}

/// Compares in constant time; a client that is registered for one method must use that one.
fn is_proven(client: &Client, credentials: &Credentials) -> bool {
    let is_method_allowed =
        client.token_endpoint_auth_method.is_none_or(|method| method == credentials.method);
    match (&client.secret_digest, &credentials.secret) {
        (Some(expected), Some(secret)) => secret.digest() == *expected && is_method_allowed,
        (None, None) => credentials.method == AuthMethod::None,
        // A public client that sends a secret all the same is not who it says.
        (None, Some(secret)) => {
            let _same_work: TokenDigest = secret.digest();
            false
        }
        (Some(_), None) => false,
    }
}

fn read_credentials(
    authorization: Option<&str>,
    parameters: &Parameters,
) -> Result<Credentials, OAuthError> {
    let named = parameters.single("client_id")?;
    let secret = parameters.single("client_secret")?;
    if parameters.has("client_assertion") || parameters.has("client_assertion_type") {
        return Err(OAuthError::ClientAuthentication { by_header: false });
    }
    if let Some(header) = authorization {
        let (client_id, basic_secret) =
            read_basic(header).ok_or(OAuthError::ClientAuthentication { by_header: true })?;
        if secret.is_some() {
            return Err(OAuthError::SeveralAuthentications);
        }
        if named.is_some_and(|named| named != client_id) {
            return Err(OAuthError::ClientAuthentication { by_header: true });
        }
        let secret = Some(PlainToken::new(&basic_secret));
        return Ok(Credentials { client_id, secret, method: AuthMethod::ClientSecretBasic });
    }
    let client_id = named.ok_or(OAuthError::ClientAuthentication { by_header: false })?.to_owned();
    let method = if secret.is_some() { AuthMethod::ClientSecretPost } else { AuthMethod::None };
    Ok(Credentials { client_id, secret: secret.map(PlainToken::new), method })
}

/// `Basic base64(form(id) ":" form(secret))` (RFC 6749 §2.3.1).
fn read_basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let encoded = encoded.trim();
    let bytes =
        BASE64_STANDARD.decode(encoded).or_else(|_| BASE64_STANDARD_NO_PAD.decode(encoded)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

fn form_decoded(text: &str) -> Option<String> {
    // A pair of its own: `&` and `=` inside are the secret's, not separators.
    let escaped = text.replace('&', "%26").replace('=', "%3D");
    match form_urlencoded::parse(escaped.as_bytes()).next() {
        None => Some(String::new()),
        Some((decoded, _)) if !decoded.contains(['\0', '\u{fffd}']) => Some(decoded.into_owned()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(text: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(text))
    }

    /// TE-08
    #[test]
    fn id_and_secret_are_form_decoded() {
        let header = basic("my%20app:a%3Ab%25c%2Bd+e%26f%3D");
        assert_eq!(read_basic(&header), Some(("my app".to_owned(), "a:b%c+d e&f=".to_owned())));
    }

    #[test]
    fn a_secret_that_was_not_encoded_still_reads() {
        assert_eq!(read_basic(&basic("app:a=b&c")), Some(("app".to_owned(), "a=b&c".to_owned())));
    }

    #[test]
    fn what_is_not_basic_is_refused() {
        for header in ["Bearer abc", "Basic", "Basic !!!", "Basic YQ==", ""] {
            assert_eq!(read_basic(header), None, "{header}");
        }
    }

    /// TE-05
    #[test]
    fn two_ways_at_once_are_refused() {
        let parameters = Parameters::from_form(b"client_id=app&client_secret=x");
        assert!(matches!(
            read_credentials(Some(&basic("app:x")), &parameters),
            Err(OAuthError::SeveralAuthentications)
        ));
    }
}
