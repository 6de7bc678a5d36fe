//! `POST /api/auth/signup`.

use std::sync::Arc;

use protekt::domain::second_factor::FactorPolicy;
use protekt::throttle::Limit;
use serde_json::{Value, json};

use super::races::{race, ready, with_status};
use crate::pages::steps::{count, execute, texts};
use crate::support::api::{ApiTokens, assert_api_refused, named_in};
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with};
use crate::support::protocol::ADA;

const SIGN_UP: &str = "POST /api/auth/signup";
const OPEN: Wishes = Wishes {
    refresh_overlap: 10,
    email_verification: false,
    unlimited_tries: false,
    factor_policy: FactorPolicy::Optional,
};

fn grace() -> Value {
    json!({ "email": "grace@example.com", "password": PASSWORD })
}

#[tokio::test]
async fn an_account_is_made_and_signed_in_where_addresses_need_no_verification() {
    for app in apps_with(OPEN).await {
        app.shop().await;
        for (path, name) in [(SIGN_UP, "one"), ("POST /api/auth/register", "two")] {
            let body = json!({
                "email": format!("{name}@example.com"), "password": PASSWORD,
                "username": format!("Number {name}"), "name": "Grace Hopper",
            });
            let answer = app.call(path, None, body).await;
            assert_eq!(answer.status, 201, "{} {answer:?}", app.engine);
            let made = answer.json();
            assert_eq!(made["id"].as_str().unwrap().len(), 26, "{made}");
            assert_eq!(made["username"], format!("Number {name}"));
            assert_eq!(
                (&made["name"], &made["email_verified"]),
                (&json!("Grace Hopper"), &json!(false))
            );
            let tokens = ApiTokens::of(&answer);
            let me = app.bare_call("GET /api/users/me", Some(&tokens.access)).await.json();
            assert_eq!(me["id"], made["id"]);
        }
        // The person of the first seed: no name but a username with a space.
        let body = json!({ "username": "Number ONE", "password": PASSWORD });
        assert_eq!(app.call("POST /api/auth/signin", None, body).await.status, 200);
    }
}

#[tokio::test]
async fn where_addresses_need_verification_tokens_come_after_it() {
    for app in apps().await {
        app.shop().await;
        let answer = app.call(SIGN_UP, None, grace()).await;
        assert_eq!(answer.status, 201, "{} {answer:?}", app.engine);
        let made = answer.json();
        assert_eq!(made["email_verified"], false);
        assert!(made.get("access_token").is_none() && made.get("name").is_none(), "{made}");
        assert!(answer.text("verification_token").starts_with("ptk_fl_"));
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0);
        // Nobody has claimed it: it is as if it were not there.
        assert_api_refused(&app.api_sign_in("grace@example.com").await, 401, "invalid_credentials");
    }
}

#[tokio::test]
async fn what_is_taken_is_told_unless_the_operator_wants_it_neutral() {
    for app in apps_with(OPEN).await {
        app.with_shop().await;
        execute(&app, "UPDATE users SET username = 'Ada', username_canonical = 'ada'").await;
        let taken = json!({ "email": "ADA@example.com", "password": PASSWORD });
        let answer = app.call(SIGN_UP, None, taken.clone()).await;
        assert_api_refused(&answer, 409, "user_exists");
        assert_eq!(named_in(&answer), ["email"]);
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.starts_with(&format!("To: {ADA}\n"))), "{mails:?}");
        let mut named = grace();
        named["username"] = json!("ADA");
        let answer = app.call(SIGN_UP, None, named.clone()).await;
        assert_api_refused(&answer, 409, "user_exists");
        assert_eq!(named_in(&answer), ["username"]);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 1, "{}", app.engine);

        let neutral = app.with_api_settings(|api| api.neutral_sign_up = true);
        let known = neutral.call(SIGN_UP, None, taken).await;
        let new = neutral.call(SIGN_UP, None, grace()).await;
        assert_eq!((known.status, new.status), (202, 202), "{known:?} {new:?}");
        assert_eq!(known.body, new.body, "{}", neutral.engine);
        let answer = neutral.call(SIGN_UP, None, named).await;
        assert_api_refused(&answer, 400, "invalid_body");
        assert_eq!(named_in(&answer), ["username"]);
    }
}

/// EN-06: with verification, neither the answers nor what follows tell.
#[tokio::test]
async fn a_neutral_sign_up_tells_nobody_who_has_an_account() {
    for app in apps().await {
        app.with_shop().await;
        let app = app.with_api_settings(|api| api.neutral_sign_up = true);
        for email in [ADA, "grace@example.com"] {
            let body = json!({ "email": email, "password": PASSWORD });
            let answer = app.call(SIGN_UP, None, body).await;
            assert_eq!(answer.status, 202, "{answer:?}");
            let handle = answer.text("verification_token");
            let members: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
            assert_eq!(members, ["message", "verification_token"]);
            let body = json!({ "verification_token": handle, "token": "000000" });
            let wrong = app.call("POST /api/auth/email/verify", None, body).await;
            assert_api_refused(&wrong, 400, "invalid_code");
            let body = json!({ "verification_token": handle });
            let early = app.call("POST /api/auth/email/verify", None, body.clone()).await;
            assert_api_refused(&early, 403, "email_not_verified");
            let soon = app.call("POST /api/auth/email/resend", None, body.clone()).await;
            assert_api_refused(&soon, 429, "too_many_requests");
            app.clock.advance(60);
            let later = app.call("POST /api/auth/email/resend", None, body).await;
            assert_eq!(later.status, 200, "{email} {later:?}");
        }
    }
}

