//! `/login/reauth`: a proof before something grave, and the way back after a sign-in.

use super::steps::{SESSION, are_signed_in, count, enter, execute, hidden, texts, under};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{add_passkey, options_of};
use crate::support::protocol::ADA;

/// Pages that ask for a proof, each with its name.
pub const GRAVE: [(&str, &str); 3] =
    [("password", "/account/password"), ("email", "/account/email"), ("delete", "/account/delete")];

/// [`ADA`] at a browser, with a proof that is too old for anything grave.
pub async fn unproven(app: &TestApp) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    app.clock.advance(600);
    browser
}

async fn prove(browser: &mut Browser, page: &Answer, password: &str) -> Answer {
    browser.submit(page, "proof-form", &[("password", password)]).await
}

/// CS-09
#[tokio::test]
async fn what_is_grave_asks_for_a_proof_and_goes_on_after_it() {
    for app in apps().await {
        app.person(ADA).await;
        for (name, path) in GRAVE {
            let mut browser = unproven(&app).await;
            let account = browser.get("/account").await;
            let csrf = hidden(&account, "csrf");
            let reauth = format!("/login/reauth?to={name}");
            let answer = browser.get(path).await;
            assert_eq!((answer.status, answer.header("location")), (303, &*reauth), "{answer:?}");
            let answer =
                browser.post(path, &[("csrf", &csrf), ("password", "chosen anew 7")]).await;
            // What was sent did nothing, which is said.
            let again = format!("{reauth}&again=1");
            assert_eq!((answer.status, answer.header("location")), (303, &*again), "{answer:?}");
            let told = browser.get(&again).await;
            assert!(told.body.contains("Nothing is changed yet"), "{}", told.body);
            let wrong = prove(&mut browser, &told, "wrong").await;
            assert!(wrong.body.contains("Nothing is changed yet"), "{}", wrong.body);
            let page = browser.get(&reauth).await;
            assert_eq!(page.status, 200, "{page:?}");
            assert!(!page.body.contains("Nothing is changed yet"), "{}", page.body);
            assert!(page.body.contains(ADA) && page.body.contains("Ada Okafor"), "{}", page.body);
            let wrong = prove(&mut browser, &page, "wrong").await;
            assert_eq!(wrong.status, 422, "{wrong:?}");
            assert!(wrong.body.contains("That password is not right"), "{}", wrong.body);
            assert_eq!(browser.get(path).await.header("location"), reauth, "{}", app.engine);
            let done = prove(&mut browser, &wrong, PASSWORD).await;
            assert_eq!((done.status, done.header("location")), (303, path), "{done:?}");
            assert_eq!(browser.get(path).await.status, 200, "{path} {}", app.engine);
            app.clock.advance(599);
            assert_eq!(browser.get(path).await.status, 200, "{path} {}", app.engine);
            app.clock.advance(1);
            assert_eq!(browser.get(path).await.header("location"), reauth, "{}", app.engine);
        }
    }
}

/// One goes on to where one was going, and an id in the address is never more than an id (OR-01).
#[tokio::test]
async fn a_proof_on_the_way_to_a_passkey_goes_on_to_that_passkey() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        for _ in 0..2 {
            add_passkey(&mut browser, &mut Authenticator::new()).await;
        }
        let id = texts(&app, "SELECT id FROM passkeys ORDER BY id DESC").await.remove(0);
        let path = format!("/account/passkeys/{id}");
        let reauth = format!("/login/reauth?to=passkey.{id}");
        let csrf = hidden(&browser.get("/account").await, "csrf");
        app.clock.advance(600);
        for form in [None, Some("rename"), Some("remove")] {
            let answer = match form {
                None => browser.get(&path).await,
                Some(form) => {
                    let fields = [("csrf", csrf.as_str()), ("name", "Blue key")];
                    browser.post(&format!("{path}/{form}"), &fields).await
                }
            };
            // What was sent did nothing, which is said.
            let expected = form.map_or_else(|| reauth.clone(), |_| format!("{reauth}&again=1"));
            assert_eq!(answer.header("location"), expected, "{form:?} {answer:?}");
        }
        let page = browser.get(&reauth).await;
        let done = prove(&mut browser, &page, PASSWORD).await;
        assert_eq!((done.status, done.header("location")), (303, &*path), "{done:?}");
        assert!(browser.follow(done).await.body.contains("id=\"rename-form\""), "{}", app.engine);
        for evil in ["", "..", "x/../../evil", "//evil.example", &format!("{id}/../x")] {
            let to = format!("passkey.{evil}");
            let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
            let answer = browser.get(&format!("/login/reauth?to={to}")).await;
            assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{evil}");
        }
        // Who has to sign in first comes to the overview.
        let mut elsewhere = app.browser();
        let page = elsewhere.open(&path).await;
        assert!(page.body.contains("id=\"login-form\""), "{}", page.body);
        let wish = &elsewhere.cookies["__Host-protekt_way_back"];
        assert!(wish.starts_with("security."), "{wish}");
    }
}

