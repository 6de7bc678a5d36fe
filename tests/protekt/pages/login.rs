//! Signing in within a flow, and the ways such a flow can be disturbed.

use super::steps::{count, enter, every_row, hidden, under};
use crate::support::app::{PASSWORD, apps, authorize_url, claims};
use crate::support::browser::{parameter, sent_to};

/// AZ-22
#[tokio::test]
async fn prompt_login_asks_the_signed_in_person_again_and_moves_auth_time() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        let first = app.exchange(&browser.code("ada@example.com").await).await;
        app.clock.advance(600);
        let page = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
        let name = page.body.split("name=\"username\"").nth(1).unwrap().split('>').next().unwrap();
        assert!(name.contains("value=\"ada@example.com\" readonly"), "{name}");
        let wrong = enter(&mut browser, &page, "ada@example.com", "not the password").await;
        assert_eq!(wrong.status, 422, "{}", app.engine);
        assert!(wrong.body.contains("readonly"), "the name stays read-only");
        let answer = enter(&mut browser, &wrong, "ada@example.com", PASSWORD).await;
        let second = app.exchange(&parameter(&sent_to(&answer), "code").unwrap()).await;
        let auth_time = |tokens: String| claims(&tokens)["auth_time"].as_i64().unwrap();
        let moved = auth_time(second.text("id_token")) - auth_time(first.text("id_token"));
        assert_eq!(moved, 600, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 1);
    }
}

/// AZ-23
#[tokio::test]
async fn a_session_older_than_max_age_is_asked_again_and_a_younger_one_is_not() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        browser.code("ada@example.com").await;
        // Zero asks for a sign-in for this very request, however fresh the session is.
        let page = browser.open(&authorize_url(&[("max_age", Some("0"))])).await;
        assert!(page.body.contains("login-form"), "{}", app.engine);
        app.clock.advance(2);
        for (max_age, asks) in [("0", true), ("1", true), ("2", false), ("3600", false)] {
            let page = browser.open(&authorize_url(&[("max_age", Some(max_age))])).await;
            assert_eq!(page.body.contains("login-form"), asks, "{max_age} {}", app.engine);
        }
        for max_age in ["-1", "abc", "1.5"] {
            let answer = browser.open(&authorize_url(&[("max_age", Some(max_age))])).await;
            let error = parameter(&sent_to(&answer), "error");
            assert_eq!(error.as_deref(), Some("invalid_request"), "{max_age}");
        }
        let page = browser.open(&authorize_url(&[("max_age", Some("0"))])).await;
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        let tokens = app.exchange(&parameter(&sent_to(&answer), "code").unwrap()).await;
        let auth_time = claims(&tokens.text("id_token"))["auth_time"].as_i64().unwrap();
        assert_eq!(auth_time, app.app.now().0);
    }
}

#[tokio::test]
async fn two_tabs_with_two_flows_do_not_disturb_each_other() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        let one = browser.open(&authorize_url(&[("state", Some("tab-1"))])).await;
        let two = browser.open(&authorize_url(&[("state", Some("tab-2"))])).await;
        assert_ne!(hidden(&one, "flow"), hidden(&two, "flow"));
        let signed_in = enter(&mut browser, &one, "ada@example.com", PASSWORD).await;
        let consent = browser.follow(signed_in).await;
        // The second tab still shows the sign-in form.
        let late = enter(&mut browser, &two, "ada@example.com", PASSWORD).await;
        let late = browser.follow(late).await;
        for (page, state) in [(late, "tab-2"), (consent, "tab-1")] {
            let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
            let answer = browser.follow(answer).await;
            let url = sent_to(&answer);
            assert_eq!(parameter(&url, "state").as_deref(), Some(state), "{}", app.engine);
            let code = parameter(&url, "code").unwrap();
            assert_eq!(app.exchange(&code).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_sign_in_form_sent_twice_makes_one_code_and_no_dead_end() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        browser.code("ada@example.com").await;
        let page = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
        let codes = "SELECT COUNT(*) FROM authorization_codes";
        let before = count(&app, codes).await;
        let first = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        assert!(sent_to(&first).starts_with("https://notes.example/cb?code="));
        let second = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        let second = browser.follow(second).await;
        assert_eq!(second.status, 200, "{}", app.engine);
        assert!(second.body.contains("id=\"already-continue\""), "{}", second.body);
        assert_eq!(count(&app, codes).await, before + 1, "{}", app.engine);
        // Back to the page, after the flow is over.
        let back = browser.open(&format!("/login?flow={}", hidden(&page, "flow"))).await;
        assert!(back.status == 200 && back.body.contains("id=\"already-continue\""), "{back:?}");
    }
}

/// AZ-20
#[tokio::test]
async fn no_form_of_ours_is_answered_by_a_redirect_to_a_client() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        assert_eq!(answer.status, 303);
        assert!(answer.header("location").starts_with("/oauth/consent?"), "{answer:?}");
        let consent = browser.follow(answer).await;
        let answer = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
        assert_eq!(answer.status, 200, "{}", app.engine);
        assert_eq!(answer.header("location"), "");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        let url = sent_to(&answer);
        assert!(url.starts_with("https://notes.example/cb?code="), "{url}");
        let link = answer.body.split("id=\"hand-back\" href=\"").nth(1).unwrap();
        let link = link.split('"').next().unwrap();
        assert_eq!(crate::support::browser::unescape(link), url, "a real link beside the refresh");
        // Consent is given now: the sign-in form itself is the last one.
        let mut other = app.browser();
        let page = other.open(&authorize_url(&[])).await;
        let answer = enter(&mut other, &page, "ada@example.com", PASSWORD).await;
        assert_eq!((answer.status, answer.header("location")), (200, ""), "{}", app.engine);
        assert!(sent_to(&answer).starts_with("https://notes.example/cb?code="));
        // A refusal too.
        let page = other.open(&authorize_url(&[("prompt", Some("consent"))])).await;
        let answer = other.submit(&page, "consent-form", &[("decision", "deny")]).await;
        assert_eq!((answer.status, answer.header("location")), (200, ""));
        assert_eq!(parameter(&sent_to(&answer), "error").as_deref(), Some("access_denied"));
    }
}

