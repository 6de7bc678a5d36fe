//! Whatever is sent, we are never the ones at fault.

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use protekt::domain::second_factor::FactorPolicy;

use crate::support::app::{CHALLENGE, SECRET, VERIFIER, Wishes, apps_with, form};
use crate::support::protocol::ADA;

const CASES: usize = 300;
const CALM: Wishes = Wishes {
    refresh_overlap: 10,
    email_verification: true,
    unlimited_tries: true,
    factor_policy: FactorPolicy::Optional,
};

type Fields = Vec<(String, String)>;

/// Known values, near misses, and anything.
fn value() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "notes",
        "spa",
        "nobody",
        "https://notes.example/cb",
        "https://spa.example/cb",
        "code",
        "token",
        "openid",
        "openid email offline_access",
        "none",
        "login",
        "consent",
        "select_account",
        "create",
        "0",
        "-1",
        "60",
        "query",
        "fragment",
        "form_post",
        "S256",
        "plain",
        CHALLENGE,
        VERIFIER,
        SECRET,
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "https://id.example.com/userinfo",
        "a.b.c",
        "en",
        "x y",
    ]);
    prop_oneof![
        6 => known.prop_map(str::to_owned),
        1 => ".{0,40}",
        1 => "[ -~]{0,200}",
        1 => prop::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter),
        1 => Just(String::new()),
    ]
}

fn fields(names: &'static [&'static str]) -> impl Strategy<Value = Fields> {
    let name =
        prop_oneof![20 => prop::sample::select(names).prop_map(str::to_owned), 1 => ".{0,10}"];
    prop::collection::vec((name, value()), 0..14)
}

fn encoded(fields: &Fields) -> String {
    let pairs: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form(&pairs)
}

const AUTHORIZE: [&str; 18] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "audience",
    "resource",
    "request",
    "flow",
];
const TOKEN: [&str; 11] = [
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "audience",
    "resource",
    "client_assertion",
];

/// IJ-03 AZ-12
#[tokio::test]
async fn no_authorization_request_is_answered_by_a_fault() {
    for app in apps_with(CALM).await {
        app.with_ada().await;
        app.public_client().await;
        let mut browser = app.browser();
        browser.code(ADA).await;
        let mut runner = TestRunner::deterministic();
        let strategy = fields(&AUTHORIZE);
        for _ in 0..CASES {
            let mut fields = strategy.new_tree(&mut runner).unwrap().current();
            let mut good: Fields = crate::support::protocol::REQUEST
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec();
            // Half of them are good requests that something was done to.
            if fields.len().is_multiple_of(2) {
                good.retain(|(known, _)| fields.iter().all(|(name, _)| name != known));
                fields.extend(good);
            }
            let query = encoded(&fields);
            let answer = browser.open(&format!("/oauth/authorize?{query}")).await;
            assert!(answer.status < 500, "{query} {answer:?}");
            let is_known = |url: &str| {
                ["/", "https://notes.example/cb", "https://spa.example/cb"]
                    .iter()
                    .any(|known| url.starts_with(known))
            };
            let location = answer.header("location");
            assert!(location.is_empty() || is_known(location), "{query} {location}");
            let request = Request::post("/oauth/authorize")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from(query.clone()))
                .unwrap();
            let answer = app.send(request).await;
            assert!(answer.status < 500, "{query} {answer:?}");
        }
    }
}

/// IJ-03 TE-11
#[tokio::test]
async fn no_token_request_is_answered_by_a_fault() {
    for app in apps_with(CALM).await {
        app.with_ada().await;
        app.public_client().await;
        let good = format!("Basic {}", BASE64_STANDARD.encode(format!("notes:{SECRET}")));
        let mut runner = TestRunner::deterministic();
        let strategy = (fields(&TOKEN), any::<bool>(), value());
        for _ in 0..CASES {
            let (fields, is_json, header) = strategy.new_tree(&mut runner).unwrap().current();
            let (kind, body) = if is_json {
                let object: serde_json::Map<String, serde_json::Value> = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone().into()))
                    .collect();
                ("application/json", serde_json::Value::Object(object).to_string())
            } else {
                ("application/x-www-form-urlencoded", encoded(&fields))
            };
            for header in [None, Some(header), Some(good.clone())] {
                let mut request = Request::post("/oauth/token").header("content-type", kind);
                if let Some(header) = header.filter(|header| header.is_ascii()) {
                    request = request.header("authorization", header);
                }
                let Ok(request) = request.body(Body::from(body.clone())) else { continue };
                let answer = app.send(request).await;
                assert!((400..500).contains(&answer.status), "{body} {answer:?}");
                assert_eq!(answer.header("content-type"), "application/json", "{body}");
                assert!(!answer.error().is_empty(), "{body}");
            }
        }
    }
}
