//! Telling events to webhooks.
//!
//! 1. The unit of work that records an event keeps it for every webhook that wants it
//!    (`store::audit_events::insert`).
//! 2. [`Webhooks::deliver_due`] claims what is due, reads the event from the trail, signs it (Standard Webhooks),
//!    calls, and notes what came of it.
//! 3. Each webhook has places of its own, so that one that hangs holds up no other; one that fails has one place.
//!
//! Every event is told at least once, in no order, under an id that stays over all tries.

mod client;

pub use client::{UnusableUrl, WebhookClient};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use client::Called;

use crate::audit;
use crate::clock::{Clock, Timestamp};
use crate::domain::WebhookId;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::webhook::{MOST_FAILING, Webhook, WebhookDelivery, WebhookSecret, pause_after};
use crate::keys::{KeyEncryptionKey, Purpose, Sealed};
use crate::store::webhook_deliveries::{self as rows, Tried};
use crate::store::{Store, StoreError, audit_search, webhooks};

/// How long a delivery stays in the hands of the instance that took it, in seconds.
const LEASE_SECONDS: i64 = 60;
/// Calls of one webhook at once.
const AT_ONCE: usize = 4;
/// How soon others are looked for while some are under way.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Tells events to webhooks. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    /// Where they are kept.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Opens their secrets.
    pub kek: Arc<KeyEncryptionKey>,
    /// Calls them.
    pub client: WebhookClient,
}

/// The calls that are under way.
#[derive(Default)]
struct Window {
    calls: JoinSet<(WebhookId, Result<bool, StoreError>)>,
    by_webhook: HashMap<WebhookId, usize>,
    begun: usize,
    delivered: usize,
    failed: Option<StoreError>,
}

