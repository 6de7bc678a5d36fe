//! Where events are told.

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::paths;
use super::operation::{ListShapes, Operation};
use super::values;
use crate::oauth::management_api::{
    CREATE_WEBHOOKS, DELETE_WEBHOOKS, READ_LOGS, READ_WEBHOOKS, UPDATE_WEBHOOKS,
};

const WEBHOOK_ID: &str = "01MCC8H0GMS0K3V1D0PDN4HSQ6";
const DELIVERY_ID: &str = "msg_01MCC8H0GMRWGQXWFQ9ZV0N3QJ_01MCC8H0GMS0K3V1D0PDN4HSQ6";

/// Where events are to be told.
#[derive(Clone, Debug, ToSchema)]
pub struct NewWebhook {
    /// An https address that is not in a private network.
    #[schema(schema_with = values::webhook_url)]
    pub url: String,
    /// The kinds of events, as `type` has them in `/api/v2/logs`; `["*"]` for all.
    #[schema(schema_with = values::webhook_events)]
    pub events: Vec<String>,
    /// What it is for.
    #[schema(required = false, schema_with = values::description)]
    pub description: String,
    /// Whether anything is sent to it.
    #[schema(required = false)]
    pub enabled: bool,
}

/// What becomes of a webhook; what is missing stays.
#[derive(Clone, Debug, ToSchema)]
pub struct WebhookChange {
    /// An https address that is not in a private network.
    #[schema(required = false, schema_with = values::webhook_url)]
    pub url: String,
    /// The kinds of events; `["*"]` for all.
    #[schema(required = false, schema_with = values::webhook_events)]
    pub events: Vec<String>,
    /// What it is for.
    #[schema(required = false, schema_with = values::description)]
    pub description: String,
    /// Whether anything is sent to it.
    #[schema(required = false)]
    pub enabled: bool,
}

/// Where events are told.
#[derive(Clone, Debug, ToSchema)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// The address.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// The kinds of events.
    pub events: Vec<String>,
    /// Whether anything is sent to it.
    pub enabled: bool,
    /// What its calls are signed with, where it was made this moment.
    pub secret: Option<String>,
    /// Why it is not enabled, where nobody wanted that: `gone` or `failing`.
    pub disabled_because: Option<String>,
    /// Since when no call was taken.
    #[schema(format = "date-time")]
    pub failing_since: Option<String>,
    /// Until when the secret before signs too.
    #[schema(format = "date-time")]
    pub old_secret_until: Option<String>,
    /// When it was made.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When it changed last.
    #[schema(format = "date-time")]
    pub updated_at: String,
}

/// An event that was told to a webhook, or is to be.
#[derive(Clone, Debug, ToSchema)]
pub struct WebhookDelivery {
    /// Its id, the `webhook-id` of every try.
    pub id: String,
    /// The kind of the event.
    #[schema(rename = "type")]
    pub kind: String,
    /// The event; missing of a test.
    pub log_id: Option<String>,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried again.
    #[schema(format = "date-time")]
    pub next_attempt_at: Option<String>,
    /// When it was tried last.
    #[schema(format = "date-time")]
    pub last_attempt_at: Option<String>,
    /// The status of the answer.
    pub status_code: Option<i64>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// The beginning of what the receiver answered, whatever that is.
    pub answer: Option<String>,
    /// When it was taken.
    #[schema(format = "date-time")]
    pub delivered_at: Option<String>,
    /// When the event happened.
    #[schema(format = "date-time")]
    pub created_at: String,
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = registry();
    all.extend(calls());
    all
}

