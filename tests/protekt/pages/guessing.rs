//! Guessing passwords, and floods.

use std::time::Instant;

use protekt::accounts::{HashingCapacity, HashingCost, PasswordHasher};

use super::steps::{bare_form, changed, count, enter, from, headers, hidden, normal};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::browser::Browser;

async fn try_from(
    browser: &mut Browser,
    address: &str,
    csrf: &str,
    (name, password): (&str, &str),
) -> Answer {
    let fields = [("csrf", csrf), ("username", name), ("password", password)];
    browser.send(from(address, bare_form("/login", &fields))).await
}

#[track_caller]
fn assert_throttled(answer: &Answer) {
    assert_eq!(answer.status, 429, "{answer:?}");
    let seconds: i64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&seconds), "{seconds}");
    assert!(answer.body.contains("id=\"login-form\""), "{}", answer.body);
}

/// BF-01
#[tokio::test]
async fn forty_wrong_passwords_on_one_account_are_throttled_and_the_right_one_waits_too() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        for attempt in 0..40 {
            let name = if attempt % 2 == 0 { "ada@example.com" } else { " ADA@Example.com" };
            let answer = enter(&mut browser, &page, name, "wrong-password-1").await;
            assert_eq!(answer.status, if attempt < 10 { 422 } else { 429 }, "{attempt}");
        }
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        assert_throttled(&answer);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0);
        let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'throttled'";
        assert_eq!(count(&app, trail).await, 1, "one line, not thirty: {}", app.engine);
        // Somebody else at the same place is not held up, and the wait ends.
        app.person("grace@example.com").await;
        let answer = enter(&mut browser, &page, "grace@example.com", PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", app.engine);
        app.clock.advance(15 * 60);
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", app.engine);
    }
}

/// BF-01, from many addresses.
#[tokio::test]
async fn one_account_is_guarded_also_against_many_addresses() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let csrf = hidden(&browser.open("/login").await, "csrf");
        for attempt in 0..30 {
            let address = format!("198.51.100.{attempt}");
            let wrong = ("ada@example.com", "wrong-password-1");
            assert_eq!(try_from(&mut browser, &address, &csrf, wrong).await.status, 422);
        }
        let right = ("ada@example.com", PASSWORD);
        assert_throttled(&try_from(&mut browser, "203.0.113.1", &csrf, right).await);
    }
}

/// Tries by every spelling, from a network of its own each, until no more are compared.
async fn exhaust(app: &TestApp, browser: &mut Browser, csrf: &str, spellings: &[&str]) {
    for number in 0..60 {
        let address = format!("2001:db8:{number:x}:7::1");
        let name = spellings[number % spellings.len()];
        let answer = try_from(browser, &address, csrf, (name, "wrong-password-1")).await;
        assert_eq!(answer.status, 422, "{}", app.engine);
        if number % 10 == 9 {
            app.clock.advance(15 * 60);
        }
    }
}

/// BF-01, EN-01: in every spelling of an address, from many networks of IPv6, known or not. The right
/// password looks like a wrong one then, and nobody sees when that is over.
#[tokio::test]
async fn after_many_wrong_passwords_in_a_row_the_page_points_to_the_reset_for_everybody() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut mine = app.browser();
        mine.sign_in("ada@example.com").await;
        let page = mine.open("/account").await;
        mine.submit(&page, "sign-out", &[]).await;
        let mut browser = app.browser();
        let csrf = hidden(&browser.open("/login").await, "csrf");
        let ada = ["ada@example.com", " ADA@example.com", "ａda@EXAMPLE.com", "ada@ｅxample.com"];
        let eve = ["eve@example.com", "EVE@example.com ", "ｅve@EXAMPLE.com", "eve@ｅxample.com"];
        let mut pages = Vec::new();
        for spellings in [ada, eve] {
            exhaust(&app, &mut browser, &csrf, &spellings).await;
            let mut seen = Vec::new();
            for number in 0..6 {
                let right = (spellings[0], PASSWORD);
                let answer = try_from(&mut browser, "203.0.113.1", &csrf, right).await;
                assert_eq!(answer.status, 422, "{number} {}", app.engine);
                let words = "after many wrong ones in a row, only that or a passkey helps";
                assert_eq!(answer.body.contains(words), number >= 1, "{number} {}", answer.body);
                seen.push((normal(&answer).replace(spellings[0], "NAME"), headers(&answer)));
            }
            pages.push(seen);
        }
        assert_eq!(pages[0], pages[1], "{}", app.engine);
        // The owner, where they were before, is let in: that ends it, and shows to nobody else.
        let page = mine.open("/login").await;
        assert_eq!(enter(&mut mine, &page, "ada@example.com", PASSWORD).await.status, 303);
        let mut after = Vec::new();
        for name in ["ada@example.com", "eve@example.com"] {
            let wrong = (name, "wrong-password-1");
            let answer = try_from(&mut browser, "203.0.113.2", &csrf, wrong).await;
            after.push((answer.status, normal(&answer).replace(name, "NAME"), headers(&answer)));
        }
        assert_eq!(after[0], after[1], "{}", app.engine);
        let right = ("ada@example.com", PASSWORD);
        assert_eq!(try_from(&mut browser, "203.0.113.3", &csrf, right).await.status, 303);
        // And the reset asks nobody to wait.
        let mut other = app.browser();
        let page = other.open("/password/forgot").await;
        let answer = other.submit(&page, "forgot-form", &[("email", "eve@example.com")]).await;
        assert_eq!(answer.status, 303, "{}", app.engine);
    }
}

