//! The page of the app, and what a signed-in person does on it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::app::App;
use super::error::DemoError;
use super::form::OwnForm;
use super::tokens::Refreshed;
use super::{cookies, pages};

/// `GET /`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Html<String>, DemoError> {
    let id = cookies::session_id(&headers);
    match id.and_then(|id| app.sessions.signed_in(&id)) {
        Some(signed_in) => pages::signed_in(app.provider.issuer(), &signed_in),
        None => pages::welcome(app.provider.issuer()),
    }
}

/// `POST /userinfo`
pub(super) async fn call_userinfo(
    State(app): State<Arc<App>>,
    form: OwnForm,
) -> Result<Redirect, DemoError> {
    let userinfo = app.provider.userinfo(&form.signed_in.tokens).await?;
    app.sessions.keep_userinfo(&form.id, userinfo);
    Ok(Redirect::to("/#userinfo"))
}

/// `POST /refresh`: one at a time, with the newest tokens. A refused refresh token ends the session here too.
pub(super) async fn refresh(
    State(app): State<Arc<App>>,
    form: OwnForm,
) -> Result<Response, DemoError> {
    let _turn = app.refreshing.lock().await;
    let old = app.sessions.signed_in(&form.id).ok_or(DemoError::NotSignedIn)?.tokens;
    match app.provider.refresh(&old).await {
        Ok(new) => {
            let refreshed = Refreshed::between(&old, &new);
            app.sessions.renew(&form.id, new, refreshed);
            Ok(Redirect::to("/#refreshed").into_response())
        }
        Err(refusal @ DemoError::TokenRefused { .. }) => {
            app.sessions.end(&form.id);
            Ok((cookies::forget(), refusal).into_response())
        }
        Err(error) => Err(error),
    }
}