impl Webhooks {
    /// Tells what is due, at most `limit` events, and says how many were taken.
    ///
    /// # Errors
    ///
    /// If the database fails; what was claimed is due again after its lease.
    pub async fn deliver_due(&self, limit: usize) -> Result<usize, StoreError> {
        let mut window = Window::default();
        loop {
            if window.failed.is_none() && window.begun < limit {
                let filled = self.fill(&mut window).await;
                window.failed = filled.err();
            }
            if window.calls.is_empty() {
                return window.failed.map_or(Ok(window.delivered), Err);
            }
            tokio::select! {
                Some(done) = window.calls.join_next() => match done {
                    Ok((webhook, done)) => {
                        if let Some(calls) = window.by_webhook.get_mut(&webhook) {
                            *calls = calls.saturating_sub(1);
                        }
                        match done {
                            Ok(was_taken) => window.delivered += usize::from(was_taken),
                            Err(error) => window.failed = Some(error),
                        }
                    }
                    // It is due again after its lease.
                    Err(error) => tracing::error!(%error, "an event was given up on the way"),
                },
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Begins what there is room for.
    async fn fill(&self, window: &mut Window) -> Result<(), StoreError> {
        let now = self.clock.now();
        let due = webhooks::due(&mut self.store.read().await?, now).await?;
        for (webhook, failing_since) in due {
            let under_way = window.by_webhook.entry(webhook.clone()).or_default();
            let places = if failing_since.is_some() { 1 } else { AT_ONCE };
            let room = i64::try_from(places.saturating_sub(*under_way)).unwrap_or(0);
            if room == 0 {
                continue;
            }
            let mut tx = self.store.begin().await?;
            let until = now.plus(LEASE_SECONDS);
            let claimed = rows::claim(&mut tx, (&webhook, room), until, now).await?;
            tx.commit().await?;
            *under_way += claimed.len();
            window.begun += claimed.len();
            for delivery in claimed {
                let (this, webhook) = (self.clone(), webhook.clone());
                window.calls.spawn(async move { (webhook, this.attempt(&delivery).await) });
            }
        }
        Ok(())
    }

    /// Tells one event and notes what came of it; says whether it was taken.
    async fn attempt(&self, delivery: &WebhookDelivery) -> Result<bool, StoreError> {
        let mut tx = self.store.read().await?;
        let Some(webhook) = webhooks::find(&mut tx, &delivery.webhook_id).await? else {
            return Ok(false);
        };
        let body = match &delivery.event_id {
            None => Some(body_of(delivery, &json!({}))),
            Some(id) => audit_search::find(&mut tx, id).await?.map(|row| {
                let mut facts = row.facts();
                // It is numbered later: each try says the same.
                facts.remove("number");
                if let Some(former) = &delivery.former_user_id {
                    facts.insert("user_id".to_owned(), json!(former));
                }
                body_of(delivery, &Value::Object(facts))
            }),
        };
        drop(tx);
        let Some(body) = body else {
            let error = Some("the audit trail does not keep the event any more".to_owned());
            let tried = Tried { error, ..Tried::default() };
            let mut tx = self.store.begin().await?;
            rows::note(&mut tx, delivery, &tried, self.clock.now()).await?;
            tx.commit().await?;
            return Ok(false);
        };
        let called = match self.request(&webhook, delivery, body) {
            Ok(request) => self.client.call(request).await,
            Err(fault) => Called { fault: Some(fault), ..Called::default() },
        };
        self.note(delivery, called).await
    }

    fn request(
        &self,
        webhook: &Webhook,
        delivery: &WebhookDelivery,
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>, String> {
        let now = self.clock.now();
        let old = webhook.old_secret_sealed.as_ref();
        let old = old.filter(|_| webhook.old_secret_until.is_some_and(|until| until > now));
        let mut signatures = Vec::with_capacity(2);
        for sealed in std::iter::once(&webhook.secret_sealed).chain(old) {
            let secret = open_secret(&self.kek, &webhook.id, sealed)
                .ok_or("the secret cannot be opened with this key-encryption key")?;
            signatures.push(secret.signature(&delivery.id, now, &body));
        }
        Request::post(&webhook.url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "Protekt")
            .header("webhook-id", &delivery.id)
            .header("webhook-timestamp", now.0)
            .header("webhook-signature", signatures.join(" "))
            .body(Full::from(body))
            .map_err(|error| error.to_string())
    }

    async fn note(&self, delivery: &WebhookDelivery, called: Called) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let was_taken = called.status.is_some_and(|status| (200..300).contains(&status));
        let is_gone = called.status == Some(410);
        let pause = pause_after(delivery.attempts, called.retry_after);
        let again = pause.filter(|_| !was_taken && !is_gone).map(|pause| now.plus(pause));
        let error = called.fault.or_else(|| {
            let status = called.status.filter(|_| !was_taken)?;
            Some(format!("the receiver answered {status}"))
        });
        let tried = Tried {
            status_code: called.status.map(i64::from),
            error,
            answer: called.answer,
            next_attempt_at: again,
        };
        let mut tx = self.store.begin().await?;
        let is_over = !was_taken && again.is_none();
        if is_over {
            rows::take_turn(&mut tx).await?;
        }
        webhooks::note_call(&mut tx, &delivery.webhook_id, was_taken, now).await?;
        rows::note(&mut tx, delivery, &tried, now).await?;
        if is_over {
            let (because, before) =
                if is_gone { ("gone", now) } else { ("failing", now.plus(-MOST_FAILING)) };
            self.disable(&mut tx, &delivery.webhook_id, (because, before), now).await?;
        }
        tx.commit().await?;
        Ok(was_taken)
    }

    /// Disables a webhook that is gone, or has failed for days.
    async fn disable(
        &self,
        tx: &mut crate::store::Tx,
        id: &WebhookId,
        (because, before): (&str, Timestamp),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if webhooks::disable(tx, id, (because, before), now).await? {
            rows::give_up_all_of(tx, id).await?;
            tracing::warn!(webhook = %id, because, "a webhook is disabled: nothing more is sent to it");
            let detail = json!({ "webhook": id, "because": because });
            let event = AuditEvent::failure(AuditKind::WebhookDisabled).with(detail);
            audit::record(tx, event, now).await?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Webhooks").field("client", &self.client).finish_non_exhaustive()
    }
}

fn body_of(delivery: &WebhookDelivery, data: &Value) -> Vec<u8> {
    let at = delivery.created_at.to_rfc3339_millis();
    json!({ "type": delivery.kind, "timestamp": at, "data": data }).to_string().into_bytes()
}

fn open_secret(kek: &KeyEncryptionKey, id: &WebhookId, sealed: &str) -> Option<WebhookSecret> {
    let sealed = Sealed(sealed.to_owned());
    let plain = kek.open(Purpose::WebhookSecret, id.as_str(), &sealed).ok()?;
    std::str::from_utf8(&plain).ok().map(WebhookSecret::from_text)
}
