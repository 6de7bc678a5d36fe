//! Making an account: from the form to the first signed-in page.

use super::steps::{
    SESSION, are_signed_in, code_in, count, link_in, mail_to, rows, sign_up, under,
};
use crate::support::apis::ORDERS;
use crate::support::app::{PASSWORD, Wishes, apps, apps_with, authorize_url};
use crate::support::browser::{form_of, parameter, sent_to};

#[tokio::test]
async fn a_person_signs_up_and_goes_on_by_code_in_the_same_browser() {
    for app in apps().await {
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        let page = sign_up(&mut browser, &page, "grace@example.com").await;
        assert!(page.body.contains("id=\"verify-form\""), "{}", page.body);
        assert!(!browser.cookies.contains_key(SESSION), "nobody is signed in yet");
        let code = code_in(&mail_to(&app, "grace@example.com").await);
        let spaced = format!(" {} - {} ", &code[..3], &code[3..]);
        let answer = browser.submit(&page, "verify-form", &[("code", &spaced)]).await;
        assert_eq!(answer.header("location"), "/account", "{}", app.engine);
        assert!(browser.follow(answer).await.body.contains("grace@example.com"));
    }
}

#[tokio::test]
async fn a_person_signs_up_and_goes_on_by_link_in_the_same_browser() {
    for app in apps().await {
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        sign_up(&mut browser, &page, "grace@example.com").await;
        let link = link_in(&mail_to(&app, "grace@example.com").await);
        let page = browser.get(&link).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users WHERE email_verified_at > 0").await, 0);
        let answer = browser.submit(&page, "verify-confirm", &[]).await;
        assert_eq!(answer.header("location"), "/account", "{}", app.engine);
        assert!(are_signed_in(&app, &browser.cookies).await);
    }
}

#[tokio::test]
async fn the_link_in_another_browser_names_the_account_and_signs_nobody_in() {
    for app in apps().await {
        let mut first = app.browser();
        let page = first.open("/signup").await;
        let waiting = sign_up(&mut first, &page, "grace@example.com").await;
        let link = link_in(&mail_to(&app, "grace@example.com").await);
        let mut other = app.browser();
        let page = other.get(&link).await;
        assert!(page.body.contains("Grace Hopper") && page.body.contains("grace@example.com"));
        assert!(page.body.contains("id=\"verify-not-me\""));
        let done = other.submit(&page, "verify-confirm", &[]).await;
        assert_eq!(done.status, 200, "{}", app.engine);
        assert!(done.body.contains("data-outcome=\"verified\""), "{}", done.body);
        assert!(!other.cookies.contains_key(SESSION), "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "{}", app.engine);
        // The first window goes on when it is loaded again.
        let flow = super::steps::hidden(&waiting, "flow");
        let answer = first.get(&format!("/verify-email?flow={flow}")).await;
        assert_eq!(answer.header("location"), "/account", "{}", app.engine);
        assert!(are_signed_in(&app, &first.cookies).await);
        // But only once, and in no other browser.
        let mut thief = app.browser();
        thief.open(&format!("/verify-email?flow={flow}")).await;
        assert!(!thief.cookies.contains_key(SESSION));
        let again = other.get(&link).await;
        assert_eq!(again.status, 410);
        assert!(again.body.contains("data-outcome=\"used\""), "{}", again.body);
    }
}

#[tokio::test]
async fn this_was_not_me_removes_the_account_and_all_its_ways_on() {
    for app in apps().await {
        let mut first = app.browser();
        let page = first.open("/signup").await;
        let waiting = sign_up(&mut first, &page, "grace@example.com").await;
        let mail = mail_to(&app, "grace@example.com").await;
        let mut other = app.browser();
        let page = other.get(&link_in(&mail)).await;
        let done = other.submit(&page, "verify-not-me", &[]).await;
        assert!(done.body.contains("data-outcome=\"removed\""), "{}", done.body);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 0, "{}", app.engine);
        let answer = first.submit(&waiting, "verify-form", &[("code", &code_in(&mail))]).await;
        let answer = first.follow(answer).await;
        assert!(answer.status >= 400 && answer.status < 500, "{answer:?}");
        assert!(!first.cookies.contains_key(SESSION));
        let gone = other.get(&link_in(&mail)).await;
        assert_eq!(gone.status, 404, "{}", app.engine);
    }
}

/// Whoever presses the wrong button first is not told that there is nothing left to do.
#[tokio::test]
async fn this_was_not_me_after_a_yes_says_how_to_take_the_account() {
    for app in apps().await {
        let mut stranger = app.browser();
        let page = stranger.open("/signup").await;
        sign_up(&mut stranger, &page, "grace@example.com").await;
        let mail = mail_to(&app, "grace@example.com").await;
        let mut owner = app.browser();
        let page = owner.get(&link_in(&mail)).await;
        owner.submit(&page, "verify-confirm", &[]).await;
        let told = owner.submit(&page, "verify-not-me", &[]).await;
        assert!(told.body.contains("data-outcome=\"verified-before\""), "{}", told.body);
        assert!(told.body.contains("choose a new password"), "{}", told.body);
        assert!(told.body.contains("href=\"/password/forgot"), "{}", told.body);
    }
}

