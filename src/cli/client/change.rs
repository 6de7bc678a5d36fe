//! `protekt client update` and `protekt client delete`.

use std::path::PathBuf;

use clap::Args;
use secrecy::ExposeSecret as _;

use super::super::confirm::confirm;
use super::super::output::Output;
use super::super::{CliError, secrets, start};
use super::arguments::{About, Method, Pkce, Switch};
use super::shown::ShownRegistration;
use crate::domain::client::Client;
use crate::domain::token::CLIENT_SECRET_PREFIX;
use crate::domain::{ClientId, PlainToken, Scopes};
use crate::oauth::clients::{ClientProblem, NewClient, delete, update};
use crate::store::{Store, clients};

pub(super) const EXAMPLES: &str = "\
Only what is given changes. A list replaces the whole list; '' removes what was there.

Examples:
  Another address for the answers, beside the first:
    protekt client update notes --redirect-uri https://notes.example.com/callback \\
      --redirect-uri https://beta.notes.example.com/callback
  A new secret, printed once; the old one is refused from now on:
    protekt client update notes --new-secret
  Nowhere to go after signing out:
    protekt client update notes --post-logout-uri ''";

/// What to change about a client.
#[derive(Debug, Args)]
pub(in super::super) struct Update {
    /// Its client_id, which stays, as does its kind
    #[arg(value_name = "CLIENT_ID")]
    id: String,
    /// The name that people read
    #[arg(long)]
    name: Option<String>,
    /// Where answers may be sent, compared by the byte; repeat for more
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where people may be sent after signing out; repeat for more
    #[arg(long = "post-logout-uri", value_name = "URI")]
    post_logout_uris: Vec<String>,
    /// An origin whose scripts may call us; repeat for more. For spa, '' means those of the
    /// redirect URIs
    #[arg(long = "web-origin", value_name = "ORIGIN")]
    web_origins: Vec<String>,
    /// The way to send the secret
    #[arg(long, value_enum)]
    auth_method: Option<Method>,
    /// Generate a new secret and print it; the old one is refused at once
    #[arg(long, conflicts_with = "secret_file")]
    new_secret: bool,
    /// Read a new secret from a file (- is standard input)
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Say that you looked at it, after a machine made or changed it: from now on it may be given what that machine may
    /// not do itself. One that has a secret needs a new one, which no machine was told
    #[arg(long, conflicts_with = "secret_file")]
    vouch: bool,
    /// Whether PKCE may be left out; for web clients only
    #[arg(long, value_enum)]
    pkce: Option<Pkce>,
    /// The scopes it may ask for; repeat, or put spaces between them
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A grant it may use; repeat for more. '' means those of its kind
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<String>,
    /// Whether it is yours, so that people are not asked for consent
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    first_party: Option<bool>,
    #[command(flatten)]
    about: About,
    /// How long its access tokens live, in seconds; 0 means the installation's setting
    #[arg(long, value_name = "SECONDS")]
    access_token_lifetime: Option<i64>,
    /// Whether a client_id without an ID token is enough for it to sign a person out
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    trusts_logout_by_client_id: Option<bool>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which client to delete.
#[derive(Debug, Args)]
pub(in super::super) struct Delete {
    /// Its client_id
    #[arg(value_name = "CLIENT_ID")]
    id: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run_update(
    store: &Store,
    wish: Update,
    issuer: &str,
    output: &mut Output,
) -> Result<(), CliError> {
    let id = ClientId(wish.id.clone());
    let json = wish.json;
    let generated = wish.new_secret.then(|| PlainToken::generate(CLIENT_SECRET_PREFIX));
    let own = match &wish.secret_file {
        Some(file) => Some(secrets::read(file, "client secret")?),
        None => None,
    };
    let own = own.map(|secret| PlainToken::new(secret.expose_secret()));
    let scopes = wish.scopes()?;
    let secret = generated.clone().or(own);
    let change = |_: &Client, new: &mut NewClient| {
        new.secret = secret;
        new.is_vouched_for = wish.vouch;
        wish.apply_to(new, scopes);
        Ok(())
    };
    let client = update(store, &id, change, issuer, start::by_operator()).await?;
    let shown = ShownRegistration::new(&client, generated.as_ref());
    if json {
        return output.json(&shown);
    }
    output.line(format!("Changed {}.", client.name))?;
    output.facts(&shown.facts())?;
    if generated.is_some() {
        output.line("Keep the secret now: it is not stored and cannot be shown again.")?;
    }
    Ok(())
}

pub(super) async fn run_delete(
    store: &Store,
    wish: Delete,
    output: &mut Output,
) -> Result<(), CliError> {
    let id = ClientId(wish.id);
    let found = clients::find(&mut store.read().await?, &id).await?;
    let client = found.ok_or_else(|| ClientProblem::Unknown(id.clone()))?;
    if !wish.yes {
        output.line(format!(
            "Delete {} ({id})? Nobody can sign in to it any more, and its tokens end. This cannot \
             be undone.\nType yes to delete it:",
            client.name
        ))?;
        confirm()?;
    }
    delete(store, (&id, |_| true), start::by_operator()).await?;
    output.line(format!("Deleted {} ({id}).", client.name))
}

impl Update {
    fn scopes(&self) -> Result<Option<Scopes>, CliError> {
        if self.scopes.is_empty() {
            return Ok(None);
        }
        let scopes = self.scopes.join(" ").parse::<Scopes>();
        scopes.map(Some).map_err(|error| CliError::told(format!("--scope: {error}")))
    }

    /// Alters what was given.
    fn apply_to(self, new: &mut NewClient, scopes: Option<Scopes>) {
        set(&mut new.name, self.name);
        set(&mut new.pkce_required, self.pkce.map(|pkce| pkce == Pkce::Required));
        set(&mut new.first_party, self.first_party);
        let authentication_api = self.about.authentication_api.map(|switch| switch == Switch::On);
        set(&mut new.authentication_api, authentication_api);
        set(&mut new.trusts_logout_by_client_id, self.trusts_logout_by_client_id);
        replace(&mut new.redirect_uris, self.redirect_uris);
        replace(&mut new.post_logout_redirect_uris, self.post_logout_uris);
        replace(&mut new.web_origins, self.web_origins);
        replace(&mut new.grant_types, self.grant_types);
        set_or_remove(&mut new.owner, self.about.owner);
        set_or_remove(&mut new.logo_uri, self.about.logo_uri);
        set_or_remove(&mut new.policy_uri, self.about.policy_uri);
        set_or_remove(&mut new.terms_uri, self.about.terms_uri);
        set_or_remove(&mut new.default_audience, self.about.default_audience);
        if let Some(method) = self.auth_method {
            new.token_endpoint_auth_method = method.into();
        }
        if let Some(policy) = self.about.second_factor {
            new.second_factor = policy.into();
        }
        if let Some(seconds) = self.access_token_lifetime {
            new.access_token_lifetime = Some(seconds).filter(|seconds| *seconds != 0);
        }
        if scopes.is_some() {
            new.scopes = scopes;
        }
    }
}

fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

fn set_or_remove(field: &mut Option<String>, given: Option<String>) {
    if let Some(given) = given {
        *field = Some(given).filter(|text| !text.is_empty());
    }
}

fn replace(list: &mut Vec<String>, given: Vec<String>) {
    if !given.is_empty() {
        *list = given.into_iter().filter(|item| !item.is_empty()).collect();
    }
}
