//! Passkeys: added, as second factor, as the whole sign-in, and attacked.

use std::sync::Arc;

use protekt::throttle::Limit;

use super::steps::{SESSION, changed, count, enter, execute, hidden};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url, claims};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, attribute, parameter};
use crate::support::factors::{
    add_passkey, add_security_key, backup_codes, begin_passkey_login, first_half, options_of,
};
use crate::support::protocol::ADA;

async fn with_passkey(app: &TestApp) -> (Browser, Authenticator) {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let mut authenticator = Authenticator::new();
    let page = add_passkey(&mut browser, &mut authenticator).await;
    assert_eq!(backup_codes(&page).len(), 10, "{page:?}");
    (browser, authenticator)
}

pub(super) async fn login(browser: &mut Browser, authenticator: &mut Authenticator) -> u16 {
    let page = browser.open("/login").await;
    let (handle, options) = begin_passkey_login(browser, &page).await;
    let signed = authenticator.get(&options);
    let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
    browser.submit(&page, "passkey-login", &fields).await.status
}

#[tokio::test]
async fn a_passkey_is_the_whole_sign_in() {
    for app in apps().await {
        app.web_client().await;
        let (_, mut authenticator) = with_passkey(&app).await;
        // A password that was chosen by mail was not given with it: codes by mail do not count again.
        execute(&app, "UPDATE users SET password_by_mail_at = 1").await;
        let mut browser = app.browser();
        assert_eq!(login(&mut browser, &mut authenticator).await, 303, "{}", app.engine);
        let by_mail = "SELECT COUNT(*) FROM users WHERE password_by_mail_at IS NOT NULL";
        assert_eq!(count(&app, by_mail).await, 1, "{}", app.engine);
        assert_eq!(browser.get("/account").await.status, 200);
        let url = browser.authorize(ADA, &[]).await;
        let code = parameter(&url, "code").unwrap();
        let token = claims(app.exchange(&code).await.json()["id_token"].as_str().unwrap());
        assert_eq!(token["acr"], "urn:protekt:acr:phishing-resistant");
        assert_eq!(token["amr"], serde_json::json!(["pop", "mfa"]));
        // prompt=login is answered by it as well.
        app.clock.advance(60);
        let page = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
        let (handle, options) = begin_passkey_login(&mut browser, &page).await;
        let signed = authenticator.get(&options);
        let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
        let done = browser.submit(&page, "passkey-login", &fields).await;
        assert!(done.body.contains("st-1") || done.status == 303, "{done:?}");
    }
}

