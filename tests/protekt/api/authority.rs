//! Every call with too little authority, and the tokens that are no authority at all.

use axum::body::Body;
use axum::http::Request;
use protekt::http::routes::{Access, Route, table};
use protekt::oauth::clients::NewClient;
use serde_json::json;

use crate::pages::steps::{SESSION, are_signed_in, rows};
use crate::support::answer::Answer;
use crate::support::api::{AUDIENCE, assert_api_error, own_client};
use crate::support::apis::ORDERS;
use crate::support::app::{PASSWORD, SECRET, TestApp, apps, authorize_url, claims, web_client};
use crate::support::browser::parameter;
use crate::support::protocol::{ADA, error_at_client};

/// Every call that wants an access token.
fn calls() -> Vec<Route> {
    let is_call = |route: &Route| route.path.starts_with("/api/") && route.access == Access::Bearer;
    let calls: Vec<Route> = table(false).into_iter().filter(is_call).collect();
    assert!(!calls.is_empty());
    calls
}

async fn assert_no_call_takes(app: &TestApp, token: &str, why: &str) {
    for call in calls() {
        let answer = app.call(call.method, call.path, Some(token)).await;
        assert_eq!(answer.status, 401, "{why} {} {answer:?}", call.path);
        assert_api_error(&answer, 401, "invalid_token");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
    }
}

/// TK-03 TK-05 TE-17
#[tokio::test]
async fn no_other_token_opens_a_call() {
    for app in apps().await {
        app.plant_api_client().await;
        app.with_ada().await;
        app.api(ORDERS, "Orders").await;
        app.machine("billing").await;
        let at = (ORDERS, protekt::domain::client_grant::SubjectType::Client);
        app.grant("billing", at, "read").await.unwrap();
        let own = app.api_tokens(ADA).await;
        let (notes, machine) = (app.tokens().await, app.machine_token("billing", &[]).await);
        let mut forged = own.text("access_token");
        forged.pop();
        let before = rows(&app).await;
        for (why, token) in [
            ("another audience", notes.text("access_token")),
            ("another's ID token", notes.text("id_token")),
            ("an ID token", own.text("id_token")),
            ("a refresh token", own.text("refresh_token")),
            ("a machine's", machine.text("access_token")),
            ("a cut one", forged),
            ("garbage", "garbage".to_owned()),
            ("nothing", String::new()),
        ] {
            assert_no_call_takes(&app, &token, why).await;
        }
        for call in calls() {
            assert_api_error(&app.call(call.method, call.path, None).await, 401, "invalid_token");
        }
        assert_eq!(rows(&app).await, before, "{}", app.engine);
        assert_eq!(app.me(&own.text("access_token")).await.status, 200);
    }
}

/// TK-14 MI-02: nothing is believed of a token alone.
#[tokio::test]
async fn what_is_over_opens_no_call() {
    let endings = [
        "UPDATE users SET blocked_at = 1",
        "UPDATE users SET generation = generation + 1",
        "UPDATE users SET deletion_due_at = 1900000000",
        "UPDATE grants SET revoked_at = 1, revoked_because = 'signed_out'",
        "UPDATE sessions SET idle_expires_at = 1",
        "DELETE FROM sessions",
        "UPDATE clients SET authentication_api = FALSE",
        "UPDATE clients SET first_party = FALSE",
        "DELETE FROM clients",
        "DELETE FROM users",
    ];
    for ending in endings {
        for app in apps().await {
            app.plant_api_client().await;
            app.person(ADA).await;
            let token = app.api_tokens(ADA).await.text("access_token");
            assert_eq!(app.me(&token).await.status, 200, "{}", app.engine);
            app.store.run(ending).await;
            assert_no_call_takes(&app, &token, ending).await;
        }
    }
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let token = app.api_tokens(ADA).await.text("access_token");
        let fields = [("token", &*token), ("client_id", "authentication-api")];
        assert_eq!(app.ask("/oauth/revoke", None, &fields).await.status, 200);
        assert_no_call_takes(&app, &token, "given back").await;
        let token = app.api_tokens(ADA).await.text("access_token");
        app.clock.advance(3_600);
        assert_no_call_takes(&app, &token, "expired").await;
    }
}

/// AP-06: the cookie of a session is nothing here.
#[tokio::test]
async fn no_cookie_opens_a_call() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let before = rows(&app).await;
        let is_call =
            |route: &&Route| route.path.starts_with("/api/") && route.access != Access::Public;
        for route in table(false).iter().filter(is_call) {
            for (kind, body) in [
                ("text/plain", "{}"),
                ("application/json", "{}"),
                ("application/x-www-form-urlencoded", "a=b"),
                ("", ""),
            ] {
                let request = Request::builder().method(route.method).uri(route.path);
                let request = request.header("sec-fetch-site", "cross-site");
                let request = request.header("content-type", kind);
                let answer = browser.send(request.body(Body::from(body)).unwrap()).await;
                assert!(matches!(answer.status, 400 | 401 | 415), "{} {answer:?}", route.path);
            }
        }
        assert_eq!(rows(&app).await, before, "{}", app.engine);
        assert!(browser.cookies.contains_key(SESSION));
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
    }
}

