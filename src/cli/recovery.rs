//! `protekt user recoveries` and `protekt user recover`.

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::assemble::places;
use super::output::{Output, printable};
use super::{CliError, rooms, start};
use crate::accounts::{RecoveryDecision, RecoveryForReview, RecoveryReason, Reviewed};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::second_factor::FactorKind;
use crate::http::Places;

/// How the wishes are listed.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Show at most so many, the oldest first
    #[arg(long, value_name = "NUMBER", default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which wish to decide, and how.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("decision").args(["approve", "refuse"]).required(true)))]
pub(super) struct Decide {
    /// The e-mail address or username of the account, or the id that the list shows
    wish: String,
    /// Remove every second factor when the time of recovery.delay is over
    #[arg(long)]
    approve: bool,
    /// Leave everything as it is; also after an approval, before its time is over
    #[arg(long)]
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
    reasons: Vec<ShownReason>,
}

/// What somebody wrote, as the command line shows it.
#[derive(Debug, Serialize)]
struct ShownReason {
    written_at: String,
    from: String,
    signed_in: bool,
    text: String,
    /// Reasons that were written before this one and are not kept.
    left_out_before: u32,
}

impl ShownReason {
    fn of(reason: RecoveryReason, places: &Places) -> Self {
        Self {
            written_at: reason.written_at.to_rfc3339(),
            from: places.in_words(reason.ip),
            signed_in: reason.is_signed_in,
            text: reason.text,
            left_out_before: reason.left_out_before,
        }
    }

    /// When and where, in a line.
    fn origin(&self) -> String {
        let who = if self.signed_in { ", signed in to the account" } else { "" };
        format!("{} from {}{who}", self.written_at, self.from)
    }
}

impl Shown {
    fn of(wish: RecoveryForReview, places: &Places) -> Self {
        let reasons = wish.reasons.into_iter();
        Self {
            reasons: reasons.map(|reason| ShownReason::of(reason, places)).collect(),
            id: wish.id,
            asked_at: wish.requested_at.to_rfc3339(),
            state: if wish.due_at.is_some() { "approved" } else { "asked" },
            due_at: wish.due_at.map(Timestamp::to_rfc3339),
            second_factors: wish.factors.into_iter().map(FactorKind::as_str).collect(),
            last_sign_in: wish.user.last_login_at.map(Timestamp::to_rfc3339),
            email: wish.user.email,
            name: wish.user.name,
        }
    }
}

impl Shown {
    /// Lines for people: the wish, and below it what was written, in quotes at the end.
    fn lines(&self) -> Vec<String> {
        let part = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{name}={value}"))
        };
        let quoted = |name: &str, value: &str| {
            format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
        };
        let parts = [
            Some(format!("{}  {:8}  {}", self.asked_at, self.state, self.email)),
            Some(format!("id={}", self.id)),
            Some(format!("has={}", self.second_factors.join(","))),
            part("factors-go", &self.due_at),
            part("last-sign-in", &self.last_sign_in),
            self.name.as_ref().map(|name| quoted("name", name)),
        ];
        let wish = parts.into_iter().flatten().collect::<Vec<_>>().join("  ");
        let mut lines = vec![wish];
        for reason in &self.reasons {
            if reason.left_out_before > 0 {
                lines.push(format!("    {} more that are not kept", reason.left_out_before));
            }
            let text = quoted("reason", &reason.text);
            lines.push(format!("    written {}  {text}", reason.origin()));
        }
        lines
    }
}

pub(super) async fn list(
    config: &Config,
    wish: &List,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = start::open_existing_store(config).await?;
    let accounts = rooms::accounts_to_look(config, &store).await?;
    let found = accounts.list_oldest_recoveries(wish.limit).await;
    store.close().await;
    let (found, more) = found.map_err(|error| CliError::told(error.to_string()))?;
    let places = places(config)?;
    let shown: Vec<Shown> = found.into_iter().map(|wish| Shown::of(wish, &places)).collect();
    if wish.json {
        output.json(&shown)?;
    } else if shown.is_empty() {
        output.line("Nobody asks for a way back into their account.")?;
    } else {
        let mut lines = shown.iter().flat_map(Shown::lines);
        lines.try_for_each(|line| output.line(printable(&line)))?;
    }
    if more > 0 {
        output.note(format!("{more} more wait; --limit shows them"))?;
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
             session tell of it, and a button in each stops it. Then a link to a new password is mailed.",
            due_at.to_rfc3339()
        ),
        Reviewed::Refused | Reviewed::TooLate => {
            format!("Refused. Nothing changes for {email}, who is told by mail.")
        }
    })
}