/// BF-06
#[tokio::test]
async fn one_password_on_many_accounts_is_throttled_by_address() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let csrf = hidden(&browser.open("/login").await, "csrf");
        let mut refused = 0;
        for number in 0..500 {
            let name = format!("person{number}@example.com");
            // An address that the sender wrote itself counts for nothing.
            browser.extra_headers = vec![(
                "x-forwarded-for".to_owned(),
                format!("10.1.{}.{}", number / 250, number % 250),
            )];
            // A network of IPv6 is one sender, whatever the rest of the address.
            let address = format!("2001:db8:1:2::{number:x}");
            let answer = try_from(&mut browser, &address, &csrf, (&name, "SecurePass123")).await;
            refused += usize::from(answer.status == 429);
        }
        assert_eq!(refused, 440, "{}", app.engine);
        let right = ("ada@example.com", PASSWORD);
        assert_throttled(&try_from(&mut browser, "2001:db8:1:2::1", &csrf, right).await);
        let answer = try_from(&mut browser, "203.0.113.1", &csrf, right).await;
        assert_eq!(answer.status, 303, "others sign in: {}", app.engine);
    }
}

#[tokio::test]
async fn sign_ups_codes_and_mails_are_limited_with_a_time_to_wait() {
    for app in apps().await {
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        let mut last = page.clone();
        for number in 0..61 {
            let email = format!("grace{number}@example.com");
            let fields = [("name", "G"), ("email", &*email), ("password", PASSWORD)];
            last = browser.submit(&page, "signup-form", &fields).await;
        }
        assert_eq!(last.status, 429, "{}", app.engine);
        assert!(last.header("retry-after").parse::<i64>().unwrap() > 0);
        assert!(last.body.contains("id=\"signup-form\""));
        app.clock.advance(3_600);
        let page = super::steps::sign_up(&mut browser, &page, "hedy@example.com").await;
        for _ in 0..61 {
            last = browser.submit(&page, "verify-form", &[("code", "000000")]).await;
        }
        assert_eq!(last.status, 429, "{}", app.engine);
        assert!(last.header("retry-after").parse::<i64>().unwrap() > 0);
    }
}

/// The wait of a mail is also asked of who signs in without having verified.
#[tokio::test]
async fn signing_in_unverified_again_and_again_sends_no_flood_of_mail() {
    for app in apps().await {
        let mut browser = app.browser();
        app.unverified_person("grace@example.com").await;
        let page = browser.open("/login").await;
        let mut statuses = Vec::new();
        for _ in 0..30 {
            let answer = enter(&mut browser, &page, "grace@example.com", PASSWORD).await;
            if answer.status == 429 {
                assert!(answer.header("retry-after").parse::<i64>().unwrap() > 0);
                assert!(answer.body.contains("id=\"verify-later\""));
            }
            statuses.push(answer.status);
        }
        assert_eq!(statuses.last(), Some(&429), "{statuses:?} {}", app.engine);
        assert!(app.mails().await.len() <= 20, "{}", app.engine);
    }
}

