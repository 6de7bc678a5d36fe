//! `/password/forgot` and `/password/reset`.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use protekt::accounts::Invitation;

use super::steps::{SESSION, are_signed_in, changed, count, enter, mail_to, normal, under};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url, form};
use crate::support::browser::{Browser, form_of, parameter, sent_to};
use crate::support::factors::set_up_totp;

const ADA: &str = "ada@example.com";
const NEW: &str = "another good one 7";
const COOKIE: &str = "__Host-protekt_reset";

/// Asks for a link from the page that is shown, and gives the page that follows.
pub(super) async fn ask(browser: &mut Browser, page: &Answer, email: &str) -> Answer {
    let answer = browser.submit(page, "forgot-form", &[("email", email)]).await;
    browser.follow(answer).await
}

/// The path of the link in the last mail to an address.
pub(super) async fn link_to(app: &TestApp, email: &str) -> String {
    let mail = mail_to(app, email).await;
    let word = mail.split_whitespace().find(|word| word.contains("/password/reset?token="));
    word.unwrap().strip_prefix("https://id.example.com").unwrap().to_owned()
}

pub(super) async fn choose(browser: &mut Browser, page: &Answer, password: &str) -> Answer {
    browser.submit(page, "reset-form", &[("password", password)]).await
}

/// PR-06
#[tokio::test]
async fn the_link_leaves_the_address_and_opening_it_uses_nothing_up() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        let sent = ask(&mut browser, &page, ADA).await;
        assert!(
            sent.body.contains("id=\"reset-sent\"") && sent.body.contains(ADA),
            "{}",
            sent.body
        );
        let link = link_to(&app, ADA).await;
        let token = link.split("token=").nth(1).unwrap().to_owned();
        for _ in 0..5 {
            let scanner = app.browser().get(&link).await;
            assert_eq!((scanner.status, scanner.header("location")), (303, "/password/reset"));
            assert_eq!(scanner.header("referrer-policy"), "no-referrer");
            assert_eq!(scanner.header("cache-control"), "no-store");
        }
        let mut elsewhere = app.browser();
        let moved = elsewhere.get(&link).await;
        let cookie = moved.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
        let cookie = cookie.into_iter().find(|line| line.starts_with(COOKIE)).unwrap().to_owned();
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=3600"] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        let page = elsewhere.follow(moved).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(!page.body.contains(&token), "{}", page.body);
        assert!(page.body.contains(ADA) && page.body.contains("autocomplete=\"new-password\""));
        let answer = choose(&mut elsewhere, &page, NEW).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{answer:?}");
        // Back finds the page of a link that was used, not of one that is not whole.
        let back = elsewhere.get("/password/reset").await;
        assert_eq!(back.status, 410, "{back:?}");
        assert!(back.body.contains("data-outcome=\"used\""), "{}", back.body);
        assert_eq!(elsewhere.open("/account").await.status, 200);
        let late = app.browser().open(&link).await;
        assert_eq!(late.status, 410, "{late:?}");
        assert!(late.body.contains("data-outcome=\"used\""), "{}", late.body);
    }
}

#[tokio::test]
async fn a_reset_goes_on_with_the_app_that_the_person_came_from() {
    for app in apps().await {
        app.web_client().await;
        app.person(ADA).await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let forgot = page.body.split("href=\"").find(|rest| rest.starts_with("/password/forgot"));
        let forgot = forgot.unwrap().split('"').next().unwrap().to_owned();
        assert!(forgot.contains("flow="), "{forgot}");
        let page = browser.open(&forgot).await;
        assert!(page.body.contains("Northwind Notes"), "{}", page.body);
        let sent = ask(&mut browser, &page, ADA).await;
        assert!(sent.body.contains("Northwind Notes"), "{}", sent.body);
        // Longer than a request waits of itself.
        app.clock.advance(3_000);
        let page = browser.open(&link_to(&app, ADA).await).await;
        let answer = choose(&mut browser, &page, NEW).await;
        let consent = browser.follow(answer).await;
        let answer = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
        let code = parameter(&sent_to(&answer), "code").unwrap();
        assert_eq!(app.exchange(&code).await.status, 200, "{}", app.engine);
    }
}

