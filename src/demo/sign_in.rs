//! Signing in: steps 2 and 3 of the flow told in the module `demo`.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use super::answer::UnverifiedAnswer;
use super::app::App;
use super::cookies;
use super::error::DemoError;

/// Parameters of `/sign-in` that are handed on to the authorization endpoint.
const HANDED_ON: [&str; 6] =
    ["prompt", "max_age", "login_hint", "ui_locales", "response_mode", "acr_values"];

type Pairs = Vec<(String, String)>;

/// `GET /sign-in`
pub(super) async fn begin(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, DemoError> {
    let options = handed_on(query.as_deref().unwrap_or_default());
    let (url, pending) = app.provider.authorization_request(options).await?;
    let id = app.sessions.begin(cookies::session_id(&headers), pending);
    Ok((cookies::remember(&id), Redirect::to(url.as_str())).into_response())
}

/// `GET /callback`
pub(super) async fn finish_by_query(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    pairs: Result<Query<Pairs>, QueryRejection>,
) -> Result<Response, DemoError> {
    let Query(pairs) = pairs.map_err(|_| DemoError::MalformedAnswer)?;
    finish(&app, &headers, pairs).await
}

/// `POST /callback` (OAuth 2.0 Form Post Response Mode); `state` stands in for a CSRF token.
pub(super) async fn finish_by_form(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    pairs: Result<Form<Pairs>, FormRejection>,
) -> Result<Response, DemoError> {
    let Form(pairs) = pairs.map_err(|_| DemoError::MalformedAnswer)?;
    finish(&app, &headers, pairs).await
}

/// Judges the answer in this order: its form, `state`, `iss`, error or code, tokens.
async fn finish(app: &App, headers: &HeaderMap, pairs: Pairs) -> Result<Response, DemoError> {
    let answer = UnverifiedAnswer::from_pairs(pairs)?;
    let id = cookies::session_id(headers).ok_or(DemoError::StateMismatch)?;
    let state = answer.state.as_deref().ok_or(DemoError::StateMismatch)?;
    let pending = app.sessions.take_pending(&id, state).ok_or(DemoError::StateMismatch)?;
    app.provider.check_issuer(answer.iss.as_deref()).await?;
    let tokens = app.provider.redeem(answer.into_code()?, pending).await?;
    let id = app.sessions.sign_in(&id, tokens);
    Ok((cookies::remember(&id), Redirect::to(super::HOME)).into_response())
}

/// The first of each allowed parameter.
fn handed_on(query: &str) -> Pairs {
    let mut options = Pairs::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
        let is_new = !options.iter().any(|(known, _)| *known == name);
        if HANDED_ON.contains(&name.as_str()) && is_new {
            options.push((name, value));
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_parameters_are_handed_on_and_each_once() {
        let options = handed_on("prompt=none&redirect_uri=http://evil/&prompt=login&max_age=5");
        let expected = [("prompt", "none"), ("max_age", "5")];
        assert_eq!(options, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
