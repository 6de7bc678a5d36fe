//! Saying where events are told.

use serde_json::json;
use strum::VariantArray as _;

use super::Giver;
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::{UnusableUrl, WebhookClient};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::webhook::{
    EVERY_EVENT, MOST_WEBHOOKS, SECRET_OVERLAP, Webhook, WebhookDelivery, WebhookSecret,
};
use crate::domain::{JsonList, WebhookId};
use crate::keys::{KeyEncryptionKey, Purpose};
use crate::random;
use crate::store::{Store, StoreError, Tx, webhook_deliveries as deliveries, webhooks};

const LONGEST_DESCRIPTION: usize = 200;
/// So that no two make the last one that there may be.
const TURN: &str = "webhooks";

/// Why nothing was changed about webhooks.
#[derive(Debug, thiserror::Error)]
pub enum WebhookProblem {
    /// The address cannot be called.
    #[error("the address {0}")]
    Url(UnusableUrl),
    /// The description is too long, or has control characters.
    #[error("the description must be at most 200 characters on one line")]
    Description,
    /// A kind of event that there is not, or none at all.
    #[error("there is no kind of event {0:?}")]
    Event(String),
    /// No kinds of events, or all beside others.
    #[error("name kinds of events, or * alone for all")]
    Events,
    /// There is none with this id.
    #[error("there is no webhook {0}")]
    Unknown(WebhookId),
    /// Nothing of this id was told to it.
    #[error("there is no delivery {0}")]
    UnknownDelivery(String),
    /// There are as many as there may be.
    #[error("there are {MOST_WEBHOOKS} webhooks, as many as there may be")]
    TooMany,
    /// Nothing is told to it.
    #[error("the webhook is not enabled")]
    Disabled,
    /// It is due, or being told.
    #[error("the delivery is due at once, or under way")]
    UnderWay,
    /// It is not as whoever changes it has seen it.
    #[error("the webhook was changed meanwhile")]
    ChangedMeanwhile,
    /// The database, or the cipher.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is to be changed; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// The address that is called.
    pub url: Option<String>,
    /// What the operator calls it.
    pub description: Option<String>,
    /// Kinds of events.
    pub events: Option<Vec<String>>,
    /// Whether anything is told.
    pub is_enabled: Option<bool>,
}

/// Who does it, and when.
pub type By<'call> = (Giver<'call>, Timestamp);

/// Has events told at an address; with the secret, which is shown this once.
///
/// # Errors
///
/// The first rule that is broken.
pub async fn register(
    store: &Store,
    (client, kek): (&WebhookClient, &KeyEncryptionKey),
    wish: WebhookChange,
    (by, now): By<'_>,
) -> Result<(Webhook, WebhookSecret), WebhookProblem> {
    let id = WebhookId(random::ulid(now));
    let (secret, secret_sealed) = new_secret(kek, &id)?;
    let mut new = Webhook {
        id,
        url: String::new(),
        description: String::new(),
        events: JsonList::default(),
        is_enabled: true,
        disabled_because: None,
        secret_sealed,
        old_secret_sealed: None,
        old_secret_until: None,
        failing_since: None,
        created_at: now,
        updated_at: now,
    };
    let wish = WebhookChange { url: Some(wish.url.unwrap_or_default()), ..wish };
    let wish = WebhookChange { events: Some(wish.events.unwrap_or_default()), ..wish };
    checked(client, &wish).await?;
    put(&mut new, wish);
    let mut tx = store.begin().await?;
    crate::store::turns::take(&mut tx, TURN).await?;
    if webhooks::count(&mut tx).await? >= MOST_WEBHOOKS {
        return Err(WebhookProblem::TooMany);
    }
    webhooks::insert(&mut tx, &new).await?;
    record(&mut tx, AuditKind::WebhookCreated, &new, (by, now)).await?;
    tx.commit().await?;
    Ok((new, secret))
}

