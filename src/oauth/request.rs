//! The checks of an authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2).
//!
//! 1. Client and redirect URI: where one of them is wrong, nothing may be sent anywhere, and the
//!    person reads a page ([`Refusal::Page`]).
//! 2. Everything else: a refusal travels to the client ([`Refusal::Client`]).

mod refusal;

pub use refusal::{PageProblem, PageRefusal, Refusal};

use super::drive::{self, AuthorizationAnswers, MachineRefusal, Negotiated};
use super::params::UnusableParameter;
use super::response::{AuthorizationResponse, ResponseMode};
use super::targets::{self, NamedTargets, Target};
use super::{Parameters, Provider};
use crate::domain::client::{Client, ClientKind};
use crate::domain::redirect_uri;
use crate::domain::scope::{OFFLINE_ACCESS, OPENID};
use crate::domain::second_factor::AuthenticationLevel;
use crate::domain::{ClientId, JsonList, Scopes};
use crate::store::{Tx, clients};

/// A request that may be put before a person.
#[derive(Clone, Debug)]
pub struct CheckedRequest {
    /// Who asks.
    pub client: Client,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Whether the request named it.
    pub redirect_uri_was_sent: bool,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// Given back untouched.
    pub state: Option<String>,
    /// What the client gets if the person agrees; within what they may do, once it is known who
    /// they are.
    pub scopes: Scopes,
    /// The `aud` of its access tokens.
    pub audience: JsonList,
    /// The API among them.
    pub api: Option<Box<Target>>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// The S256 challenge.
    pub code_challenge: Option<String>,
    /// What the client wants the person to be asked.
    pub prompt: Prompt,
    /// How old the sign-in may be, in seconds.
    pub max_age: Option<i64>,
    /// How well the person should prove who they are: the least of what `acr_values` names.
    pub wanted_level: Option<AuthenticationLevel>,
    /// Who the client thinks it is.
    pub login_hint: Option<String>,
    /// An ID token of the person the client expects.
    pub id_token_hint: Option<String>,
    /// The languages the client asks for.
    pub ui_locales: Option<String>,
}

/// The `prompt` parameter (OpenID Connect Core §3.1.2.1), and `screen_hint`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the values of `prompt` are independent")]
pub struct Prompt {
    /// Show nothing.
    pub none: bool,
    /// Ask who it is, again.
    pub login: bool,
    /// Ask for consent, again.
    pub consent: bool,
    /// Ask which account.
    pub select_account: bool,
    /// Begin with signing up.
    pub create: bool,
}

/// Checks a request.
///
/// # Errors
///
/// See [`Refusal`].
pub async fn check(
    provider: &Provider,
    tx: &mut Tx,
    parameters: &Parameters,
) -> Result<CheckedRequest, Refusal> {
    let client = find_client(tx, parameters).await?;
    let (redirect_uri, redirect_uri_was_sent) =
        find_redirect_uri(&client, parameters).map_err(Refusal::Page)?;
    let answer = Answer::new(provider, &redirect_uri, parameters);
    let targets = targets::of_request(provider, tx, &client, parameters).await?;
    match check_rest(provider, (&client, &targets), &redirect_uri, parameters) {
        Err(problem) => Err(Refusal::Client(answer.error(problem.error, &problem.description))),
        Ok(rest) => Ok(CheckedRequest {
            redirect_uri_was_sent,
            response_mode: answer.mode,
            state: answer.state,
            client,
            redirect_uri: rest.negotiated.redirect_uri,
            scopes: rest.negotiated.scopes,
            code_challenge: rest.negotiated.code_challenge,
            audience: rest.audience,
            api: targets.api,
            prompt: rest.prompt,
            max_age: rest.max_age,
            wanted_level: wanted_level(parameters),
            nonce: parameters.get("nonce").map(str::to_owned),
            login_hint: parameters.get("login_hint").map(str::to_owned),
            id_token_hint: parameters.get("id_token_hint").map(str::to_owned),
            ui_locales: parameters.get("ui_locales").map(str::to_owned),
        }),
    }
}

