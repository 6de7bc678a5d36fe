//! `POST /api/auth/signin`.

use protekt::domain::client::ClientKind;
use protekt::oauth::clients::NewClient;
use protekt::throttle::Limit;
use serde_json::json;

use crate::pages::steps::{count, execute};
use crate::support::answer::Answer;
use crate::support::api::{assert_api_refused, named_in, shop};
use crate::support::app::{ISSUER, PASSWORD, TestApp, apps, claims};
use crate::support::protocol::ADA;

const SIGN_IN: &str = "POST /api/auth/signin";

async fn with(app: &TestApp, login: (&str, &str), password: &str) -> Answer {
    let (name, value) = login;
    app.call(SIGN_IN, None, json!({ name: value, "password": password })).await
}

#[tokio::test]
async fn a_password_buys_the_tokens_of_a_session_that_the_devices_page_shows() {
    for app in apps().await {
        let ada = app.with_shop().await;
        execute(&app, "UPDATE users SET username = 'Ada O', username_canonical = 'ada o'").await;
        for (path, login) in [
            (SIGN_IN, ("email", "ADA@example.com")),
            ("POST /api/auth/login", ("username", "ada o")),
        ] {
            let body = json!({ login.0: login.1, "password": PASSWORD });
            let answer = app.call(path, None, body).await;
            assert_eq!(answer.status, 200, "{} {answer:?}", app.engine);
            assert_eq!(answer.header("cache-control"), "no-store");
            assert!(answer.headers.get("set-cookie").is_none(), "{answer:?}");
            let body = answer.json();
            assert_eq!(body["id"], ada.id.as_str());
            assert_eq!((&body["email"], &body["username"]), (&json!(ADA), &json!("Ada O")));
            assert_eq!(
                (&body["email_verified"], &body["token_type"]),
                (&json!(true), &json!("Bearer"))
            );
            assert_eq!(body["expires_in"], 3_600);
            assert!(answer.text("refresh_token").starts_with("ptk_rt_"), "{body}");
            let token = claims(&answer.text("access_token"));
            assert_eq!(token["aud"], json!([format!("{ISSUER}api/"), format!("{ISSUER}userinfo")]));
            assert_eq!((&token["azp"], &token["sub"]), (&json!("shop"), &body["id"]));
            let sessions = app.app.accounts.sessions_of(&ada.id).await.unwrap();
            let own = sessions.iter().find(|listed| token["sid"] == listed.session.sid.as_str());
            assert!(own.unwrap().session.remembered, "{sessions:?}");
            let info = app.userinfo(&answer.text("access_token")).await;
            assert_eq!(info.json()["email"], ADA, "{info:?}");
        }
    }
}

/// EN-01: whoever it was, the answer is the same to the byte.
#[tokio::test]
async fn a_sign_in_is_refused_alike_whether_there_is_such_a_person_or_not() {
    for app in apps().await {
        app.with_shop().await;
        app.person("blocked@example.com").await;
        execute(&app, "UPDATE users SET blocked_at = 1 WHERE email = 'blocked@example.com'").await;
        let wrong = with(&app, ("email", ADA), "a-wrong-password").await;
        assert_api_refused(&wrong, 401, "invalid_credentials");
        for (login, password) in [
            (("email", "nobody@example.com"), PASSWORD),
            (("username", "nobody"), PASSWORD),
            (("email", "blocked@example.com"), PASSWORD),
            (("email", "no address"), PASSWORD),
        ] {
            let answer = with(&app, login, password).await;
            assert_eq!((answer.status, &answer.body), (401, &wrong.body), "{login:?}");
            let mut headers = (answer.headers, wrong.headers.clone());
            headers.0.remove("x-request-id");
            headers.1.remove("x-request-id");
            assert_eq!(headers.0, headers.1, "{login:?}");
        }
    }
}

/// BF-01: the tries of a name are counted here and on the pages together.
#[tokio::test]
async fn wrong_passwords_here_and_on_the_pages_are_counted_together() {
    for mut app in apps().await {
        let mut settings = (*app.app.accounts.settings).clone();
        settings.limits.passwords_by_account_and_network = Limit::new(4, 900);
        app = app.with_account_settings(settings);
        app.with_shop().await;
        let mut browser = app.browser();
        for _ in 0..2 {
            let page = browser.open("/login").await;
            let fields = [("username", ADA), ("password", "a-wrong-password")];
            browser.submit(&page, "login-form", &fields).await;
            assert_eq!(with(&app, ("email", ADA), "a-wrong-password").await.status, 401);
        }
        let answer = with(&app, ("email", ADA), PASSWORD).await;
        assert_api_refused(&answer, 429, "too_many_requests");
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0, "{answer:?}");
        app.clock.advance(901);
        assert_eq!(with(&app, ("email", ADA), PASSWORD).await.status, 200);
    }
}