/// RT-09: who may not sign in with a password may not with a passkey.
#[tokio::test]
async fn a_passkey_lets_nobody_in_who_is_blocked_or_unverified() {
    for app in apps().await {
        let (_, mut authenticator) = with_passkey(&app).await;
        for (change, status) in [
            ("blocked_at = 1", 422),
            ("blocked_at = NULL, email_verified_at = NULL", 422),
            ("email_verified_at = 1", 303),
        ] {
            execute(&app, &format!("UPDATE users SET {change}")).await;
            let mut browser = app.browser();
            let done = login(&mut browser, &mut authenticator).await;
            assert_eq!(done, status, "{change} {}", app.engine);
            assert_eq!(browser.cookies.contains_key(SESSION), status == 303, "{change}");
        }
        let refused = "SELECT COUNT(*) FROM audit_events
            WHERE kind = 'signed_in' AND outcome = 'failure' AND user_id IS NOT NULL";
        assert_eq!(count(&app, refused).await, 2, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_and_any_other_answer_is_refused() {
    for app in apps().await {
        let (_, mut authenticator) = with_passkey(&app).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        assert!(page.body.contains("data-passkey=\"get\""), "{}", page.body);
        assert!(!browser.cookies.contains_key(SESSION));
        let mut stranger = Authenticator::new();
        let attempts: Vec<String> = vec![
            String::new(),
            "{}".to_owned(),
            "x".repeat(20_000),
            stranger.get(&options_of(&page)),
        ];
        for answer in attempts {
            let mut browser = app.browser();
            let page = first_half(&mut browser, ADA).await;
            let refused = browser.submit(&page, "mfa-form", &[("assertion", &answer)]).await;
            assert_eq!(refused.status, 422, "{refused:?}");
            assert!(!browser.cookies.contains_key(SESSION));
        }
        app.clock.advance(16 * 60);
        let page = first_half(&mut browser, ADA).await;
        let signed = authenticator.get(&options_of(&page));
        let done = browser.submit(&page, "mfa-form", &[("assertion", &signed)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        // The ceremony is over: the same answer once more is nobody's.
        let mut thief = app.browser();
        let page = first_half(&mut thief, ADA).await;
        let replayed = thief.submit(&page, "mfa-form", &[("assertion", &signed)]).await;
        assert_eq!(replayed.status, 422, "{replayed:?}");
    }
}

#[tokio::test]
async fn what_is_not_signed_for_this_site_by_its_user_is_refused() {
    for app in apps().await {
        let (_, mut authenticator) = with_passkey(&app).await;
        let mut browser = app.browser();
        authenticator.origin = "https://evil.example".to_owned();
        assert_eq!(login(&mut browser, &mut authenticator).await, 422, "another origin");
        authenticator.origin = "https://id.example.com".to_owned();
        authenticator.verifies_user = false;
        assert_eq!(login(&mut browser, &mut authenticator).await, 422, "nobody verified");
        authenticator.verifies_user = true;
        assert_eq!(login(&mut browser, &mut authenticator).await, 303);
        // A copy whose counter lags behind.
        authenticator.counter = 0;
        let mut other = app.browser();
        assert_eq!(login(&mut other, &mut authenticator).await, 422, "a counter that went back");
        // A ceremony of another browser, and one whose time is over.
        authenticator.counter = 100;
        let mut first = app.browser();
        let mut second = app.browser();
        let page = first.open("/login").await;
        let (handle, options) = begin_passkey_login(&mut first, &page).await;
        let signed = authenticator.get(&options);
        let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
        let theirs = second.open("/login").await;
        assert_eq!(second.submit(&theirs, "passkey-login", &fields).await.status, 422);
        app.clock.advance(300);
        assert_eq!(first.submit(&page, "passkey-login", &fields).await.status, 422);
        // What answered a ceremony of its own is noted.
        let noted = "SELECT COUNT(*) FROM audit_events
            WHERE kind = 'signed_in' AND outcome = 'failure'";
        assert_eq!(count(&app, noted).await, 3, "{}", app.engine);
    }
}

/// BF-01: as a right password does.
#[tokio::test]
async fn a_passkey_lets_who_was_shut_out_by_guesses_use_their_password_again() {
    for app in apps().await {
        let (_, mut authenticator) = with_passkey(&app).await;
        let shut = |app: &mut protekt::http::App| {
            let mut settings = (*app.accounts.settings).clone();
            settings.limits.passwords_in_a_row = Limit::new(4, 30 * 86_400);
            app.accounts.settings = Arc::new(settings);
        };
        let mut stranger = changed(&app, shut);
        let page = stranger.open("/login").await;
        for _ in 0..4 {
            enter(&mut stranger, &page, ADA, "wrong-password-1").await;
        }
        let refused = enter(&mut stranger, &page, ADA, PASSWORD).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        for text in
            ["after many wrong ones in a row, only that or a passkey helps", "id=\"passkey-login\""]
        {
            assert!(refused.body.contains(text), "{text}: {}", refused.body);
        }
        let mut owner = changed(&app, shut);
        assert_eq!(login(&mut owner, &mut authenticator).await, 303, "{}", app.engine);
        let answer = enter(&mut stranger, &page, ADA, PASSWORD).await;
        assert_eq!(answer.status, 303, "{answer:?}");
    }
}

/// A failure is told to whom it concerns.
#[tokio::test]
async fn a_passkey_that_fails_for_who_is_signed_in_is_noted_for_them() {
    const FAILED: &str = "SELECT COUNT(*) FROM audit_events WHERE outcome = 'failure'
        AND kind = 'second_factor_given' AND user_id = (SELECT id FROM users)";
    for app in apps().await {
        app.web_client().await;
        let (_, mut authenticator) = with_passkey(&app).await;
        let mut browser = app.browser();
        assert_eq!(login(&mut browser, &mut authenticator).await, 303);
        let page = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
        let (handle, options) = begin_passkey_login(&mut browser, &page).await;
        authenticator.origin = "https://evil.example".to_owned();
        let signed = authenticator.get(&options);
        let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
        let refused = browser.submit(&page, "passkey-login", &fields).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert_eq!(count(&app, FAILED).await, 1, "{}", app.engine);
        // A counter that went back is noted as well.
        authenticator.origin = "https://id.example.com".to_owned();
        authenticator.counter = 0;
        let (handle, options) = begin_passkey_login(&mut browser, &page).await;
        let signed = authenticator.get(&options);
        let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
        assert_eq!(browser.submit(&page, "passkey-login", &fields).await.status, 422);
        assert_eq!(count(&app, FAILED).await, 2, "{}", app.engine);
    }
}

/// What answers no ceremony leaves nothing behind; only beginning one is counted.
#[tokio::test]
async fn an_answer_to_no_ceremony_is_refused_without_a_trace() {
    for app in apps().await {
        let mut stranger = app.browser();
        let page = stranger.open("/login").await;
        let events = count(&app, "SELECT COUNT(*) FROM audit_events").await;
        for _ in 0..5 {
            let fields = [("ceremony", "x"), ("assertion", "x")];
            assert_eq!(stranger.submit(&page, "passkey-login", &fields).await.status, 422);
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM audit_events").await, events);
    }
}

/// The script renews what it asked for before it ends.
#[tokio::test]
async fn the_script_is_told_how_long_a_ceremony_waits() {
    for app in apps().await {
        let (_, mut authenticator) = with_passkey(&app).await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let csrf = hidden(&page, "csrf");
        let begun = browser.post("/login/passkey/begin", &[("csrf", &csrf)]).await.json();
        assert_eq!(begun["lifetime"], 300, "{begun}");
        app.clock.advance(300);
        let signed = authenticator.get(&begun["options"]);
        let handle = begun["handle"].as_str().unwrap();
        let fields = [("ceremony", handle), ("assertion", &*signed)];
        let late = browser.submit(&page, "passkey-login", &fields).await;
        assert_eq!(late.status, 422, "{late:?}");
        assert_eq!(login(&mut browser, &mut authenticator).await, 303, "{}", app.engine);
    }
}

/// What the form of a set-up asks an authenticator for.
fn creation_of(page: &Answer) -> String {
    let form = page.body.split("<form id=\"passkey-form\"").nth(1).unwrap();
    assert_eq!(attribute(form, "data-lifetime").unwrap(), "300", "{}", page.body);
    attribute(form, "data-options").unwrap()
}

/// The script sends nothing where it knows that the page is too old: no try is counted.
#[tokio::test]
async fn a_page_that_stood_open_for_too_long_asks_for_the_passkey_anew() {
    const LATE: &str = "This page was open too long. Try again.";
    for app in apps().await {
        let (mut owner, mut authenticator) = with_passkey(&app).await;
        let page = owner.open("/account/passkeys/new").await;
        app.clock.advance(300);
        for answer in [String::new(), Authenticator::new().create(&creation_of(&page))] {
            let fields = [("assertion", answer.as_str()), ("name", "Blue key")];
            let late = owner.submit(&page, "passkey-form", &fields).await;
            assert_eq!(late.status, 422, "{late:?}");
            assert!(late.body.contains(LATE) && late.body.contains("value=\"Blue key\""));
            let made = Authenticator::new().create(&creation_of(&late));
            let done = owner.submit(&late, "passkey-form", &[("assertion", &made)]).await;
            assert_eq!(done.header("location"), "/account/security?notice=added", "{done:?}");
        }
        let names = "SELECT COUNT(*) FROM passkeys WHERE name = 'Blue key'";
        assert_eq!(count(&app, names).await, 2, "{}", app.engine);

        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let signed = authenticator.get(&options_of(&page));
        app.clock.advance(300);
        for _ in 0..10 {
            let late = browser.submit(&page, "mfa-form", &[("assertion", "")]).await;
            assert_eq!(late.status, 422, "{late:?}");
        }
        let late = browser.submit(&page, "mfa-form", &[("assertion", &signed)]).await;
        assert_eq!(late.status, 422, "{late:?}");
        assert!(late.body.contains(LATE), "{}", late.body);
        let signed = authenticator.get(&options_of(&late));
        let done = browser.submit(&late, "mfa-form", &[("assertion", &signed)]).await;
        assert_eq!((done.status, done.header("location")), (303, "/account"), "{done:?}");
    }
}

#[tokio::test]
async fn passkeys_have_names_and_can_be_removed() {
    for app in apps().await {
        let (mut owner, mut authenticator) = with_passkey(&app).await;
        let page = owner.open("/account/security").await;
        let id = page.body.split("/account/passkeys/").map(|part| part.split('"').next().unwrap());
        let id = id.skip(1).find(|id| *id != "new").unwrap().to_owned();
        let page = owner.open(&format!("/account/passkeys/{id}")).await;
        let hostile = "<b>Key</b>\u{7}";
        let renamed = owner.submit(&page, "rename-form", &[("name", hostile)]).await;
        let overview = owner.follow(renamed).await;
        assert!(overview.body.contains("&#60;b&#62;Key&#60;/b&#62;"), "{}", overview.body);
        let page = owner.open(&format!("/account/passkeys/{id}")).await;
        let removed = owner.submit(&page, "remove-form", &[]).await;
        assert_eq!(removed.header("location"), "/account/security?notice=removed");
        assert_eq!(login(&mut app.browser(), &mut authenticator).await, 422, "{}", app.engine);
        // Another window still shows it.
        let stale = owner.submit(&page, "remove-form", &[]).await;
        assert_eq!(stale.header("location"), "/account/security?notice=gone", "{stale:?}");
        let overview = owner.follow(stale).await;
        assert!(overview.body.contains("That passkey is not there any more."), "{}", overview.body);
        let link = owner.get(&format!("/account/passkeys/{id}")).await;
        assert_eq!(link.header("location"), "/account/security?notice=gone", "{link:?}");
        assert_eq!(owner.get("/account/passkeys/nonsense").await.status, 404);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM backup_codes").await, 0);
    }
}

#[tokio::test]
async fn nobody_touches_the_passkeys_of_another() {
    for app in apps().await {
        let (mut owner, _) = with_passkey(&app).await;
        let page = owner.open("/account/security").await;
        let id = page.body.split("/account/passkeys/").map(|part| part.split('"').next().unwrap());
        let id = id.skip(1).find(|id| *id != "new").unwrap().to_owned();
        app.person("eve@example.com").await;
        let mut eve = app.browser();
        eve.sign_in("eve@example.com").await;
        let csrf = hidden(&eve.get("/account").await, "csrf");
        let shown = eve.get(&format!("/account/passkeys/{id}")).await;
        assert_eq!(shown.header("location"), "/account/security?notice=gone", "{shown:?}");
        for action in ["rename", "remove"] {
            let path = format!("/account/passkeys/{id}/{action}");
            let answer = eve.post(&path, &[("csrf", &csrf), ("name", "mine")]).await;
            assert_eq!(answer.header("location"), "/account/security?notice=gone", "{action}");
        }
        let names = count(&app, "SELECT COUNT(*) FROM passkeys WHERE name = 'mine'").await;
        assert_eq!((names, count(&app, "SELECT COUNT(*) FROM passkeys").await), (0, 1));
        // The answer of Ada's authenticator to Eve's ceremony of adding is Eve's own key, not Ada's.
        let mut same = Authenticator::new();
        add_passkey(&mut eve, &mut same).await;
        let again = add_passkey(&mut eve, &mut same).await;
        assert_eq!(again.status, 422, "a credential is registered once: {again:?}");
    }
}

#[tokio::test]
async fn who_has_no_password_keeps_what_signs_them_in_alone() {
    for app in apps().await {
        let (mut owner, mut passkey) = with_passkey(&app).await;
        let mut key = Authenticator::new();
        key.verifies_user = false;
        assert_eq!(add_security_key(&mut owner, &mut key).await.status, 200);
        execute(&app, "UPDATE users SET password_hash = NULL").await;
        execute(&app, "UPDATE passkeys SET id = 'key' WHERE is_second_only").await;
        execute(&app, "UPDATE passkeys SET id = 'passkey' WHERE NOT is_second_only").await;
        let page = owner.open("/account/passkeys/passkey").await;
        assert!(!page.body.contains("remove-form"), "{}", page.body);
        assert!(page.body.contains("you have no password"), "{}", page.body);
        let csrf = hidden(&page, "csrf");
        let refused = owner.post("/account/passkeys/passkey/remove", &[("csrf", &csrf)]).await;
        assert_eq!(refused.header("location"), "/account/security?notice=way-in", "{refused:?}");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM passkeys").await, 2, "{}", app.engine);
        let page = owner.open("/account/passkeys/key").await;
        let removed = owner.submit(&page, "remove-form", &[]).await;
        assert_eq!(removed.header("location"), "/account/security?notice=removed");
        assert_eq!(login(&mut app.browser(), &mut passkey).await, 303, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_passkey_is_called_as_typed_else_after_its_provider_else_after_the_browser() {
    const BITWARDEN: u128 = 0xd548826e_79b4_db40_a3d8_11116f7e8349;
    for app in apps().await {
        app.person(ADA).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let page = owner.open("/account/passkeys/new").await;
        let offered = page.body.split("name=\"name\"").nth(1).unwrap();
        let offered = offered.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(!offered.is_empty(), "{}", page.body);
        let unknown = u128::MAX;
        for (model, typed, name) in [
            (BITWARDEN, None, "Bitwarden"),
            (BITWARDEN, Some(" "), "Bitwarden"),
            (BITWARDEN, Some("Work"), "Work"),
            (0, None, offered),
            (unknown, None, offered),
        ] {
            let mut new = Authenticator::new();
            new.model = model.to_be_bytes();
            let page = owner.open("/account/passkeys/new").await;
            let form = page.body.split("<form id=\"passkey-form\"").nth(1).unwrap();
            let made = new.create(&attribute(form, "data-options").unwrap());
            let name_field = typed.map(|typed| ("name", typed));
            let fields: Vec<_> = [("assertion", &*made)].into_iter().chain(name_field).collect();
            owner.submit(&page, "passkey-form", &fields).await;
            let newest = "SELECT COUNT(*) FROM passkeys WHERE name = ";
            assert_eq!(count(&app, &format!("{newest}'{name}'")).await, 1, "{name} {}", app.engine);
            let overview = owner.open("/account/security").await;
            let shown = overview.body.contains("<bdi>Bitwarden</bdi>.");
            assert_eq!(shown, typed == Some("Work"), "{}", overview.body);
            execute(&app, "DELETE FROM passkeys").await;
        }
    }
}

/// Where nobody is offered a second factor any more, who has a passkey signs in with it all the same.
#[tokio::test]
async fn a_passkey_signs_in_where_none_is_offered_any_more() {
    for app in apps().await {
        let off = |app: &mut protekt::http::App| {
            let mut settings = (*app.accounts.settings).clone();
            settings.factors.policy = protekt::domain::second_factor::FactorPolicy::Off;
            app.accounts.settings = Arc::new(settings);
        };
        let before = changed(&app, off).open("/login").await;
        assert!(!before.body.contains("passkey-login"), "{}", before.body);
        let (_, mut authenticator) = with_passkey(&app).await;
        let mut browser = changed(&app, off);
        assert_eq!(login(&mut browser, &mut authenticator).await, 303, "{}", app.engine);
        let page = app.browser().open("/login").await;
        let silent = page.body.split("<noscript>").nth(1).unwrap();
        assert!(silent.contains("passkey needs JavaScript"), "{silent}");
    }
}