#[tokio::test]
async fn a_sign_up_inside_an_authorization_flow_ends_at_the_app() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let flow = super::steps::hidden(&page, "flow");
        let page = browser.open(&format!("/signup?flow={flow}")).await;
        assert!(page.body.contains("Northwind Notes"), "{}", page.body);
        let page = sign_up(&mut browser, &page, "grace@example.com").await;
        let code = code_in(&mail_to(&app, "grace@example.com").await);
        let answer = browser.submit(&page, "verify-form", &[("code", &code)]).await;
        let page = browser.follow(answer).await;
        let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        let url = sent_to(&answer);
        assert_eq!(parameter(&url, "state").as_deref(), Some("st-1"), "{}", app.engine);
        let code = parameter(&url, "code").unwrap();
        assert_eq!(app.exchange(&code).await.status, 200, "{}", app.engine);
    }
}

/// The request waits as long as the mail it waits for.
#[tokio::test]
async fn a_mail_read_after_hours_still_ends_at_the_app() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[("prompt", Some("create"))])).await;
        sign_up(&mut browser, &page, "grace@example.com").await;
        let link = link_in(&mail_to(&app, "grace@example.com").await);
        app.clock.advance(5 * 3_600);
        let page = browser.get(&link).await;
        let answer = browser.submit(&page, "verify-confirm", &[]).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"consent-form\""), "{} {}", app.engine, page.body);
    }
}

/// EN-06
#[tokio::test]
async fn a_known_address_gets_the_same_page_and_its_owner_a_mail() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut seen = Vec::new();
        for email in ["ada@example.com", "eve@example.com"] {
            let mut browser = app.browser();
            let page = browser.open("/signup").await;
            let fields = [("name", "Grace"), ("email", email), ("password", PASSWORD)];
            let answer = browser.submit(&page, "signup-form", &fields).await;
            let shown = browser.follow(answer.clone()).await;
            let wrong = browser.submit(&shown, "verify-form", &[("code", "000000")]).await;
            let early = browser.submit(&shown, "resend-form", &[]).await;
            let reloaded = {
                let flow = super::steps::hidden(&shown, "flow");
                browser.get(&format!("/verify-email?flow={flow}")).await
            };
            let all = [answer, shown, wrong, early, reloaded].map(|answer| {
                let body = super::steps::normal(&answer).replace(email, "ADDRESS");
                (answer.status, super::steps::headers(&answer), body)
            });
            seen.push(all);
        }
        assert_eq!(seen[0], seen[1], "{}", app.engine);
        let mail = mail_to(&app, "ada@example.com").await;
        assert!(mail.to_lowercase().contains("already"), "{mail}");
        assert!(!mail.contains("verify-email?token="), "{mail}");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 2);
    }
}

/// RC-04: 12 senders, 20 rounds, both spellings.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_sign_ups_of_one_address_at_once_make_one_account() {
    let wishes = Wishes { unlimited_tries: true, ..Wishes::default() };
    for app in apps_with(wishes).await {
        for round in 0..20 {
            let mut senders = tokio::task::JoinSet::new();
            for sender in 0..12 {
                let mut browser = app.browser();
                let page = browser.open("/signup").await;
                let name = if sender % 2 == 0 { "grace" } else { "GRACE" };
                let email = format!("{name}{round}@example.com");
                let (path, mut fields) = form_of(&page.body, "signup-form");
                fields.retain(|(name, _)| name == "csrf");
                for (name, value) in [("name", "G"), ("email", &email), ("password", PASSWORD)] {
                    fields.push((name.to_owned(), value.to_owned()));
                }
                senders.spawn(async move {
                    let fields: Vec<_> = fields
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str()))
                        .collect();
                    browser.post(&path, &fields).await.status
                });
            }
            while let Some(status) = senders.join_next().await {
                assert_eq!(status.unwrap(), 303, "{}", app.engine);
            }
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 20, "{}", app.engine);
    }
}

#[tokio::test]
async fn without_verification_the_account_is_ready_and_the_page_says_so() {
    let wishes = Wishes { email_verification: false, ..Wishes::default() };
    for app in apps_with(wishes).await {
        app.web_client().await;
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        let page = sign_up(&mut browser, &page, "grace@example.com").await;
        assert!(
            page.body.contains("id=\"login-form\"") && page.body.contains("Your account is ready")
        );
        assert_eq!(browser.sign_in("grace@example.com").await.header("location"), "/account");
        // In a flow it goes on to the app.
        let mut other = app.browser();
        let page = other.open(&authorize_url(&[("prompt", Some("create"))])).await;
        let page = sign_up(&mut other, &page, "hedy@example.com").await;
        assert!(page.body.contains("Your account is ready"), "{} {}", app.engine, page.body);
        let answer = super::steps::enter(&mut other, &page, "hedy@example.com", PASSWORD).await;
        let page = other.follow(answer).await;
        assert!(page.body.contains("id=\"consent-form\""), "{} {}", app.engine, page.body);
    }
}

