//! What a stranger may use up: nothing that its owner needs.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use protekt::accounts::AccountSettings;
use protekt::throttle::Limit;

use super::second_factor::is_half;
use super::steps::{changed, code_in, count, from, headers, link_in, mail_to, normal, sign_up};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, form};
use crate::support::browser::{Browser, form_of};
use crate::support::factors::{backup_codes, first_half, set_up_totp, way};
use crate::support::protocol::ADA;

const NUMBER: &str = "+4915123456789";
const NEW: &str = "another good one 7";
const HOUR: i64 = 3_600;

/// Sends a form of a page from another network.
pub(super) async fn submit_from(
    browser: &mut Browser,
    address: &str,
    (page, id): (&Answer, &str),
    fields: &[(&str, &str)],
) -> Answer {
    let (action, mut all) = form_of(&page.body, id);
    all.retain(|(name, _)| fields.iter().all(|(given, _)| given != name));
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = Request::post(action)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("origin", "https://id.example.com");
    browser.send(from(address, request.body(Body::from(form(&all))).unwrap())).await
}

/// A browser at the same provider with other limits and the like.
pub(super) fn with_settings(app: &TestApp, change: impl FnOnce(&mut AccountSettings)) -> Browser {
    changed(app, |app| {
        let mut settings = (*app.accounts.settings).clone();
        change(&mut settings);
        app.accounts.settings = Arc::new(settings);
    })
}

/// [`ADA`], signed in.
pub(super) async fn owner(app: &TestApp) -> Browser {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    browser
}

/// Sets up codes by mail; gives the backup codes.
pub(super) async fn with_mailed_codes(app: &TestApp, browser: &mut Browser) -> Vec<String> {
    let page = browser.open("/account/2fa/email").await;
    let sent = browser.submit(&page, "begin-form", &[]).await;
    let page = browser.follow(sent).await;
    let code = code_in(&mail_to(app, ADA).await);
    let done = browser.submit(&page, "code-form", &[("code", &code)]).await;
    let done = browser.follow(done).await;
    app.clock.advance(61);
    backup_codes(&done)
}

/// Sets up a telephone; gives the backup codes.
pub(super) async fn with_telephone(app: &TestApp, browser: &mut Browser) -> Vec<String> {
    let page = browser.open("/account/2fa/sms?another=1").await;
    let sent = browser.submit(&page, "begin-form", &[("phone", NUMBER)]).await;
    let page = browser.follow(sent).await;
    let code = code_in(app.texts().await.last().unwrap());
    let done = browser.submit(&page, "code-form", &[("code", &code)]).await;
    let done = browser.follow(done).await;
    app.clock.advance(61);
    backup_codes(&done)
}

/// Asks for a link to a new password.
pub(super) async fn forgot(browser: &mut Browser, email: &str) -> Answer {
    let page = browser.open("/password/forgot").await;
    let sent = browser.submit(&page, "forgot-form", &[("email", email)]).await;
    browser.follow(sent).await
}

/// The path of the last link to a new password.
pub(super) async fn reset_link(app: &TestApp) -> String {
    let mails = app.mails().await;
    let mut links = mails.iter().flat_map(|mail| mail.split_whitespace());
    let link = links.rfind(|word| word.contains("/password/reset?token=")).unwrap();
    link.strip_prefix("https://id.example.com").unwrap().to_owned()
}

