//! `POST /api/auth/signup`.

use futures_util::future::join_all;
use protekt::store::unverified_users;
use protekt::throttle::Limit;
use serde_json::{Value, json};

use crate::pages::steps::{code_in, count, mail_to, sign_up as sign_up_on_page, texts};
use crate::support::answer::Answer;
use crate::support::api::{AUDIENCE, assert_api_error, fields_of};
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with, claims, web_client};
use crate::support::protocol::ADA;

const USERS: &str = "SELECT COUNT(*) FROM users";

/// Addresses need not be verified, and nothing but this is tested by limits.
fn open_to_all() -> Wishes {
    Wishes { email_verification: false, unlimited_tries: true, ..Wishes::default() }
}

async fn sign_up(app: &TestApp, body: &Value) -> Answer {
    app.call_with(("POST", "/api/auth/signup"), None, body).await
}

fn ada() -> Value {
    json!({ "email": ADA, "password": PASSWORD, "username": "Ada L", "name": "Ada Lovelace" })
}

#[tokio::test]
async fn whoever_need_not_verify_their_address_has_tokens_at_once() {
    for app in apps_with(open_to_all()).await {
        app.plant_api_client().await;
        let made = sign_up(&app, &ada()).await;
        assert_eq!(made.status, 201, "{} {made:?}", app.engine);
        assert!(!made.headers.contains_key("set-cookie"), "{made:?}");
        assert_eq!(made.header("cache-control"), "no-store");
        let told = made.json();
        for (name, value) in [
            ("email", json!(ADA)),
            ("username", json!("Ada L")),
            ("name", json!("Ada Lovelace")),
            ("email_verified", json!(false)),
            ("token_type", json!("Bearer")),
            ("expires_in", json!(3600)),
        ] {
            assert_eq!(told[name], value, "{name} {told}");
        }
        let token = made.text("access_token");
        assert_eq!(claims(&token)["aud"][0], AUDIENCE);
        assert_eq!(app.me(&token).await.text("id"), told["id"].as_str().unwrap());
        assert_eq!(app.api_refresh(&made.text("refresh_token")).await.status, 200);
        let body = json!({ "email": "grace@example.com", "password": PASSWORD });
        let made = app.call_with(("POST", "/api/auth/register"), None, &body).await;
        assert_eq!(made.status, 201, "{} {made:?}", app.engine);
        assert_eq!(made.json().get("name"), None, "{made:?}");
        let by_name = json!({ "username": "ADA L", "password": PASSWORD });
        assert_eq!(app.api_sign_in(&by_name).await.status, 200, "{}", app.engine);
    }
}

/// A session that begins by a sign-up is that of a program: the next sign-in of the same is none from
/// somewhere new.
#[tokio::test]
async fn the_program_of_a_sign_up_is_known_from_then_on() {
    for verifies in [true, false] {
        let wishes = Wishes { email_verification: verifies, ..open_to_all() };
        for app in apps_with(wishes).await {
            app.plant_api_client().await;
            let made = sign_up(&app, &ada()).await;
            if verifies {
                let code = code_in(&mail_to(&app, ADA).await);
                let body = json!({
                    "verification_token": made.text("verification_token"), "code": code,
                });
                let call = ("POST", "/api/auth/email/verify");
                assert_eq!(app.call_with(call, None, &body).await.status, 200, "{}", app.engine);
            }
            let known = texts(&app, "SELECT browser_digest FROM known_devices").await;
            app.api_tokens(ADA).await;
            let mails = app.mails().await;
            assert!(!mails.iter().any(|mail| mail.contains("new sign-in")), "{mails:?}");
            let after = texts(&app, "SELECT browser_digest FROM known_devices").await;
            assert_eq!((known.len(), known), (1, after), "{verifies} {}", app.engine);
            let remembered = "SELECT COUNT(*) FROM sessions WHERE remembered";
            assert_eq!(count(&app, remembered).await, 2, "{verifies} {}", app.engine);
        }
    }
}

#[tokio::test]
async fn whoever_has_to_verify_their_address_has_no_tokens_before() {
    for app in apps().await {
        app.plant_api_client().await;
        let made = sign_up(&app, &ada()).await;
        assert_eq!(made.status, 201, "{} {made:?}", app.engine);
        let told = made.json();
        assert!(told.get("access_token").is_none() && told.get("refresh_token").is_none());
        assert_eq!((&told["email"], &told["email_verified"]), (&json!(ADA), &json!(false)));
        assert_eq!(told["verification_expires_in"], 86_400);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "{}", app.engine);
        assert!(mail_to(&app, ADA).await.contains("verify-email?token="), "{}", app.engine);
        // Who lost the token gives the password, a minute after the last mail.
        let right = json!({ "email": ADA, "password": PASSWORD });
        assert_api_error(&app.api_sign_in(&right).await, 403, "email_not_verified");
        app.clock.advance(61);
        let refused = app.api_sign_in(&right).await;
        let told = (refused.status, &refused.json()["errorCode"]);
        assert_eq!(told, (403, &json!("email_not_verified")), "{} {refused:?}", app.engine);
        let code = code_in(&mail_to(&app, ADA).await);
        let body =
            json!({ "verification_token": refused.text("verification_token"), "code": code });
        let done = app.call_with(("POST", "/api/auth/email/verify"), None, &body).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
    }
}