/// AP-01
#[tokio::test]
async fn nobody_signs_up_with_more_than_is_theirs_to_say() {
    for app in apps_with(OPEN).await {
        app.shop().await;
        for name in [
            "role",
            "roles",
            "email_verified",
            "app_metadata",
            "is_admin",
            "user_id",
            "id",
            "blocked",
            "self_registered",
        ] {
            let mut body = grace();
            body[name] = json!(true);
            let answer = app.call(SIGN_UP, None, body).await;
            assert_api_refused(&answer, 400, "invalid_body");
            assert_eq!(named_in(&answer), [name]);
        }
        for (body, named) in [
            (json!({}), vec!["email", "password"]),
            (json!({ "email": "x", "password": PASSWORD }), vec!["email"]),
            (json!({ "email": "a@b.example", "password": "123456" }), vec!["password", "password"]),
            (
                json!({ "email": "a@b.example", "password": PASSWORD, "username": "a@b" }),
                vec!["username"],
            ),
            (
                json!({ "email": "a@b.example", "password": PASSWORD, "name": "a\u{202e}" }),
                vec!["name"],
            ),
        ] {
            let answer = app.call(SIGN_UP, None, body.clone()).await;
            assert_api_refused(&answer, 400, "invalid_body");
            let mut found = named_in(&answer);
            found.dedup();
            let mut named = named;
            named.dedup();
            assert_eq!(found, named, "{body}");
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 0);
    }
}

#[tokio::test]
async fn sign_ups_here_and_on_the_page_are_counted_together_and_closed_together() {
    for app in apps().await {
        app.shop().await;
        let mut settings = (*app.app.accounts.settings).clone();
        settings.limits.sign_ups_by_network = Limit::new(2, 3_600);
        let app = app.with_account_settings(settings.clone());
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        crate::pages::steps::sign_up(&mut browser, &page, "one@example.com").await;
        assert_eq!(app.call(SIGN_UP, None, grace()).await.status, 201);
        let answer = app.call(SIGN_UP, None, grace()).await;
        assert_api_refused(&answer, 429, "too_many_requests");
        settings.sign_up_is_allowed = false;
        let app = app.with_account_settings(settings);
        let answer = app.call(SIGN_UP, None, grace()).await;
        assert_api_refused(&answer, 403, "sign_up_closed");
    }
}

/// A stranger's username does not stay on an account that its owner signs up for.
#[tokio::test]
async fn who_signs_up_again_takes_over_the_names_too() {
    for app in apps().await {
        app.shop().await;
        let mut first = grace();
        first["username"] = json!("Mallory");
        assert_eq!(app.call(SIGN_UP, None, first.clone()).await.status, 201);
        assert_eq!(app.call(SIGN_UP, None, first).await.status, 201, "the same again");
        assert_eq!(app.call(SIGN_UP, None, grace()).await.status, 201);
        let names = texts(&app, "SELECT COALESCE(username_canonical, '-') FROM users").await;
        assert_eq!(names, ["-"], "{}", app.engine);
    }
}

/// RC-04
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_address_or_one_username_is_signed_up_once_however_many_try() {
    for app in ready().await {
        for round in 0..10 {
            let body = json!({
                "email": format!("r{round}@example.com"), "password": PASSWORD,
                "username": format!("r {round}"),
            });
            let answers = race(&app, SIGN_UP, None, &body).await;
            // Whoever comes again before the address is verified takes the account over.
            assert!(with_status(&answers, 201) >= 1, "{} {answers:?}", app.engine);
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 11, "{}", app.engine);
        usernames(&app).await;
    }
}

async fn usernames(app: &Arc<TestApp>) {
    let tasks = (0..8).map(|n| {
        let app = Arc::clone(app);
        tokio::spawn(async move {
            let body = json!({
                "email": format!("u{n}@example.com"), "password": PASSWORD, "username": "the one",
            });
            app.call(SIGN_UP, None, body).await
        })
    });
    let done = futures_util::future::join_all(tasks.collect::<Vec<_>>()).await;
    let answers: Vec<_> = done.into_iter().map(Result::unwrap).collect();
    assert_eq!(with_status(&answers, 201), 1, "{} {answers:?}", app.engine);
    assert_eq!(with_status(&answers, 409), 7, "{} {answers:?}", app.engine);
}
