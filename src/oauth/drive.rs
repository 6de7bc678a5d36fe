//! Steps the I/O-free machines of oxide-auth; the only file that names that crate.
//!
//! A machine asks, we answer from our own asynchronous, fallible sources, until it is content or
//! refuses. We leave it where it would issue a token: tokens are made by `tokens`. Its own error
//! texts and codes never reach the wire, since some of them differ from the RFCs.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::code_grant::{accesstoken, authorization, client_credentials as machine, refresh};
use oxide_auth::primitives::grant::{Extensions, Grant as MachineGrant};
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope;

use super::Parameters;
use crate::domain::Scopes;

/// The machines insist on a redirect URI and an owner of their own; both sides get the same
/// stand-in, and ours are compared by us.
const STAND_IN_URL: &str = "https://stand-in.invalid/";

/// A machine refused, or got an answer that it could not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MachineRefusal {
    /// A parameter is missing or malformed.
    Request,
    /// `response_type` is not `code`.
    ResponseType,
    /// The scope is malformed or too wide.
    Scope,
    /// The code or token is not for this client.
    Grant,
    /// The PKCE extension refused.
    Pkce,
}

/// What the authorization machine asks, in this order.
pub(super) trait AuthorizationAnswers {
    /// Why we refuse.
    type Refusal: From<MachineRefusal>;

    /// Whether this client may use this redirect URI; answers the one to use.
    fn bind(&self, client_id: &str, redirect_uri: Option<&str>) -> Result<String, Self::Refusal>;

    /// Whether the client must send a PKCE challenge.
    fn is_pkce_required(&self) -> bool;

    /// Which of the asked scopes the client gets.
    fn negotiate(&self, asked: Option<Scopes>) -> Result<Scopes, Self::Refusal>;
}

/// What the authorization machine settled.
#[derive(Debug)]
pub(super) struct Negotiated {
    pub(super) redirect_uri: String,
    pub(super) scopes: Scopes,
    pub(super) code_challenge: Option<String>,
}

/// Runs an authorization request (RFC 6749 §4.1.1) through its machine.
pub(super) fn authorization<A: AuthorizationAnswers>(
    request: &Parameters,
    answers: &A,
) -> Result<Negotiated, A::Refusal> {
    use authorization::{Authorization, Input, Output};

    enum Next {
        Start,
        Bound(BoundClient<'static>),
        Extended(Extensions),
        Negotiated(PreGrant),
    }

    let source = AuthorizationSource(request);
    let mut machine = Authorization::new(&source);
    let mut next = Next::Start;
    loop {
        let input = match next {
            Next::Start => Input::None,
            Next::Bound(bound_client) => Input::Bound { request: &source, bound_client },
            Next::Extended(extensions) => Input::Extended(extensions),
            Next::Negotiated(pre_grant) => Input::Negotiated { pre_grant, state: None },
        };
        next = match machine.advance(input) {
            Output::Bind { client_id, redirect_uri } => {
                let asked = redirect_uri.as_ref().map(ExactUrl::as_str);
                Next::Bound(bound(answers, client_id, asked)?)
            }
            Output::Extend => Next::Extended(challenge(request, answers.is_pkce_required())?),
            Output::Negotiate { bound_client, scope } => {
                let asked = scope.map(|scope| to_scopes(&scope)).transpose()?;
                let scopes = answers.negotiate(asked)?;
                Next::Negotiated(PreGrant {
                    client_id: bound_client.client_id.clone().into_owned(),
                    redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                    scope: to_machine_scope(&scopes)?,
                })
            }
            Output::Ok { pre_grant, .. } => {
                return Ok(Negotiated {
                    redirect_uri: pre_grant.redirect_uri.as_str().to_owned(),
                    scopes: to_scopes(&pre_grant.scope)?,
                    code_challenge: request.get("code_challenge").map(str::to_owned),
                });
            }
            Output::Err(error) => return Err(authorization_refusal(error).into()),
        };
    }
}

fn bound<A: AuthorizationAnswers>(
    answers: &A,
    client_id: String,
    asked: Option<&str>,
) -> Result<BoundClient<'static>, A::Refusal> {
    let redirect_uri = answers.bind(&client_id, asked)?;
    let exact: ExactUrl = redirect_uri.parse().map_err(|_| MachineRefusal::Request)?;
    Ok(BoundClient {
        client_id: Cow::Owned(client_id),
        redirect_uri: Cow::Owned(RegisteredUrl::Exact(exact)),
    })
}

fn challenge(request: &Parameters, is_required: bool) -> Result<Extensions, MachineRefusal> {
    let pkce = if is_required { Pkce::required() } else { Pkce::optional() };
    let method = request.get("code_challenge_method").map(Cow::Borrowed);
    let challenge = request.get("code_challenge").map(Cow::Borrowed);
    let kept = pkce.challenge(method, challenge).map_err(|()| MachineRefusal::Pkce)?;
    let mut extensions = Extensions::new();
    if let Some(value) = kept {
        extensions.set(&pkce, value);
    }
    Ok(extensions)
}