/// TK-09: nor is a token that stands in the address.
#[tokio::test]
async fn a_token_in_the_address_or_in_two_headers_is_refused() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let token = app.api_tokens(ADA).await.text("access_token");
        let path = format!("/api/users/me?access_token={token}");
        assert_api_error(&app.call("GET", &path, None).await, 400, "invalid_request");
        assert_api_error(&app.call("GET", &path, Some(&token)).await, 400, "invalid_request");
        let header = format!("Bearer {token}");
        let twice = Request::get("/api/users/me")
            .header("authorization", &header)
            .header("authorization", &header);
        let answer: Answer = app.send(twice.body(Body::empty()).unwrap()).await;
        assert_api_error(&answer, 400, "invalid_request");
    }
}

/// AP-02 TK-05: an app of others never gets a token of this API, whatever it asks for.
#[tokio::test]
async fn an_app_of_others_cannot_ask_for_this_api() {
    for app in apps().await {
        app.with_ada().await;
        let ours = NewClient { first_party: true, ..web_client("ours", "https://notes.example") };
        app.client(ours).await;
        for client in ["notes", "ours"] {
            for name in ["audience", "resource"] {
                for asked in [AUDIENCE, "https://id.example.com/api"] {
                    let url = authorize_url(&[("client_id", Some(client)), (name, Some(asked))]);
                    let refused = app.browser().get(&url).await;
                    assert_eq!(error_at_client(&refused), "invalid_target", "{client} {asked}");
                }
            }
        }
        app.machine("billing").await;
        let asked = app.machine_token("billing", &[("audience", AUDIENCE)]).await;
        assert_eq!((asked.status, asked.error()), (400, "invalid_target".to_owned()));
        // Nor by its refresh token.
        let token = app.tokens().await.text("refresh_token");
        let fields =
            [("refresh_token", &*token), ("grant_type", "refresh_token"), ("audience", AUDIENCE)];
        assert_eq!(app.token(Some(("notes", SECRET)), &fields).await.error(), "invalid_target");
    }
}

/// The pages lead there as well, for an app that may use this API.
#[tokio::test]
async fn an_app_of_ones_own_may_ask_for_it_at_the_pages_too() {
    for app in apps().await {
        app.person(ADA).await;
        app.client(own_client()).await;
        let own = [
            ("client_id", Some("own")),
            ("redirect_uri", Some("https://own.example/cb")),
            ("audience", Some(AUDIENCE)),
        ];
        let mut browser = app.browser();
        let url = browser.authorize(ADA, &own).await;
        let mut fields = crate::support::app::exchange_fields("x");
        let code = parameter(&url, "code").unwrap_or_else(|| panic!("no code in {url}"));
        fields[1].1 = &code;
        fields[2].1 = "https://own.example/cb";
        let tokens = app.token(Some(("own", SECRET)), &fields).await;
        let token = tokens.text("access_token");
        assert_eq!(claims(&token)["aud"], json!([AUDIENCE, "https://id.example.com/userinfo"]));
        assert_eq!(app.me(&token).await.text("email"), ADA, "{}", app.engine);
        let body = json!({ "email": ADA, "password": PASSWORD });
        assert_api_error(&app.api_sign_in(&body).await, 401, "invalid_client");
        // CS-10: no proof of a browser counts for the app, nor one of the app for the browser's cookie.
        let proof = json!({ "method": "totp", "password": PASSWORD });
        for (method, path) in [
            ("POST", "/api/auth/2fa/enable"),
            ("POST", "/api/auth/2fa/backup-codes"),
            ("DELETE", "/api/auth/2fa/disable"),
            ("DELETE", "/api/users/me"),
        ] {
            let answer = app.call_with((method, path), Some(&token), &proof).await;
            assert_api_error(&answer, 403, "session_of_browser");
        }
    }
}

/// What a token's scopes do not open is told neither with it nor for it.
#[tokio::test]
async fn members_are_told_as_far_as_the_scopes_open_them() {
    for app in apps().await {
        app.person(ADA).await;
        let scopes = Some("openid email".parse().unwrap());
        app.client(NewClient { scopes, ..own_client() }).await;
        let body = json!({
            "email": ADA, "password": PASSWORD, "client_id": "own", "client_secret": SECRET,
        });
        let signed_in = app.api_sign_in(&body).await;
        assert_eq!(signed_in.status, 200, "{} {signed_in:?}", app.engine);
        let token = signed_in.text("access_token");
        let me = app.me(&token).await.json();
        for answer in [&signed_in.json(), &me] {
            assert_eq!(answer["email"], ADA, "{answer}");
            for hidden in ["name", "last_login", "logins_count", "created_at"] {
                assert!(answer.get(hidden).is_none(), "{hidden}: {answer}");
            }
        }
        let named = json!({ "name": "Countess" });
        let refused = app.call_with(("PATCH", "/api/users/me"), Some(&token), &named).await;
        assert_api_error(&refused, 403, "insufficient_scope");
    }
}
