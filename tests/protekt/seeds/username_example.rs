//! The Express and MySQL example, in which people have usernames.

use jsonwebtoken::{EncodingKey, Header, encode};
use protekt::clock::Clock as _;
use serde_json::json;

use super::{assert_tokens, installations, post, signs_up, verified};
use crate::support::answer::Answer;
use crate::support::api::{AUDIENCE, assert_api_error, fields_of};
use crate::support::app::{ISSUER, PASSWORD, TestApp};

const SIGN_UP: &str = "/api/auth/signup";
const SIGN_IN: &str = "/api/auth/signin";

async fn abbey_signs_up(app: &TestApp) -> Answer {
    let body = json!({
        "username": "Abbey Salami", "email": "heba@gmail.com", "password": "123456",
    });
    signs_up(app, SIGN_UP, body).await
}

async fn abbey_signs_in(app: &TestApp) -> Answer {
    post(app, SIGN_IN, &json!({ "username": "Abbey Salami", "password": PASSWORD })).await
}

/// The username example's `POST /api/auth/signup` and `POST /api/auth/signin`: both give an access token and
/// a refresh token, to a username with a space in it, too.
#[tokio::test]
async fn who_signs_up_with_a_username_signs_in_with_it() {
    for app in installations().await {
        let made = abbey_signs_up(&app).await;
        assert_tokens(&app, &made).await;
        let tokens = abbey_signs_in(&app).await;
        let bearer = assert_tokens(&app, &tokens).await;
        assert_eq!(tokens.text("id"), made.text("id"), "{}", app.engine);
        assert_eq!(app.me(&bearer).await.text("username"), "Abbey Salami", "{}", app.engine);
        let fresh = app.api_refresh(&tokens.text("refresh_token")).await;
        assert_tokens(&app, &fresh).await;
    }
}

/// The username example's refusals: a username that somebody has, and, new here, one that looks like an
/// address.
#[tokio::test]
async fn a_username_that_somebody_has_is_refused() {
    for app in installations().await {
        abbey_signs_up(&app).await;
        let mut body = json!({
            "username": "abbey salami", "email": "other@gmail.com", "password": PASSWORD,
        });
        let taken = post(&app, SIGN_UP, &body).await;
        assert_api_error(&taken, 409, "user_exists");
        assert_eq!(taken.json()["errors"][0]["field"], "username", "{taken:?}");
        body["username"] = json!("abbey@gmail.com");
        assert_eq!(fields_of(&post(&app, SIGN_UP, &body).await), ["username"], "{}", app.engine);
        let wrong = json!({ "username": "Abbey Salami", "password": "123456" });
        assert_api_error(&post(&app, SIGN_IN, &wrong).await, 401, "invalid_credentials");
    }
}

/// The username example's protected routes: 401 without a token or with a bad one, such as one that somebody
/// signed with a shared secret.
#[tokio::test]
async fn a_protected_route_wants_a_token_that_we_signed() {
    for app in installations().await {
        let made = abbey_signs_up(&app).await;
        let now = app.clock.now().0;
        let claims = json!({
            "sub": made.text("id"), "client_id": "authentication-api", "iss": ISSUER,
            "aud": AUDIENCE, "iat": now, "exp": now + 86_400, "jti": "x", "scope": "openid",
        });
        let secret = EncodingKey::from_secret(b"your-secret-key");
        let forged = encode(&Header::default(), &claims, &secret).unwrap();
        for bearer in [None, Some("your.jwt.token"), Some(&*forged)] {
            let refused = app.call("GET", "/api/users/me", bearer).await;
            assert_api_error(&refused, 401, "invalid_token");
        }
    }
}

/// The username example's roles: the token of the next sign-in has them.
#[tokio::test]
async fn the_token_tells_the_roles() {
    for app in installations().await {
        let none = abbey_signs_up(&app).await.text("access_token");
        assert_eq!(verified(&app, &none, AUDIENCE).await.unwrap()["roles"], json!([]));
        app.give_role("heba@gmail.com", "moderator").await;
        let token = abbey_signs_in(&app).await.text("access_token");
        let claims = verified(&app, &token, AUDIENCE).await.unwrap();
        assert_eq!(claims["roles"], json!(["moderator"]), "{}", app.engine);
    }
}

/// The username example's 24 hours, which `JWT_ACCESS_EXPIRATION_MINUTES=1440` sets (see `environment`).
#[tokio::test]
async fn an_access_token_lives_as_long_as_was_set() {
    for app in installations().await {
        let app = app.with_settings(|settings| settings.access_token_lifetime = 24 * 3_600);
        let made = abbey_signs_up(&app).await;
        assert_eq!(made.json()["expires_in"], 86_400, "{} {made:?}", app.engine);
        let claims = verified(&app, &made.text("access_token"), AUDIENCE).await.unwrap();
        let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(lifetime, 86_400, "{claims}");
        app.clock.advance(23 * 3_600);
        assert_eq!(app.me(&made.text("access_token")).await.status, 200, "{}", app.engine);
        app.clock.advance(3_600);
        assert_eq!(app.me(&made.text("access_token")).await.status, 401, "{}", app.engine);
    }
}
