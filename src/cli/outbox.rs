//! `protekt outbox …`.

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};

use super::output::Output;
use super::rooms::{self, MessageLine};
use super::{CliError, start};
use crate::delivery::Retry;
use crate::store::Store;

/// What can be done with messages.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List messages: those that nobody took, unless another state is asked for
    List(List),
    /// Send a message again that nobody took, or that waits for its next try
    ///
    /// Mend first what kept it from being sent; protekt doctor helps. The message goes out as it
    /// was, with the same link or code, as long as that is still good. After that its person has to
    /// ask for a new one. A running protekt serve sends it within seconds.
    #[command(after_help = "\
Examples:
  protekt outbox retry 01JD3Z8V6T1R0ZJ5W3D7K9M2QX
  protekt outbox retry --all")]
    Retry(RetryWish),
}

/// Which messages to list.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Where they stand
    #[arg(long, value_enum, default_value_t = State::Dead)]
    state: State,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum State {
    /// Given up after many tries, or refused for good
    Dead,
    /// To be sent, now or at the next try
    Pending,
    /// Taken by the other side
    Sent,
    /// No longer of use, or withdrawn
    Expired,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Expired => "expired",
        }
    }
}

/// Which messages to send again.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct RetryWish {
    /// The message, by the id that the list shows
    id: Option<String>,
    /// Every one that is still good
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(
    file: Option<&Path>,
    command: Command,
    output: &mut Output,
) -> Result<(), CliError> {
    let config = start::load_config(file)?;
    let store = start::open_existing_store(&config).await?;
    let work = Box::pin(obey(&store, command, output));
    start::closing_recorded(&config, &store, work).await
}

async fn obey(store: &Store, command: Command, output: &mut Output) -> Result<(), CliError> {
    match command {
        Command::List(wish) => {
            let messages = rooms::list_messages(store, wish.state.as_str()).await?;
            show(messages, &wish, output)
        }
        Command::Retry(RetryWish { id: Some(id), .. }) => {
            told(rooms::retry_message(store, &id).await?, &id, output)
        }
        Command::Retry(RetryWish { id: None, .. }) => {
            let (waiting, too_late) = rooms::retry_messages(store).await?;
            output.line(format!(
                "{} to be sent again; {} too late.",
                counted(waiting, "message waits", "messages wait"),
                counted(too_late, "is", "are"),
            ))
        }
    }
}

fn show(messages: Vec<MessageLine>, wish: &List, output: &mut Output) -> Result<(), CliError> {
    if wish.json {
        return output.json(&messages);
    }
    if messages.is_empty() {
        return output.line(match wish.state {
            State::Dead => {
                "No dead messages: everything was taken, or still waits (outbox list --state pending)."
            }
            State::Pending => "No messages wait to be sent.",
            State::Sent => "No messages were sent within the last days.",
            State::Expired => "No messages have expired within the last days.",
        });
    }
    let row = |message: MessageLine| {
        vec![
            message.id,
            message.kind,
            message.recipient,
            message.attempts.to_string(),
            message.last_attempt_at.unwrap_or_default(),
            if message.is_expired { "over".to_owned() } else { message.expires_at },
            message.last_error.unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = messages.into_iter().map(row).collect();
    let head = ["ID", "KIND", "TO", "TRIES", "LAST TRY", "GOOD UNTIL", "LAST ERROR"];
    output.table(&head, &rows)
}

fn told(retry: Retry, id: &str, output: &mut Output) -> Result<(), CliError> {
    match retry {
        Retry::Waiting => output.line(format!(
            "{id} waits to be sent again. A running protekt serve sends it within seconds."
        )),
        Retry::TooLate => Err(CliError::told(format!(
            "{id} is too late to be sent: its link or code is no longer good, and was erased. Its \
             person has to ask for a new one"
        ))),
        Retry::NotNeeded => Err(CliError::told(format!(
            "there is nothing to do for {id}: it is about to be sent, was sent, or is no longer of \
             use. protekt outbox list --state pending shows what waits"
        ))),
        Retry::Unknown => Err(CliError::told(format!(
            "there is no message {id}. protekt outbox list shows those that nobody took"
        ))),
    }
}

fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
