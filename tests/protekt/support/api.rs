//! Calls of the JSON API.

use axum::body::Body;
use axum::http::Request;
use protekt::domain::ClientId;
use protekt::domain::client::ClientKind;
use protekt::oauth::clients::NewClient;
use serde_json::{Value, json};

use super::answer::Answer;
use super::app::{PASSWORD, TestApp};
use super::factors::AuthenticatorApp;
use super::protocol::ADA;

/// An application of the operator's own that may use the API.
pub fn shop() -> NewClient {
    NewClient {
        id: Some("shop".into()),
        first_party: true,
        authentication_api: true,
        web_origins: vec!["https://shop.example".to_owned()],
        ..NewClient::new("Shop", ClientKind::Native)
    }
}

impl TestApp {
    /// Registers the application of calls that name none.
    pub async fn shop(&self) -> ClientId {
        self.client(shop()).await
    }

    /// Makes [`ADA`] and the application.
    pub async fn with_shop(&self) -> protekt::domain::user::User {
        self.shop().await;
        self.person(ADA).await
    }

    /// Calls the API, with a Bearer where one is given.
    pub async fn call(&self, line: &str, bearer: Option<&str>, body: Value) -> Answer {
        self.send(call(line, bearer, &body.to_string())).await
    }

    /// Calls the API without a body.
    pub async fn bare_call(&self, line: &str, bearer: Option<&str>) -> Answer {
        let mut request = call(line, bearer, "");
        request.headers_mut().remove("content-type");
        self.send(request).await
    }

    /// Signs in by the API.
    pub async fn api_sign_in(&self, email: &str) -> Answer {
        self.call("POST /api/auth/signin", None, json!({ "email": email, "password": PASSWORD }))
            .await
    }

    /// The tokens of [`ADA`] by the API.
    pub async fn api_tokens(&self) -> ApiTokens {
        let answer = self.api_sign_in(ADA).await;
        assert_eq!(answer.status, 200, "{} {answer:?}", self.engine);
        ApiTokens::of(&answer)
    }
}

/// Sets up an authenticator app by the API; gives it and the backup codes.
pub async fn set_up_totp_by_api(app: &TestApp, token: &str) -> (AuthenticatorApp, Vec<String>) {
    let begun =
        app.call("POST /api/auth/2fa/enable", Some(token), json!({ "method": "totp" })).await;
    assert_eq!(begun.status, 200, "{} {begun:?}", app.engine);
    let data = &begun.json()["data"];
    let phone = AuthenticatorApp::of_key(data["secret"].as_str().unwrap());
    let codes = data["backupCodes"].as_array().unwrap();
    let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    let first = json!({ "token": phone.code(app, 0) });
    let done = app.call("POST /api/auth/2fa/confirm", Some(token), first).await;
    assert_eq!(done.status, 200, "{} {done:?}", app.engine);
    // The code of this step is used up.
    app.clock.advance(30);
    (phone, codes)
}

/// Signs in as [`ADA`] and stops at the second factor; gives the `mfa_token`.
pub async fn half_signed_in(app: &TestApp) -> String {
    let half = app.api_sign_in(ADA).await;
    assert_api_refused(&half, 403, "mfa_required");
    half.text("mfa_token")
}

/// What an application keeps.
#[derive(Clone, Debug)]
pub struct ApiTokens {
    pub access: String,
    pub refresh: String,
}

impl ApiTokens {
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        Self { access: answer.text("access_token"), refresh: answer.text("refresh_token") }
    }
}

/// `POST /path`, with a Bearer where one is given.
pub fn call(line: &str, bearer: Option<&str>, body: &str) -> Request<Body> {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request =
        Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(token) = bearer {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

/// A refusal in the one shape: its status and its code.
#[track_caller]
pub fn assert_api_refused(answer: &Answer, status: u16, code: &str) {
    let body = answer.json();
    assert_eq!((answer.status, body["errorCode"].as_str()), (status, Some(code)), "{answer:?}");
    assert_eq!(body["statusCode"], status, "{answer:?}");
    assert!(body["error"].as_str().is_some_and(|text| !text.is_empty()), "{answer:?}");
    assert!(body["message"].as_str().is_some_and(|text| !text.is_empty()), "{answer:?}");
    assert!(body["errors"].is_array(), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    assert_eq!(status == 401, answer.headers.contains_key("www-authenticate"), "{answer:?}");
    assert_eq!(status == 429, answer.headers.contains_key("retry-after"), "{answer:?}");
}

/// The members that a refusal names.
#[track_caller]
pub fn named_in(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let errors = body["errors"].as_array().unwrap();
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}
