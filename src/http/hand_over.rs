//! Answers to authorization requests on their way out: to the client, or as a page for the person
//! where no redirect URI can be trusted.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::App;
use super::flow::{Arrival, see_other};
use super::frame::{self, Frame};
use super::page::Page;
use super::page_error::PageError;
use super::views::{
    self, ErrorReason, FormPostPage, HandBackPage, HandBackReason, OAuthErrorPage, Shell,
};
use crate::domain::client::Client;
use crate::oauth::request::{PageProblem, PageRefusal, Refusal};
use crate::oauth::response::AuthorizationResponse;

/// Sends a refusal to whom it is for: a page for the person, or an answer for the client.
///
/// # Errors
///
/// If the store failed.
pub(super) fn refused(
    app: &App,
    frame: &Frame,
    refusal: Refusal,
    arrival: Arrival,
) -> Result<Response, PageError> {
    match refusal {
        Refusal::Store(error) => Err(error.into()),
        Refusal::Page(refusal) => Ok(refusal_page(app, frame, refusal)),
        Refusal::Client(response) => {
            let host = response.host();
            let shell = frame.shell(app);
            Ok(deliver_in(shell, &host, response, arrival))
        }
    }
}

fn refusal_page(app: &App, frame: &Frame, refusal: PageRefusal) -> Response {
    let reason = match refusal.problem {
        PageProblem::ClientUnknown => ErrorReason::UnknownClient,
        PageProblem::RedirectUriMissing => ErrorReason::RedirectUriMissing,
        PageProblem::RedirectUriUnknown => ErrorReason::RedirectUriMismatch,
        PageProblem::Repeated => ErrorReason::RepeatedParameter,
        PageProblem::ClientMissing | PageProblem::Malformed => ErrorReason::InvalidParameter,
    };
    tracing::info!(code = refusal.error, problem = ?refusal.problem, "an authorization request was refused");
    let mut shell = frame.shell(app);
    shell.app = refusal.client_name.map(|name| views::App { name, ..views::App::default() });
    let template = OAuthErrorPage {
        time: frame::moment_view(&shell, app.now()),
        shell,
        code: refusal.error.to_owned(),
        reason,
        parameter: Some(refusal.parameter.to_owned()),
        received: refusal.received,
        client_id: refusal.client_id,
    };
    Page::new(StatusCode::BAD_REQUEST, template).no_referrer().into_response()
}

/// Sends an answer to the client.
#[must_use]
pub(super) fn deliver(
    app: &App,
    frame: &Frame,
    client: &Client,
    response: AuthorizationResponse,
    arrival: Arrival,
) -> Response {
    let mut shell = frame.shell(app);
    shell.app = Some(frame::app_view(client, Some(&response.redirect_uri)));
    deliver_in(shell, &client.name, response, arrival)
}

fn deliver_in(
    shell: Shell,
    app_name: &str,
    response: AuthorizationResponse,
    arrival: Arrival,
) -> Response {
    let app_name = app_name.to_owned();
    let Some(url) = response.url() else {
        let fields = response.parameters.into_iter();
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).collect();
        let template = FormPostPage { shell, app_name, action: response.redirect_uri, fields };
        return Page::ok(template).form_post().into_response();
    };
    if arrival == Arrival::Get {
        return see_other(&url);
    }
    let is_refusal = response.parameters.iter().any(|(name, _)| *name == "error");
    let reason = if is_refusal { HandBackReason::NotAllowed } else { HandBackReason::SignedIn };
    Page::ok(HandBackPage { shell, app_name, url, reason }).no_referrer().into_response()
}
