//! Where the command line meets the rooms that do the work.

use std::sync::Arc;

use secrecy::SecretString;
use serde::Serialize;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::assemble::{Base, Outside, spawn_jobs};
use super::development::Place;
use super::{CliError, start};
pub(super) use crate::accounts::Invitation;
use crate::accounts::operator::{self, NewUser};
use crate::accounts::{Accounts, Blocking};
use crate::audit;
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::config::Config;
use crate::delivery::{self, Bell, Retry, masked_recipient};
use crate::demo::{self, DemoConfig};
use crate::domain::user::User;
use crate::domain::{Channel, UserId};
use crate::http::serve::App;
use crate::keys::KeyEncryptionKey;
use crate::store::outbox::{self, MessageSummary};
use crate::store::{Store, audit_events, signing_keys, users};

/// How many rows a list reads at once.
const PAGE: i64 = 500;

/// An account to make.
#[derive(Debug)]
pub(super) struct NewPerson {
    /// A fixed id; a new one where absent.
    pub(super) id: Option<&'static str>,
    pub(super) email: String,
    pub(super) name: Option<String>,
    pub(super) username: Option<String>,
    pub(super) is_verified: bool,
    pub(super) password: SecretString,
}

/// An account as a list shows it.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) email_verified: bool,
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
    pub(super) blocked: bool,
    pub(super) new_password_required: bool,
    pub(super) created_at: String,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0.clone(),
            email_verified: user.email_verified_at.is_some(),
            blocked: user.is_blocked(),
            new_password_required: user.new_password_reason.is_some(),
            created_at: user.created_at.to_rfc3339(),
            email: user.email,
            username: user.username,
            name: user.name,
        }
    }
}

/// Somebody who was invited.
#[derive(Debug, Serialize)]
pub(super) struct InvitedPerson {
    #[serde(flatten)]
    pub(super) person: Person,
    pub(super) is_new: bool,
    pub(super) link_expires_at: String,
}

/// A signing key as a list shows it.
#[derive(Debug, Serialize)]
pub(super) struct SigningKeyLine {
    pub(super) kid: String,
    pub(super) algorithm: String,
    pub(super) state: String,
    pub(super) created_at: String,
}

/// A message of the outbox as a list shows it.
#[derive(Debug, Serialize)]
pub(super) struct MessageLine {
    pub(super) id: String,
    pub(super) channel: Channel,
    pub(super) kind: String,
    pub(super) recipient: String,
    pub(super) state: String,
    pub(super) attempts: i64,
    pub(super) last_error: Option<String>,
    pub(super) last_attempt_at: Option<String>,
    pub(super) created_at: String,
    pub(super) expires_at: String,
    pub(super) is_expired: bool,
}

impl MessageLine {
    fn new(message: MessageSummary, now: Timestamp) -> Self {
        Self {
            recipient: masked_recipient(message.channel, &message.recipient),
            id: message.id,
            channel: message.channel,
            kind: message.template,
            state: message.state,
            attempts: message.attempts,
            last_error: message.last_error,
            last_attempt_at: message.last_attempt_at.map(Timestamp::to_rfc3339),
            created_at: message.created_at.to_rfc3339(),
            expires_at: message.expires_at.to_rfc3339(),
            is_expired: message.expires_at <= now,
        }
    }
}

/// The provider, ready to serve, with its jobs running.
pub(super) struct Provider {
    pub(super) app: App,
    /// What answers monitors at an address of their own.
    pub(super) metrics: App,
    jobs: JoinHandle<()>,
    stop_jobs: CancellationToken,
}

impl Provider {
    /// Ends the jobs after the last request was answered, and waits for them.
    pub(super) async fn finished(self) {
        self.stop_jobs.cancel();
        if let Err(error) = self.jobs.await {
            tracing::error!(%error, "the jobs did not end in good order");
        }
    }
}

/// Loads or makes the signing keys, starts the jobs, and puts the provider together.
pub(super) async fn start_provider(
    config: &Config,
    store: &Store,
    key: KeyEncryptionKey,
    (outside, place): (Outside, Option<&Place>),
) -> Result<Provider, CliError> {
    let base = Base { config, store: store.clone(), key: Arc::new(key) };
    let assembled = base.assemble(outside, place).await?;
    let stop_jobs = CancellationToken::new();
    let jobs = spawn_jobs(assembled.jobs, stop_jobs.clone());
    Ok(Provider { app: assembled.router, metrics: assembled.metrics, jobs, stop_jobs })
}

