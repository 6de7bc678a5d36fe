//! `protekt audit …`.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use serde::Serialize;
use strum::VariantArray as _;

use super::output::Output;
use super::progress::Progress;
use super::{CliError, start};
use crate::accounts::operator;
use crate::audit;
use crate::audit::verify::{NotedHead, Proven, verify};
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::config::Config;
use crate::domain::ClientId;
use crate::domain::audit_event::AuditKind;
use crate::domain::audit_trail::TrailRow;
use crate::keys::{InstallationKeyError, KeyState};
use crate::store::Store;
use crate::store::audit_events::LAST_ID;
use crate::store::audit_search::{self, EventFilter};

/// Bytes of a MAC of the chain (HMAC-SHA-256).
const MAC_LENGTH: usize = 32;
/// Rows that are read at once.
const PAGE: i64 = 500;

/// What can be done with the audit trail.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Prove that no event was changed, removed, inserted or moved
    #[command(after_help = "\
The exit code is 1 where the trail is broken; the first broken row is named. What cannot be seen from
the database alone is that all of it was replaced by an older copy: note the head now and then, and
give it back with --head.")]
    Verify(Verify),
    /// List security events, the oldest first
    #[command(after_help = "\
Examples:
  protekt audit list --user ada@example.com --since 2026-11-01
  protekt audit list --kind signed_in --json")]
    List(List),
    /// Take over the trail of an earlier version, once, when you upgrade
    #[command(after_help = "\
Stop every instance first, and prove the trail with the earlier version. Its events get a proof as
they are now; protekt audit verify counts them apart. serve asks for this command where it is needed.")]
    TakeOver,
}

/// What to prove.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A head that an earlier run has printed: it must still be part of the trail
    #[arg(long, value_name = "NUMBER:MAC", value_parser = noted_head, allow_hyphen_values = true)]
    head: Option<NotedHead>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which events to list.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Of this account alone: its e-mail address, username or id
    #[arg(long, value_name = "ACCOUNT")]
    user: Option<String>,
    /// Of this app or machine alone: its client_id
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Of this kind alone, such as signed_in
    #[arg(long, value_parser = kind)]
    kind: Option<&'static str>,
    /// From this day or time on (UTC), such as 2026-11-21 or 2026-11-21T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Before this day or time (UTC)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    file: Option<&Path>,
    command: Command,
    output: &mut Output,
) -> Result<(), CliError> {
    let config = start::load_config(file)?;
    let store = start::open_existing_store(&config).await?;
    let done = match command {
        Command::Verify(wish) => prove(&config, &store, &wish, output).await,
        Command::List(wish) => list(&store, wish, output).await,
        Command::TakeOver => take_over(&config, &store, output).await,
    };
    store.close().await;
    done
}

async fn prove(
    config: &Config,
    store: &Store,
    wish: &Verify,
    output: &mut Output,
) -> Result<(), CliError> {
    let source = start::key_source(config);
    let key = match source.check(Some(store)).await? {
        KeyState::Usable => source.open()?.chain_key(),
        KeyState::UsableAfterTakeOver => {
            return Err(InstallationKeyError::TrailOfEarlierVersion.into());
        }
        KeyState::YetToBeUsed | KeyState::YetToBeMade => {
            return output.line(
                "The audit trail has no sealed rows: it begins with the first use of the key.",
            );
        }
    };
    let mut progress = None;
    let mut told = Ok(());
    let proven = verify(store, &key, wish.head.as_ref(), |rows, total| {
        let progress = progress.get_or_insert_with(|| Progress::new("rows", Some(total)));
        if told.is_ok() {
            told = progress.at((rows, rows), output);
        }
    })
    .await;
    if let Some(progress) = progress {
        progress.end();
    }
    told?;
    show(&ProvenLine::new(&proven?, SystemClock.now()), wish.json, output)
}

async fn take_over(config: &Config, store: &Store, output: &mut Output) -> Result<(), CliError> {
    let source = start::key_source(config);
    let Some(rows) = source.take_over(store, SystemClock.now()).await? else {
        return output.line("The audit trail is of this version: there is nothing to take over.");
    };
    output.line(format!("The audit trail was taken over: {rows} events got a proof."))?;
    // What the earlier version had sealed must hold; its own proof of that was perhaps not asked for.
    let key = source.open()?.chain_key();
    let proven = verify(store, &key, None, |_, _| ()).await?;
    show(&ProvenLine::new(&proven, SystemClock.now()), false, output)?;
    output.line("If you noted a head before, prove it with: protekt audit verify --head. Then start protekt serve.")
}

/// What was proven, as it is shown.
#[derive(Debug, Serialize)]
struct ProvenLine {
    rows: u64,
    first: Option<i64>,
    last: Option<i64>,
    from: Option<String>,
    to: Option<String>,
    erased: u64,
    earlier: u64,
    unsealed: u64,
    unsealed_since: Option<String>,
    /// Whether rows wait for longer than they do where anything seals.
    unsealed_too_long: bool,
    head: Option<String>,
}