/// EN-04
#[tokio::test]
async fn a_known_and_an_unknown_address_get_the_same_answers() {
    for app in apps().await {
        app.person(ADA).await;
        let mut seen = Vec::new();
        for email in [ADA, "eve@example.com"] {
            let mut browser = app.browser();
            let page = browser.open("/password/forgot").await;
            let first = ask(&mut browser, &page, email).await;
            let again = browser.submit(&first, "resend-form", &[]).await;
            let again = browser.follow(again).await;
            assert_eq!((first.status, again.status), (200, 200), "{again:?}");
            seen.push([first, again].map(|page| normal(&page).replace(email, "EMAIL")));
        }
        assert_eq!(seen[0], seen[1], "{}", app.engine);
        assert_eq!(app.mails().await.len(), 1, "the second took the place of the first");
    }
}

/// PR-03: sessions, tokens, a code under way, what was allowed to go on, and trusted browsers.
#[tokio::test]
async fn after_a_reset_nothing_that_was_open_before_opens_anything() {
    for app in apps().await {
        app.with_ada().await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let code = owner.code(ADA).await;
        let tokens = app.exchange(&code).await;
        let (refresh, access) = (tokens.text("refresh_token"), tokens.text("access_token"));
        let later = app.refresh(&refresh).await;
        let (refresh, newer) = (later.text("refresh_token"), later.text("access_token"));
        let unspent = owner.code(ADA).await;
        let mut elsewhere = app.browser();
        elsewhere.sign_in(ADA).await;
        let waiting = elsewhere.open(&authorize_url(&[("prompt", Some("consent"))])).await;
        assert!(waiting.body.contains("id=\"consent-form\""), "{}", waiting.body);
        for token in [&access, &newer] {
            assert_eq!(app.userinfo(token).await.status, 200, "{}", app.engine);
        }
        app.clock.advance(1);
        let mut mailbox = app.browser();
        let page = mailbox.open("/password/forgot").await;
        ask(&mut mailbox, &page, ADA).await;
        let page = mailbox.open(&link_to(&app, ADA).await).await;
        assert_eq!(choose(&mut mailbox, &page, NEW).await.status, 303, "{}", app.engine);
        for cookies in [&owner.cookies, &elsewhere.cookies] {
            assert!(!are_signed_in(&app, cookies).await, "{}", app.engine);
        }
        assert_eq!(app.refresh(&refresh).await.error(), "invalid_grant", "{}", app.engine);
        for token in [&access, &newer] {
            assert_eq!(app.userinfo(token).await.status, 401, "{}", app.engine);
        }
        assert_eq!(app.exchange(&unspent).await.error(), "invalid_grant", "{}", app.engine);
        let fields = [("decision", "allow")];
        let answer = elsewhere.submit(&waiting, "consent-form", &fields).await;
        assert!(!answer.body.contains("code="), "{} {answer:?}", app.engine);
        let living = "SELECT COUNT(*) FROM sessions JOIN users ON users.id = sessions.user_id
            WHERE users.generation = sessions.generation";
        assert_eq!(count(&app, living).await, 1, "the one that chose it: {}", app.engine);
    }
}

/// PR-04: only the same person's second factor, given in this very browser, need not be given again.
#[tokio::test]
async fn a_reset_asks_for_the_second_factor_unless_this_session_gave_it() {
    for app in apps().await {
        let mut eve = app.browser();
        app.person("eve@example.com").await;
        eve.sign_in("eve@example.com").await;
        set_up_totp(&app, &mut eve).await;
        for (who, asks) in [("own", false), ("older", true), ("foreign", true)] {
            let email = format!("{who}@example.com");
            app.person(&email).await;
            let (mut owner, mut older) = (app.browser(), app.browser());
            owner.sign_in(&email).await;
            older.sign_in(&email).await;
            set_up_totp(&app, &mut owner).await;
            app.clock.advance(61);
            let browser = match who {
                "own" => &mut owner,
                "older" => &mut older,
                _ => &mut eve,
            };
            assert!(are_signed_in(&app, &browser.cookies).await, "{who} {}", app.engine);
            let page = browser.open("/password/forgot").await;
            ask(browser, &page, &email).await;
            let page = browser.open(&link_to(&app, &email).await).await;
            let answer = choose(browser, &page, NEW).await;
            let location = answer.header("location");
            let is_asked = location.starts_with("/login/mfa");
            assert_eq!(is_asked, asks, "{who} {} {answer:?}", app.engine);
            assert_eq!(location == "/account", !asks, "{who} {} {answer:?}", app.engine);
        }
    }
}

