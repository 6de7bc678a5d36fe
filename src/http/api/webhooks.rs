//! Where events are told, for machines at `/api/v2/webhooks`.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::super::oauth::token::json_answer;
use super::super::{App, paths};
use super::body::Body;
use super::error::ApiError;
use super::etag::{AsSeen, tagged};
use super::listing::ListCall;
use super::management::Machine;
use super::me::moment;
use super::members::Members;
use super::registry_problem::RegistryProblem;
use super::roles::{giver, in_body};
use super::users::{located, paged, parameters};
use crate::accounts::webhooks::{self, WebhookChange, WebhookProblem};
use crate::domain::webhook::{Webhook, WebhookDelivery, WebhookSecret};
use crate::domain::{Requester, WebhookId};
use crate::oauth::management_api::{
    CREATE_WEBHOOKS, DELETE_WEBHOOKS, READ_LOGS, READ_WEBHOOKS, UPDATE_WEBHOOKS,
};
use crate::store::{webhook_deliveries, webhooks as rows};

const NAMES: [&str; 4] = ["url", "description", "events", "enabled"];
const FIXED: [&str; 7] = [
    "id",
    "secret",
    "disabled_because",
    "failing_since",
    "old_secret_until",
    "created_at",
    "updated_at",
];
const STATES: [(&str, &str); 3] =
    [("pending", "pending"), ("delivered", "delivered"), ("failed", "failed")];

/// `GET /api/v2/webhooks`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_WEBHOOKS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let (part, with_totals) = call.page();
    call.check()?;
    let mut tx = app.store().read().await?;
    let (page, total) = rows::page(&mut tx, (part.offset, part.limit)).await?;
    let page = page.iter().map(|webhook| Value::Object(entry(webhook))).collect();
    Ok(paged("webhooks", page, (part, with_totals), total))
}

/// `GET /api/v2/webhooks/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(READ_WEBHOOKS)?;
    let found = rows::find(&mut app.store().read().await?, &known(id)?).await?;
    let found = found.ok_or(ApiError::Registry(RegistryProblem::NoSuchWebhook))?;
    Ok(told(StatusCode::OK, &found, None))
}

/// `POST /api/v2/webhooks`
pub(crate) async fn create(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_WEBHOOKS)?;
    // Whoever has events told reads the trail.
    caller.needs(READ_LOGS)?;
    let mut members = Members::of(body, &NAMES, &FIXED);
    for name in ["url", "events"] {
        if !members.has(name) {
            members.refuse(name, "is missing");
        }
    }
    let wish = change(&mut members);
    members.check()?;
    let by = (giver(&caller, &requester), app.now());
    let outside = (&app.webhooks, &*app.key_encryption_key);
    let (made, secret) = webhooks::register(app.store(), outside, wish, by).await?;
    let response = told(StatusCode::CREATED, &made, Some(&secret));
    Ok(located(response, paths::MANAGEMENT_WEBHOOKS, made.id.as_str()))
}

/// `PATCH /api/v2/webhooks/{id}`
pub(crate) async fn update(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_WEBHOOKS)?;
    caller.needs(READ_LOGS)?;
    let mut members = Members::of(body, &NAMES, &FIXED);
    let wish = change(&mut members);
    members.check()?;
    let seen = AsSeen::of(&headers)?;
    let id = known(id)?;
    let is_as_seen = |webhook: &Webhook| seen.is(&entry(webhook));
    let by = (giver(&caller, &requester), app.now());
    let changed = webhooks::update(app.store(), &app.webhooks, (&id, is_as_seen), wish, by).await?;
    Ok(told(StatusCode::OK, &changed, None))
}

