//! `protekt user recoveries` and `protekt user recover`.

use clap::Args;
use serde::Serialize;

use super::output::Output;
use super::{CliError, rooms, start};
use crate::accounts::{RecoveryDecision, RecoveryForReview, Reviewed};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::second_factor::FactorKind;

/// How the wishes are listed.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which wish to decide, and how.
#[derive(Debug, Args)]
pub(super) struct Decide {
    /// The e-mail address or username of the account, or the id that the list shows
    wish: String,
    /// Remove every second factor when the time of recovery.delay is over
    #[arg(long, required_unless_present = "refuse")]
    approve: bool,
    /// Leave everything as it is; also after an approval, before its time is over
    #[arg(long, conflicts_with = "approve")]
    refuse: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A wish as the command line shows it.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    email: String,
    name: Option<String>,
    asked_at: String,
    state: &'static str,
    due_at: Option<String>,
    second_factors: Vec<&'static str>,
    last_sign_in: Option<String>,
    reason: String,
}

impl From<RecoveryForReview> for Shown {
    fn from(wish: RecoveryForReview) -> Self {
        Self {
            id: wish.id,
            asked_at: wish.requested_at.to_rfc3339(),
            state: if wish.due_at.is_some() { "approved" } else { "asked" },
            due_at: wish.due_at.map(Timestamp::to_rfc3339),
            second_factors: wish.factors.into_iter().map(FactorKind::as_str).collect(),
            last_sign_in: wish.user.last_login_at.map(Timestamp::to_rfc3339),
            email: wish.user.email,
            name: wish.user.name,
            reason: wish.reason,
        }
    }
}

pub(super) async fn list(
    config: &Config,
    wish: &List,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = start::open_existing_store(config).await?;
    let found = rooms::accounts_to_look(config, &store).await?.list_recoveries().await;
    store.close().await;
    let found = found.map_err(|error| CliError::told(error.to_string()))?;
    let shown: Vec<Shown> = found.into_iter().map(Shown::from).collect();
    if wish.json {
        return output.json(&shown);
    }
    if shown.is_empty() {
        return output.line("Nobody asks for a way back into their account.");
    }
    for one in shown {
        output.line(&one.email)?;
        output.facts(&[
            ("id", one.id),
            ("name", one.name.unwrap_or_default()),
            ("asked", one.asked_at),
            ("state", one.state.to_owned()),
            ("second factors go", one.due_at.unwrap_or_default()),
            ("has", one.second_factors.join(", ")),
            ("last sign-in", one.last_sign_in.unwrap_or_default()),
            ("reason", one.reason),
        ])?;
    }
    Ok(())
}

pub(super) async fn decide(
    config: &Config,
    wish: &Decide,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = start::open_existing_store(config).await?;
    let accounts = rooms::accounts(config, &store).await?;
    let decision = if wish.approve { RecoveryDecision::Approve } else { RecoveryDecision::Refuse };
    let (user, reviewed) = accounts.decide_recovery(&wish.wish, decision).await?;
    let is_done = accounts.finish_recovery_of(&user.id).await?;
    store.close().await;
    let email = user.email;
    if reviewed == Reviewed::TooLate {
        return Err(CliError::told(format!("what {email} asked for was decided already")));
    }
    if wish.json {
        let due_at = match reviewed {
            Reviewed::Approved { due_at } => Some(due_at.to_rfc3339()),
            Reviewed::Refused | Reviewed::TooLate => None,
        };
        return output.json(&serde_json::json!({
            "email": email, "approved": wish.approve, "due_at": due_at, "done": is_done,
        }));
    }
    output.line(match reviewed {
        Reviewed::Approved { .. } if is_done => format!(
            "Removed the second factors of {email}. Every session and token has ended, and a link \
             to a new password is mailed to them."
        ),
        Reviewed::Approved { due_at } => format!(
            "The second factors of {email} go on {}. Until then a mail and a notice in every \
             session tell of it, and one click stops it. Then a link to a new password is mailed.",
            due_at.to_rfc3339()
        ),
        Reviewed::Refused | Reviewed::TooLate => {
            format!("Refused. Nothing changes for {email}, who is told by mail.")
        }
    })
}