/// RT-09: a link that was mailed before a block opens nothing.
#[tokio::test]
async fn a_blocked_account_gets_no_password_by_an_older_link() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        ask(&mut browser, &page, ADA).await;
        let link = link_to(&app, ADA).await;
        let page = browser.open(&link).await;
        assert!(page.body.contains("id=\"reset-form\""), "{}", page.body);
        app.store.run("UPDATE users SET blocked_at = 1").await;
        assert_eq!(choose(&mut browser, &page, NEW).await.status, 410, "{}", app.engine);
        assert_eq!(app.browser().open(&link).await.status, 410, "{}", app.engine);
        app.store.run("UPDATE users SET blocked_at = NULL").await;
        let page = browser.open("/login").await;
        let answer = enter(&mut browser, &page, ADA, NEW).await;
        assert_eq!(answer.status, 422, "{}: nothing changed", app.engine);
    }
}

/// PR-01
#[tokio::test]
async fn the_link_is_built_from_the_issuer_whatever_the_headers_say() {
    const EVIL: &str = "evil.example";
    let forwarded = format!("for=192.0.2.1;host={EVIL};proto=http");
    let headers = [
        ("host", EVIL),
        ("x-forwarded-host", EVIL),
        ("forwarded", &forwarded),
        ("x-host", EVIL),
        ("x-original-host", EVIL),
        ("x-forwarded-server", EVIL),
        ("x-original-url", "https://evil.example/"),
        ("x-rewrite-url", "https://evil.example/"),
    ];
    for app in apps().await {
        for (number, (name, value)) in headers.into_iter().enumerate() {
            let email = format!("ada{number}@example.com");
            app.person(&email).await;
            let mut browser = app.browser();
            let page = browser.open("/password/forgot").await;
            browser.extra_headers = vec![(name.to_owned(), value.to_owned())];
            let answer = browser.submit(&page, "forgot-form", &[("email", &email)]).await;
            assert!(answer.header("location").starts_with("/password/forgot?sent="), "{answer:?}");
            // Each request led to a mail of its own, with a link that works.
            let mail = mail_to(&app, &email).await;
            assert!(!mail.contains(EVIL), "{name}: {mail}");
            assert_eq!(
                mail.matches("https://").count(),
                mail.matches("https://id.example.com/").count()
            );
            let link = link_to(&app, &email).await;
            let page = app.browser().open(&link).await;
            assert!(page.body.contains("id=\"reset-form\""), "{name} {}", page.body);
        }
        assert_eq!(app.mails().await.len(), headers.len(), "{}", app.engine);
    }
}

#[tokio::test]
async fn mistakes_are_named_and_nothing_is_lost() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        for (typed, text) in [("", "Enter your email"), ("ada@", "like name@example.com")] {
            let answer = browser.submit(&page, "forgot-form", &[("email", typed)]).await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.body.contains(text), "{}", answer.body);
            assert!(answer.body.contains(&format!("value=\"{typed}\"")), "{}", answer.body);
        }
        ask(&mut browser, &page, ADA).await;
        let page = browser.open(&link_to(&app, ADA).await).await;
        for (typed, text) in [
            ("", "Create a password"),
            ("short", "at least 8 characters"),
            ("password123", "lists of leaked passwords"),
            (ADA, "without your name, username or email"),
        ] {
            let answer = choose(&mut browser, &page, typed).await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.body.contains(text), "{text} in {}", answer.body);
            assert!(typed.is_empty() || typed == ADA || !answer.body.contains(typed));
        }
        assert_eq!(choose(&mut browser, &page, NEW).await.status, 303, "{}", app.engine);
    }
}