/// `DELETE /api/v2/webhooks/{id}`
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_WEBHOOKS)?;
    let seen = AsSeen::of(&headers)?;
    let is_as_seen = |webhook: &Webhook| seen.is(&entry(webhook));
    let by = (giver(&caller, &requester), app.now());
    webhooks::delete(app.store(), (&known(id)?, is_as_seen), by).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/v2/webhooks/{id}/rotate-secret`
pub(crate) async fn rotate_secret(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_WEBHOOKS)?;
    let by = (giver(&caller, &requester), app.now());
    let key = &app.key_encryption_key;
    let (webhook, secret) = webhooks::rotate_secret(app.store(), key, &known(id)?, by).await?;
    Ok(told(StatusCode::OK, &webhook, Some(&secret)))
}

/// `POST /api/v2/webhooks/{id}/test`
pub(crate) async fn test(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_WEBHOOKS)?;
    let delivery = webhooks::send_test(app.store(), &known(id)?, app.now()).await?;
    Ok(json_answer(StatusCode::ACCEPTED, &delivery_entry(&delivery)))
}

/// `GET /api/v2/webhooks/{id}/deliveries`
pub(crate) async fn deliveries(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_WEBHOOKS)?;
    let id = known(id)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let state = call.choice("state", &STATES);
    let (part, with_totals) = call.page();
    call.check()?;
    let mut tx = app.store().read().await?;
    let found = rows::find(&mut tx, &id).await?;
    found.ok_or(ApiError::Registry(RegistryProblem::NoSuchWebhook))?;
    let within = (part.offset, part.limit);
    let (page, total) = webhook_deliveries::page(&mut tx, (&id, state), within).await?;
    let page = page.iter().map(delivery_entry).collect();
    Ok(paged("deliveries", page, (part, with_totals), total))
}

/// `POST /api/v2/webhooks/{id}/deliveries/{delivery}/resend`
pub(crate) async fn resend(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_WEBHOOKS)?;
    let id = known(id)?;
    if delivery.contains('\0') {
        return Err(ApiError::Registry(RegistryProblem::NoSuchDelivery));
    }
    let by = (giver(&caller, &requester), app.now());
    let revived = webhooks::resend(app.store(), (&id, &delivery), by).await?;
    Ok(json_answer(StatusCode::ACCEPTED, &delivery_entry(&revived)))
}

fn known(id: String) -> Result<WebhookId, ApiError> {
    if id.contains('\0') {
        return Err(ApiError::Registry(RegistryProblem::NoSuchWebhook));
    }
    Ok(WebhookId(id))
}

fn change(members: &mut Members) -> WebhookChange {
    WebhookChange {
        url: members.text("url"),
        description: members.text("description"),
        events: members.texts("events"),
        is_enabled: members.flag("enabled"),
    }
}

/// The webhook as it is; its secret stands only where it was made this moment.
fn told(status: StatusCode, webhook: &Webhook, secret: Option<&WebhookSecret>) -> Response {
    let whole = entry(webhook);
    let mut shown = whole.clone();
    if let Some(secret) = secret {
        shown.insert("secret".to_owned(), json!(secret.expose()));
    }
    tagged(status, &whole, &Value::Object(shown))
}

/// A webhook by the names of the management API.
fn entry(webhook: &Webhook) -> Map<String, Value> {
    without_null(json!({
        "id": webhook.id,
        "url": webhook.url,
        "description": webhook.description,
        "events": webhook.events,
        "enabled": webhook.is_enabled,
        "disabled_because": webhook.disabled_because,
        "failing_since": webhook.failing_since.map(moment),
        "old_secret_until": webhook.old_secret_until.map(moment),
        "created_at": moment(webhook.created_at),
        "updated_at": moment(webhook.updated_at),
    }))
}

fn delivery_entry(delivery: &WebhookDelivery) -> Value {
    let waits = delivery.state == "pending";
    Value::Object(without_null(json!({
        "id": delivery.id,
        "type": delivery.kind,
        "log_id": delivery.event_id,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_attempt_at": waits.then(|| moment(delivery.next_attempt_at)),
        "last_attempt_at": delivery.last_attempt_at.map(moment),
        "status_code": delivery.status_code,
        "last_error": delivery.last_error,
        "answer": delivery.answer,
        "delivered_at": delivery.delivered_at.map(moment),
        "created_at": moment(delivery.created_at),
    })))
}

fn without_null(whole: Value) -> Map<String, Value> {
    let Value::Object(mut entry) = whole else { return Map::new() };
    entry.retain(|_, value| !value.is_null());
    entry
}

impl From<WebhookProblem> for ApiError {
    fn from(problem: WebhookProblem) -> Self {
        let registry = match problem {
            WebhookProblem::Store(fault) => return Self::Problem(fault.into()),
            WebhookProblem::ChangedMeanwhile => return Self::Changed,
            WebhookProblem::Url(problem) => return in_body("url", problem.to_string()),
            WebhookProblem::Description => {
                return in_body("description", problem.to_string());
            }
            WebhookProblem::Event(_) | WebhookProblem::Events => {
                return in_body("events", problem.to_string());
            }
            WebhookProblem::Unknown(_) => RegistryProblem::NoSuchWebhook,
            WebhookProblem::UnknownDelivery(_) => RegistryProblem::NoSuchDelivery,
            WebhookProblem::TooMany => RegistryProblem::TooManyWebhooks,
            WebhookProblem::Disabled => RegistryProblem::WebhookDisabled,
            WebhookProblem::UnderWay => RegistryProblem::DeliveryUnderWay,
        };
        Self::Registry(registry)
    }
}