#[tokio::test]
async fn only_an_application_of_the_operators_own_that_was_registered_for_it_may_call() {
    for app in apps().await {
        app.with_ada().await;
        let before = app.api_sign_in(ADA).await;
        assert_api_refused(&before, 400, "unauthorized_client");
        app.shop().await;
        let own = NewClient {
            id: Some("own".into()),
            first_party: true,
            redirect_uris: vec!["http://127.0.0.1/cb".to_owned()],
            ..NewClient::new("Own", ClientKind::Native)
        };
        app.client(own).await;
        app.client(NewClient { id: Some("other".into()), ..shop() }).await;
        for (client, status) in [("notes", 400), ("own", 400), ("nobody", 400), ("other", 200)] {
            let body = json!({ "email": ADA, "password": PASSWORD, "client_id": client });
            let answer = app.call(SIGN_IN, None, body).await;
            assert_eq!(answer.status, status, "{client} {answer:?}");
            if status == 200 {
                assert_eq!(claims(&answer.text("access_token"))["client_id"], "other");
            }
        }
        // What is taken away is felt at once.
        let token = app.api_tokens().await.access;
        execute(&app, "UPDATE clients SET authentication_api = FALSE WHERE id = 'shop'").await;
        let answer = app.bare_call("GET /api/users/me", Some(&token)).await;
        assert_api_refused(&answer, 401, "invalid_token");
    }
}

#[tokio::test]
async fn what_has_to_be_done_first_is_said_by_name() {
    for app in apps().await {
        app.with_shop().await;
        app.unverified_person("new@example.com").await;
        let answer = app.api_sign_in("new@example.com").await;
        assert_api_refused(&answer, 403, "email_not_verified");
        assert!(answer.text("verification_token").starts_with("ptk_fl_"), "{answer:?}");
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.starts_with("To: new@example.com\n")), "{mails:?}");

        execute(&app, "UPDATE users SET new_password_reason = 'operator'").await;
        assert_api_refused(&app.api_sign_in(ADA).await, 403, "new_password_required");
        execute(&app, "UPDATE users SET new_password_reason = NULL").await;
        execute(&app, "UPDATE users SET deletion_due_at = 2000000000").await;
        assert_api_refused(&app.api_sign_in(ADA).await, 403, "deletion_pending");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn an_owner_is_told_by_mail_of_a_sign_in_somewhere_new_and_only_then() {
    for app in apps().await {
        app.with_shop().await;
        app.api_tokens().await;
        app.api_tokens().await;
        assert_eq!(app.mails().await.len(), 0, "{}", app.engine);
        let body = json!({ "email": ADA, "password": PASSWORD }).to_string();
        let mut request = crate::support::api::call(SIGN_IN, None, &body);
        request.headers_mut().insert("user-agent", "curl/8".parse().unwrap());
        assert_eq!(app.send(request).await.status, 200);
        let mails = app.mails().await;
        assert_eq!(mails.len(), 1, "{} {mails:?}", app.engine);
        assert!(mails[0].contains("New sign-in"), "{mails:?}");
    }
}

#[tokio::test]
async fn a_sign_in_names_one_person_and_nothing_else() {
    for app in apps().await {
        app.with_shop().await;
        for (body, named) in [
            (json!({}), vec!["password", "email"]),
            (json!({ "email": ADA }), vec!["password"]),
            (json!({ "email": ADA, "username": "ada", "password": PASSWORD }), vec!["email"]),
            (json!({ "email": ADA, "password": PASSWORD, "role": "admin" }), vec!["role"]),
            (json!({ "email": [ADA], "password": 1 }), vec!["email", "password", "email"]),
        ] {
            let answer = app.call(SIGN_IN, None, body.clone()).await;
            assert_api_refused(&answer, 400, "invalid_body");
            assert_eq!(named_in(&answer), named, "{body}");
        }
    }
}
