//! Turns facts and bare statuses into pages for people, and into JSON for machines.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::frame::Frame;
use super::page::Page;
use super::page_error::PageError;
use super::views::{
    AccountNotice, CookiesOffPage, FormExpiredPage, StartAgain, StatusKind, StatusPage,
};
use super::{App, api, flow, paths, way_back};
use crate::oauth::Parameters;
use crate::oauth::response::with_query;
use crate::texts::Locale;

/// What the layers below said that holds for the rendered answer too.
const KEPT_HEADERS: [HeaderName; 6] = [
    header::RETRY_AFTER,
    header::ALLOW,
    header::SET_COOKIE,
    header::VARY,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
];

/// Renders what handlers and layers below could not serve.
pub(super) async fn render_errors(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let is_for_machines = paths::is_for_machines(&path);
    let is_head = request.method() == Method::HEAD;
    let is_looking = is_head || request.method() == Method::GET;
    let (mut parts, body) = request.into_parts();
    let frame = Frame::from_request_parts(&mut parts, &app).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    let language = frame.as_ref().ok().map(|frame| frame.locale(&app));
    let Some(error) = error_of(&response) else { return in_language(response, language) };
    let mut rendered = match frame {
        Ok(_) if is_looking && !is_for_machines && error == PageError::MethodNotAllowed => {
            flow::see_other(paths::page_of_form(&path))
        }
        Ok(frame) if !is_for_machines => in_language(page(&app, &frame, &path, &error), language),
        _ if paths::is_of_api(&path) => api::error::answer_of(&error),
        _ => machine_answer(&error),
    };
    for name in KEPT_HEADERS {
        for value in response.headers().get_all(&name) {
            rendered.headers_mut().append(&name, value.clone());
        }
    }
    if let Some(seconds) =
        error.retry_after().filter(|_| !response.headers().contains_key(header::RETRY_AFTER))
    {
        rendered.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let PageError::Fault(what) = error {
        tracing::error!(what, "a fault was answered");
    }
    if is_head {
        *rendered.body_mut() = axum::body::Body::empty();
    }
    rendered
}

/// Names the language of a page. No cache has to know what it depends on: none keeps a page.
fn in_language(mut response: Response, language: Option<Locale>) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some(language) = language.filter(|_| is_page) {
        let name = HeaderValue::from_static(language.lang());
        response.headers_mut().insert(header::CONTENT_LANGUAGE, name);
    }
    response
}

fn error_of(response: &Response) -> Option<PageError> {
    if let Some(error) = response.extensions().get::<PageError>() {
        return Some(error.clone());
    }
    let is_plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if is_plain { PageError::of_bare_status(response.status()) } else { None }
}

fn page(app: &App, frame: &Frame, path: &str, error: &PageError) -> Response {
    let shell = frame.shell(app);
    let kind = match error {
        PageError::FormExpired { sent } => {
            return form_expired(app, frame, path, sent);
        }
        PageError::CookiesOff => {
            let template = CookiesOffPage { shell, retry_url: paths::LOGIN.to_owned() };
            return Page::new(error.status(), template).no_referrer().into_response();
        }
        PageError::Malformed => return form_expired(app, frame, path, &Parameters::default()),
        PageError::OtherAccount { .. } => return to_present_account(error),
        PageError::Forbidden | PageError::CrossSite => StatusKind::Forbidden,
        PageError::NotFound => StatusKind::NotFound,
        PageError::MethodNotAllowed => StatusKind::MethodNotAllowed,
        PageError::TooLarge => StatusKind::TooLarge,
        PageError::Throttled { retry_after } => {
            StatusKind::TooManyRequests { seconds: u32::try_from(*retry_after).unwrap_or(u32::MAX) }
        }
        PageError::Busy | PageError::Unavailable => StatusKind::Unavailable,
        PageError::Fault(_) => StatusKind::Fault,
    };
    let template = StatusPage { shell, kind, next_url: Some(paths::ACCOUNT.to_owned()) };
    Page::new(kind.status(), template).no_referrer().into_response()
}

/// Leads whoever is signed in now to their account, which says why nothing was done, or on with what
/// an application asked for.
fn to_present_account(error: &PageError) -> Response {
    if let PageError::OtherAccount { flow: Some(flow) } = error {
        flow::see_other(&with_query(paths::LOGIN, [("flow", flow.as_str())]))
    } else {
        let notice = AccountNotice::OtherAccount.name();
        flow::see_other(&with_query(paths::ACCOUNT, [("done", notice)]))
    }
}

/// The page on which a form stands that needs no sign-in: what names the flow or the link goes along.
fn page_of_open_form(path: &str, sent: &Parameters) -> Option<String> {
    let (page, name) = match path {
        paths::SIGNUP
        | paths::PASSWORD_FORGOT
        | paths::PASSWORD_RESET
        | paths::RECOVER
        | paths::RECOVER_REQUEST
        | paths::RECOVER_STOP => (path, "flow"),
        paths::VERIFY_EMAIL | paths::VERIFY_EMAIL_RESEND | paths::VERIFY_EMAIL_CHANGE => {
            (paths::VERIFY_EMAIL, "flow")
        }
        paths::VERIFY_EMAIL_CONFIRM | paths::VERIFY_EMAIL_NOT_ME => (paths::VERIFY_EMAIL, "token"),
        _ => return None,
    };
    let named = |value| with_query(page, [(name, value)]);
    Some(sent.get(name).map_or_else(|| page.to_owned(), named))
}

/// The button goes on with the flow if it lives, which the page behind it finds out, and with the
/// name that was typed; a form that has a page of its own leads there.
fn form_expired(app: &App, frame: &Frame, path: &str, sent: &Parameters) -> Response {
    let (flow, username) = (sent.get("flow"), sent.get("username"));
    let own_page = way_back::page_of_form(path).filter(|_| flow.is_none());
    let page = own_page.map(str::to_owned).or_else(|| page_of_open_form(path, sent));
    let start_again = if let Some(path) = page {
        StartAgain::Page { path }
    } else if flow.is_some() || username.is_some() {
        StartAgain::Resume {
            action: paths::LOGIN_RESTART.to_owned(),
            username: username.unwrap_or_default().to_owned(),
        }
    } else {
        StartAgain::Page { path: paths::LOGIN.to_owned() }
    };
    let template = FormExpiredPage { shell: frame.shell_in_flow(app, flow), start_again };
    Page::new(StatusCode::BAD_REQUEST, template).into_response()
}

fn machine_answer(error: &PageError) -> Response {
    let (code, description) = match error {
        PageError::NotFound => ("not_found", "There is nothing at this address."),
        PageError::MethodNotAllowed => {
            ("invalid_request", "This address does not take that method.")
        }
        PageError::TooLarge => ("invalid_request", "The request is too large."),
        PageError::Throttled { .. } | PageError::Busy | PageError::Unavailable => (
            "temporarily_unavailable",
            "The service is not available just now. Try again in a moment.",
        ),
        PageError::Forbidden | PageError::CrossSite => ("access_denied", "This is not allowed."),
        PageError::Fault(_) => ("server_error", "Something went wrong on our side."),
        PageError::FormExpired { .. }
        | PageError::OtherAccount { .. }
        | PageError::CookiesOff
        | PageError::Malformed => ("invalid_request", "The request cannot be read."),
    };
    let body = json!({ "error": code, "error_description": description }).to_string();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (error.status(), headers, body).into_response()
}