impl CheckedRequest {
    /// Whether the person is asked for consent whatever they allowed before: at the client's wish,
    /// and where any program of the machine can take the answer for the client, so that only the
    /// person knows whether it is the one (RFC 8252 §8.6).
    #[must_use]
    pub fn asks_consent_anew(&self) -> bool {
        let is_assured =
            self.client.kind != ClientKind::Native || self.redirect_uri.starts_with("https://");
        self.prompt.consent || !is_assured
    }

    /// The identifier of the API that is asked for.
    #[must_use]
    pub fn api_identifier(&self) -> Option<&str> {
        self.api.as_ref().map(|api| api.identifier.as_str())
    }

    /// An error for the client, with `state` and `iss`.
    #[must_use]
    pub fn error(
        &self,
        provider: &Provider,
        error: &'static str,
        description: &str,
    ) -> AuthorizationResponse {
        let answer = Answer {
            issuer: provider.settings.issuer.clone(),
            redirect_uri: self.redirect_uri.clone(),
            mode: self.response_mode,
            state: self.state.clone(),
        };
        answer.error(error, description)
    }
}

/// Any of the values is good enough (OpenID Connect Core §3.1.2.1); unknown ones mean nothing.
fn wanted_level(parameters: &Parameters) -> Option<AuthenticationLevel> {
    let values = parameters.get("acr_values")?;
    values.split(' ').filter_map(AuthenticationLevel::of_acr).min()
}

/// How this request is answered, whatever the answer.
struct Answer {
    issuer: String,
    redirect_uri: String,
    mode: ResponseMode,
    state: Option<String>,
}

impl Answer {
    fn new(provider: &Provider, redirect_uri: &str, parameters: &Parameters) -> Self {
        Self {
            issuer: provider.settings.issuer.clone(),
            redirect_uri: redirect_uri.to_owned(),
            mode: ResponseMode::parse(parameters.get("response_mode"))
                .unwrap_or(ResponseMode::Query),
            state: parameters.get("state").map(str::to_owned),
        }
    }

