//! `POST /api/auth/signin`.

use protekt::domain::second_factor::FactorPolicy;
use serde_json::{Value, json};

use crate::pages::steps::{count, enter, sign_up};
use crate::support::answer::Answer;
use crate::support::api::{AUDIENCE, assert_api_error, assert_half_signed_in, own_client};
use crate::support::app::{
    PASSWORD, SECRET, TestApp, Wishes, apps, apps_with, claims, jwt_header, web_client,
};
use crate::support::factors::set_up_totp;
use crate::support::protocol::ADA;

const GRACE: &str = "grace@example.com";

fn right() -> Value {
    json!({ "email": ADA, "password": PASSWORD })
}

async fn sessions(app: &TestApp) -> i64 {
    count(app, "SELECT COUNT(*) FROM sessions").await
}

/// The same JWTs as at the token endpoint, for this API and for userinfo.
#[tokio::test]
async fn a_name_and_a_password_are_given_tokens_of_this_api() {
    for app in apps().await {
        app.plant_api_client().await;
        let ada = app.person(ADA).await;
        app.store.run("UPDATE users SET username = 'Ada', username_canonical = 'ada'").await;
        for path in ["/api/auth/signin", "/api/auth/login"] {
            for (name, login) in [("email", ADA), ("username", "ada"), ("email", "ADA@Example.com")]
            {
                let body = json!({ name: login, "password": PASSWORD });
                let tokens = app.call_with(("POST", path), None, &body).await;
                assert_eq!(tokens.status, 200, "{tokens:?}");
                assert_eq!(tokens.header("cache-control"), "no-store");
                assert!(!tokens.headers.contains_key("set-cookie"), "{tokens:?}");
                let told = tokens.json();
                assert_eq!((&told["id"], &told["email"]), (&json!(ada.id), &json!(ADA)));
                assert_eq!(
                    (&told["username"], &told["name"]),
                    (&json!("Ada"), &json!("Ada Okafor"))
                );
                assert_eq!(told["email_verified"], true);
                assert_eq!(
                    (&told["token_type"], &told["expires_in"]),
                    (&json!("Bearer"), &json!(3600))
                );
                let token = tokens.text("access_token");
                let (header, claims) = (jwt_header(&token), claims(&token));
                assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("at+jwt")));
                assert_eq!(claims["aud"], json!([AUDIENCE, "https://id.example.com/userinfo"]));
                assert_eq!(claims["client_id"], "authentication-api");
                assert_eq!(claims["sub"], json!(ada.id));
                assert_eq!(app.me(&token).await.status, 200, "{}", app.engine);
                assert_eq!(app.userinfo(&token).await.text("email"), ADA, "{}", app.engine);
                assert!(tokens.text("refresh_token").starts_with("ptk_rt_"));
            }
        }
        let issued = "SELECT COUNT(*) FROM audit_events
            WHERE kind = 'tokens_issued' AND outcome = 'success'";
        assert_eq!(count(&app, issued).await, 6, "{}", app.engine);
    }
}

/// AP-01: what nobody asks for is ignored.
#[tokio::test]
async fn whoever_signs_in_gives_themselves_nothing() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let mut body = right();
        for name in ["role", "roles", "scope", "audience", "permissions", "is_admin", "sub"] {
            body[name] = json!(["admin"]);
        }
        let tokens = app.api_sign_in(&body).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let claims = claims(&tokens.text("access_token"));
        assert_eq!(claims["roles"], json!([]), "{claims}");
        assert_eq!(claims["aud"][0], AUDIENCE, "{claims}");
    }
}

/// What differs from call to call, taken out.
fn normal(answer: &Answer) -> (u16, String, Vec<String>) {
    let is_own = |name: &str| name == "x-request-id";
    let headers = answer.headers.iter().filter(|(name, _)| !is_own(name.as_str()));
    let headers = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    (answer.status, answer.body.clone(), headers)
}

/// EN-01
#[tokio::test]
async fn every_refused_sign_in_looks_the_same() {
    for app in apps().await {
        // Elsewhere who signed up and has yet to verify is told so.
        let app = app.with_http(|settings| settings.neutral_sign_up = true);
        app.plant_api_client().await;
        for email in [ADA, GRACE, "blocked@example.com", "none@example.com"] {
            app.person(email).await;
        }
        app.store.run("UPDATE users SET blocked_at = 1 WHERE email LIKE 'blocked%'").await;
        app.store.run("UPDATE users SET password_hash = NULL WHERE email LIKE 'none%'").await;
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        sign_up(&mut browser, &page, "new@example.com").await;
        let refused = |email: &'static str, password: &'static str| {
            let body = json!({ "email": email, "password": password });
            async { app.api_sign_in(&{ body }).await }
        };
        let unknown = refused("nobody@example.com", PASSWORD).await;
        assert_api_error(&unknown, 401, "invalid_credentials");
        for (email, password) in [
            (ADA, "another-one-97"),
            (GRACE, " "),
            ("blocked@example.com", PASSWORD),
            ("none@example.com", PASSWORD),
            ("new@example.com", "walnut-harbour-97"),
            ("'; DROP TABLE users; --", PASSWORD),
        ] {
            let answer = refused(email, password).await;
            assert_eq!(normal(&answer), normal(&unknown), "{email} {}", app.engine);
        }
        let long = json!({ "email": ADA, "password": "x".repeat(5_000) });
        assert_eq!(normal(&app.api_sign_in(&long).await), normal(&unknown));
        assert_eq!(sessions(&app).await, 0, "{}", app.engine);
    }
}

