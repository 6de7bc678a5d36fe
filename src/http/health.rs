//! Whether it works: for monitors, load balancers and people.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::App;

/// Monitors give up sooner than people do.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /livez`: the process answers.
pub(super) async fn live() -> Response {
    answer(StatusCode::OK, &json!({ "status": "alive" }))
}

/// `GET /readyz`: requests can be served; the database was asked.
pub(super) async fn ready(State(app): State<App>) -> Response {
    if database_answers(&app).await {
        answer(StatusCode::OK, &json!({ "status": "ready" }))
    } else {
        answer(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "unavailable" }))
    }
}

/// `GET /health`, in detail; the database was asked.
pub(super) async fn health(State(app): State<App>) -> Response {
    let is_connected = database_answers(&app).await;
    let now = app.now();
    let (used, total) = memory();
    let body = json!({
        "status": if is_connected { "healthy" } else { "unhealthy" },
        "timestamp": timestamp(&now.to_rfc3339()),
        "uptime": now.since(app.started_at),
        "environment": if app.settings.development.is_some() { "development" } else { "production" },
        "database": { "status": if is_connected { "connected" } else { "disconnected" } },
        "memory": { "used": used, "total": total },
    });
    let status = if is_connected { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    answer(status, &body)
}

async fn database_answers(app: &App) -> bool {
    match tokio::time::timeout(PATIENCE, app.store().ping()).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::warn!(%error, "the database cannot be asked"),
        Err(_) => tracing::warn!("the database does not answer in time"),
    }
    false
}

/// RFC 3339 with milliseconds.
fn timestamp(rfc3339: &str) -> String {
    rfc3339.replace('Z', ".000Z")
}

/// What this process holds in memory, and what it has asked for, in megabytes.
fn memory() -> (String, String) {
    let megabytes = |name| format!("{}MB", kilobytes(name).unwrap_or(0) / 1024);
    (megabytes("VmRSS:"), megabytes("VmSize:"))
}

/// What this process holds in memory, in bytes; `None` where the system does not say.
pub(super) fn resident_memory() -> Option<u64> {
    kilobytes("VmRSS:").map(|kilobytes| kilobytes * 1024)
}

fn kilobytes(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, body.to_string()).into_response()
}