/// CS-10
#[tokio::test]
async fn a_proof_gives_the_session_another_id_and_the_old_one_is_dead() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = unproven(&app).await;
        let before = browser.cookies.clone();
        let page = browser.get("/login/reauth?to=password").await;
        assert_eq!(prove(&mut browser, &page, PASSWORD).await.status, 303);
        assert_ne!(browser.cookies[SESSION], before[SESSION], "{}", app.engine);
        assert!(!are_signed_in(&app, &before).await, "{}", app.engine);
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
    }
}

/// OR-01
#[tokio::test]
async fn a_proof_leads_to_a_page_of_the_list_and_nowhere_else() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = unproven(&app).await;
        for to in
            ["", "x", "https://evil.example", "//evil.example", "%2f%2fevil.example", "a&to=b"]
        {
            let answer = browser.get(&format!("/login/reauth?to={to}")).await;
            assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{to}");
        }
        let page = browser.get("/login/reauth?to=password").await;
        let fields = [("password", PASSWORD), ("to", "https://evil.example")];
        let answer = browser.submit(&page, "proof-form", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{answer:?}");
    }
}

#[tokio::test]
async fn wrong_proofs_are_counted_and_a_session_that_ended_proves_nothing() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = unproven(&app).await;
        let page = browser.get("/login/reauth?to=password").await;
        let ended = browser.clone();
        for _ in 0..10 {
            assert_eq!(prove(&mut browser, &page, "wrong").await.status, 422, "{}", app.engine);
        }
        let answer = prove(&mut browser, &page, PASSWORD).await;
        assert_eq!(answer.status, 429, "{answer:?}");
        assert!(!answer.header("retry-after").is_empty() && answer.body.contains("Too many tries"));
        execute(&app, "DELETE FROM sessions").await;
        let answer = prove(&mut ended.clone(), &page, PASSWORD).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/login?notice=signed-out"),
            "{answer:?}"
        );
    }
}

/// BF-01: a right one forgets the wrong ones before it.
#[tokio::test]
async fn a_right_proof_begins_the_count_anew() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = unproven(&app).await;
        for round in 0..3 {
            let page = browser.get("/login/reauth?to=password").await;
            for _ in 0..6 {
                let wrong = prove(&mut browser, &page, "wrong").await;
                assert_eq!(wrong.status, 422, "{round} {}", app.engine);
            }
            let done = prove(&mut browser, &page, PASSWORD).await;
            assert_eq!(done.status, 303, "{round} {done:?}");
        }
        let told = "SELECT COUNT(*) FROM audit_events
            WHERE kind = 'signed_in' AND detail LIKE '%reauthenticated%'";
        assert_eq!(count(&app, told).await, 3, "{}", app.engine);
    }
}

#[tokio::test]
async fn where_no_mail_is_sent_the_proof_names_no_way_to_reset() {
    for app in apps().await {
        app.person(ADA).await;
        let browser = unproven(&app).await;
        let mut without = under(&app, |settings| settings.reset_minutes = None);
        without.cookies.clone_from(&browser.cookies);
        let page = without.get("/login/reauth?to=password").await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("/password/forgot"), "{}", page.body);
    }
}