/// A form is never taken for that of another link.
#[tokio::test]
async fn two_links_in_one_browser_are_not_mixed_up() {
    for app in apps().await {
        app.person(ADA).await;
        app.person("bob@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        ask(&mut browser, &page, ADA).await;
        let of_ada = browser.open(&link_to(&app, ADA).await).await;
        ask(&mut browser, &page, "bob@example.com").await;
        let of_bob = browser.open(&link_to(&app, "bob@example.com").await).await;
        let answer = choose(&mut browser, &of_ada, NEW).await;
        assert_eq!(answer.status, 410, "{answer:?}");
        assert!(answer.body.contains("data-outcome=\"elsewhere\""), "{}", answer.body);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "{}", app.engine);
        assert_eq!(choose(&mut browser, &of_bob, NEW).await.status, 303);
        let page = app.browser().open("/login").await;
        assert_eq!(enter(&mut app.browser(), &page, ADA, NEW).await.status, 400, "no cookie");
        let mut other = app.browser();
        let page = other.open("/login").await;
        assert_eq!(enter(&mut other, &page, ADA, NEW).await.status, 422);
        assert_eq!(enter(&mut other, &page, ADA, PASSWORD).await.status, 303);
    }
}

#[tokio::test]
async fn a_broken_link_has_a_page_with_a_way_on() {
    for app in apps().await {
        app.person(ADA).await;
        for path in [
            "/password/reset",
            "/password/reset?token=",
            "/password/reset?token=x",
            "/password/reset?token=ptk_ml_x%0d%0aset-cookie:a=b",
            "/password/reset?token=ptk_ml_%00",
            "/password/reset?token=ptk_ml_unknown",
            "/password/reset?token=a&token=b",
        ] {
            let page = app.browser().open(path).await;
            assert_eq!(page.status, 404, "{path}: {page:?}");
            assert!(page.body.contains("data-outcome=\"unknown\""), "{path}: {}", page.body);
            assert!(page.body.contains("href=\"/password/forgot\""), "{}", page.body);
        }
        let mut browser = app.browser();
        browser.open("/password/forgot").await;
        let page = browser.open("/password/forgot?sent=ptk_fl_unknown").await;
        assert!(page.body.contains("id=\"forgot-form\""), "{}", page.body);
    }
}

/// A link ends when its time is over, and says so.
#[tokio::test]
async fn an_old_link_says_that_it_is_over() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        ask(&mut browser, &page, ADA).await;
        let old = link_to(&app, ADA).await;
        app.clock.advance(1);
        ask(&mut browser, &page, ADA).await;
        let over = browser.open(&old).await;
        assert!(over.body.contains("data-outcome=\"superseded\""), "{}", over.body);
        let last = link_to(&app, ADA).await;
        let page = browser.open(&last).await;
        app.clock.advance(3_601);
        let answer = choose(&mut browser, &page, NEW).await;
        assert_eq!(answer.status, 410, "{answer:?}");
        assert!(answer.body.contains("data-outcome=\"expired\""), "{}", answer.body);
    }
}

