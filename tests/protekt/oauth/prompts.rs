//! What the person is asked: `prompt`, `max_age`, and the hints.

use protekt::oauth::clients::NewClient;

use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, START, TestApp, apps, authorize_url, claims, web_client};
use crate::support::browser::{Browser, form_of, parameter, sent_to};
use crate::support::protocol::{ADA, error_at_client, error_in};

const BOB: &str = "bob@example.com";

/// A first-party client, so that no consent stands between sign-in and code.
async fn first_party(app: &TestApp) {
    let new = NewClient { first_party: true, ..web_client("notes", "https://notes.example") };
    app.client(new).await;
}

async fn id_token(app: &TestApp, url: &str) -> serde_json::Value {
    let code = parameter(url, "code").unwrap_or_else(|| panic!("no code in {url}"));
    claims(&app.exchange(&code).await.text("id_token"))
}

async fn confirm(browser: &mut Browser, page: &Answer) -> Answer {
    browser.submit(page, "login-form", &[("password", PASSWORD)]).await
}

/// AZ-21
#[tokio::test]
async fn prompt_none_shows_nothing_and_says_why_not() {
    for app in apps().await {
        app.with_ada().await;
        let none = authorize_url(&[("prompt", Some("none"))]);
        let mut browser = app.browser();
        assert_eq!(error_at_client(&browser.get(&none).await), "login_required");
        browser.sign_in(ADA).await;
        assert_eq!(error_at_client(&browser.get(&none).await), "consent_required");
        browser.code(ADA).await;
        let answer = browser.get(&none).await;
        assert!(parameter(answer.header("location"), "code").is_some(), "{answer:?}");
        app.clock.advance(2);
        for (max_age, is_good) in [("1", false), ("0", false), ("2", true)] {
            let changes = [("prompt", Some("none")), ("max_age", Some(max_age))];
            let answer = browser.get(&authorize_url(&changes)).await;
            if is_good {
                assert!(parameter(answer.header("location"), "code").is_some(), "{answer:?}");
            } else {
                assert_eq!(error_at_client(&answer), "login_required", "{max_age}");
            }
        }
    }
}

/// AZ-21
#[tokio::test]
async fn a_hint_about_sign_up_does_not_disturb_prompt_none() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.code(ADA).await;
        let changes = [("prompt", Some("none")), ("screen_hint", Some("signup"))];
        let answer = browser.get(&authorize_url(&changes)).await;
        assert!(parameter(answer.header("location"), "code").is_some(), "{answer:?}");
    }
}

/// AZ-22
#[tokio::test]
async fn prompt_login_asks_for_the_password_again() {
    for app in apps().await {
        app.person(ADA).await;
        first_party(&app).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        app.clock.advance(100);
        let page = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
        let wrong = browser.submit(&page, "login-form", &[("password", "not-it-at-all")]).await;
        assert_eq!(wrong.status, 422, "{wrong:?}");
        // The way around: the session lives, but this request waits for the password.
        let (_, fields) = form_of(&page.body, "login-form");
        let flow = &fields.iter().find(|(name, _)| name == "flow").unwrap().1;
        for path in ["/oauth/authorize", "/login", "/oauth/consent", "/login/accounts"] {
            let page = browser.open(&format!("{path}?flow={flow}")).await;
            form_of(&page.body, "login-form");
        }
        let url = sent_to(&confirm(&mut browser, &page).await);
        assert_eq!(id_token(&app, &url).await["auth_time"], START.0 + 100);
    }
}

/// AZ-23
#[tokio::test]
async fn max_age_asks_for_a_sign_in_that_is_young_enough() {
    for app in apps().await {
        app.person(ADA).await;
        first_party(&app).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        app.clock.advance(2);
        for (max_age, is_asked, auth_time) in
            [("1000", false, 0), ("2", false, 0), ("1", true, 2), ("1", false, 2), ("0", true, 2)]
        {
            let answer = browser.open(&authorize_url(&[("max_age", Some(max_age))])).await;
            let answer = if is_asked { confirm(&mut browser, &answer).await } else { answer };
            let claims = id_token(&app, &sent_to(&answer)).await;
            assert_eq!(claims["auth_time"], START.0 + auth_time, "max_age={max_age}");
        }
    }
}

#[tokio::test]
async fn prompt_consent_asks_again_though_everything_was_allowed() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.code(ADA).await;
        let page = browser.open(&authorize_url(&[("prompt", Some("consent"))])).await;
        let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert!(parameter(&sent_to(&answer), "code").is_some());
        let page = browser.open(&authorize_url(&[("prompt", Some("login consent"))])).await;
        let page = confirm(&mut browser, &page).await;
        let page = browser.follow(page).await;
        form_of(&page.body, "consent-form");
    }
}

#[tokio::test]
async fn prompt_select_account_lets_the_person_choose() {
    for app in apps().await {
        app.person(BOB).await;
        let ada = app.person(ADA).await;
        first_party(&app).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let select = authorize_url(&[("prompt", Some("select_account"))]);
        let page = browser.open(&select).await;
        let fields = [("account", ada.id.as_str())];
        let answer = browser.submit(&page, "select-account", &fields).await;
        assert_eq!(id_token(&app, &sent_to(&answer)).await["sub"], ada.id.as_str());
        let page = browser.open(&select).await;
        let answer = browser.submit(&page, "select-account", &[("account", "another")]).await;
        let page = browser.follow(answer).await;
        let fields = [("username", BOB), ("password", PASSWORD)];
        let answer = browser.submit(&page, "login-form", &fields).await;
        let answer = browser.follow(answer).await;
        assert_eq!(id_token(&app, &sent_to(&answer)).await["email"], BOB);
        // Nobody is known in a new browser: there is nothing to choose from.
        let page = app.browser().open(&select).await;
        form_of(&page.body, "login-form");
    }
}