fn authorization_refusal(error: authorization::Error) -> MachineRefusal {
    match error {
        authorization::Error::Redirect(mut url) => {
            use oxide_auth::code_grant::error::AuthorizationErrorType as Kind;
            match url.description().kind() {
                Kind::UnsupportedResponseType => MachineRefusal::ResponseType,
                Kind::InvalidScope => MachineRefusal::Scope,
                _ => MachineRefusal::Request,
            }
        }
        _ => MachineRefusal::Request,
    }
}

/// What stands behind a code, for its machine.
#[derive(Debug)]
pub(super) struct CodeFacts<'code> {
    pub(super) client_id: &'code str,
    pub(super) scopes: &'code Scopes,
    pub(super) code_challenge: Option<&'code str>,
}

/// Runs a code exchange (RFC 6749 §4.1.3, RFC 7636 §4.6) of an authenticated client through its
/// machine, which answers the scopes to issue.
pub(super) fn code_exchange(
    client_id: &str,
    request: &Parameters,
    facts: &CodeFacts<'_>,
) -> Result<Scopes, MachineRefusal> {
    use accesstoken::{AccessToken, Input, Output};

    enum Next {
        Start,
        Authenticated,
        Recovered(Box<MachineGrant>),
        Extended(Extensions),
    }

    let source = TokenSource { client_id, request };
    let mut machine = AccessToken::new(&source);
    let mut next = Next::Start;
    loop {
        let input = match next {
            Next::Start => Input::None,
            Next::Authenticated => Input::Authenticated,
            Next::Recovered(grant) => Input::Recovered(Some(grant)),
            Next::Extended(access_extensions) => Input::Extended { access_extensions },
        };
        next = match machine.advance(input) {
            // The client proved who it is before; the machine hears only whether it is the same.
            Output::Authenticate { client, .. } if client == client_id => Next::Authenticated,
            Output::Authenticate { .. } => return Err(MachineRefusal::Grant),
            Output::Recover { .. } => {
                let extensions = stored_challenge(facts.code_challenge)?;
                Next::Recovered(machine_grant(facts.client_id, facts.scopes, extensions)?)
            }
            Output::Extend { extensions } => {
                verify(request.get("code_verifier"), facts, extensions)?;
                Next::Extended(Extensions::new())
            }
            Output::Issue { grant } => return to_scopes(&grant.scope),
            Output::Ok(_) => return Err(MachineRefusal::Request),
            Output::Err(error) => {
                return Err(match *error {
                    accesstoken::Error::Invalid(_) if !request.has("code") => {
                        MachineRefusal::Request
                    }
                    _ => MachineRefusal::Grant,
                });
            }
        };
    }
}

/// The stored challenge in the form the extension gave it at the authorization request.
fn stored_challenge(challenge: Option<&str>) -> Result<Extensions, MachineRefusal> {
    let pkce = Pkce::optional();
    let kept = pkce
        .challenge(Some(Cow::Borrowed("S256")), challenge.map(Cow::Borrowed))
        .map_err(|()| MachineRefusal::Pkce)?;
    let mut extensions = Extensions::new();
    if let Some(value) = kept {
        extensions.set(&pkce, value);
    }
    Ok(extensions)
}

fn verify(
    verifier: Option<&str>,
    facts: &CodeFacts<'_>,
    extensions: &mut Extensions,
) -> Result<(), MachineRefusal> {
    // The extension takes any verifier where there was no challenge, which would let an attacker
    // strip PKCE from the request (RFC 9700 §4.8.2).
    if facts.code_challenge.is_none() && verifier.is_some() {
        return Err(MachineRefusal::Pkce);
    }
    let pkce = Pkce::optional();
    let kept = extensions.remove(&pkce);
    pkce.verify(kept, verifier.map(Cow::Borrowed)).map_err(|()| MachineRefusal::Pkce)
}

/// Runs a refresh (RFC 6749 §6) of an authenticated client through its machine, which answers
/// the scopes of the new access token. The grant itself stays as wide as it was.
pub(super) fn refresh(
    client_id: &str,
    request: &Parameters,
    granted: &Scopes,
) -> Result<Scopes, MachineRefusal> {
    use refresh::{Input, Output, Refresh};

    let source = TokenSource { client_id, request };
    let scope = || request.get("scope").map(Cow::Borrowed);
    let mut machine = Refresh::new(&source);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input.take()) {
            Output::Unauthenticated { client, .. } if client == client_id => {
                Input::Authenticated { scope: scope() }
            }
            Output::Unauthenticated { .. } => return Err(MachineRefusal::Grant),
            Output::RecoverRefresh { .. } => {
                let grant = machine_grant(client_id, granted, Extensions::new())?;
                Input::Recovered { scope: scope(), grant: Some(grant) }
            }
            Output::Refresh { grant, .. } => return to_scopes(&grant.scope),
            Output::Err(refresh::Error::Invalid(_)) if request.has("refresh_token") => {
                return Err(MachineRefusal::Scope);
            }
            Output::Ok(_) | Output::Err(_) => return Err(MachineRefusal::Request),
        };
    }
}

