//! What `protekt client create` can be told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::CliError;
use crate::domain::client::{AuthMethod, ClientKind};
use crate::domain::second_factor::FactorPolicy;
use crate::domain::{ClientId, PlainToken, Scopes};
use crate::oauth::clients::NewClient;

pub(super) const EXAMPLES: &str = "\
Examples:
  A server-side app; its secret is generated and printed once:
    protekt client create 'Notes' --kind web \\
      --redirect-uri https://notes.example.com/callback \\
      --post-logout-uri https://notes.example.com/
  A single-page app:
    protekt client create 'Board' --kind spa --redirect-uri https://board.example.com/callback
  An app on phones or desktops; any port of 127.0.0.1 will do:
    protekt client create 'Desk' --kind native --redirect-uri http://127.0.0.1/callback
  A service without people, with a secret of your own:
    protekt client create 'Nightly' --kind machine --secret-file secret.txt --json";

/// A new client.
#[derive(Debug, Args)]
pub(in super::super) struct Create {
    /// The name that people read
    name: String,
    /// What it is
    #[arg(long, value_enum)]
    kind: Kind,
    /// A fixed client_id instead of a random one
    #[arg(long, value_name = "CLIENT_ID")]
    id: Option<String>,
    /// Where answers may be sent, compared by the byte; repeat for more
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where people may be sent after signing out; repeat for more
    #[arg(long = "post-logout-uri", value_name = "URI")]
    post_logout_uris: Vec<String>,
    /// An origin whose scripts may call us; repeat for more. For spa, those of the redirect URIs
    /// unless given
    #[arg(long = "web-origin", value_name = "ORIGIN")]
    web_origins: Vec<String>,
    /// The way to send the secret; either way unless given
    #[arg(long, value_enum)]
    auth_method: Option<Method>,
    /// Read the secret from a file (- is standard input) instead of generating one
    #[arg(long, value_name = "FILE")]
    pub(super) secret_file: Option<PathBuf>,
    /// Whether PKCE may be left out; for web clients only
    #[arg(long, value_enum, default_value = "required")]
    pkce: Pkce,
    /// The scopes it may ask for; repeat, or put spaces between them
    /// [default: openid profile email offline_access]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A grant it may use; repeat for more. Those of its kind unless given
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<String>,
    /// It is yours: people are not asked for consent
    #[arg(long)]
    first_party: bool,
    #[command(flatten)]
    about: About,
    /// How long its access tokens live, in seconds; the installation's setting unless given
    #[arg(long, value_name = "SECONDS")]
    access_token_lifetime: Option<i64>,
    /// A client_id without an ID token is enough for it to sign a person out
    #[arg(long)]
    trusts_logout_by_client_id: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// What a registration and a change say in the same words.
#[derive(Debug, Args)]
pub(super) struct About {
    /// Who runs it
    #[arg(long)]
    pub(super) owner: Option<String>,
    /// A picture shown at consent (https)
    #[arg(long, value_name = "URL")]
    pub(super) logo_uri: Option<String>,
    /// Its privacy policy (https)
    #[arg(long, value_name = "URL")]
    pub(super) policy_uri: Option<String>,
    /// Its terms (https)
    #[arg(long, value_name = "URL")]
    pub(super) terms_uri: Option<String>,
    /// The audience of its access tokens where it asks for none
    #[arg(long, value_name = "URI")]
    pub(super) default_audience: Option<String>,
    /// What it asks of second factors
    #[arg(long, value_enum, value_name = "POLICY")]
    pub(super) second_factor: Option<SecondFactor>,
    /// Whether it may sign people in by the authentication API; for first-party apps
    #[arg(long, value_enum, value_name = "SWITCH")]
    pub(super) authentication_api: Option<Switch>,
}

/// Something that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// It may
    On,
    /// It may not
    Off,
}

/// What a client asks of second factors.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum SecondFactor {
    /// What the installation asks
    Installation,
    /// Nobody has to have one for it
    Off,
    /// Who has one is asked for it at sign-in, as everywhere
    Optional,
    /// Who has none is led to set one up
    Required,
}

impl From<SecondFactor> for Option<FactorPolicy> {
    fn from(wish: SecondFactor) -> Self {
        match wish {
            SecondFactor::Installation => None,
            SecondFactor::Off => Some(FactorPolicy::Off),
            SecondFactor::Optional => Some(FactorPolicy::Optional),
            SecondFactor::Required => Some(FactorPolicy::Required),
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Runs on a server and keeps a secret
    Web,
    /// Runs in the browser
    Spa,
    /// Runs on a device
    Native,
    /// A service without people
    Machine,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Method {
    /// Either way of sending it
    Either,
    /// The client has no secret (spa and native)
    None,
    /// HTTP Basic
    #[value(name = "client_secret_basic", alias = "basic")]
    ClientSecretBasic,
    /// In the body
    #[value(name = "client_secret_post", alias = "post")]
    ClientSecretPost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Pkce {
    /// Every authorization request must carry a challenge
    Required,
    /// A request without a challenge is let through
    Optional,
}

impl Create {
    pub(super) fn into_new_client(self, secret: Option<PlainToken>) -> Result<NewClient, CliError> {
        let scopes = if self.scopes.is_empty() {
            None
        } else {
            let scopes = self.scopes.join(" ").parse::<Scopes>();
            Some(scopes.map_err(|error| CliError::told(format!("--scope: {error}")))?)
        };
        Ok(NewClient {
            id: self.id.map(ClientId),
            name: self.name,
            owner: self.about.owner,
            kind: self.kind.into(),
            first_party: self.first_party,
            secret,
            token_endpoint_auth_method: self.auth_method.and_then(Into::into),
            pkce_required: self.pkce == Pkce::Required,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_uris,
            web_origins: self.web_origins,
            grant_types: self.grant_types,
            scopes,
            default_audience: self.about.default_audience,
            logo_uri: self.about.logo_uri,
            policy_uri: self.about.policy_uri,
            terms_uri: self.about.terms_uri,
            trusts_logout_by_client_id: self.trusts_logout_by_client_id,
            access_token_lifetime: self.access_token_lifetime,
            second_factor: self.about.second_factor.and_then(Into::into),
            authentication_api: self.about.authentication_api == Some(Switch::On),
            is_vouched_for: false,
        })
    }
}

impl From<Kind> for ClientKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Web => Self::Web,
            Kind::Spa => Self::Spa,
            Kind::Native => Self::Native,
            Kind::Machine => Self::Machine,
        }
    }
}

impl From<Method> for Option<AuthMethod> {
    fn from(method: Method) -> Self {
        match method {
            Method::Either => None,
            Method::None => Some(AuthMethod::None),
            Method::ClientSecretBasic => Some(AuthMethod::ClientSecretBasic),
            Method::ClientSecretPost => Some(AuthMethod::ClientSecretPost),
        }
    }
}