/// EN-06 MF-14
#[tokio::test]
async fn strangers_who_name_an_address_stop_neither_its_codes_nor_its_resets() {
    for app in apps().await {
        let mut browser = owner(&app).await;
        with_mailed_codes(&app, &mut browser).await;
        let mut stranger = app.browser();
        let page = stranger.open("/signup").await;
        let fields = [("name", "Eve"), ("email", ADA), ("password", PASSWORD)];
        for n in 0..45 {
            let ip = format!("203.0.113.{n}");
            submit_from(&mut stranger, &ip, (&page, "signup-form"), &fields).await;
        }
        let page = stranger.open("/password/forgot").await;
        for n in 0..45 {
            let (ip, fields) = (format!("203.0.113.{n}"), [("email", ADA)]);
            let asked = submit_from(&mut stranger, &ip, (&page, "forgot-form"), &fields).await;
            assert_eq!(asked.status, 303, "{n} {asked:?}");
        }
        // The owner asks as well, and is told to use the newest mail, whose link works.
        let mut owner = app.browser();
        let asked = forgot(&mut owner, ADA).await;
        assert!(asked.body.contains("Use the newest email"), "{}", asked.body);
        let page = owner.open(&reset_link(&app).await).await;
        assert!(page.body.contains("id=\"reset-form\""), "{}", page.body);
        let links = app.mails().await;
        let links = links.iter().filter(|mail| mail.contains("/password/reset?token=")).count();
        assert!(links <= 6, "{links} {}", app.engine);
        // And signs in.
        app.clock.advance(1);
        let mut owner = app.browser();
        let page = first_half(&mut owner, ADA).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains("A code is on its way"), "{}", page.body);
        let code = code_in(&mail_to(&app, ADA).await);
        let done = owner.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
    }
}

/// EN-06: so many sign-ups until 429, whatever there is at the address and whatever happened there
/// before, and the same answers all along.
#[tokio::test]
async fn sign_ups_until_the_limit_are_as_many_for_every_address() {
    for app in apps().await {
        // A person who signed up today, used a code, and asked for a new password.
        let mut known = app.browser();
        let page = known.open("/signup").await;
        sign_up(&mut known, &page, ADA).await;
        let page = known.open(&link_in(&mail_to(&app, ADA).await)).await;
        known.submit(&page, "verify-confirm", &[]).await;
        with_mailed_codes(&app, &mut known).await;
        forgot(&mut app.browser(), ADA).await;
        // Somebody who signed up today and did no more; one whom an operator added.
        let mut waiting = app.browser();
        let page = waiting.open("/signup").await;
        sign_up(&mut waiting, &page, "una@example.com").await;
        app.unverified_person("uma@example.com").await;
        let mut seen = Vec::new();
        for (n, email) in
            [ADA, "una@example.com", "uma@example.com", "nil@example.com"].into_iter().enumerate()
        {
            let mut stranger = app.browser();
            let page = stranger.open("/signup").await;
            let fields = [("name", "Eve"), ("email", email), ("password", PASSWORD)];
            let mut answers = Vec::new();
            for turn in 0..22 {
                let ip = format!("203.0.113.{n}");
                let answer = submit_from(&mut stranger, &ip, (&page, "signup-form"), &fields).await;
                let is_refused = answer.status == 429;
                assert_eq!(is_refused, turn >= 20, "{email} {turn} {answer:?}");
                if is_refused {
                    assert!(answer.body.contains("Wait 24 hours"), "{}", answer.body);
                }
                answers.push((normal(&answer).replace(email, "EMAIL"), headers(&answer)));
            }
            seen.push(answers);
        }
        for other in &seen[1..] {
            assert_eq!(other, &seen[0], "{}", app.engine);
        }
    }
}

/// MF-14
#[tokio::test]
async fn who_names_the_number_of_another_does_not_stop_its_codes() {
    for app in apps().await {
        let mut browser = owner(&app).await;
        with_telephone(&app, &mut browser).await;
        app.person("eve@example.com").await;
        let mut eve = app.browser();
        eve.sign_in("eve@example.com").await;
        let page = eve.open("/account/2fa/sms?another=1").await;
        let before = app.texts().await.len();
        let mut refused = 0;
        for _ in 0..9 {
            let answer = eve.submit(&page, "begin-form", &[("phone", NUMBER)]).await;
            refused += usize::from(answer.status == 429);
            app.texts().await;
            app.clock.advance(61);
        }
        // And by way of her profile.
        let profile = eve.open("/account/profile").await;
        eve.submit(&profile, "profile-form", &[("phone_number", NUMBER)]).await;
        let page = eve.open("/account/phone").await;
        let answer = eve.submit(&page, "send-form", &[]).await;
        refused += usize::from(answer.status == 429);
        assert_eq!((refused, app.texts().await.len() - before), (8, 2), "{}", app.engine);
        let mut owner = app.browser();
        let page = first_half(&mut owner, ADA).await;
        assert!(page.body.contains("A code is on its way"), "{}", page.body);
        let code = code_in(app.texts().await.last().unwrap());
        let done = owner.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
    }
}