#[tokio::test]
async fn the_hint_of_a_client_is_prefilled_and_can_be_changed() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = app.browser();
        let hint = "ada@example.com\"><script>alert(1)</script>";
        let page = browser.open(&authorize_url(&[("login_hint", Some(hint))])).await;
        assert_eq!(hidden_username(&page.body), hint);
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
    }
}

fn hidden_username(body: &str) -> String {
    let tag = body.split("name=\"username\"").nth(1).unwrap().split('>').next().unwrap();
    let value = tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    crate::support::browser::unescape(value)
}

#[tokio::test]
async fn the_pseudo_language_is_spoken_in_development_only() {
    for app in apps().await {
        app.web_client().await;
        let wish = [("accept-language".to_owned(), "ar-XB".to_owned())];
        let mut live = app.browser();
        live.extra_headers.extend(wish.clone());
        let mut development = under(&app, |settings| {
            settings.development = Some(protekt::http::Development {
                mail_folder: std::env::temp_dir().join("protekt-no-such-folder"),
                hosts: vec!["id.example.com".to_owned()],
            });
        });
        development.extra_headers.extend(wish);
        development.extra_headers.push(("host".to_owned(), "id.example.com".to_owned()));
        for path in ["/login".to_owned(), authorize_url(&[("ui_locales", Some("ar-XB"))])] {
            let page = live.open(&path).await;
            assert!(page.body.contains("lang=\"ar\" dir=\"rtl\""), "{}", page.body);
            assert!(!page.body.contains('\u{202e}'), "{}", page.body);
            let page = development.open(&path).await;
            assert!(page.body.contains("lang=\"ar\" dir=\"rtl\""), "{}", page.body);
            assert!(page.body.contains('\u{202e}'), "{}", page.body);
        }
    }
}

#[tokio::test]
async fn signing_in_with_an_unverified_address_leads_to_verification_and_back_into_the_flow() {
    for app in apps().await {
        app.web_client().await;
        app.unverified_person("grace@example.com").await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let answer = enter(&mut browser, &page, "grace@example.com", PASSWORD).await;
        assert!(answer.header("location").starts_with("/verify-email?flow="), "{answer:?}");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "nobody is signed in");
        let page = browser.follow(answer).await;
        let code = super::steps::code_in(&super::steps::mail_to(&app, "grace@example.com").await);
        let answer = browser.submit(&page, "verify-form", &[("code", &code)]).await;
        let consent = browser.follow(answer).await;
        let answer = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
        let code = parameter(&sent_to(&answer), "code").unwrap();
        assert_eq!(app.exchange(&code).await.status, 200, "{}", app.engine);
    }
}

/// Said to everybody alike: it must not tell who has an account.
#[tokio::test]
async fn who_cannot_sign_in_reads_what_to_do_about_an_unverified_address() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        assert!(!page.body.contains("Just signed up?"), "{}", page.body);
        for name in ["ada@example.com", "nobody@example.com"] {
            let answer = enter(&mut browser, &page, name, "wrong").await;
            assert!(answer.body.contains("Just signed up?"), "{}", answer.body);
        }
    }
}

/// BF-01: what was not typed is no try at anybody's account, and says so.
#[tokio::test]
async fn a_sign_in_without_a_name_or_a_password_is_no_try() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let before = every_row(&app).await;
        for (name, password, said, field) in [
            ("", "", "Enter your email or username, and your password.", "#username"),
            (" ", PASSWORD, "Enter your email or username, and your password.", "#username"),
            ("ada@example.com", "", "Enter your password.", "#current-password"),
        ] {
            for _ in 0..12 {
                let answer = enter(&mut browser, &page, name, password).await;
                assert_eq!(answer.status, 422, "{} {name}: {answer:?}", app.engine);
                assert!(answer.body.contains(said), "{}", answer.body);
                assert!(answer.body.contains(&format!("href=\"{field}\"")), "{}", answer.body);
                assert!(!answer.body.contains("not right"), "{}", answer.body);
            }
        }
        assert_eq!(every_row(&app).await, before, "{}: nothing was counted", app.engine);
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        assert_eq!(answer.header("location"), "/account", "{answer:?}");
        // Nor is it one where somebody proves anew who they are.
        app.clock.advance(3_600);
        let page = browser.open("/account/delete").await;
        let failures = "SELECT COUNT(*) FROM audit_events WHERE outcome = 'failure'";
        for _ in 0..12 {
            let answer = browser.submit(&page, "proof-form", &[("password", "")]).await;
            assert_eq!(answer.status, 422, "{} {answer:?}", app.engine);
            assert!(answer.body.contains("Enter your password."), "{}", answer.body);
        }
        assert_eq!(count(&app, failures).await, 0, "{}", app.engine);
    }
}