#[tokio::test]
async fn without_mail_there_is_no_reset() {
    for app in apps().await {
        let mut browser = under(&app, |settings| settings.reset_minutes = None);
        assert!(!browser.open("/login").await.body.contains("/password/forgot"));
        assert_eq!(browser.get("/password/forgot").await.status, 404, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_reset_makes_a_new_session_and_ends_the_one_that_was_there() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let old = browser.cookies[SESSION].clone();
        let page = browser.open("/password/forgot").await;
        ask(&mut browser, &page, ADA).await;
        let page = browser.open(&link_to(&app, ADA).await).await;
        choose(&mut browser, &page, NEW).await;
        assert_ne!(browser.cookies[SESSION], old);
        let mut thief = changed(&app, |_| {});
        thief.cookies.insert(SESSION.to_owned(), old);
        assert_eq!(thief.get("/account").await.status, 303, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 1);
    }
}

/// Whoever signed up with somebody's address chose that name: it is not sent to them in our voice.
#[tokio::test]
async fn a_name_that_a_stranger_chose_stands_in_no_mail_about_the_password() {
    for app in apps().await {
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        let words = "you won 500 EUR at https://evil.example";
        let fields = [("name", words), ("email", ADA), ("password", PASSWORD)];
        browser.submit(&page, "signup-form", &fields).await;
        let page = browser.open("/password/forgot").await;
        ask(&mut browser, &page, ADA).await;
        for mail in app.mails().await.iter().chain(&app.html_mails().await) {
            assert!(!mail.contains("you won"), "{}: {mail}", app.engine);
        }
    }
}

/// PR-06
#[tokio::test]
async fn who_is_invited_chooses_a_password_on_the_page_behind_the_link() {
    for app in apps().await {
        let wish = Invitation { email: ADA.to_owned(), name: None, locale: None };
        app.app.accounts.invite(wish.clone()).await.unwrap();
        let mail = mail_to(&app, ADA).await;
        assert!(mail.contains("Subject: Your account at Example ID"), "{mail}");
        let link = link_to(&app, ADA).await;
        for _ in 0..3 {
            let scanner = app.browser().open(&link).await;
            assert!(scanner.body.contains("<h1>Welcome</h1>"), "{}", scanner.body);
        }
        let mut browser = app.browser();
        let page = browser.open(&link).await;
        let refused = choose(&mut browser, &page, "").await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(refused.body.contains("<h1>Welcome</h1>"), "{}", refused.body);
        let answer = choose(&mut browser, &page, NEW).await;
        assert_eq!(answer.header("location"), "/account", "{answer:?}");
        let page = browser.follow(answer).await;
        assert!(page.body.contains("Verified"), "{}", page.body);
        let late = app.browser().open(&link).await;
        assert_eq!(late.status, 410, "{late:?}");
        // Whether somebody has an account is the operator's to know, and nobody else's.
        let eve = app.browser().open("/password/reset?token=ptk_ml_eve").await;
        assert_eq!(eve.status, 404, "{eve:?}");
    }
}

/// PR-01
#[tokio::test]
async fn a_page_of_the_operators_own_gets_the_token_and_the_hosted_page_takes_it() {
    for app in apps().await {
        app.person(ADA).await;
        for (own, begins) in [
            (
                "https://www.example.org/new?lang=de",
                "https://www.example.org/new?lang=de&token=ptk_ml_",
            ),
            ("http://localhost:3000/new", "http://localhost:3000/new?token=ptk_ml_"),
        ] {
            let mut browser = changed(&app, |app| {
                let mut settings = (*app.accounts.settings).clone();
                settings.password_reset_url = own.to_owned();
                app.accounts.settings = Arc::new(settings);
            });
            let page = browser.open("/password/forgot").await;
            let (_, fields) = form_of(&page.body, "forgot-form");
            let csrf = fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
            let body = form(&[("csrf", &csrf), ("email", ADA)]);
            let request = Request::post("/password/forgot")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("host", "evil.example")
                .header("x-forwarded-host", "evil.example")
                .header("forwarded", "host=evil.example");
            let sent = browser.send(request.body(Body::from(body)).unwrap()).await;
            assert_eq!(sent.status, 303, "{sent:?}");
            let mail = mail_to(&app, ADA).await;
            assert!(!mail.contains("evil.example"), "{mail}");
            let link = mail.split_whitespace().find(|word| word.contains("token=")).unwrap();
            assert!(link.starts_with(begins), "{link}");
            // The mails of one second come in any order.
            app.clock.advance(1);
            let token = link.split("token=").nth(1).unwrap();
            let page = app.browser().open(&format!("/password/reset?token={token}")).await;
            assert!(page.body.contains("id=\"reset-form\""), "{}", page.body);
        }
    }
}
