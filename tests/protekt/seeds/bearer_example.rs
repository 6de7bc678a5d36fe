//! The Express and MongoDB guide to bearer tokens.

use protekt::accounts::import::{ImportLine, ImportOutcome};
use protekt::clock::Clock as _;
use serde_json::{Value, json};

use super::{assert_tokens, installations, post, signs_up, verified};
use crate::support::answer::Answer;
use crate::support::api::{AUDIENCE, assert_api_error, own_client};
use crate::support::app::{PASSWORD, SECRET, TestApp};

const REGISTER: &str = "/api/auth/register";
const LOGIN: &str = "/api/auth/login";
const EMAIL: &str = "test@example.com";

async fn registers(app: &TestApp) -> Answer {
    signs_up(app, REGISTER, json!({ "email": EMAIL, "password": "password123" })).await
}

async fn logs_in(app: &TestApp) -> Answer {
    post(app, LOGIN, &json!({ "email": EMAIL, "password": PASSWORD })).await
}

/// The bearer guide's `POST /api/auth/register` and `POST /api/auth/login`: the three members of its answer,
/// and others beside them.
#[tokio::test]
async fn who_registers_logs_in_and_gets_the_three_members() {
    for app in installations().await {
        assert_eq!(registers(&app).await.text("email"), EMAIL);
        let tokens = logs_in(&app).await;
        assert_eq!(tokens.status, 200, "{} {tokens:?}", app.engine);
        assert_tokens(&app, &tokens).await;
    }
}

/// The bearer guide's refusals: a user that exists, and bad credentials, which are told alike whoever it was.
#[tokio::test]
async fn an_address_that_somebody_has_and_a_wrong_password_are_refused() {
    for app in installations().await {
        registers(&app).await;
        let again = post(&app, REGISTER, &json!({ "email": EMAIL, "password": PASSWORD })).await;
        assert_api_error(&again, 409, "user_exists");
        let wrong = json!({ "email": EMAIL, "password": "password123" });
        let unknown = json!({ "email": "nobody@example.com", "password": "password123" });
        let (wrong, unknown) = (post(&app, LOGIN, &wrong).await, post(&app, LOGIN, &unknown).await);
        assert_api_error(&wrong, 401, "invalid_credentials");
        assert_eq!(wrong.body, unknown.body, "{}", app.engine);
    }
}

/// The bearer guide's `GET /api/protected/dashboard`, which is an API of the developer's own: it verifies the
/// token, and asks whose it is.
#[tokio::test]
async fn an_api_of_ones_own_verifies_the_token_and_welcomes_by_address() {
    for app in installations().await {
        let made = registers(&app).await;
        let token = logs_in(&app).await.text("access_token");
        let claims = verified(&app, &token, AUDIENCE).await.unwrap();
        assert_eq!(claims["sub"], made.json()["id"], "{}", app.engine);
        // The address is no claim of an access token: it is told where the token is shown.
        assert_eq!(claims.get("email"), None, "{claims}");
        assert_eq!(app.userinfo(&token).await.text("email"), EMAIL, "{}", app.engine);
        assert_eq!(app.me(&token).await.text("email"), EMAIL, "{}", app.engine);
        assert!(verified(&app, &token, "https://another.example/").await.is_err());
    }
}

/// The bearer guide's stored tokens: `/oauth/introspect` says whether one still counts, and `/oauth/revoke` ends
/// it.
#[tokio::test]
async fn a_token_can_be_asked_about_and_taken_back() {
    for app in installations().await {
        app.client(own_client()).await;
        registers(&app).await;
        let body = json!({
            "email": EMAIL, "password": PASSWORD, "client_id": "own", "client_secret": SECRET,
        });
        let tokens = post(&app, LOGIN, &body).await;
        let token = tokens.text("access_token");
        let known = app.introspect("own", &token).await;
        assert_eq!(
            (&known["active"], &known["sub"]),
            (&json!(true), &tokens.json()["id"]),
            "{known}"
        );
        let fields = [("token", token.as_str())];
        let gone = app.ask("/oauth/revoke", Some(("own", SECRET)), &fields).await;
        assert_eq!(gone.status, 200, "{} {gone:?}", app.engine);
        assert_eq!(app.introspect("own", &token).await, json!({ "active": false }));
        assert_api_error(&app.me(&token).await, 401, "invalid_token");
        // The client that nobody has to name has no secret: it takes back, and does not ask.
        let token = logs_in(&app).await.text("refresh_token");
        let fields = [("token", token.as_str()), ("client_id", "authentication-api")];
        assert_eq!(app.ask("/oauth/revoke", None, &fields).await.status, 200, "{}", app.engine);
        assert_api_error(&app.api_refresh(&token).await, 401, "invalid_token");
        assert_eq!(app.ask("/oauth/introspect", None, &fields).await.status, 401);
    }
}

/// The bearer guide's stored users: their bcrypt hashes come along, and their passwords go on.
#[tokio::test]
async fn who_was_registered_there_logs_in_with_the_old_password() {
    for app in installations().await {
        // Made by another program from the usual password.
        let hash = "$2b$05$HZ7AS3VaR4mQ7wzJeWl3u.3YHVROzHbTvFpNBd.Bq3/22HzKb9Za6";
        let line = json!({ "email": EMAIL, "email_verified": true, "password_hash": hash });
        let line = ImportLine::parse(line.to_string().as_bytes(), app.clock.now()).unwrap();
        let outcomes = app.app.accounts.import(&[line.person]).await.unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == ImportOutcome::Imported));
        let tokens = logs_in(&app).await;
        assert_tokens(&app, &tokens).await;
        assert_eq!(tokens.json()["email_verified"], Value::Bool(true), "{tokens:?}");
    }
}
