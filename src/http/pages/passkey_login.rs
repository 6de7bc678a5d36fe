//! `/login/passkey`: signing in with a passkey alone. The script of the sign-in page asks for a
//! ceremony first; nothing of it is kept before somebody's browser does.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::App;
use super::super::flow::{self, Arrival};
use super::super::form::PageForm;
use super::super::frame::Frame;
use super::super::instead::Instead;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::login;
use crate::accounts::{Assertion, FactorRefusal};
use crate::domain::PlainToken;
use crate::oauth::interaction::Step;

/// The first half of the ceremony, for the script.
pub(crate) async fn begin(
    State(app): State<App>,
    frame: Frame,
    _form: PageForm,
) -> Result<Response, PageError> {
    let begun = app.accounts.begin_discovery(&frame.browser.digest(), &frame.requester).await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(FactorRefusal::Throttled { retry_after_seconds }) => {
            return Err(PageError::Throttled { retry_after: retry_after_seconds });
        }
        Err(FactorRefusal::Fault(fault)) => return Err(fault.into()),
        Err(_) => return Err(PageError::NotFound),
    };
    let options: serde_json::Value = serde_json::from_str(&begun.options)
        .map_err(|_| PageError::Fault("the options of a passkey are no JSON"))?;
    let body = serde_json::json!({
        "handle": begun.handle.expose(),
        "options": options,
        "lifetime": begun.lifetime,
    });
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::OK, no_store, Json(body)).into_response())
}

/// What an authenticator signed.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let pending = flow::resumed(&app, &frame, &session, form.flow(), Arrival::Post).await?;
    let answer = Assertion {
        handle: PlainToken::new(&form.text("ceremony")),
        credential: form.text("assertion"),
    };
    let remember = form.get("remember").is_some();
    let browser = frame.browser.digest();
    let confirms = pending.as_ref().filter(|pending| pending.step == Step::Reauthenticate);
    let person = confirms.and_then(|pending| pending.person.as_ref());
    let done = match person {
        Some(person) if form.get("confirms").is_some() => {
            let of = (&person.session, true);
            app.accounts.reauthenticate_by_passkey(of, &answer, &browser, &frame.requester).await
        }
        _ => app.accounts.sign_in_by_passkey(&answer, remember, &browser, &frame.requester).await,
    };
    match done {
        Ok(signed_in) => {
            let kept = pending.map(|pending| pending.kept);
            let arrival = Arrival::Post;
            Ok(login::signed_in_answer(&app, &frame, session, signed_in, kept, arrival).await?)
        }
        Err(FactorRefusal::Fault(fault)) => Err(fault.into()),
        Err(FactorRefusal::Throttled { retry_after_seconds }) => {
            Err(PageError::Throttled { retry_after: retry_after_seconds }.into())
        }
        Err(_) => Ok(login::passkey_refused(&app, &frame, pending.as_ref()).await?),
    }
}
