//! What is shown when a page cannot be: plain, without blame, and with the next step.

use askama::Template;
use axum::http::StatusCode;

use super::{Account, AppLink, Moment, Shell};
use crate::texts::Key;

/// An authorization request that cannot be answered to its application (RFC 6749 §4.1.2.1).
#[derive(Debug, Template)]
#[template(path = "pages/oauth_error.html")]
pub struct OAuthErrorPage {
    /// The frame. Its application is named only where it is known.
    pub shell: Shell,
    /// The OAuth error code.
    pub code: String,
    /// What is wrong.
    pub reason: ErrorReason,
    /// The parameter at fault.
    pub parameter: Option<String>,
    /// Its value as received. A long one is cut.
    pub received: Option<String>,
    /// The `client_id` as received. A long one is cut.
    pub client_id: Option<String>,
    /// When it happened.
    pub time: Moment,
}

/// What is wrong with a request, and so what its developer can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorReason {
    /// No such client.
    UnknownClient,
    /// No redirect URI.
    RedirectUriMissing,
    /// The redirect URI is not registered.
    RedirectUriMismatch,
    /// A parameter twice (RFC 6749 §3.1).
    RepeatedParameter,
    /// A parameter is missing or cannot be read.
    InvalidParameter,
}

impl ErrorReason {
    const fn explanation(self) -> Key {
        match self {
            Self::UnknownClient => Key("oauth-error-unknown-client"),
            Self::RedirectUriMissing => Key("oauth-error-redirect-uri-missing"),
            Self::RedirectUriMismatch => Key("oauth-error-redirect-uri-mismatch"),
            Self::RepeatedParameter => Key("oauth-error-repeated-parameter"),
            Self::InvalidParameter => Key("oauth-error-invalid-parameter"),
        }
    }

    const fn fix(self) -> Key {
        match self {
            Self::UnknownClient => Key("oauth-error-unknown-client-fix"),
            Self::RedirectUriMissing => Key("oauth-error-redirect-uri-missing-fix"),
            Self::RedirectUriMismatch => Key("oauth-error-redirect-uri-mismatch-fix"),
            Self::RepeatedParameter => Key("oauth-error-repeated-parameter-fix"),
            Self::InvalidParameter => Key("oauth-error-invalid-parameter-fix"),
        }
    }

    /// The clause that the request does not keep to.
    const fn clause(self) -> &'static str {
        match self {
            Self::UnknownClient => "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1",
            Self::RedirectUriMissing => "https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2.3",
            Self::RedirectUriMismatch => "https://www.rfc-editor.org/rfc/rfc9700#section-2.1",
            Self::RepeatedParameter => "https://www.rfc-editor.org/rfc/rfc6749#section-3.1",
            Self::InvalidParameter => "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1",
        }
    }
}

impl OAuthErrorPage {
    fn lead(&self) -> String {
        match &self.shell.app {
            Some(app) => self.shell.t1(Key("oauth-error-lead-app"), "app", &app.name),
            None => self.shell.t(Key("oauth-error-lead")),
        }
    }

    /// The developer's part: the name of a row, and a value that came from outside.
    fn rows(&self) -> Vec<(String, String)> {
        let row = |key: Key, value: Option<&str>| Some((self.shell.t(key), cut(value?)));
        [
            row(Key("oauth-error-code"), Some(&self.code)),
            row(Key("oauth-error-parameter"), self.parameter.as_deref()),
            row(Key("oauth-error-received"), self.received.as_deref()),
            row(Key("oauth-error-client"), self.client_id.as_deref()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// At most 200 characters of a value that came from outside.
fn cut(value: &str) -> String {
    const MOST: usize = 200;
    let mut rest = value.chars();
    let kept: String = rest.by_ref().take(MOST).collect();
    if rest.next().is_some() { kept + "…" } else { kept }
}

/// 400: the form's anti-forgery token is no longer good.
#[derive(Debug, Template)]
#[template(path = "pages/form_expired.html")]
pub struct FormExpiredPage {
    /// The frame.
    pub shell: Shell,
    /// The way on.
    pub start_again: StartAgain,
}

/// The way on from a form that was open too long.
#[derive(Debug, Clone)]
pub enum StartAgain {
    /// The flow lives: a form that posts to this path of ours, with the identifier that was typed.
    Resume {
        /// The path.
        action: String,
        /// What had been typed as `username`; may be empty.
        username: String,
    },
    /// The flow is over: go back to the application and begin there.
    App(AppLink),
    /// Nothing is known: a page of ours.
    Page {
        /// The path.
        path: String,
    },
}

/// The flow was finished in another tab.
#[derive(Debug, Template)]
#[template(path = "pages/already_signed_in.html")]
pub struct AlreadySignedInPage {
    /// The frame.
    pub shell: Shell,
    /// Who is signed in.
    pub account: Account,
    /// Where "Continue" leads.
    pub continue_url: String,
}

/// The browser keeps no cookies.
#[derive(Debug, Template)]
#[template(path = "pages/cookies_off.html")]
pub struct CookiesOffPage {
    /// The frame.
    pub shell: Shell,
    /// Where "Try again" leads.
    pub retry_url: String,
}

/// A plain status.
#[derive(Debug, Template)]
#[template(path = "pages/status.html")]
pub struct StatusPage {
    /// The frame.
    pub shell: Shell,
    /// Which one.
    pub kind: StatusKind,
    /// Where the one link leads, if anywhere.
    pub next_url: Option<String>,
}

/// The statuses with a page of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusKind {
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 413
    TooLarge,
    /// 429
    TooManyRequests {
        /// How long to wait; the header `Retry-After` is the handler's.
        seconds: u32,
    },
    /// 500
    Fault,
    /// 503
    Unavailable,
}

impl StatusKind {
    /// The status the page is sent with.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable name in `data-error`.
    const fn name(self) -> &'static str {
        match self {
            Self::Forbidden => "access_denied",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge => "too_large",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Fault => "server_error",
            Self::Unavailable => "temporarily_unavailable",
        }
    }

    const fn title(self) -> Key {
        match self {
            Self::Forbidden => Key("status-forbidden-title"),
            Self::NotFound => Key("status-not-found-title"),
            Self::MethodNotAllowed => Key("status-method-title"),
            Self::TooLarge => Key("status-too-large-title"),
            Self::TooManyRequests { .. } => Key("status-too-many-title"),
            Self::Fault => Key("status-fault-title"),
            Self::Unavailable => Key("status-unavailable-title"),
        }
    }

    fn text(self, shell: &Shell) -> String {
        match self {
            Self::Forbidden => shell.t(Key("status-forbidden-text")),
            Self::NotFound => shell.t(Key("status-not-found-text")),
            Self::MethodNotAllowed => shell.t(Key("status-method-text")),
            Self::TooLarge => shell.t(Key("status-too-large-text")),
            Self::TooManyRequests { seconds } if seconds < 60 => {
                shell.t(Key("status-too-many-moment"))
            }
            Self::TooManyRequests { seconds } => {
                shell.t1(Key("too-many-tries"), "wait", shell.wait(i64::from(seconds)))
            }
            Self::Fault => shell.t(Key("status-fault-text")),
            Self::Unavailable => shell.t(Key("status-unavailable-text")),
        }
    }

    /// Whether the operator may be asked about it.
    const fn has_reference(self) -> bool {
        matches!(self, Self::Forbidden | Self::Fault | Self::Unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_received_value_is_cut_at_200_characters() {
        assert_eq!(cut(&"ä".repeat(200)), "ä".repeat(200));
        assert_eq!(cut(&"ä".repeat(201)), "ä".repeat(200) + "…");
    }
}