/// Runs a request of a client for itself (RFC 6749 §4.4.2), which proved who it is, through its
/// machine. `granted` are the scopes it may have.
pub(super) fn client_credentials(
    client_id: &str,
    request: &Parameters,
    granted: &Scopes,
) -> Result<Scopes, MachineRefusal> {
    use machine::{ClientCredentials, Input, Output};

    enum Next {
        Start,
        Authenticated,
        Bound(BoundClient<'static>),
        Extended,
        Negotiated(PreGrant),
    }

    let source = TokenSource { client_id, request };
    let mut machine = ClientCredentials::new(&source);
    let mut next = Next::Start;
    loop {
        let input = match next {
            Next::Start => Input::None,
            Next::Authenticated => Input::Authenticated,
            Next::Bound(bound_client) => Input::Bound { bound_client },
            Next::Extended => Input::Extended { extensions: Extensions::new() },
            Next::Negotiated(pre_grant) => Input::Negotiated { pre_grant },
        };
        next = match machine.advance(input) {
            Output::Authenticate { client, .. } if client == client_id => Next::Authenticated,
            Output::Authenticate { .. } => return Err(MachineRefusal::Grant),
            Output::Binding { client_id } => {
                let exact: ExactUrl = STAND_IN_URL.parse().map_err(|_| MachineRefusal::Request)?;
                Next::Bound(BoundClient {
                    client_id: Cow::Owned(client_id.to_owned()),
                    redirect_uri: Cow::Owned(RegisteredUrl::Exact(exact)),
                })
            }
            Output::Extend => Next::Extended,
            Output::Negotiate { bound_client, .. } => Next::Negotiated(PreGrant {
                client_id: bound_client.client_id.clone().into_owned(),
                redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                scope: to_machine_scope(granted)?,
            }),
            Output::Ok { pre_grant, .. } => return to_scopes(&pre_grant.scope),
            Output::Err(_) => return Err(MachineRefusal::Request),
        };
    }
}

fn machine_grant(
    client_id: &str,
    scopes: &Scopes,
    extensions: Extensions,
) -> Result<Box<MachineGrant>, MachineRefusal> {
    Ok(Box::new(MachineGrant {
        owner_id: String::new(),
        client_id: client_id.to_owned(),
        scope: to_machine_scope(scopes)?,
        redirect_uri: STAND_IN_URL.parse().map_err(|_| MachineRefusal::Request)?,
        // Lifetimes are checked where the row is spent, by our clock.
        until: DateTime::<Utc>::MAX_UTC,
        extensions,
    }))
}

fn to_machine_scope(scopes: &Scopes) -> Result<Scope, MachineRefusal> {
    scopes.to_string().parse().map_err(|_| MachineRefusal::Scope)
}

/// The machine keeps scopes in no order; ours have one.
fn to_scopes(scope: &Scope) -> Result<Scopes, MachineRefusal> {
    scope.to_string().parse().map_err(|_| MachineRefusal::Scope)
}

struct AuthorizationSource<'request>(&'request Parameters);

impl authorization::Request for AuthorizationSource<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.0.get("client_id").map(Cow::Borrowed)
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.0.get("scope").map(Cow::Borrowed)
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.0.get("redirect_uri").map(Cow::Borrowed)
    }

    fn state(&self) -> Option<Cow<'_, str>> {
        self.0.get("state").map(Cow::Borrowed)
    }

    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.0.get("response_type").map(Cow::Borrowed)
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.get(key).map(Cow::Borrowed)
    }
}

/// A token request of a client that proved who it is before.
struct TokenSource<'request> {
    client_id: &'request str,
    request: &'request Parameters,
}

impl accesstoken::Request for TokenSource<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.request.get("code").map(Cow::Borrowed)
    }

    fn authorization(&self) -> accesstoken::Authorization<'_> {
        accesstoken::Authorization::Username(Cow::Borrowed(self.client_id))
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(STAND_IN_URL))
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.request.get("grant_type").map(Cow::Borrowed)
    }

    fn extension(&self, _key: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl machine::Request for TokenSource<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(&[])))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.request.get("scope").map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.request.get("grant_type").map(Cow::Borrowed)
    }

    fn extension(&self, _key: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl refresh::Request for TokenSource<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.request.get("refresh_token").map(Cow::Borrowed)
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.request.get("scope").map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.request.get("grant_type").map(Cow::Borrowed)
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(&[])))
    }

    fn extension(&self, _key: &str) -> Option<Cow<'_, str>> {
        None
    }
}