/// Changes a webhook that is as `is_as_seen` says. One that is enabled again has failed never.
///
/// # Errors
///
/// The first rule that is broken.
pub async fn update(
    store: &Store,
    client: &WebhookClient,
    (id, is_as_seen): (&WebhookId, impl Fn(&Webhook) -> bool),
    wish: WebhookChange,
    (by, now): By<'_>,
) -> Result<Webhook, WebhookProblem> {
    checked(client, &wish).await?;
    let mut tx = store.begin().await?;
    let old = held(&mut tx, id, is_as_seen).await?;
    let mut new = old.clone();
    put(&mut new, wish);
    if new.is_enabled && !old.is_enabled {
        new.disabled_because = None;
        new.failing_since = None;
    }
    if new == old {
        return Ok(old);
    }
    new.updated_at = now;
    webhooks::update(&mut tx, &new).await?;
    if !new.is_enabled {
        deliveries::give_up_all_of(&mut tx, id).await?;
    }
    record(&mut tx, AuditKind::WebhookUpdated, &new, (by, now)).await?;
    tx.commit().await?;
    Ok(new)
}

/// Removes a webhook with everything that was, or was to be, told to it.
///
/// # Errors
///
/// `Unknown`, `ChangedMeanwhile`, or the database fails.
pub async fn delete(
    store: &Store,
    (id, is_as_seen): (&WebhookId, impl Fn(&Webhook) -> bool),
    by: By<'_>,
) -> Result<(), WebhookProblem> {
    let mut tx = store.begin().await?;
    let old = held(&mut tx, id, is_as_seen).await?;
    webhooks::delete(&mut tx, id).await?;
    deliveries::delete_all_of(&mut tx, id).await?;
    record(&mut tx, AuditKind::WebhookDeleted, &old, by).await?;
    Ok(tx.commit().await?)
}

/// Gives a webhook a new secret, which is shown this once; the one before signs beside it for a day.
///
/// # Errors
///
/// `Unknown`, or the database fails.
pub async fn rotate_secret(
    store: &Store,
    kek: &KeyEncryptionKey,
    id: &WebhookId,
    (by, now): By<'_>,
) -> Result<(Webhook, WebhookSecret), WebhookProblem> {
    let (secret, sealed) = new_secret(kek, id)?;
    let mut tx = store.begin().await?;
    let mut webhook = held(&mut tx, id, |_| true).await?;
    webhook.old_secret_sealed = Some(std::mem::replace(&mut webhook.secret_sealed, sealed));
    webhook.old_secret_until = Some(now.plus(SECRET_OVERLAP));
    webhook.updated_at = now;
    webhooks::update(&mut tx, &webhook).await?;
    record(&mut tx, AuditKind::WebhookSecretRotated, &webhook, (by, now)).await?;
    tx.commit().await?;
    Ok((webhook, secret))
}

/// Has a webhook told that nothing happened.
///
/// # Errors
///
/// `Unknown`, `Disabled`, or the database fails.
pub async fn send_test(
    store: &Store,
    id: &WebhookId,
    now: Timestamp,
) -> Result<WebhookDelivery, WebhookProblem> {
    let mut tx = store.begin().await?;
    enabled(&mut tx, id).await?;
    let delivery = format!("msg_{}_{id}", random::ulid(now));
    deliveries::insert_test(&mut tx, &delivery, id, now).await?;
    let made = deliveries::find(&mut tx, (id, &delivery)).await?;
    tx.commit().await?;
    made.ok_or(WebhookProblem::UnknownDelivery(delivery))
}

/// Has something told once more, under the same id.
///
/// # Errors
///
/// `Unknown`, `UnknownDelivery`, `Disabled`, `UnderWay`, or the database fails.
pub async fn resend(
    store: &Store,
    (id, delivery): (&WebhookId, &str),
    (by, now): By<'_>,
) -> Result<WebhookDelivery, WebhookProblem> {
    let unknown = || WebhookProblem::UnknownDelivery(delivery.to_owned());
    let mut tx = store.begin().await?;
    let webhook = enabled(&mut tx, id).await?;
    deliveries::find(&mut tx, (id, delivery)).await?.ok_or_else(unknown)?;
    if !deliveries::revive(&mut tx, (id, delivery), now).await? {
        return Err(WebhookProblem::UnderWay);
    }
    let detail = json!({ "webhook": webhook.id, "delivery": delivery });
    let event = by.told_in(AuditEvent::success(AuditKind::WebhookResent)).with(detail);
    audit::record(&mut tx, event, now).await?;
    let revived = deliveries::find(&mut tx, (id, delivery)).await?;
    tx.commit().await?;
    revived.ok_or_else(unknown)
}