/// DO-01
#[tokio::test]
async fn a_body_of_twelve_megabytes_is_refused_wherever_it_goes() {
    for app in apps().await {
        let body = "a=".to_owned() + &"b".repeat(12 * 1024 * 1024);
        for path in ["/login", "/signup", "/oauth/consent", "/logout", "/oauth/authorize"] {
            for is_announced in [true, false] {
                let mut request = bare_form(path, &[]);
                *request.body_mut() = if is_announced {
                    let length = body.len().to_string();
                    request.headers_mut().insert("content-length", length.parse().unwrap());
                    axum::body::Body::empty()
                } else {
                    axum::body::Body::from(body.clone())
                };
                let answer = app.send(request).await;
                assert_eq!(answer.status, 413, "{path} {}", app.engine);
                assert!(answer.body.contains("data-error=\"too_large\""), "{}", answer.body);
            }
        }
        for path in ["/oauth/token", "/userinfo"] {
            let mut request = bare_form(path, &[]);
            *request.body_mut() = axum::body::Body::from(body.clone());
            let answer = app.send(request).await;
            assert_eq!(answer.status, 413, "{path}");
            assert_eq!(answer.error(), "invalid_request", "{}", answer.body);
        }
    }
}

/// DO-02, with the real cost of hashing.
#[tokio::test]
async fn an_enormous_password_is_refused_before_it_is_hashed() {
    for app in apps().await {
        let capacity = HashingCapacity { running: 1, waiting: 100 };
        let hasher = PasswordHasher::new(HashingCost::default(), capacity).unwrap();
        let mut browser = changed(&app, |app| app.accounts.hasher = hasher.clone());
        let page = browser.open("/login").await;
        let megabyte = "p".repeat(1024 * 1024);
        let answer = enter(&mut browser, &page, "ada@example.com", &megabyte).await;
        assert_eq!(answer.status, 413, "{}", app.engine);
        let long = "p".repeat(60 * 1024);
        let (mut short_taken, mut long_taken) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            let begun = Instant::now();
            let answer = enter(&mut browser, &page, "eve@example.com", "wrong-password-1").await;
            short_taken.push(begun.elapsed());
            assert_eq!(answer.status, 422);
            let begun = Instant::now();
            let answer = enter(&mut browser, &page, "eve@example.com", &long).await;
            long_taken.push(begun.elapsed());
            assert_eq!(answer.status, 422, "{}", app.engine);
        }
        let (short, long_best) = (short_taken.iter().min(), long_taken.iter().min());
        assert!(long_best < short, "{long_best:?} {short:?} {}", app.engine);
        let page = browser.open("/signup").await;
        let begun = Instant::now();
        let fields = [("name", "G"), ("email", "g@example.com"), ("password", &*long)];
        let answer = browser.submit(&page, "signup-form", &fields).await;
        assert_eq!(answer.status, 422, "{}", app.engine);
        assert!(answer.body.contains("id=\"new-password-err\""));
        assert!(begun.elapsed() < 4 * *short.unwrap(), "{:?}", begun.elapsed());
    }
}

/// DO-03: what does not fit is turned away at once.
#[tokio::test]
async fn when_every_place_at_the_hasher_is_taken_the_page_says_when_to_come_back() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let cost = HashingCost { memory: 8, iterations: 1, parallelism: 1 };
        let capacity = HashingCapacity { running: 1, waiting: 0 };
        let hasher = PasswordHasher::new(cost, capacity).unwrap();
        let mut browser = changed(&app, |app| app.accounts.hasher = hasher.clone());
        let page = browser.open("/login").await;
        let sign_up = browser.open("/signup").await;
        let taken = hasher.admit().unwrap();
        let fields = [("name", "G"), ("email", "g@example.com"), ("password", PASSWORD)];
        for answer in [
            enter(&mut browser, &page, "ada@example.com", PASSWORD).await,
            browser.submit(&sign_up, "signup-form", &fields).await,
        ] {
            assert_unavailable(&app, &answer);
        }
        drop(taken);
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", app.engine);
    }
}

#[track_caller]
fn assert_unavailable(app: &TestApp, answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", app.engine);
    assert!(answer.header("retry-after").parse::<i64>().unwrap() > 0);
    assert!(answer.body.contains("data-error=\"temporarily_unavailable\""), "{}", answer.body);
}
