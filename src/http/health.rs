//! Whether it works: for monitors, load balancers and people.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::App;

/// `GET /livez`: the process answers.
pub(super) async fn live() -> Response {
    answer(StatusCode::OK, &json!({ "status": "alive" }))
}

/// `GET /readyz`: requests can be served; the database was asked.
pub(super) async fn ready(State(app): State<App>) -> Response {
    match app.store().ping().await {
        Ok(()) => answer(StatusCode::OK, &json!({ "status": "ready" })),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            answer(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "unavailable" }))
        }
    }
}

/// `GET /health`, in detail; the database was asked.
pub(super) async fn health(State(app): State<App>) -> Response {
    let database = app.store().ping().await;
    let now = app.now();
    let (used, total) = memory();
    let body = json!({
        "status": if database.is_ok() { "healthy" } else { "unhealthy" },
        "timestamp": timestamp(&now.to_rfc3339()),
        "uptime": now.since(app.started_at),
        "environment": if app.settings.development.is_some() { "development" } else { "production" },
        "database": { "status": if database.is_ok() { "connected" } else { "disconnected" } },
        "memory": { "used": used, "total": total },
    });
    if let Err(error) = database {
        tracing::warn!(%error, "unhealthy");
        return answer(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    answer(StatusCode::OK, &body)
}

/// RFC 3339 with milliseconds.
fn timestamp(rfc3339: &str) -> String {
    rfc3339.replace('Z', ".000Z")
}

/// What this process holds in memory, and what it has asked for, in megabytes.
fn memory() -> (String, String) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let megabytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        format!("{}MB", kilobytes.unwrap_or(0) / 1024)
    };
    (megabytes("VmRSS:"), megabytes("VmSize:"))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, body.to_string()).into_response()
}
