//! `/account/sessions`.

use protekt::http::Places;

use super::steps::{SESSION, are_signed_in, count, execute, hidden, texts, under};
use crate::support::app::{TestApp, apps};
use crate::support::browser::Browser;
use crate::support::places::city_database;
use crate::support::protocol::ADA;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

async fn device(app: &TestApp, email: &str, user_agent: &str) -> Browser {
    let mut browser = app.browser();
    browser.extra_headers = vec![("user-agent".to_owned(), user_agent.to_owned())];
    browser.sign_in(email).await;
    browser
}

#[tokio::test]
async fn the_page_names_each_device_and_marks_this_one() {
    for app in apps().await {
        app.person(ADA).await;
        app.person("grace@example.com").await;
        device(&app, ADA, "<script>alert(1)</script>").await;
        device(&app, "grace@example.com", "curl/8.5.0").await;
        let mut browser = device(&app, ADA, FIREFOX).await;
        let page = browser.get("/account/sessions").await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains("Firefox on Linux"), "{}", page.body);
        assert!(page.body.contains("Unknown browser"), "{}", page.body);
        assert!(!page.body.contains("curl") && !page.body.contains("alert(1)"), "{}", page.body);
        assert_eq!(page.body.matches("This device").count(), 1, "{}", page.body);
        assert_eq!(page.body.matches("name=\"sid\"").count(), 1, "{}", page.body);
        let place = page.body.find("This device").unwrap();
        assert!(place < page.body.find("name=\"sid\"").unwrap(), "this device comes first");
    }
}

/// LO-08, CS-08
#[tokio::test]
async fn signing_out_one_device_ends_its_cookie_and_the_tokens_it_brought_apps() {
    for app in apps().await {
        app.with_ada().await;
        let mut other = app.browser();
        let tokens = app.exchange(&other.code(ADA).await).await;
        let mut mine = app.browser();
        let own = app.exchange(&mine.code(ADA).await).await;
        let page = mine.get("/account/sessions").await;
        let sid = hidden(&page, "sid");
        let csrf = hidden(&page, "csrf");
        let fields = [("csrf", &*csrf), ("sid", &sid)];
        let answer = mine.post("/account/sessions/end", &fields).await;
        let there = "/account/sessions?done=signed-out";
        assert_eq!((answer.status, answer.header("location")), (303, there), "{answer:?}");
        assert!(!are_signed_in(&app, &other.cookies).await, "{}", app.engine);
        assert!(are_signed_in(&app, &mine.cookies).await, "{}", app.engine);
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401, "{}", app.engine);
        assert_eq!(app.refresh(&own.text("refresh_token")).await.status, 200, "{}", app.engine);
        let again = mine.post("/account/sessions/end", &fields).await;
        assert_eq!(again.status, 303, "{again:?}");
        let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'session_ended'";
        assert_eq!(count(&app, trail).await, 1, "{}", app.engine);
    }
}

/// AP-03
#[tokio::test]
async fn nobody_ends_a_session_of_somebody_else() {
    for app in apps().await {
        app.person("grace@example.com").await;
        app.person(ADA).await;
        let grace = device(&app, "grace@example.com", FIREFOX).await;
        let mut other = device(&app, "grace@example.com", FIREFOX).await;
        let sid = hidden(&other.get("/account/sessions").await, "sid");
        let mut ada = device(&app, ADA, FIREFOX).await;
        let csrf = hidden(&ada.get("/account/sessions").await, "csrf");
        let sids = [&*sid, "", "x", "' OR 1=1 --", "\0"];
        for sid in sids {
            ada.post("/account/sessions/end", &[("csrf", &csrf), ("sid", sid)]).await;
        }
        assert!(are_signed_in(&app, &grace.cookies).await, "{}", app.engine);
        assert!(are_signed_in(&app, &other.cookies).await, "{}", app.engine);
        assert!(are_signed_in(&app, &ada.cookies).await, "{}", app.engine);
    }
}

/// LO-08, CS-10
#[tokio::test]
async fn signing_out_everywhere_else_leaves_this_device_alone_with_another_id() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        let other = device(&app, ADA, "curl/8.5.0").await;
        let mut mine = device(&app, ADA, FIREFOX).await;
        let before = mine.cookies.clone();
        let page = mine.get("/account/sessions").await;
        let answer = mine.submit(&page, "sign-out-others", &[]).await;
        let page = mine.follow(answer).await;
        assert!(page.body.contains("Everywhere else you’re signed out"), "{}", page.body);
        assert!(!page.body.contains("id=\"sign-out-others\""), "{}", page.body);
        assert_ne!(before[SESSION], mine.cookies[SESSION], "{}", app.engine);
        assert!(!are_signed_in(&app, &before).await, "{}", app.engine);
        assert!(!are_signed_in(&app, &other.cookies).await, "{}", app.engine);
        assert!(are_signed_in(&app, &mine.cookies).await, "{}", app.engine);
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_place_is_said_where_the_operator_has_a_database_of_places() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.mmdb");
    std::fs::write(&file, city_database("Lagos", "Nigeria")).unwrap();
    let places = Places::open(&file).unwrap();
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = device(&app, ADA, FIREFOX).await;
        execute(&app, "UPDATE sessions SET ip = '203.0.113.9'").await;
        let page = browser.get("/account/sessions").await;
        assert!(page.body.contains("<bdi>203.0.113.9</bdi>"), "{}", page.body);
        let mut knowing = under(&app, |settings| settings.places = places.clone());
        knowing.cookies.clone_from(&browser.cookies);
        let page = knowing.get("/account/sessions").await;
        assert!(page.body.contains("Lagos, Nigeria (203.0.113.9)"), "{}", page.body);
        execute(&app, "UPDATE sessions SET ip = '198.51.100.1'").await;
        let page = knowing.get("/account/sessions").await;
        assert!(page.body.contains("<bdi>198.51.100.1</bdi>"), "{}", page.body);
    }
}

#[test]
fn a_file_that_is_no_database_of_places_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.mmdb");
    Places::open(&file).unwrap_err();
    std::fs::write(&file, b"nothing of the kind").unwrap();
    Places::open(&file).unwrap_err();
    let mut other = city_database("Lagos", "Nigeria");
    let at = other.windows(9).position(|part| part == b"Test-City").unwrap();
    other[at..at + 9].copy_from_slice(b"Test-ASN.");
    std::fs::write(&file, other).unwrap();
    let refusal = Places::open(&file).unwrap_err().to_string();
    assert!(refusal.contains("City or Country"), "{refusal}");
}

/// The session that asks ends by signing out, never by the page of the others.
#[tokio::test]
async fn this_device_is_not_ended_as_another_one() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = device(&app, ADA, FIREFOX).await;
        let csrf = hidden(&browser.get("/account").await, "csrf");
        let own = texts(&app, "SELECT sid FROM sessions").await.remove(0);
        let fields = [("csrf", &*csrf), ("sid", &own)];
        browser.post("/account/sessions/end", &fields).await;
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
    }
}
