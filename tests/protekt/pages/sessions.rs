//! The session cookie: how it looks, when it changes and when it is over.

use super::steps::{BROWSER, SESSION, are_signed_in, enter};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, apps, authorize_url};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The attributes of a cookie that an answer sets, in lower case.
fn attributes(answer: &Answer, name: &str) -> Option<Vec<String>> {
    let lines = answer.headers.get_all("set-cookie").iter();
    let mut lines = lines.filter_map(|line| line.to_str().unwrap().strip_prefix(name));
    let line = lines.find(|line| line.starts_with('='))?;
    Some(line.split(';').skip(1).map(|part| part.trim().to_lowercase()).collect())
}

#[track_caller]
fn assert_host_only(attributes: &[String]) {
    for wanted in ["httponly", "secure", "samesite=lax", "path=/"] {
        assert!(attributes.iter().any(|one| one == wanted), "no {wanted} in {attributes:?}");
    }
    assert!(!attributes.iter().any(|one| one.starts_with("domain")), "{attributes:?}");
}

/// CS-01
#[tokio::test]
async fn every_cookie_is_host_only_and_out_of_reach_of_scripts() {
    for app in apps().await {
        app.person("ada@example.com").await;
        for remember in [false, true] {
            let mut browser = app.browser();
            let page = browser.get("/login").await;
            let cookie = attributes(&page, BROWSER).unwrap();
            assert_host_only(&cookie);
            assert!(!cookie.iter().any(|one| one.starts_with("max-age")), "{cookie:?}");
            let mut fields = vec![("username", "ada@example.com"), ("password", PASSWORD)];
            fields.extend(remember.then_some(("remember", "1")));
            let answer = browser.submit(&page, "login-form", &fields).await;
            let cookie = attributes(&answer, SESSION).unwrap();
            assert_host_only(&cookie);
            let max_age = cookie.iter().find_map(|one| one.strip_prefix("max-age="));
            let seconds = max_age.map(|text| text.parse::<i64>().unwrap());
            assert_eq!(seconds, remember.then_some(90 * DAY), "{}", app.engine);
            let known = attributes(&answer, BROWSER).unwrap();
            assert_host_only(&known);
            let age = format!("max-age={}", 400 * DAY);
            assert!(known.contains(&age), "the account knows this browser from now on: {known:?}");
            let page = browser.get("/account").await;
            let answer = browser.submit(&page, "sign-out", &[]).await;
            let removal = attributes(&answer, SESSION).unwrap();
            assert!(removal.iter().any(|one| one == "max-age=0"), "{removal:?}");
            // A browser ignores a removal of a __Host- cookie that is not as strict as it was.
            assert_host_only(&removal);
        }
    }
}

/// CS-05, CS-10
#[tokio::test]
async fn the_session_id_changes_at_sign_in_and_at_reauthentication_and_the_old_one_is_dead() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        let planted = "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
        browser.cookies.insert(SESSION.to_owned(), planted.clone());
        let page = browser.open("/login").await;
        browser.cookies.insert(SESSION.to_owned(), planted.clone());
        enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        let first = browser.cookies.clone();
        assert_ne!(first[SESSION], planted, "{}", app.engine);
        browser.code("ada@example.com").await;
        assert_eq!(browser.cookies[SESSION], first[SESSION]);
        let page = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
        enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        let second = browser.cookies.clone();
        assert_ne!(second[SESSION], first[SESSION], "{}", app.engine);
        assert!(!are_signed_in(&app, &first).await, "{}", app.engine);
        assert!(are_signed_in(&app, &second).await, "{}", app.engine);
        // Signing in as somebody else ends the session of the first.
        app.person("grace@example.com").await;
        let page = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
        enter(&mut browser, &page, "grace@example.com", PASSWORD).await;
        assert!(!are_signed_in(&app, &second).await, "{}", app.engine);
        assert!(browser.get("/account").await.body.contains("grace@example.com"));
    }
}