/// Who has no password is asked for none: a passkey proves them, or a link leads to a password.
#[tokio::test]
async fn who_has_no_password_is_asked_for_none() {
    for app in apps().await {
        app.person(ADA).await;
        let mut passkey = Authenticator::new();
        let mut browser = unproven(&app).await;
        let page = browser.get("/account/security").await;
        assert!(page.body.contains("Change password"), "{}", page.body);
        execute(&app, "UPDATE users SET password_hash = NULL").await;
        let page = browser.get("/account/security").await;
        assert!(page.body.contains("You have none yet."), "{}", page.body);
        assert!(!page.body.contains("Change password"), "{}", page.body);
        let page = browser.open("/account/password").await;
        assert!(!page.body.contains("type=\"password\""), "{}", page.body);
        assert!(page.body.contains("id=\"choose-password\" href=\"/password/forgot\""));
        let mut without = under(&app, |settings| settings.reset_minutes = None);
        without.cookies.clone_from(&browser.cookies);
        let page = without.get("/login/reauth?to=password").await;
        assert!(page.body.contains("Ask the people who run this service"), "{}", page.body);

        execute(&app, "UPDATE sessions SET proved_at = 9999999999").await;
        assert_eq!(add_passkey(&mut browser, &mut passkey).await.status, 200);
        execute(&app, "UPDATE sessions SET proved_at = 0, acr = '1'").await;
        let page = browser.open("/login/reauth?to=password").await;
        assert!(!page.body.contains("type=\"password\""), "{}", page.body);
        let asked = browser.submit(&page, "factor-form", &[]).await;
        let page = browser.follow(asked).await;
        let signed = passkey.get(&options_of(&page));
        let done = browser.submit(&page, "mfa-form", &[("assertion", &signed)]).await;
        let page = browser.follow(done).await;
        let chosen = [("password", "chosen anew 7")];
        let done = browser.submit(&page, "password-form", &chosen).await;
        assert_eq!(done.header("location"), "/account?done=password", "{done:?}");
    }
}

/// OR-02
#[tokio::test]
async fn a_sign_in_leads_back_to_the_page_that_was_asked_for_and_only_once() {
    for app in apps().await {
        app.person(ADA).await;
        for path in ["/account/password", "/account/sessions", "/account/apps"] {
            let mut browser = app.browser();
            let page = browser.open(path).await;
            assert!(page.body.contains("id=\"login-form\""), "{path}: {}", page.body);
            let answer = enter(&mut browser, &page, ADA, PASSWORD).await;
            let answer = browser.get(answer.header("location")).await;
            assert_eq!((answer.status, answer.header("location")), (303, path), "{}", app.engine);
            assert_eq!(browser.get(path).await.status, 200, "{path} {}", app.engine);
            assert_eq!(browser.get("/account").await.status, 200, "{}", app.engine);
        }
    }
}

/// OR-02
#[tokio::test]
async fn a_planted_way_back_leads_nowhere() {
    const COOKIE: &str = "__Host-protekt_way_back";
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        for evil in [
            "https://evil.example",
            "//evil.example.1",
            "https://evil.example.1",
            "/account/password.1",
            "password",
            "password.99999999999",
            "password.1",
        ] {
            browser.cookies.insert(COOKIE.to_owned(), evil.to_owned());
            let answer = browser.get("/account").await;
            assert_eq!(answer.status, 200, "{evil}: {answer:?}");
            assert!(!browser.cookies.contains_key(COOKIE), "{evil} {}", app.engine);
        }
        // The wish of a sign-in that was there before is not answered by it.
        let mut other = app.browser();
        other.get("/account/password").await;
        browser.cookies.insert(COOKIE.to_owned(), other.cookies[COOKIE].clone());
        app.clock.advance(1_000);
        assert_eq!(browser.get("/account").await.status, 200, "{}", app.engine);
    }
}