/// The demo app.
pub(super) fn demo(
    issuer: &str,
    base_url: &str,
    client_id: &str,
    client_secret: &SecretString,
) -> Result<App, CliError> {
    demo::router(DemoConfig {
        issuer: issuer.to_owned(),
        base_url: base_url.to_owned(),
        client_id: client_id.to_owned(),
        client_secret: client_secret.clone(),
    })
    .map_err(|error| CliError::told(format!("the demo app: {error}")))
}

/// What operators do with accounts.
pub(super) async fn accounts(config: &Config, store: &Store) -> Result<Accounts, CliError> {
    let key = start::key_source(config).open_or_create(store).await?;
    Base { config, store: store.clone(), key: Arc::new(key) }.accounts(Bell::default())
}

/// The same for who only looks.
pub(super) async fn accounts_to_look(config: &Config, store: &Store) -> Result<Accounts, CliError> {
    let key = start::key_to_look(config, store).await?;
    Base { config, store: store.clone(), key: Arc::new(key) }.accounts(Bell::default())
}

/// Makes an account by the rules of accounts.
pub(super) async fn create_person(
    config: &Config,
    store: &Store,
    new: NewPerson,
) -> Result<Person, CliError> {
    let new = NewUser {
        id: new.id.map(UserId::from),
        email: new.email,
        username: new.username,
        name: new.name,
        password: Some(new.password),
        email_is_verified: new.is_verified,
    };
    let user = accounts(config, store).await?.create_user(new).await?;
    Ok(Person::from(user))
}

/// Makes an account whose owner chooses the password, and writes the mail that lets them.
pub(super) async fn invite_person(
    config: &Config,
    store: &Store,
    wish: Invitation,
) -> Result<InvitedPerson, CliError> {
    let invited = accounts(config, store).await?.invite(wish).await?;
    Ok(InvitedPerson {
        person: Person::from(invited.user),
        is_new: invited.is_new,
        link_expires_at: invited.expires_at.to_rfc3339(),
    })
}

/// Refuses an address or username that cannot be used or has an account.
pub(super) async fn refuse_taken(
    store: &Store,
    email: &str,
    username: Option<&str>,
) -> Result<(), CliError> {
    operator::refuse_taken(&mut store.read().await?, email, username).await?;
    Ok(())
}

/// Refuses an address or username that nobody has.
pub(super) async fn refuse_unknown(store: &Store, account: &str) -> Result<(), CliError> {
    operator::find_by_login(&mut store.read().await?, account).await?;
    Ok(())
}

/// Whether there is an account with this id.
pub(super) async fn has_person(store: &Store, id: &str) -> Result<bool, CliError> {
    let mut tx = store.read().await?;
    Ok(users::find(&mut tx, &UserId::from(id)).await?.is_some())
}

/// Every account, in the order in which they were made.
pub(super) async fn list_people(store: &Store) -> Result<Vec<Person>, CliError> {
    let mut people = Vec::new();
    let mut after: Option<UserId> = None;
    loop {
        let mut tx = store.read().await?;
        let page = users::list(&mut tx, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(people) };
        after = Some(last.id.clone());
        people.extend(page.into_iter().map(Person::from));
    }
}