/// Signs in up to the second step.
pub(super) async fn half(browser: &mut Browser) -> Answer {
    let page = browser.open("/login").await;
    let fields = [("username", ADA), ("password", PASSWORD)];
    let answer = browser.submit(&page, "login-form", &fields).await;
    browser.follow(answer).await
}

#[tokio::test]
async fn where_no_code_may_be_sent_the_page_says_so_and_other_ways_lead_on() {
    for app in apps().await {
        let mut first = owner(&app).await;
        let paper = with_mailed_codes(&app, &mut first).await;
        app.store.run("DELETE FROM throttle_counters").await;
        let one = |settings: &mut AccountSettings| {
            settings.limits.mails_by_account = Limit::new(1, HOUR);
        };
        let mut browser = with_settings(&app, one);
        let page = half(&mut browser).await;
        assert_eq!(page.status, 200, "{page:?}");
        let code = code_in(&mail_to(&app, ADA).await);
        // Another one may not be sent: the one that came may still be typed.
        app.clock.advance(61);
        let refused = browser.submit(&page, "resend-form", &[]).await;
        assert_eq!(refused.status, 429, "{refused:?}");
        assert_eq!(refused.header("retry-after"), (HOUR - 61).to_string());
        for text in ["In 59 minutes you can have another one", "The last one still works"] {
            assert!(refused.body.contains(text), "{text}: {}", refused.body);
        }
        assert!(refused.body.contains("<details open><summary>Use another way"), "{refused:?}");
        let done = browser.submit(&refused, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        // The next sign-in has no code at all, and the ones on paper.
        let mut browser = with_settings(&app, one);
        let page = half(&mut browser).await;
        assert_eq!(page.status, 429, "{page:?}");
        assert!(is_half(&browser) && !page.body.contains("id=\"mfa-form\""), "{}", page.body);
        assert!(!page.body.contains("The last one"), "{}", page.body);
        assert!(page.body.contains("Or use another way"), "{}", page.body);
        let page = browser.open(&way(&page, "backup")).await;
        let done = browser.submit(&page, "mfa-form", &[("code", &paper[0])]).await;
        assert_eq!(done.header("location"), "/account?done=backup-code", "{done:?}");
    }
}

#[tokio::test]
async fn after_a_reset_where_no_code_may_be_sent_the_page_says_so_as_well() {
    for app in apps().await {
        let mut first = owner(&app).await;
        let paper = with_telephone(&app, &mut first).await;
        let mut browser = with_settings(&app, |settings| {
            settings.limits.sms.by_account = Limit::new(1, HOUR);
        });
        half(&mut browser).await;
        app.clock.advance(1);
        forgot(&mut browser, ADA).await;
        let page = browser.open(&reset_link(&app).await).await;
        let page = browser.submit(&page, "reset-form", &[("password", NEW)]).await;
        assert_eq!(page.status, 429, "{page:?}");
        assert!(!page.header("retry-after").is_empty() && page.body.contains("Or use another way"));
        let page = browser.open(&way(&page, "backup")).await;
        let done = browser.submit(&page, "mfa-form", &[("code", &paper[0])]).await;
        assert_eq!(done.header("location"), "/account?done=backup-code", "{done:?}");
    }
}

#[tokio::test]
async fn a_minute_passes_between_two_codes_also_where_a_factor_is_set_up() {
    for app in apps().await {
        let mut browser = owner(&app).await;
        let page = browser.open("/account/2fa/email").await;
        let sent = browser.submit(&page, "begin-form", &[]).await;
        let waits = browser.follow(sent).await;
        assert!(waits.body.contains("You can have another one from"), "{}", waits.body);
        app.clock.advance(20);
        let soon = browser.submit(&page, "begin-form", &[]).await;
        assert_eq!((soon.status, soon.header("retry-after")), (429, "40"), "{soon:?}");
        for text in ["We sent a code a moment ago. In 1 minute", "id=\"code-form\""] {
            assert!(soon.body.contains(text), "{text}: {}", soon.body);
        }
        assert!(app.mails().await.iter().filter(|mail| mail.contains("code")).count() == 1);
        app.clock.advance(40);
        let again = browser.submit(&page, "begin-form", &[]).await;
        assert_eq!(again.status, 303, "{again:?}");
        assert_eq!(app.mails().await.iter().filter(|mail| mail.contains("code")).count(), 2);
        // A number that was mistyped does not hold the right one up; back to the first, it does.
        let page = browser.open("/account/2fa/sms?another=1").await;
        for (number, status) in [(NUMBER, 303), ("+4915123456780", 303), (NUMBER, 429)] {
            let answer = browser.submit(&page, "begin-form", &[("phone", number)]).await;
            assert_eq!(answer.status, status, "{number} {answer:?}");
            if status == 429 {
                assert!(answer.body.contains("id=\"begin-form\""), "{}", answer.body);
            }
        }
        let page = browser.open("/account/2fa/sms").await;
        let code = app.texts().await;
        let code = code.iter().find(|text| text.starts_with("To: +4915123456780\n")).unwrap();
        let done = browser.submit(&page, "code-form", &[("code", &code_in(code))]).await;
        assert!(done.status < 400, "{done:?}");
    }
}

/// Who is impatient uses nothing up.
#[tokio::test]
async fn asking_again_within_the_minute_counts_for_nothing() {
    for app in apps().await {
        let mut first = owner(&app).await;
        with_mailed_codes(&app, &mut first).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        for _ in 0..30 {
            let soon = browser.submit(&page, "resend-form", &[]).await;
            assert!(soon.header("location").ends_with("notice=wait"), "{soon:?}");
        }
        app.clock.advance(61);
        let sent = browser.submit(&page, "resend-form", &[]).await;
        assert!(sent.header("location").ends_with("notice=sent"), "{sent:?}");
    }
}

#[tokio::test]
async fn a_wait_is_told_in_hours_and_in_every_language() {
    for app in apps().await {
        for (n, (language, words)) in [
            ("en", "Wait 24 hours"),
            ("de", "Warte 24\u{a0}Stunden"),
            ("ar", "24\u{2069}\u{a0}ساعة"),
        ]
        .into_iter()
        .enumerate()
        {
            let mut browser = app.browser();
            browser.extra_headers = vec![("accept-language".to_owned(), language.to_owned())];
            let page = browser.open("/signup").await;
            let email = format!("nil{n}@example.com");
            let fields = [("name", "Eve"), ("email", &*email), ("password", PASSWORD)];
            let mut last = page.clone();
            for _ in 0..21 {
                let ip = format!("203.0.113.{n}");
                last = submit_from(&mut browser, &ip, (&page, "signup-form"), &fields).await;
            }
            assert_eq!((last.status, last.header("retry-after")), (429, "86400"), "{last:?}");
            assert!(last.body.contains(words), "{words}: {}", last.body);
        }
    }
}

/// PR-02 PR-06
#[tokio::test]
async fn an_older_link_says_that_a_newer_one_took_its_place_wherever_it_was_open() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        forgot(&mut browser, ADA).await;
        let older = browser.open(&reset_link(&app).await).await;
        assert_eq!(older.header("referrer-policy"), "no-referrer", "{older:?}");
        app.clock.advance(1);
        forgot(&mut browser, ADA).await;
        let newer = browser.open(&reset_link(&app).await).await;
        // The cookie is that of the newer link; the form still names the older.
        let late = browser.submit(&older, "reset-form", &[("password", NEW)]).await;
        assert_eq!(late.status, 410, "{late:?}");
        assert!(late.body.contains("data-outcome=\"superseded\""), "{}", late.body);
        assert!(late.body.contains("Use the newest email"), "{}", late.body);
        let weak = browser.submit(&newer, "reset-form", &[("password", "short")]).await;
        assert_eq!((weak.status, weak.header("referrer-policy")), (422, "no-referrer"));
        let done = browser.submit(&newer, "reset-form", &[("password", NEW)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        // Once more, when the cookie is gone.
        let late = browser.submit(&newer, "reset-form", &[("password", NEW)]).await;
        assert_eq!(late.status, 410, "{late:?}");
        assert!(late.body.contains("data-outcome=\"used\""), "{}", late.body);
        for forged in ["", "x", "' OR 1=1"] {
            let fields = [("password", NEW), ("link", forged)];
            let answer = browser.submit(&newer, "reset-form", &fields).await;
            assert_eq!(answer.status, 404, "{forged}: {answer:?}");
        }
    }
}

/// PR-06: and what a browser sends from such a page is still taken.
#[tokio::test]
async fn every_page_behind_a_mailed_link_names_no_referrer() {
    for app in apps().await {
        let mut browser = owner(&app).await;
        let page = browser.get("/account/email").await;
        let asked = browser.submit(&page, "email-form", &[("email", "ada@new.example")]).await;
        let page = browser.follow(asked).await;
        let code = code_in(&mail_to(&app, "ada@new.example").await);
        browser.submit(&page, "code-form", &[("code", &code)]).await;
        let page = browser.get("/account/delete").await;
        browser.submit(&page, "delete-form", &[("confirm", "ada@new.example")]).await;
        let mut visitor = app.browser();
        let page = visitor.open("/signup").await;
        sign_up(&mut visitor, &page, "nil@example.com").await;
        app.person("grace@example.com").await;
        let mut grace = app.browser();
        grace.sign_in("grace@example.com").await;
        set_up_totp(&app, &mut grace).await;
        let page = visitor.open("/recover").await;
        visitor.submit(&page, "recover-form", &[("email", "grace@example.com")]).await;
        let mails = app.mails().await.join(" ");
        for (start, is_form) in [
            ("/recover/request?token=", "reason-form"),
            ("/account/security/undo?token=", "undo-form"),
            ("/account/restore?token=", "restore-form"),
            ("/account/email/undo?token=", "return-form"),
            ("/verify-email?token=", "verify-confirm"),
        ] {
            let link = mails.split_whitespace().find(|word| word.contains(start));
            let link = link.unwrap().strip_prefix("https://id.example.com").unwrap();
            let mut reader = app.browser();
            let page = reader.get(link).await;
            assert_eq!(page.header("referrer-policy"), "no-referrer", "{start} {page:?}");
            let page = reader.follow(page).await;
            assert_eq!(page.header("referrer-policy"), "no-referrer", "{start} {page:?}");
            assert!(page.body.contains(&format!("id=\"{is_form}\"")), "{start} {}", page.body);
            // What a page without a referrer sends as its origin.
            let (action, fields) = form_of(&page.body, is_form);
            let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let request = Request::post(action)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "same-origin")
                .header("origin", "null")
                .body(Body::from(form(&fields)))
                .unwrap();
            let answer = reader.send(request).await;
            assert_ne!(answer.status, 403, "{start} {answer:?}");
        }
    }
}