/// BF-01: one counter for the page and the API.
#[tokio::test]
async fn wrong_passwords_are_counted_with_those_of_the_page() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let wrong = json!({ "email": ADA, "password": "another-one-97" });
        for _ in 0..10 {
            assert_api_error(&app.api_sign_in(&wrong).await, 401, "invalid_credentials");
        }
        let stopped = app.api_sign_in(&right()).await;
        assert_api_error(&stopped, 429, "too_many_requests");
        let seconds: i64 = stopped.header("retry-after").parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        assert_eq!(enter(&mut browser, &page, ADA, PASSWORD).await.status, 429, "{}", app.engine);
        app.clock.advance(seconds);
        assert_eq!(app.api_sign_in(&right()).await.status, 200, "{}", app.engine);
        let refused = "SELECT COUNT(*) FROM audit_events
            WHERE kind = 'signed_in' AND outcome = 'failure'";
        assert_eq!(count(&app, refused).await, 10, "{}", app.engine);
    }
}

/// AP-02
#[tokio::test]
async fn only_a_client_that_is_registered_for_it_signs_anybody_in() {
    for app in apps().await {
        app.person(ADA).await;
        assert_api_error(&app.api_sign_in(&right()).await, 401, "invalid_client");
        app.plant_api_client().await;
        app.web_client().await;
        let mut ours = web_client("ours", "https://ours.example");
        ours.first_party = true;
        app.client(ours).await;
        app.client(own_client()).await;
        for id in ["notes", "ours"] {
            let mut body = right();
            body["client_id"] = json!(id);
            assert_api_error(&app.api_sign_in(&body).await, 401, "invalid_client");
            body["client_secret"] = json!(SECRET);
            assert_api_error(&app.api_sign_in(&body).await, 403, "unauthorized_client");
        }
        let mut body = right();
        body["client_id"] = json!("own");
        assert_api_error(&app.api_sign_in(&body).await, 401, "invalid_client");
        body["client_secret"] = json!("ptk_cs_wrong");
        assert_api_error(&app.api_sign_in(&body).await, 401, "invalid_client");
        assert_eq!(sessions(&app).await, 0, "{}", app.engine);
        body["client_secret"] = json!(SECRET);
        let tokens = app.api_sign_in(&body).await;
        assert_eq!(claims(&tokens.text("access_token"))["client_id"], "own", "{tokens:?}");
        // An app that stops being the operator's own loses it at once.
        app.store.run("UPDATE clients SET first_party = FALSE WHERE id = 'own'").await;
        assert_api_error(&app.api_sign_in(&body).await, 403, "unauthorized_client");
        assert_api_error(&app.me(&tokens.text("access_token")).await, 401, "invalid_token");
    }
}

/// MF-03
#[tokio::test]
async fn the_password_alone_opens_nothing_to_who_has_a_second_factor() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        set_up_totp(&app, &mut browser).await;
        let before = sessions(&app).await;
        let half = app.api_sign_in(&right()).await;
        assert_half_signed_in(&half);
        // Trust of a browser is no trust of a program.
        assert_eq!(sessions(&app).await, before, "{}", app.engine);
    }
}

#[tokio::test]
async fn whoever_must_have_a_second_factor_and_has_none_gets_no_token() {
    for app in
        apps_with(Wishes { factor_policy: FactorPolicy::Required, ..Wishes::default() }).await
    {
        app.plant_api_client().await;
        app.person(ADA).await;
        assert_api_error(&app.api_sign_in(&right()).await, 403, "mfa_enrollment_required");
        assert_eq!(sessions(&app).await, 0, "{}", app.engine);
    }
    for app in apps().await {
        app.person(ADA).await;
        let policy = Some(FactorPolicy::Required);
        app.client(protekt::oauth::clients::NewClient { second_factor: policy, ..own_client() })
            .await;
        let mut body = right();
        body["client_id"] = json!("own");
        body["client_secret"] = json!(SECRET);
        assert_api_error(&app.api_sign_in(&body).await, 403, "mfa_enrollment_required");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM grants").await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn whoever_has_to_do_something_first_is_led_to_the_pages() {
    for app in apps().await {
        app.plant_api_client().await;
        app.unverified_person(GRACE).await;
        let body = json!({ "email": GRACE, "password": PASSWORD });
        let refused = app.api_sign_in(&body).await;
        assert_eq!(
            (refused.status, &refused.json()["errorCode"]),
            (403, &json!("email_not_verified"))
        );
        app.person(ADA).await;
        app.store.run("UPDATE users SET deletion_due_at = 1900000000").await;
        assert_api_error(&app.api_sign_in(&right()).await, 403, "deletion_pending");
        app.store.run("UPDATE users SET deletion_due_at = NULL").await;
        let operator = "UPDATE users SET new_password_reason = 'operator'";
        app.store.run(operator).await;
        assert_api_error(&app.api_sign_in(&right()).await, 403, "new_password_required");
        assert_eq!(sessions(&app).await, 0, "{}", app.engine);
    }
}

/// A thief who signs in by the API is no quieter than one at the page.
#[tokio::test]
async fn a_program_at_a_new_place_is_told_to_the_owner_once() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        app.browser().sign_in(ADA).await;
        for _ in 0..3 {
            app.api_tokens(ADA).await;
        }
        let mails = app.mails().await;
        let told = mails.iter().filter(|mail| mail.contains("\nSubject: New sign-in")).count();
        assert_eq!(told, 1, "{} {mails:?}", app.engine);
    }
}