/// How many accounts there are.
pub(super) async fn count_people(store: &Store) -> Result<u64, CliError> {
    let count = users::count(&mut store.read().await?).await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Sets a password by the rules of accounts, and ends every session and token.
pub(super) async fn set_password(
    config: &Config,
    store: &Store,
    account: &str,
    password: &SecretString,
) -> Result<(), CliError> {
    accounts(config, store).await?.set_password(account, password).await?;
    Ok(())
}

/// Removes the second factors of an account; gives its address and how many there were.
pub(super) async fn reset_factors(
    config: &Config,
    store: &Store,
    account: &str,
) -> Result<(User, u64), CliError> {
    Ok(accounts(config, store).await?.reset_factors(account).await?)
}

/// Keeps somebody out, or lets them in again.
pub(super) async fn set_blocked(
    config: &Config,
    store: &Store,
    account: &str,
    is_blocked: bool,
) -> Result<Blocking, CliError> {
    let accounts = accounts(config, store).await?;
    let user = operator::find_by_login(&mut store.read().await?, account).await?;
    Ok(accounts.set_blocked(&user.id, is_blocked).await?)
}

/// Every signing key: the next, the current, then those that retire and those that are gone, the
/// newest of each first.
pub(super) async fn list_signing_keys(store: &Store) -> Result<Vec<SigningKeyLine>, CliError> {
    let mut tx = store.read().await?;
    let mut keys = signing_keys::list(&mut tx).await?;
    // The sort is stable, and the newest come first.
    keys.sort_by_key(|key| key.state);
    let lines = keys.into_iter().map(|key| SigningKeyLine {
        kid: key.kid,
        algorithm: key.algorithm,
        state: key.state.as_str().to_owned(),
        created_at: key.created_at.to_rfc3339(),
    });
    Ok(lines.collect())
}

/// Refuses an installation that never served: it has no keys to rotate, and gets none this way.
pub(super) async fn refuse_without_signing_keys(store: &Store) -> Result<(), CliError> {
    if list_signing_keys(store).await?.is_empty() {
        return Err(CliError::told(
            "there are no signing keys to rotate yet: protekt serve makes them when it starts",
        ));
    }
    Ok(())
}

/// Lets the next key sign; with `compromised`, withdraws that key at once.
pub(super) async fn rotate_signing_keys(
    config: &Config,
    store: &Store,
    key: KeyEncryptionKey,
    compromised: Option<&str>,
) -> Result<(), CliError> {
    let base = Base { config, store: store.clone(), key: Arc::new(key) };
    let keys = base.keys().await?;
    let now = SystemClock.now();
    match compromised {
        Some(kid) => keys.withdraw(kid, None, now).await?,
        None => {
            keys.rotate(None, now).await?;
        }
    }
    Ok(keys.make_missing(now).await?)
}

/// Every message in `state`, the oldest first, with its recipient masked.
pub(super) async fn list_messages(
    store: &Store,
    state: &str,
) -> Result<Vec<MessageLine>, CliError> {
    let now = SystemClock.now();
    let (mut messages, mut after) = (Vec::new(), String::new());
    loop {
        let page = outbox::list(&mut store.read().await?, state, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(messages) };
        after.clone_from(&last.id);
        messages.extend(page.into_iter().map(|message| MessageLine::new(message, now)));
    }
}

/// How many messages are dead: those that can still be sent, and those that cannot.
pub(super) async fn count_dead_messages(store: &Store) -> Result<(i64, i64), CliError> {
    Ok(outbox::count_dead(&mut store.read().await?, SystemClock.now()).await?)
}

/// How many events wait to be sealed for longer than any should, and since when the oldest does.
pub(super) async fn unsealed_events(
    store: &Store,
    now: Timestamp,
) -> Result<(i64, Option<Timestamp>), CliError> {
    let before = audit::longest_wait_before(now);
    Ok(audit_events::unsealed_before(&mut store.read().await?, before).await?)
}

/// Lets one message be sent again that is dead, or waits for its next try.
pub(super) async fn retry_message(store: &Store, id: &str) -> Result<Retry, CliError> {
    let mut tx = store.begin().await?;
    let retried = delivery::retry(&mut tx, id, SystemClock.now()).await?;
    tx.commit().await?;
    Ok(retried)
}

/// Lets every message be sent again that is dead or waits for its next try, and is still good; says how
/// many those are, and how many are too late.
pub(super) async fn retry_messages(store: &Store) -> Result<(u64, u64), CliError> {
    let (mut waiting, mut too_late) = (0, 0);
    for state in ["dead", "pending"] {
        for message in list_messages(store, state).await? {
            match retry_message(store, &message.id).await? {
                Retry::Waiting => waiting += 1,
                Retry::TooLate => too_late += 1,
                // It goes out by itself, or somebody else did it meanwhile.
                Retry::NotNeeded | Retry::Unknown => {}
            }
        }
    }
    Ok((waiting, too_late))
}
