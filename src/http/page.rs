//! Turns a template into a response with the headers every page has.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

const CSP_REST: &str = "base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// What the headers of a page depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A page with forms of ours.
    Form,
    /// A page whose address may say too much, or that leads elsewhere: it names no referrer.
    Leave,
    /// The form a browser posts to a client (OAuth 2.0 Form Post Response Mode §2).
    FormPost,
}

impl Kind {
    /// With `no-referrer` the browser would send `Origin: null` with our own forms.
    const fn referrer(self) -> &'static str {
        match self {
            Self::Form => "same-origin",
            Self::Leave | Self::FormPost => "no-referrer",
        }
    }

    fn policy(self) -> String {
        // Browsers hold a form to the directive along every redirect of the client that follows.
        let form_action = if self == Self::FormPost { "" } else { "form-action 'self'; " };
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; {form_action}{CSP_REST}"
        )
    }
}

/// A template and how it is sent.
#[derive(Debug)]
pub(super) struct Page<T> {
    status: StatusCode,
    template: T,
    kind: Kind,
    retry_after: Option<i64>,
}

impl<T: Template> Page<T> {
    /// A page with this status. Forms on it may post to this server.
    pub(super) const fn new(status: StatusCode, template: T) -> Self {
        Self { status, template, kind: Kind::Form, retry_after: None }
    }

    /// A page with status 200.
    pub(super) const fn ok(template: T) -> Self {
        Self::new(StatusCode::OK, template)
    }

    /// The page says after how many seconds another try makes sense (RFC 9110 §10.2.3).
    #[must_use]
    pub(super) fn retry_after(self, seconds: Option<i64>) -> Self {
        Self { retry_after: seconds, ..self }
    }

    /// The page sends no `Referer`: for hand-back, reset and error pages.
    #[must_use]
    pub(super) fn no_referrer(self) -> Self {
        Self { kind: Kind::Leave, ..self }
    }

    /// The page is the form that posts to a client.
    #[must_use]
    pub(super) fn form_post(self) -> Self {
        Self { kind: Kind::FormPost, ..self }
    }
}

const FIXED: [(HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
    ),
];

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let mut response = match self.template.render() {
            Ok(html) => (
                self.status,
                FIXED,
                [(header::REFERRER_POLICY, self.kind.referrer())],
                [(header::CONTENT_SECURITY_POLICY, self.kind.policy())],
                html,
            )
                .into_response(),
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                broken()
            }
        };
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The one answer that needs neither template nor catalogue.
fn broken() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    let text = "Something went wrong on our side. Please try again in a moment.\n";
    (StatusCode::INTERNAL_SERVER_ERROR, headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Template)]
    #[template(source = "<p>{{ text }}</p>", ext = "html")]
    struct Sample {
        text: &'static str,
    }

    #[derive(Template)]
    #[template(source = "{{ self.fail()? }}", ext = "html")]
    struct Broken;

    impl Broken {
        #[expect(clippy::unused_self, reason = "the template calls it")]
        fn fail(&self) -> Result<&'static str, std::fmt::Error> {
            Err(std::fmt::Error)
        }
    }

    #[test]
    fn a_page_with_forms_has_the_whole_policy() {
        let answer =
            Page::new(StatusCode::UNPROCESSABLE_ENTITY, Sample { text: "<&" }).into_response();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let headers = answer.headers();
        assert_eq!(
            headers[header::CONTENT_SECURITY_POLICY],
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        );
        assert_eq!(headers[header::REFERRER_POLICY], "same-origin");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert!(headers.contains_key("permissions-policy"));
    }

    #[test]
    fn only_the_form_that_leaves_has_no_form_action() {
        let policy = |page: Page<Sample>| {
            let answer = page.into_response();
            let headers = answer.headers();
            assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
            headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
        };
        let whole = policy(Page::ok(Sample { text: "" }).no_referrer());
        let form_post = policy(Page::ok(Sample { text: "" }).form_post());
        assert_eq!(whole.replace("form-action 'self'; ", ""), form_post);
        assert_ne!(whole, form_post);
    }

    #[test]
    fn a_page_that_cannot_be_rendered_is_a_plain_500() {
        let answer = Page::ok(Broken).into_response();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    }
}