impl ProvenLine {
    fn new(proven: &Proven, now: Timestamp) -> Self {
        let is_any = proven.rows > 0;
        Self {
            rows: proven.rows,
            first: is_any.then_some(proven.checkpoint.saturating_add(1)),
            last: is_any.then_some(proven.head),
            from: proven.range.map(|(from, _)| from.to_rfc3339()),
            to: proven.range.map(|(_, to)| to.to_rfc3339()),
            erased: proven.erased,
            earlier: proven.earlier,
            unsealed: proven.unsealed,
            unsealed_since: proven.unsealed_since.map(Timestamp::to_rfc3339),
            unsealed_too_long: proven
                .unsealed_since
                .is_some_and(|at| audit::waits_too_long(at, now)),
            head: (proven.head > 0).then(|| format!("{}:{}", proven.head, proven.head_mac)),
        }
    }
}

fn show(line: &ProvenLine, json: bool, output: &mut Output) -> Result<(), CliError> {
    if json {
        return output.json(line);
    }
    match (line.first, line.last, &line.from, &line.to) {
        (Some(first), Some(last), Some(from), Some(to)) => output.line(format!(
            "The audit trail holds: {} rows, number {first} to {last}, from {from} to {to}.",
            line.rows
        ))?,
        _ => output.line("The audit trail holds, and has no sealed rows.")?,
    }
    if line.unsealed > 0 {
        output.line(format!(
            "{} newer rows are not sealed yet: they are as Protekt recorded them or took them over, \
             but whether one of them is gone cannot be proven. A running protekt serve seals them \
             within a second.",
            line.unsealed
        ))?;
    }
    if let Some(since) = line.unsealed_since.as_ref().filter(|_| line.unsealed_too_long) {
        output.line(format!(
            "Warning: the oldest of them waits since {since}. Start protekt serve; where it runs, \
             its log says why it does not seal."
        ))?;
    }
    if line.erased > 0 {
        output.line(format!("Of {} rows the personal fields were erased.", line.erased))?;
    }
    if line.earlier > 0 {
        output.line(format!(
            "{} rows are of an earlier version: they are as they were sealed or taken over, but do \
             not prove that Protekt recorded them.",
            line.earlier
        ))?;
    }
    output.facts(&[("head", line.head.clone().unwrap_or_default())])
}

/// An event as a program reads it.
#[derive(Debug, Serialize)]
struct EventLine {
    id: String,
    number: Option<i64>,
    at: String,
    kind: String,
    outcome: String,
    user_id: Option<String>,
    client_id: Option<String>,
    sid: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    detail: serde_json::Value,
}

impl From<TrailRow> for EventLine {
    fn from(row: TrailRow) -> Self {
        Self {
            id: row.id,
            number: row.seq,
            at: row.at.to_rfc3339(),
            kind: row.kind,
            outcome: row.outcome,
            user_id: row.personal.user_id.map(|id| id.0),
            client_id: row.client_id.map(|id| id.0),
            sid: row.personal.sid.map(|sid| sid.0),
            ip: row.personal.ip,
            user_agent: row.personal.user_agent,
            request_id: row.request_id,
            detail: serde_json::from_str(&row.personal.detail).unwrap_or_default(),
        }
    }
}

impl EventLine {
    /// One line for people.
    fn to_text(&self) -> String {
        let part = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{name}={value}"))
        };
        let detail = (!self.detail.is_null()).then(|| self.detail.to_string());
        let parts = [
            Some(format!("{}  {:30}  {:7}", self.at, self.kind, self.outcome)),
            part("user", &self.user_id),
            part("client", &self.client_id),
            part("ip", &self.ip),
            detail,
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
    }
}

async fn list(store: &Store, wish: List, output: &mut Output) -> Result<(), CliError> {
    let user_id = match &wish.user {
        Some(account) => Some(operator::id_of(&mut store.read().await?, account).await?),
        None => None,
    };
    let filter = EventFilter {
        user_id,
        client_id: wish.client.map(ClientId),
        kind: wish.kind,
        since: wish.since,
        until: wish.until,
        ..EventFilter::default()
    };
    let mut after = String::new();
    loop {
        let rows =
            audit_search::between(&mut store.read().await?, &filter, (&after, LAST_ID), PAGE)
                .await?;
        let Some(last) = rows.last() else {
            return if after.is_empty() { output.note("no event matches") } else { Ok(()) };
        };
        after.clone_from(&last.id);
        for line in rows.into_iter().map(EventLine::from) {
            if wish.json {
                output.json_line(&line)?;
            } else {
                output.line(super::output::printable(&line.to_text()))?;
            }
        }
    }
}

fn noted_head(text: &str) -> Result<NotedHead, String> {
    let parsed = text.split_once(':').and_then(|(seq, chain_mac)| {
        let seq = seq.parse().ok().filter(|seq| *seq > 0)?;
        let mac = BASE64_URL_SAFE_NO_PAD.decode(chain_mac).ok()?;
        (mac.len() == MAC_LENGTH).then(|| NotedHead { seq, chain_mac: chain_mac.to_owned() })
    });
    parsed.ok_or_else(|| "give it as protekt audit verify has printed it: NUMBER:MAC".to_owned())
}

fn kind(text: &str) -> Result<&'static str, String> {
    let names = || AuditKind::VARIANTS.iter().map(|kind| kind.as_str());
    names().find(|name| *name == text).ok_or_else(|| {
        format!("there is no such kind. There are {}", names().collect::<Vec<_>>().join(", "))
    })
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let time = Timestamp::of_day_or_time(text);
    time.ok_or_else(|| "give a day, 2026-11-21, or a time, 2026-11-21T08:00:00Z".to_owned())
}
