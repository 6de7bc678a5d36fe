//! Programs at the authentication API.

use axum::body::Body;
use axum::http::Request;
use protekt::clock::Clock as _;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::authentication_api::plant_default_client;
use protekt::oauth::clients::NewClient;
use protekt::oauth::management_api::plant;
use serde_json::{Value, json};

use super::answer::Answer;
use super::app::{ISSUER, PASSWORD, TestApp, web_client};

/// The audience of the authentication API.
pub const AUDIENCE: &str = "https://id.example.com/api/";

/// The audience of the management API.
pub const MANAGEMENT: &str = "https://id.example.com/api/v2/";

impl TestApp {
    /// A machine, "manager", that may ask the management API for these scopes, and a token of it.
    pub async fn manager_token(&self, scopes: &str) -> String {
        plant(self.app.store(), ISSUER, self.clock.now()).await.unwrap();
        self.machine("manager").await;
        self.grant("manager", (MANAGEMENT, SubjectType::Client), scopes).await.unwrap();
        let answer = self.machine_token("manager", &[("audience", MANAGEMENT)]).await;
        assert_eq!(answer.status, 200, "{} {answer:?}", self.engine);
        answer.text("access_token")
    }

    /// Registers the client of calls that name none, as a start does.
    pub async fn plant_api_client(&self) {
        plant_default_client(self.app.store(), ISSUER, self.clock.now()).await.unwrap();
    }

    /// Calls without a body; with an access token where one is given.
    pub async fn call(&self, method: &str, path: &str, bearer: Option<&str>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        self.send(with_bearer(request, bearer).body(Body::empty()).unwrap()).await
    }

    /// Sends JSON; with an access token where one is given.
    pub async fn call_with(
        &self,
        (method, path): (&str, &str),
        bearer: Option<&str>,
        body: &Value,
    ) -> Answer {
        let request =
            Request::builder().method(method).uri(path).header("content-type", "application/json");
        self.send(with_bearer(request, bearer).body(Body::from(body.to_string())).unwrap()).await
    }

    /// Tries to sign in.
    pub async fn api_sign_in(&self, body: &Value) -> Answer {
        self.call_with(("POST", "/api/auth/signin"), None, body).await
    }

    /// The tokens of a person, who has the usual password.
    pub async fn api_tokens(&self, email: &str) -> Answer {
        let tokens = self.api_sign_in(&json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(tokens.status, 200, "{} {tokens:?}", self.engine);
        tokens
    }

    /// Uses a refresh token of the client of calls that name none.
    pub async fn api_refresh(&self, token: &str) -> Answer {
        let body = json!({ "refresh_token": token });
        self.call_with(("POST", "/api/auth/refresh"), None, &body).await
    }

    /// Asks for the account of an access token.
    pub async fn me(&self, access_token: &str) -> Answer {
        self.call("GET", "/api/users/me", Some(access_token)).await
    }
}

fn with_bearer(
    request: axum::http::request::Builder,
    bearer: Option<&str>,
) -> axum::http::request::Builder {
    match bearer {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    }
}

/// An app of the operator's own at `https://own.example`, with the usual secret, that may use the
/// authentication API.
pub fn own_client() -> NewClient {
    NewClient {
        first_party: true,
        authentication_api: true,
        ..web_client("own", "https://own.example")
    }
}

/// A refusal in the one shape.
#[track_caller]
pub fn assert_api_error(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
    let body = answer.json();
    assert_eq!((&body["statusCode"], &body["errorCode"]), (&json!(status), &json!(code)), "{body}");
    for member in ["error", "message"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {body}");
    }
    let known = ["statusCode", "error", "message", "errorCode", "errors"];
    assert!(body.as_object().unwrap().keys().all(|name| known.contains(&&**name)), "{body}");
}

/// The members of the body that an answer complains about.
#[track_caller]
pub fn fields_of(answer: &Answer) -> Vec<String> {
    let code = answer.json()["errorCode"].as_str().unwrap_or_default().to_owned();
    assert!(["invalid_body", "invalid_query_string"].contains(&&*code), "{answer:?}");
    assert_api_error(answer, 400, &code);
    let body = answer.json();
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("no errors: {body}"));
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

/// Half a sign-in: the shape of a refusal, the token for the second factor, and none of another kind.
#[track_caller]
pub fn assert_half_signed_in(answer: &Answer) {
    assert_eq!(answer.status, 403, "{answer:?}");
    let body = answer.json();
    let names: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["error", "errorCode", "expires_in", "message", "methods", "mfa_token", "statusCode"];
    assert_eq!((names, &body["errorCode"]), (expected.to_vec(), &json!("mfa_required")), "{body}");
    assert_eq!(answer.body.matches("ptk_").count(), 1, "{body}");
}