    fn error(&self, error: &'static str, description: &str) -> AuthorizationResponse {
        let mut parameters =
            vec![("error", error.to_owned()), ("error_description", description.to_owned())];
        parameters.extend(self.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", self.issuer.clone()));
        AuthorizationResponse {
            redirect_uri: self.redirect_uri.clone(),
            mode: self.mode,
            parameters,
        }
    }
}

async fn find_client(tx: &mut Tx, parameters: &Parameters) -> Result<Client, Refusal> {
    let refusal = |problem, received: Option<&str>| {
        Refusal::Page(PageRefusal {
            error: if problem == PageProblem::ClientUnknown {
                "invalid_client"
            } else {
                "invalid_request"
            },
            parameter: "client_id",
            received: received.map(str::to_owned),
            client_id: received.map(str::to_owned),
            client_name: None,
            problem,
        })
    };
    let id = parameters
        .single("client_id")
        .map_err(|unusable| refusal(PageProblem::from(unusable), None))?
        .ok_or_else(|| refusal(PageProblem::ClientMissing, None))?;
    clients::find(tx, &ClientId::from(id))
        .await?
        .ok_or_else(|| refusal(PageProblem::ClientUnknown, Some(id)))
}

fn find_redirect_uri(
    client: &Client,
    parameters: &Parameters,
) -> Result<(String, bool), PageRefusal> {
    let refusal = |problem, received: Option<&str>| PageRefusal {
        error: "invalid_request",
        parameter: "redirect_uri",
        received: received.map(str::to_owned),
        client_id: Some(client.id.0.clone()),
        client_name: Some(client.name.clone()),
        problem,
    };
    let asked = parameters
        .single("redirect_uri")
        .map_err(|unusable| refusal(PageProblem::from(unusable), None))?;
    match (asked, client.redirect_uris.0.as_slice()) {
        (Some(asked), _) if redirect_uri::is_registered(client, asked) => {
            Ok((asked.to_owned(), true))
        }
        (Some(asked), _) => Err(refusal(PageProblem::RedirectUriUnknown, Some(asked))),
        // OpenID Connect Core §3.1.2.1 makes the parameter required.
        (None, [only]) if !asks_openid(parameters) => Ok((only.clone(), false)),
        (None, _) => Err(refusal(PageProblem::RedirectUriMissing, None)),
    }
}

fn asks_openid(parameters: &Parameters) -> bool {
    parameters.get("scope").is_some_and(|scope| scope.split(' ').any(|scope| scope == OPENID))
}

/// A refusal for the client, before it knows how it travels.
struct Problem {
    error: &'static str,
    description: String,
}

impl Problem {
    fn new(error: &'static str, description: &str) -> Self {
        Self { error, description: description.to_owned() }
    }
}

impl From<UnusableParameter> for Problem {
    fn from(unusable: UnusableParameter) -> Self {
        Self::new("invalid_request", &unusable.to_string())
    }
}

impl From<MachineRefusal> for Problem {
    fn from(refusal: MachineRefusal) -> Self {
        match refusal {
            MachineRefusal::ResponseType => Self::new(
                "unsupported_response_type",
                "response_type must be code; tokens are never sent through the browser",
            ),
            MachineRefusal::Scope => Self::new(
                "invalid_scope",
                "the scope is malformed, or this client may ask for none of it",
            ),
            MachineRefusal::Pkce => Self::new(
                "invalid_request",
                "code_challenge is required, with code_challenge_method=S256",
            ),
            MachineRefusal::Request | MachineRefusal::Grant => {
                Self::new("invalid_request", "the request is malformed")
            }
        }
    }
}

struct Rest {
    negotiated: Negotiated,
    audience: JsonList,
    prompt: Prompt,
    max_age: Option<i64>,
}

/// The parameters that mean something here; others are ignored and never kept.
pub const KNOWN: [&str; 20] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "response_mode",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "acr_values",
    "code_challenge",
    "code_challenge_method",
    "audience",
    "resource",
    "screen_hint",
    "request",
    "request_uri",
];

/// The longest request that is kept for a person, form-encoded, in bytes.
pub const LONGEST_KEPT: usize = 8 * 1024;

/// Parameters that may stand once, beside those checked before.
const SINGLE: [&str; 16] = [
    "response_type",
    "scope",
    "state",
    "response_mode",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "acr_values",
    "code_challenge",
    "code_challenge_method",
    "audience",
    "screen_hint",
    "display",
];

fn check_rest(
    provider: &Provider,
    (client, targets): (&Client, &NamedTargets),
    redirect_uri: &str,
    parameters: &Parameters,
) -> Result<Rest, Problem> {
    for name in SINGLE {
        parameters.single(name)?;
    }
    if parameters.has("request") {
        return Err(Problem::new("request_not_supported", "request objects are not supported"));
    }
    if parameters.has("request_uri") {
        return Err(Problem::new("request_uri_not_supported", "request_uri is not supported"));
    }
    if ResponseMode::parse(parameters.get("response_mode")).is_none() {
        return Err(Problem::new(
            "invalid_request",
            "response_mode must be query, fragment or form_post",
        ));
    }
    if !parameters.has("response_type") {
        return Err(Problem::new("invalid_request", "response_type is missing; it must be code"));
    }
    if !client.may_use_grant("authorization_code") {
        return Err(Problem::new(
            "unauthorized_client",
            "this client may not use the authorization_code grant",
        ));
    }
    check_challenge(parameters)?;
    parameters.all("resource")?;
    if targets.is_refused {
        let description = "this client may not ask for this audience";
        return Err(Problem::new("invalid_target", description));
    }
    let answers = ClientAnswers { client, targets, redirect_uri };
    let negotiated = drive::authorization(parameters, &answers)?;
    Ok(Rest {
        audience: audience_of(provider, targets, &negotiated.scopes),
        negotiated,
        prompt: check_prompt(parameters)?,
        max_age: check_max_age(parameters)?,
    })
}