#[tokio::test]
async fn a_closed_sign_up_is_not_there() {
    for app in apps().await {
        let mut browser = under(&app, |settings| settings.sign_up_allowed = false);
        assert_eq!(browser.get("/signup").await.status, 404);
        assert!(!browser.get("/login").await.body.contains("/signup"));
    }
}

#[tokio::test]
async fn mistakes_are_named_at_their_field_and_the_password_is_never_shown_back() {
    for app in apps().await {
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        let before = rows(&app).await;
        for (name, email, password, field) in [
            ("", "g@example.com", PASSWORD, "name"),
            (&"n".repeat(201), "g@example.com", PASSWORD, "name"),
            ("G", "", PASSWORD, "email"),
            ("G", "no address", PASSWORD, "email"),
            ("G", "g@example.com", "", "new-password"),
            ("G", "g@example.com", "short-1", "new-password"),
            ("G", "g@example.com", "password1234", "new-password"),
            ("G", "grace.hopper@example.com", "grace.hopper", "new-password"),
        ] {
            let fields = [("name", name), ("email", email), ("password", password)];
            let answer = browser.submit(&page, "signup-form", &fields).await;
            assert_eq!(answer.status, 422, "{fields:?}");
            assert!(answer.body.contains(&format!("id=\"{field}-err\"")), "{}", answer.body);
            assert!(password.is_empty() || !answer.body.contains(&format!("\"{password}\"")));
        }
        assert_eq!(rows(&app).await, before, "{}", app.engine);
    }
}

/// A name stands in mails in our voice, so it may not turn or hide what is around it.
#[tokio::test]
async fn a_name_that_turns_or_hides_text_makes_no_account() {
    for app in apps().await {
        let mut browser = app.browser();
        for name in
            ["Ada \u{202e}ecalevol", "\u{2067}Ada\u{2069}", "\u{200d}", "Ada\u{2028}Lovelace"]
        {
            let page = browser.get("/signup").await;
            let fields =
                [("name", name), ("email", "eve@example.org"), ("password", "walnut-harbour-97")];
            let answer = browser.submit(&page, "signup-form", &fields).await;
            assert_eq!(answer.status, 422, "{name:?} {answer:?}");
            assert!(
                answer.body.contains("without characters that hide or turn"),
                "{}",
                answer.body
            );
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 0, "{}", app.engine);
    }
}

/// AP-01, AP-04: what only operators give is no field of any form, whatever it is called.
#[tokio::test]
async fn nobody_gives_themselves_a_role_or_a_permission_by_a_form() {
    const MORE: [(&str, &str); 12] = [
        ("role", "staff"),
        ("roles", "staff"),
        ("roles[]", "admin"),
        ("is_admin", "true"),
        ("permissions", "read"),
        ("permission", "read"),
        ("scope", "read"),
        ("app_metadata", "{\"roles\":[\"admin\"]}"),
        ("email_verified", "true"),
        ("email_verified_at", "1"),
        ("self_registered", "false"),
        ("user_id", "01DEV0ADA00000000000000000"),
    ];
    for app in apps().await {
        app.api(ORDERS, "Orders").await;
        app.person("ada@example.com").await;
        app.give_role("ada@example.com", "staff").await;
        app.permit_role("staff", &[(ORDERS, "read")]).await;
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        let fields = [("name", "Grace"), ("email", "grace@example.com"), ("password", PASSWORD)];
        let answer = browser.submit(&page, "signup-form", &[&fields[..], &MORE].concat()).await;
        let page = browser.follow(answer).await;
        let verified = "SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL";
        assert_eq!(count(&app, verified).await, 1, "{}", app.engine);
        let code = code_in(&mail_to(&app, "grace@example.com").await);
        let answer = browser.submit(&page, "verify-form", &[("code", &code)]).await;
        browser.follow(answer).await;
        let page = browser.open("/account/profile").await;
        let answer = browser.submit(&page, "profile-form", &MORE).await;
        assert!(answer.status < 400, "{answer:?}");
        let held = app.app.accounts.roles_of("grace@example.com").await.unwrap();
        assert_eq!(held.roles, [], "{}", app.engine);
        let held = app.app.accounts.permissions_of_user("grace@example.com").await.unwrap();
        assert_eq!(held.permissions, [], "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM user_roles").await, 1, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM user_permissions").await, 0);
    }
}

/// Who finds that they have an account already signs in from there, and the app goes on.
#[tokio::test]
async fn who_has_an_account_signs_in_from_the_page_that_waits_for_a_code() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let link = page.body.split("href=\"").find(|rest| rest.starts_with("/signup")).unwrap();
        let page = browser.open(&link.split('"').next().unwrap().replace("&#38;", "&")).await;
        let page = sign_up(&mut browser, &page, "ada@example.com").await;
        let link = page.body.split("id=\"sign-in\" href=\"").nth(1).unwrap();
        let page = browser.open(&link.split('"').next().unwrap().replace("&#38;", "&")).await;
        let answer = super::steps::enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"consent-form\""), "{} {}", app.engine, page.body);
    }
}