fn registry() -> Vec<Operation> {
    let (webhook, new) = (webhook(), new());
    let mut with_secret = webhook.clone();
    if let Some(members) = with_secret.as_object_mut() {
        members.insert("secret".to_owned(), json!("whsec_…"));
    }
    vec![
        Operation::get(paths::MANAGEMENT_WEBHOOKS, "listWebhooks", "List webhooks")
            .for_machines(&[READ_WEBHOOKS])
            .paged()
            .answers_list::<Webhook>("webhooks", ListShapes::BareOrCounted, json!([webhook])),
        Operation::post(paths::MANAGEMENT_WEBHOOKS, "createWebhook", "Have events told")
            .about("The answer has the secret, this once.")
            .for_machines(&[CREATE_WEBHOOKS, READ_LOGS])
            .takes::<NewWebhook>(new)
            .answers::<Webhook>(201, "The webhook, with its secret.", with_secret.clone())
            .tells_location()
            .tells_etag()
            .refuses(409, &["too_many_webhooks"]),
        of_one(Operation::get(paths::MANAGEMENT_WEBHOOK, "showWebhook", "Read a webhook"))
            .for_machines(&[READ_WEBHOOKS])
            .answers::<Webhook>(200, "The webhook.", webhook.clone())
            .tells_etag(),
        of_one(Operation::patch(paths::MANAGEMENT_WEBHOOK, "updateWebhook", "Change a webhook"))
            .for_machines(&[UPDATE_WEBHOOKS, READ_LOGS])
            .guarded_by_etag()
            .may_take::<WebhookChange>(json!({ "enabled": false }))
            .answers::<Webhook>(200, "The webhook as it is now.", webhook)
            .tells_etag(),
        of_one(Operation::delete(paths::MANAGEMENT_WEBHOOK, "deleteWebhook", "Remove a webhook"))
            .for_machines(&[DELETE_WEBHOOKS])
            .guarded_by_etag()
            .answers_nothing(204, "It is gone, with what it was told."),
        of_one(Operation::post(
            paths::MANAGEMENT_WEBHOOK_SECRET,
            "rotateWebhookSecret",
            "Give a webhook another secret",
        ))
        .about("The one before signs too for a day.")
        .for_machines(&[UPDATE_WEBHOOKS])
        .answers::<Webhook>(200, "The webhook, with its secret.", with_secret)
        .tells_etag(),
    ]
}

fn calls() -> Vec<Operation> {
    let delivery = delivery();
    vec![
        of_one(Operation::post(
            paths::MANAGEMENT_WEBHOOK_TEST,
            "testWebhook",
            "Call a webhook to try it",
        ))
        .for_machines(&[UPDATE_WEBHOOKS])
        .answers::<WebhookDelivery>(202, "The call, which waits.", delivery.clone())
        .refuses(409, &["webhook_disabled"]),
        of_one(Operation::get(
            paths::MANAGEMENT_WEBHOOK_DELIVERIES,
            "listWebhookDeliveries",
            "See what a webhook was told",
        ))
        .for_machines(&[READ_WEBHOOKS])
        .query("state", "Those alone.", values::word(["pending", "delivered", "failed"]))
        .paged()
        .answers_list::<WebhookDelivery>(
            "deliveries",
            ListShapes::BareOrCounted,
            json!([delivery]),
        ),
        of_one(Operation::post(
            paths::MANAGEMENT_WEBHOOK_RESEND,
            "resendWebhookDelivery",
            "Tell a webhook once more",
        ))
        .at("delivery", "The id of what it was told.", DELIVERY_ID)
        .for_machines(&[UPDATE_WEBHOOKS])
        .answers::<WebhookDelivery>(202, "The call, which waits.", delivery)
        .refuses(404, &["inexistent_delivery"])
        .refuses(409, &["webhook_disabled", "delivery_under_way"]),
    ]
}

fn of_one(operation: Operation) -> Operation {
    operation.at("id", "Its id.", WEBHOOK_ID).refuses(404, &["inexistent_webhook"])
}

fn new() -> Value {
    json!({ "url": "https://hooks.example.com/protekt", "events": ["user_created"] })
}

fn webhook() -> Value {
    json!({
        "id": WEBHOOK_ID,
        "url": "https://hooks.example.com/protekt",
        "description": "",
        "events": ["user_created"],
        "enabled": true,
        "created_at": "2026-11-24T08:14:05.000Z",
        "updated_at": "2026-11-24T08:14:05.000Z",
    })
}

fn delivery() -> Value {
    json!({
        "id": DELIVERY_ID,
        "type": "user_created",
        "log_id": "01MCC8H0GMRWGQXWFQ9ZV0N3QJ",
        "state": "pending",
        "attempts": 0,
        "next_attempt_at": "2026-11-24T08:14:05.000Z",
        "created_at": "2026-11-24T08:14:05.000Z",
    })
}