#[tokio::test]
async fn no_password_is_made_of_what_a_person_is_called() {
    for app in apps().await {
        let mut browser = owner(&app).await;
        let named = [
            ("username", "northernlights"),
            ("name", "Grace Hopper"),
            ("given_name", "Wilhelmina"),
            ("nickname", "captainhook"),
        ];
        let page = browser.get("/account/profile").await;
        let saved = browser.submit(&page, "profile-form", &named).await;
        assert_eq!(saved.status, 303, "{saved:?}");
        app.store.run("UPDATE users SET email = 'quicksilver@example.com'").await;
        app.store.run("UPDATE users SET email_canonical = 'quicksilver@example.com'").await;
        let own = ["northernlights", "Hoppergrace1", "wilhelmina7", "captainhook", "Quicksilver1"];
        let change = browser.get("/account/password").await;
        forgot(&mut app.browser(), "quicksilver@example.com").await;
        let mut reader = app.browser();
        let reset = reader.open(&reset_link(&app).await).await;
        for password in own {
            let fields = [("password", password)];
            for answer in [
                browser.submit(&change, "password-form", &fields).await,
                reader.submit(&reset, "reset-form", &fields).await,
            ] {
                assert_eq!(answer.status, 422, "{password} {answer:?}");
                assert!(answer.body.contains("without your name"), "{password} {}", answer.body);
            }
            let login = "quicksilver@example.com";
            let refused = app.app.accounts.set_password(login, &password.into()).await;
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains("own name"), "{password} {refused}");
        }
        let set = "SELECT COUNT(*) FROM audit_events WHERE kind LIKE 'password_%'
            AND kind <> 'password_reset_requested'";
        assert_eq!(count(&app, set).await, 0, "{}", app.engine);
    }
}
