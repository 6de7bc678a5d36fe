//! `protekt client grant`, `ungrant` and `grants`: which client may ask which API for what.

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::super::output::Output;
use super::super::{CliError, start};
use crate::domain::client_grant::SubjectType;
use crate::domain::{ClientId, Scopes};
use crate::oauth::client_grants::{GrantWish, grant, revoke_grant};
use crate::oauth::clients::ClientProblem;
use crate::store::client_grants::GrantedResourceServer;
use crate::store::{Store, client_grants, clients};

pub(super) const EXAMPLES: &str = "\
What is given takes the place of what the client could ask that API before.

Examples:
  A service that asks for itself (client_credentials):
    protekt client grant billing --audience https://orders.example.com --scope read:orders
  An app that asks for people who sign in to it:
    protekt client grant notes --audience https://orders.example.com --for people";

/// For whom a client asks.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum For {
    /// For itself, with its own secret (client_credentials)
    Itself,
    /// For people who sign in to it
    People,
}

impl From<For> for SubjectType {
    fn from(given: For) -> Self {
        match given {
            For::Itself => Self::Client,
            For::People => Self::User,
        }
    }
}

/// Which client, which API, for whom.
#[derive(Debug, Args)]
struct Between {
    /// Its client_id
    #[arg(value_name = "CLIENT_ID")]
    id: String,
    /// The identifier of the API
    #[arg(long, value_name = "URI")]
    audience: String,
    /// For whom it asks
    #[arg(long = "for", value_enum, default_value = "itself")]
    subject: For,
}

/// What a client may ask for.
#[derive(Debug, Args)]
pub(in super::super) struct Grant {
    #[command(flatten)]
    between: Between,
    /// What it may ask for; repeat, or put spaces between them. All that the API knows unless given
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
}

/// What a client may no longer ask for.
#[derive(Debug, Args)]
pub(in super::super) struct Ungrant {
    #[command(flatten)]
    between: Between,
}

/// Whose grants to show.
#[derive(Debug, Args)]
pub(in super::super) struct Grants {
    /// Its client_id; every client unless given
    #[arg(value_name = "CLIENT_ID")]
    id: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A grant as the command line shows it.
#[derive(Debug, Serialize)]
struct Shown<'grant> {
    client_id: &'grant str,
    audience: &'grant str,
    subject_type: &'static str,
    scope: String,
}

impl<'grant> Shown<'grant> {
    fn new(granted: &'grant GrantedResourceServer) -> Self {
        Self {
            client_id: granted.client_id.as_str(),
            audience: &granted.identifier,
            subject_type: granted.subject_type.as_str(),
            scope: granted.scopes.to_string(),
        }
    }

    fn row(self) -> Vec<String> {
        let subject = if self.subject_type == "client" { "itself" } else { "people" };
        let words = [self.client_id, self.audience, subject, &self.scope];
        words.map(str::to_owned).to_vec()
    }
}

pub(super) async fn run_grant(
    store: &Store,
    wish: Grant,
    output: &mut Output,
) -> Result<(), CliError> {
    let Between { id, audience, subject } = wish.between;
    let scopes = if wish.scopes.is_empty() {
        None
    } else {
        let scopes = wish.scopes.join(" ").parse::<Scopes>();
        Some(scopes.map_err(|error| CliError::told(format!("--scope: {error}")))?)
    };
    let wish = GrantWish {
        client_id: ClientId(id),
        identifier: audience.clone(),
        subject_type: subject.into(),
        scopes,
    };
    let given = grant(store, wish, start::by_operator()).await?;
    let what =
        if given.scopes.is_empty() { "no scope".to_owned() } else { given.scopes.to_string() };
    output.line(format!("{} may ask {audience} for: {what}.", given.client_id))
}

pub(super) async fn run_ungrant(
    store: &Store,
    wish: Ungrant,
    output: &mut Output,
) -> Result<(), CliError> {
    let Between { id, audience, subject } = wish.between;
    let id = ClientId(id);
    let at = (audience.as_str(), SubjectType::from(subject));
    revoke_grant(store, &id, at, start::by_operator()).await?;
    output.line(format!("{id} may ask {audience} for nothing any more."))
}

pub(super) async fn run_grants(
    store: &Store,
    wish: Grants,
    output: &mut Output,
) -> Result<(), CliError> {
    let mut tx = store.read().await?;
    let id = wish.id.map(ClientId);
    if let Some(id) = &id
        && clients::find(&mut tx, id).await?.is_none()
    {
        return Err(ClientProblem::Unknown(id.clone()).into());
    }
    let all = client_grants::list(&mut tx, id.as_ref()).await?;
    let shown = all.iter().map(Shown::new);
    if wish.json {
        return output.json(&shown.collect::<Vec<_>>());
    }
    if all.is_empty() {
        return output.line("Nothing was granted yet. Grant with: protekt client grant --help");
    }
    let rows: Vec<Vec<String>> = shown.map(Shown::row).collect();
    output.table(&["CLIENT_ID", "API", "FOR", "SCOPES"], &rows)
}