fn new_secret(
    kek: &KeyEncryptionKey,
    id: &WebhookId,
) -> Result<(WebhookSecret, String), StoreError> {
    let secret = WebhookSecret::generate();
    let sealed = kek.seal(Purpose::WebhookSecret, id.as_str(), secret.expose().as_bytes());
    let sealed = sealed.map_err(|_| StoreError::Corrupt("a secret cannot be sealed".to_owned()))?;
    Ok((secret, sealed.0))
}

/// The webhook, which is enabled and stays so until this unit of work is over.
async fn enabled(tx: &mut Tx, id: &WebhookId) -> Result<Webhook, WebhookProblem> {
    let webhook = held(tx, id, |_| true).await?;
    if webhook.is_enabled { Ok(webhook) } else { Err(WebhookProblem::Disabled) }
}

async fn held(
    tx: &mut Tx,
    id: &WebhookId,
    is_as_seen: impl Fn(&Webhook) -> bool,
) -> Result<Webhook, WebhookProblem> {
    deliveries::take_turn(tx).await?;
    let found = webhooks::hold(tx, id).await?;
    let found = found.ok_or_else(|| WebhookProblem::Unknown(id.clone()))?;
    if is_as_seen(&found) { Ok(found) } else { Err(WebhookProblem::ChangedMeanwhile) }
}

async fn checked(client: &WebhookClient, wish: &WebhookChange) -> Result<(), WebhookProblem> {
    if let Some(text) = &wish.description {
        let is_fit = text.chars().count() <= LONGEST_DESCRIPTION;
        if !is_fit || text.chars().any(char::is_control) {
            return Err(WebhookProblem::Description);
        }
    }
    if let Some(events) = &wish.events {
        let has_all = events.iter().any(|event| event == EVERY_EVENT);
        if events.is_empty() || (has_all && events.len() > 1) {
            return Err(WebhookProblem::Events);
        }
        let is_known = |event: &str| AuditKind::VARIANTS.iter().any(|kind| kind.as_str() == event);
        let unknown = events.iter().find(|event| !has_all && !is_known(event));
        if let Some(event) = unknown {
            return Err(WebhookProblem::Event(event.clone()));
        }
    }
    if let Some(url) = &wish.url {
        client.resolved(url).await.map_err(WebhookProblem::Url)?;
    }
    Ok(())
}

fn put(webhook: &mut Webhook, wish: WebhookChange) {
    if let Some(url) = wish.url {
        webhook.url = url;
    }
    if let Some(description) = wish.description {
        webhook.description = description;
    }
    if let Some(events) = wish.events {
        let known = AuditKind::VARIANTS.iter().map(|kind| kind.as_str());
        let all = std::iter::once(EVERY_EVENT).chain(known);
        webhook.events = all.filter(|kind| events.iter().any(|event| event == kind)).collect();
    }
    if let Some(is_enabled) = wish.is_enabled {
        webhook.is_enabled = is_enabled;
    }
}

/// An address may hold a password of its receiver: the trail keeps its host alone.
async fn record(
    tx: &mut Tx,
    kind: AuditKind,
    webhook: &Webhook,
    (by, now): By<'_>,
) -> Result<(), StoreError> {
    let host = url::Url::parse(&webhook.url).ok();
    let host = host.and_then(|url| url.host_str().map(str::to_owned));
    let detail = json!({ "webhook": webhook.id, "host": host, "enabled": webhook.is_enabled });
    audit::record(tx, by.told_in(AuditEvent::success(kind)).with(detail), now).await
}
