//! A form that was open too long: of somebody's own account, or of a page on the way to one.
//!
//! 1. Its token is not that of this browser: the handler was never asked, and nothing changed.
//! 2. The browser says that a page of ours sent it; whatever else comes in is told so and no more.
//! 3. Its page is asked for once more, as this session would get it, and what was typed goes with it:
//!    the page puts that into its fields, beside a token that counts. Who is no longer signed in, or
//!    has to prove it, is led there as by any visit.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tower::ServiceExt as _;

use super::cookies::Browser;
use super::page_error::PageError;
use super::reader::Reader;
use super::views::Typed;
use super::{App, form, paths};
use crate::domain::Requester;
use crate::oauth::Parameters;
use crate::oauth::response::with_query;

/// The pages that are asked for once more.
#[derive(Clone)]
pub(super) struct Pages {
    /// Names and keys.
    pub app: App,
    /// Each page, in its session.
    pub router: Router,
}

/// Shows the page of a form that was open too long again, with what was typed.
pub(super) async fn show_again(
    State(pages): State<Pages>,
    request: Request,
    next: Next,
) -> Response {
    let is_asked = request.method() == Method::POST && paths::is_shown_again(request.uri().path());
    if !is_asked || !form::is_known_to_be_ours(&pages.app, request.headers()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    // What the answer learns of its reader holds for the error page too.
    Reader::of(&mut parts);
    let answer = next.run(Request::from_parts(parts.clone(), body)).await;
    match answer.extensions().get::<PageError>().cloned() {
        Some(PageError::FormExpired { sent }) if sent.has("csrf") => {
            pages.again(&parts, sent).await.unwrap_or(answer)
        }
        _ => answer,
    }
}

impl Pages {
    /// The page at the form's own address, or else the one that it stands on; `None` where that
    /// cannot be shown.
    async fn again(&self, parts: &Parts, sent: Parameters) -> Option<Response> {
        let action = parts.uri.path();
        let typed = Typed { action: action.to_owned(), sent };
        let mut answer = self.page(parts, action, &typed).await?;
        if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
            answer = self.page(parts, paths::page_of_form(action), &typed).await?;
        }
        if answer.status() == StatusCode::OK {
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        } else if !leads_to_sign_in(&answer) {
            return None;
        }
        // Our own page sent the form: the browser has lost the name that it had.
        let cookie = parts.extensions.get::<Browser>()?.first_cookie(&self.app);
        if let Some(cookie) = cookie {
            answer.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Some(answer)
    }

    async fn page(&self, parts: &Parts, path: &str, typed: &Typed) -> Option<Response> {
        let flow = typed.sent.get("flow").map(|flow| ("flow", flow));
        let uri = flow.map_or_else(|| path.to_owned(), |flow| with_query(path, [flow]));
        let mut request = Request::get(uri).body(Body::empty()).ok()?;
        *request.headers_mut() = parts.headers.clone();
        for of_body in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            request.headers_mut().remove(of_body);
        }
        let known = request.extensions_mut();
        known.insert(parts.extensions.get::<Browser>()?.clone());
        known.insert(parts.extensions.get::<Requester>()?.clone());
        known.insert(parts.extensions.get::<Reader>()?.clone());
        known.insert(typed.clone());
        self.router.clone().oneshot(request).await.ok()
    }
}

/// Whether the session is over, or has to be proved first. To another page of the account nobody is
/// led without a word.
fn leads_to_sign_in(answer: &Response) -> bool {
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    location.is_some_and(|location| location.starts_with(paths::LOGIN))
}
