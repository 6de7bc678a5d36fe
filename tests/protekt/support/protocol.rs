//! Ways through the protocol that several tests go.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use protekt::domain::user::User;

use super::answer::Answer;
use super::app::{CHALLENGE, TestApp, VERIFIER, Wishes, form};
use super::browser::parameter;

/// The person of most tests.
pub const ADA: &str = "ada@example.com";

impl TestApp {
    /// Makes [`ADA`] and the usual confidential client.
    pub async fn with_ada(&self) -> User {
        self.web_client().await;
        self.person(ADA).await
    }

    /// A code of the usual client, for [`ADA`] at a new browser.
    pub async fn code(&self) -> String {
        self.browser().code(ADA).await
    }

    /// A code of the public client `spa`.
    pub async fn spa_code(&self) -> String {
        let url = self.browser().authorize(ADA, &SPA).await;
        parameter(&url, "code").unwrap_or_else(|| panic!("no code in {url}"))
    }

    /// What the usual client gets for a code.
    pub async fn tokens(&self) -> Answer {
        let tokens = self.exchange(&self.code().await).await;
        assert_eq!(tokens.status, 200, "{} {tokens:?}", self.engine);
        tokens
    }

    /// Another instance over the same database, with the same clock.
    pub async fn other_instance(&self, wishes: Wishes) -> Self {
        Self::over_with_clock(self.store.again().await, wishes, Arc::clone(&self.clock)).await
    }

    /// Opens a path without cookies.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form to the token endpoint with an `Authorization` header as it is.
    pub async fn token_with(&self, authorization: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post("/oauth/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", authorization);
        self.send(request.body(Body::from(form(fields))).unwrap()).await
    }

    /// Sends JSON to the token endpoint.
    pub async fn token_json(&self, body: &str) -> Answer {
        let request = Request::post("/oauth/token").header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

/// What changes the usual authorization request into one of the public client `spa`.
pub const SPA: [(&str, Option<&str>); 2] =
    [("client_id", Some("spa")), ("redirect_uri", Some("https://spa.example/cb"))];

/// The fields that exchange a code of the public client `spa`.
pub fn spa_fields(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "spa"),
        ("code", code),
        ("redirect_uri", "https://spa.example/cb"),
        ("code_verifier", VERIFIER),
    ]
}

/// The usual fields of an authorization request, for those who build one themselves.
pub const REQUEST: [(&str, &str); 8] = [
    ("client_id", "notes"),
    ("redirect_uri", "https://notes.example/cb"),
    ("response_type", "code"),
    ("scope", "openid profile email offline_access"),
    ("state", "st-1"),
    ("nonce", "n-1"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// The error that an answer brings to the usual client: with `state` and `iss`, without a code.
#[track_caller]
pub fn error_at_client(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    error_in(answer.header("location"))
}

/// The error in a URL of the usual client.
#[track_caller]
pub fn error_in(url: &str) -> String {
    assert!(url.starts_with("https://notes.example/cb?"), "{url}");
    assert_eq!(parameter(url, "state").as_deref(), Some("st-1"), "{url}");
    assert_eq!(parameter(url, "iss").as_deref(), Some("https://id.example.com/"), "{url}");
    assert_eq!(parameter(url, "code"), None, "{url}");
    parameter(url, "error").unwrap_or_else(|| panic!("no error in {url}"))
}

/// The error on a page of our own, from where nobody is sent anywhere.
#[track_caller]
pub fn error_on_page(answer: &Answer) -> String {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.header("location"), "", "{answer:?}");
    assert!(!answer.body.contains("http-equiv=\"refresh\""), "{}", answer.body);
    assert!(!answer.body.contains("<form"), "{}", answer.body);
    let code = answer.body.split("data-error=\"").nth(1).unwrap();
    code.split('"').next().unwrap().to_owned()
}

/// Both lists of fields.
pub fn with<'a>(
    fields: &[(&'a str, &'a str)],
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    fields.iter().chain(more).copied().collect()
}

/// A refusal of the token endpoint: its status, its code, and the headers of every answer.
#[track_caller]
pub fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
}