/// RFC 7636 §4.2 and §4.3; `plain` protects nothing and is refused (RFC 9700 §2.1.1).
fn check_challenge(parameters: &Parameters) -> Result<(), Problem> {
    match (parameters.get("code_challenge"), parameters.get("code_challenge_method")) {
        (None, None) => Ok(()),
        (Some(challenge), Some("S256")) if is_s256_challenge(challenge) => Ok(()),
        (Some(_), Some("S256")) => Err(Problem::new(
            "invalid_request",
            "code_challenge must be 43 characters of base64url: the SHA-256 of the verifier",
        )),
        (None, Some(_)) => Err(Problem::new("invalid_request", "code_challenge is missing")),
        (Some(_), _) => Err(Problem::new("invalid_request", "code_challenge_method must be S256")),
    }
}

/// The base64url of a SHA-256 has 43 characters.
fn is_s256_challenge(challenge: &str) -> bool {
    challenge.len() == 43
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

struct ClientAnswers<'request> {
    client: &'request Client,
    targets: &'request NamedTargets,
    redirect_uri: &'request str,
}

impl AuthorizationAnswers for ClientAnswers<'_> {
    type Refusal = Problem;

    fn bind(&self, client_id: &str, redirect_uri: Option<&str>) -> Result<String, Problem> {
        let is_same = redirect_uri.is_none_or(|asked| asked == self.redirect_uri);
        if client_id == self.client.id.as_str() && is_same {
            Ok(self.redirect_uri.to_owned())
        } else {
            Err(MachineRefusal::Request.into())
        }
    }

    fn is_pkce_required(&self) -> bool {
        self.client.must_use_pkce()
    }

    /// What the client may not ask for is dropped (RFC 6749 §3.3); a request of nothing else is
    /// refused. The answer tells the client what it got.
    fn negotiate(&self, asked: Option<Scopes>) -> Result<Scopes, Problem> {
        let asked = asked.unwrap_or_default();
        let allowed = self.targets.api.as_ref().map_or(&self.client.scopes, |api| &api.scopes);
        let mut granted = asked.intersection(allowed);
        if !self.client.may_use_grant("refresh_token") || !granted.contains(OPENID) {
            granted = granted.iter().filter(|s| *s != OFFLINE_ACCESS).map(str::to_owned).collect();
        }
        if granted.is_empty() { Err(MachineRefusal::Scope.into()) } else { Ok(granted) }
    }
}

/// The audience of what is asked for; `/userinfo` is in it where there is nothing else, or OpenID is
/// asked for.
fn audience_of(provider: &Provider, targets: &NamedTargets, scopes: &Scopes) -> JsonList {
    let api = targets.api.as_ref().map(|api| api.identifier.clone());
    let needs_userinfo = targets.userinfo || api.is_none() || scopes.contains(OPENID);
    let userinfo = needs_userinfo.then(|| provider.userinfo_audience());
    api.into_iter().chain(userinfo).collect()
}

fn check_prompt(parameters: &Parameters) -> Result<Prompt, Problem> {
    let mut prompt = Prompt::default();
    for value in parameters.get("prompt").unwrap_or_default().split(' ') {
        match value {
            "" => {}
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            "create" => prompt.create = true,
            _ => {
                return Err(Problem::new(
                    "invalid_request",
                    "prompt must hold none, login, consent, select_account or create",
                ));
            }
        }
    }
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account || prompt.create) {
        return Err(Problem::new("invalid_request", "prompt=none must stand alone"));
    }
    // A hint about a page says nothing where none is shown.
    prompt.create |= !prompt.none && parameters.get("screen_hint") == Some("signup");
    Ok(prompt)
}

fn check_max_age(parameters: &Parameters) -> Result<Option<i64>, Problem> {
    let Some(text) = parameters.get("max_age") else { return Ok(None) };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let description = "max_age must be a number of seconds, 0 or more";
        return Err(Problem::new("invalid_request", description));
    }
    // A number too large to be counted is longer than any session.
    Ok(Some(text.parse().unwrap_or(i64::MAX)))
}
