//! How many people are there, and what happened on which day, for machines at `/api/v2/stats`.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::App;
use super::super::oauth::token::json_answer;
use super::error::ApiError;
use super::listing::ListCall;
use super::management::Machine;
use super::me::moment;
use super::users::parameters;
use crate::clock::Timestamp;
use crate::oauth::management_api::READ_STATS;
use crate::store::daily_stats::{self, DAY};
use crate::store::users;

/// Who signed in within so many days is there.
const ACTIVE_DAYS: i64 = 30;
/// Days of an answer, where the call does not say.
const USUAL_DAYS: i64 = 31;
const MOST_DAYS: i64 = 366;

/// `GET /api/v2/stats/active-users`: a number.
pub(crate) async fn active_users(
    State(app): State<App>,
    Machine(caller): Machine,
) -> Result<Response, ApiError> {
    caller.needs(READ_STATS)?;
    let since = app.now().plus(-ACTIVE_DAYS * DAY);
    let count = users::count_active(&mut app.store().read().await?, since).await?;
    Ok(json_answer(StatusCode::OK, &json!(count)))
}

/// `GET /api/v2/stats/daily`
pub(crate) async fn daily(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_STATS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let now = app.now();
    let last = day(&mut call, "to").unwrap_or_else(|| daily_stats::day_of(now));
    let first = day(&mut call, "from").unwrap_or(last - USUAL_DAYS + 1);
    if first > last {
        call.refuse("from", "must not be later than to");
    } else if last - first >= MOST_DAYS {
        call.refuse("from", "must not be more than 366 days before to");
    }
    call.check()?;
    let mut tx = app.store().read().await?;
    let days = daily_stats::of_days(&mut tx, (first, last), now).await?;
    let entry = |stats: &daily_stats::DailyStats| {
        json!({
            "date": moment(Timestamp(stats.day * DAY)),
            "logins": stats.logins,
            "failed_logins": stats.failed_logins,
            "signups": stats.signups,
        })
    };
    Ok(json_answer(StatusCode::OK, &days.iter().map(entry).collect::<Value>()))
}

/// A day as `20261121` or `2026-11-21`, by its number.
fn day(call: &mut ListCall<'_>, name: &'static str) -> Option<i64> {
    let text = call.filter(name)?;
    let found = match text.as_bytes() {
        [year @ .., _, _, _, _] if year.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) => {
            let (year, rest) = text.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            Timestamp::of_day_or_time(&format!("{year}-{month}-{day}"))
        }
        bytes if bytes.len() == 10 => Timestamp::of_day_or_time(text),
        _ => None,
    };
    if found.is_none() {
        call.refuse(name, "must be a day, 20261121");
    }
    found.map(daily_stats::day_of)
}