/// LO-07
#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case_at_its_absolute_limit() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut idle = app.browser();
        idle.sign_in("ada@example.com").await;
        app.clock.advance(DAY - 1);
        assert_eq!(idle.get("/account").await.status, 200, "{}", app.engine);
        app.clock.advance(DAY);
        let answer = idle.get("/account").await;
        assert_eq!((answer.status, answer.header("location")), (303, "/login"), "{}", app.engine);

        let mut busy = app.browser();
        busy.sign_in("ada@example.com").await;
        let mut age = 0;
        while age + 23 * HOUR < 7 * DAY {
            app.clock.advance(23 * HOUR);
            age += 23 * HOUR;
            assert_eq!(busy.get("/account").await.status, 200, "{age} {}", app.engine);
        }
        app.clock.advance(7 * DAY - age - 1);
        assert_eq!(busy.get("/account").await.status, 200, "{}", app.engine);
        app.clock.advance(1);
        assert_eq!(busy.get("/account").await.status, 303, "{}", app.engine);
    }
}

/// LO-07
#[tokio::test]
async fn a_remembered_session_lives_longer_but_not_for_ever() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        for (step, status) in
            [(30 * DAY - 1, 200), (29 * DAY, 200), (29 * DAY, 200), (2 * DAY + 1, 303)]
        {
            if browser.cookies.is_empty() {
                let page = browser.open("/login").await;
                let fields =
                    [("username", "ada@example.com"), ("password", PASSWORD), ("remember", "1")];
                browser.submit(&page, "login-form", &fields).await;
            }
            app.clock.advance(step);
            assert_eq!(browser.get("/account").await.status, status, "{step} {}", app.engine);
        }
        let page = browser.open("/login").await;
        let fields = [("username", "ada@example.com"), ("password", PASSWORD), ("remember", "1")];
        browser.submit(&page, "login-form", &fields).await;
        app.clock.advance(30 * DAY);
        assert_eq!(browser.get("/account").await.status, 303, "{}", app.engine);
    }
}

/// CS-08
#[tokio::test]
async fn a_stolen_cookie_is_dead_after_signing_out() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        browser.sign_in("ada@example.com").await;
        let stolen = browser.cookies.clone();
        assert!(are_signed_in(&app, &stolen).await);
        let page = browser.get("/account").await;
        browser.submit(&page, "sign-out", &[]).await;
        assert!(!browser.cookies.contains_key(SESSION));
        assert!(!are_signed_in(&app, &stolen).await, "{}", app.engine);
    }
}

/// LO-08: the administrator's half, by the operator's functions; the person's page comes later.
#[tokio::test]
async fn ending_every_session_kills_the_cookies_and_the_refresh_tokens_at_once() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        let tokens = app.exchange(&browser.code("ada@example.com").await).await;
        assert!(are_signed_in(&app, &browser.cookies).await);
        let password = "quarry-lantern-58".into();
        app.app.accounts.set_password("ada@example.com", &password).await.unwrap();
        assert!(!are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        let refused = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refused.error(), "invalid_grant", "{}", app.engine);
        let dead = app.userinfo(&tokens.text("access_token")).await;
        assert_eq!(dead.status, 401, "{}", app.engine);
    }
}

/// CR-03. "Last seen" is not worth turning anybody away.
#[tokio::test]
async fn a_store_that_takes_no_writes_still_knows_who_is_signed_in() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        browser.sign_in("ada@example.com").await;
        app.clock.advance(3_600);
        let statements: &[&str] = if app.engine == "SQLite" {
            &["CREATE TRIGGER full BEFORE UPDATE ON sessions
               BEGIN SELECT RAISE(ABORT, 'no writes'); END"]
        } else {
            &[
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                 AS 'BEGIN RAISE EXCEPTION ''no writes''; END'",
                "CREATE TRIGGER no_writes BEFORE UPDATE ON sessions
                 FOR EACH ROW EXECUTE FUNCTION refuse()",
            ]
        };
        for statement in statements {
            app.store.run(statement).await;
        }
        assert_eq!(browser.get("/account").await.status, 200, "{}", app.engine);
    }
}