/// What was begun anew is cleared away like the sign-up itself, with its username.
#[tokio::test]
async fn a_sign_up_that_nobody_completes_goes_away_whoever_signed_in_meanwhile() {
    for app in apps().await {
        app.plant_api_client().await;
        sign_up(&app, &ada()).await;
        app.clock.advance(61);
        let right = json!({ "email": ADA, "password": PASSWORD });
        assert_eq!(app.api_sign_in(&right).await.status, 403, "{}", app.engine);
        app.clock.advance(60 * 24 * 60 * 60);
        let mut tx = app.app.store().begin().await.unwrap();
        let now = app.app.now();
        let gone = unverified_users::purge_abandoned(&mut tx, 10, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((gone, count(&app, USERS).await), (1, 0), "{}", app.engine);
    }
}

/// EN-05: where the operator lets it be told, the taken names are named, in every spelling.
#[tokio::test]
async fn a_taken_address_or_username_is_told() {
    for verifies in [true, false] {
        let wishes = Wishes { email_verification: verifies, ..open_to_all() };
        for app in apps_with(wishes).await {
            app.plant_api_client().await;
            app.person(ADA).await;
            app.store
                .run("UPDATE users SET username = 'Ada L', username_canonical = 'ada l'")
                .await;
            for (email, username, taken) in [
                ("ADA@example.com", "Somebody", "email"),
                (ADA, "ada l", "email"),
                ("new@example.com", "ADA l", "username"),
                ("new@example.com", "\u{ff21}da L", "username"),
            ] {
                let body = json!({ "email": email, "username": username, "password": PASSWORD });
                let refused = sign_up(&app, &body).await;
                assert_api_error(&refused, 409, "user_exists");
                assert_eq!(refused.json()["errors"][0]["field"], taken, "{refused:?}");
            }
            assert_eq!(count(&app, USERS).await, 1, "{}", app.engine);
            assert_eq!(app.mails().await.len(), 0, "{}", app.engine);
            let tried = "SELECT COUNT(*) FROM audit_events
                WHERE kind = 'sign_up_of_registered_address'";
            assert_eq!(count(&app, tried).await, 4, "{}", app.engine);
        }
    }
}

/// EN-06: an unverified account is no claim, neither to an address nor to what hangs on it.
#[tokio::test]
async fn an_account_that_nobody_verified_gives_way_with_its_username() {
    for app in apps_with(Wishes { email_verification: true, ..open_to_all() }).await {
        app.plant_api_client().await;
        let first = sign_up(&app, &ada()).await;
        let mut body = ada();
        body["password"] = json!("juniper-lantern-41");
        let second = sign_up(&app, &body).await;
        assert_eq!((first.status, second.status), (201, 201), "{}", app.engine);
        assert_eq!(first.text("id"), second.text("id"), "{}", app.engine);
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        sign_up_on_page(&mut browser, &page, ADA).await;
        let names = "SELECT COALESCE(username, 'none') FROM users";
        assert_eq!(texts(&app, names).await, ["none"], "{}", app.engine);
        body["email"] = json!("other@example.com");
        assert_eq!(sign_up(&app, &body).await.status, 201, "{}", app.engine);
        // Whoever signs up with the first address once more finds the username taken.
        assert_api_error(&sign_up(&app, &ada()).await, 409, "user_exists");
    }
}

/// EN-05: the same answer and the same work, and the owner of a registered address is told.
#[tokio::test]
async fn a_neutral_sign_up_tells_nothing_of_who_has_an_account() {
    let wishes = Wishes { email_verification: true, ..open_to_all() };
    for app in apps_with(wishes).await {
        let app = app.with_http(|settings| settings.neutral_sign_up = true);
        app.plant_api_client().await;
        app.person(ADA).await;
        let mut told = Vec::new();
        for email in [ADA, "new@example.com"] {
            let body = json!({ "email": email, "password": "juniper-lantern-41", "name": "Ada" });
            let answer = sign_up(&app, &body).await;
            assert_eq!(answer.status, 202, "{} {answer:?}", app.engine);
            let mut answer = answer.json();
            let token = answer["verification_token"].take();
            let call = ("POST", "/api/auth/email/verify");
            let code = json!({ "verification_token": token, "code": "000000" });
            assert_api_error(&app.call_with(call, None, &code).await, 400, "invalid_code");
            let poll = json!({ "verification_token": token });
            assert_api_error(&app.call_with(call, None, &poll).await, 403, "email_not_verified");
            let resend = ("POST", "/api/auth/email/resend");
            assert_api_error(&app.call_with(resend, None, &poll).await, 429, "too_many_requests");
            let same = app.api_sign_in(&body).await;
            assert_api_error(&same, 401, "invalid_credentials");
            told.push(answer);
        }
        assert_eq!(told[0], told[1], "{}", app.engine);
        let mail = mail_to(&app, ADA).await;
        assert!(mail.contains("already") && !mail.contains("verify-email"), "{mail}");
        let body = json!({ "email": "x@example.com", "password": PASSWORD, "username": "x" });
        assert_eq!(fields_of(&sign_up(&app, &body).await), ["username"], "{}", app.engine);
    }
}

#[tokio::test]
async fn every_mistake_is_named_with_its_member() {
    for app in apps_with(open_to_all()).await {
        app.plant_api_client().await;
        for (body, fields) in [
            (json!({}), vec!["email", "password"]),
            (json!({ "email": "x", "password": "123456" }), vec!["email", "password"]),
            (json!({ "email": ["x"], "password": { "x": 1 } }), vec!["email", "password"]),
            (json!({ "email": ADA, "password": PASSWORD, "username": "a@b" }), vec!["username"]),
            (json!({ "email": ADA, "password": PASSWORD, "username": "a  b" }), vec!["username"]),
            (
                json!({ "email": ADA, "password": PASSWORD, "username": "a".repeat(65) }),
                vec!["username"],
            ),
            (
                json!({ "email": "x", "password": "123", "username": "a@b", "name": "a".repeat(201) }),
                vec!["name", "username", "email", "password"],
            ),
            (json!({ "username": "a@b" }), vec!["username", "email", "password"]),
            (json!({ "email": ADA, "password": PASSWORD, "name": "a".repeat(201) }), vec!["name"]),
            (json!({ "email": ADA, "password": PASSWORD, "name": "a\u{202e}b" }), vec!["name"]),
            (
                json!({ "email": ADA, "password": "ada ll 4711", "username": "Ada LL 4711" }),
                vec!["password"],
            ),
        ] {
            let answer = sign_up(&app, &body).await;
            assert_eq!(fields_of(&answer), fields, "{body} {}", app.engine);
        }
        assert_eq!(count(&app, USERS).await, 0, "{}", app.engine);
    }
}

/// AP-01: an account gives itself nothing.
#[tokio::test]
async fn members_that_nobody_asks_for_are_ignored() {
    for app in apps_with(open_to_all()).await {
        app.plant_api_client().await;
        let mut body = ada();
        for name in
            ["role", "roles", "email_verified", "id", "blocked", "app_metadata", "generation"]
        {
            body[name] = json!("admin");
        }
        let made = sign_up(&app, &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        let claims = claims(&made.text("access_token"));
        assert_eq!((&claims["roles"], &made.json()["email_verified"]), (&json!([]), &json!(false)));
    }
}

#[tokio::test]
async fn nobody_signs_up_where_that_is_closed_or_by_an_app_that_may_not() {
    for app in apps().await {
        app.plant_api_client().await;
        app.client(web_client("notes", "https://notes.example")).await;
        let mut body = ada();
        body["client_id"] = json!("notes");
        body["client_secret"] = json!(crate::support::app::SECRET);
        assert_api_error(&sign_up(&app, &body).await, 403, "unauthorized_client");
        body["client_secret"] = json!("wrong");
        assert_api_error(&sign_up(&app, &body).await, 401, "invalid_client");
        let app = app.with_accounts(|settings| settings.sign_up_is_allowed = false);
        assert_api_error(&sign_up(&app, &ada()).await, 403, "sign_up_closed");
        assert_eq!(count(&app, USERS).await, 0, "{}", app.engine);
    }
}

/// DO-03: as on the page.
#[tokio::test]
async fn a_network_signs_up_as_often_as_on_the_page() {
    for app in apps().await {
        let two = Limit::new(2, 3_600);
        let app = app.with_accounts(|settings| settings.limits.sign_ups_by_network = two);
        app.plant_api_client().await;
        let mut told = Vec::new();
        for number in 0..3 {
            let email = format!("somebody{number}@example.com");
            let answer = sign_up(&app, &json!({ "email": email, "password": PASSWORD })).await;
            if answer.status == 429 {
                assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0, "{answer:?}");
            }
            told.push(answer.status);
        }
        assert_eq!(told, [201, 201, 429], "{}", app.engine);
    }
}

/// RC-03
#[tokio::test]
async fn of_many_who_want_one_name_at_once_one_has_it() {
    for app in apps_with(open_to_all()).await {
        app.plant_api_client().await;
        for member in ["email", "username"] {
            let bodies: Vec<Value> = (0..8)
                .map(|who| {
                    let mut body = json!({
                        "email": format!("{member}{who}@example.com"),
                        "username": format!("{member}{who}"),
                        "password": PASSWORD,
                    });
                    body[member] = match member {
                        "email" => json!("wanted@example.com"),
                        _ => json!("Wanted"),
                    };
                    body
                })
                .collect();
            let done = join_all(bodies.iter().map(|body| sign_up(&app, body))).await;
            let made = done.iter().filter(|answer| answer.status == 201).count();
            assert_eq!(made, 1, "{member} {} {done:?}", app.engine);
            assert!(done.iter().all(|answer| matches!(answer.status, 201 | 409)), "{done:?}");
        }
        assert_eq!(count(&app, USERS).await, 2, "{}", app.engine);
    }
}