#[tokio::test]
async fn prompt_create_begins_with_signing_up() {
    for app in apps().await {
        app.with_ada().await;
        for create in [("prompt", Some("create")), ("screen_hint", Some("signup"))] {
            let mut browser = app.browser();
            let answer = browser.get(&authorize_url(&[create])).await;
            assert!(answer.header("location").starts_with("/signup?flow="), "{answer:?}");
            browser.sign_in(ADA).await;
            let answer = browser.get(&authorize_url(&[create])).await;
            assert!(answer.header("location").starts_with("/signup?flow="), "{answer:?}");
        }
    }
}

/// IJ-01
#[tokio::test]
async fn a_login_hint_stands_in_the_form_escaped() {
    for app in apps().await {
        app.web_client().await;
        for hint in [ADA, "\"><script>alert(1)</script>", "a'b&amp;c\u{202e}d"] {
            let page = app.browser().open(&authorize_url(&[("login_hint", Some(hint))])).await;
            let (_, fields) = form_of(&page.body, "login-form");
            let username = fields.iter().find(|(name, _)| name == "username").unwrap();
            assert_eq!(username.1, hint);
            assert!(!page.body.contains("<script>alert"), "{}", page.body);
        }
    }
}

/// AZ-21
#[tokio::test]
async fn a_code_is_never_for_another_person_than_the_hinted_one() {
    for app in apps().await {
        let ada = app.person(ADA).await;
        app.person(BOB).await;
        first_party(&app).await;
        let mut of_ada = app.browser();
        let url = of_ada.authorize(ADA, &[]).await;
        let code = parameter(&url, "code").unwrap();
        let hint = app.exchange(&code).await.text("id_token");
        // An expired hint will do.
        app.clock.advance(4_000);
        let hinted = authorize_url(&[("id_token_hint", Some(&hint))]);
        let silent = authorize_url(&[("id_token_hint", Some(&hint)), ("prompt", Some("none"))]);
        let answer = of_ada.get(&silent).await;
        assert_eq!(id_token(&app, answer.header("location")).await["sub"], ada.id.as_str());

        let mut of_bob = app.browser();
        of_bob.sign_in(BOB).await;
        let error = error_at_client(&of_bob.get(&silent).await);
        assert_eq!(error, "login_required");
        let page = of_bob.open(&hinted).await;
        let bob = app.app.accounts.list_users(None, 10).await.unwrap();
        let bob = bob.iter().find(|user| user.email == BOB).unwrap();
        let answer = of_bob.submit(&page, "select-account", &[("account", bob.id.as_str())]).await;
        assert_eq!(error_in(&sent_to(&answer)), "login_required", "no code for Bob");
        let page = of_bob.open(&hinted).await;
        let answer = of_bob.submit(&page, "select-account", &[("account", "another")]).await;
        let page = of_bob.follow(answer).await;
        let fields = [("username", ADA), ("password", PASSWORD)];
        let answer = of_bob.submit(&page, "login-form", &fields).await;
        assert_eq!(id_token(&app, &sent_to(&answer)).await["sub"], ada.id.as_str());
    }
}

/// OpenID Connect Core §3.1.2.1: no silent answer for a person whom the hint does not name. It
/// may be signed by a key long gone, so that nobody is shut out for it.
#[tokio::test]
async fn a_hint_that_cannot_be_verified_gets_no_silent_answer_and_shuts_nobody_out() {
    for app in apps().await {
        let ada = app.person(ADA).await;
        first_party(&app).await;
        let mut browser = app.browser();
        let code = parameter(&browser.authorize(ADA, &[]).await, "code").unwrap();
        let access_token = app.exchange(&code).await.text("access_token");
        for hint in ["garbage", "a.b.c", "' OR 1=1 --", &access_token] {
            let changes = [("id_token_hint", Some(hint)), ("prompt", Some("none"))];
            let answer = browser.get(&authorize_url(&changes)).await;
            assert_eq!(error_at_client(&answer), "login_required", "{hint}");
            let hinted = authorize_url(&[("id_token_hint", Some(hint))]);
            let page = browser.open(&hinted).await;
            let chosen = [("account", ada.id.as_str())];
            let answer = browser.submit(&page, "select-account", &chosen).await;
            assert_eq!(id_token(&app, &sent_to(&answer)).await["sub"], ada.id.as_str());
            let mut stranger = app.browser();
            let page = stranger.open(&hinted).await;
            let fields = [("username", ADA), ("password", PASSWORD)];
            let answer = stranger.submit(&page, "login-form", &fields).await;
            let page = stranger.follow(answer.clone()).await;
            let answer = if page.body.contains("select-account") {
                stranger.submit(&page, "select-account", &chosen).await
            } else {
                answer
            };
            assert_eq!(id_token(&app, &sent_to(&answer)).await["sub"], ada.id.as_str());
        }
    }
}
