//! How often, and how many, where nothing else says so.

use protekt::domain::UserId;
use protekt::store::passkeys;
use protekt::throttle::Limit;

use super::steps::{count, execute};
use super::strangers::{owner, with_mailed_codes, with_settings};
use crate::support::app::{TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::form_of;
use crate::support::factors::{add_passkey, first_half, options_of, way};
use crate::support::protocol::ADA;
use crate::support::stores::stores;

const TWO: Limit = Limit::new(2, 3_600);

const CODES: &str = "SELECT COUNT(*) FROM outbox WHERE template = 'one_time_code'";

/// MF-14
#[tokio::test]
async fn one_second_step_has_five_codes_mailed_and_no_more() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        with_mailed_codes(&app, &mut owner).await;
        let before = count(&app, CODES).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        for n in 2..=5 {
            app.clock.advance(61);
            let answer = browser.submit(&page, "resend-form", &[]).await;
            assert!(answer.header("location").ends_with("notice=sent"), "{n} {answer:?}");
        }
        // It says so, and that a new sign-in gets others.
        for _ in 0..2 {
            app.clock.advance(61);
            let answer = browser.submit(&page, "resend-form", &[]).await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.body.contains("as many codes as we may for this"), "{}", answer.body);
            assert!(answer.body.contains("sign in again"), "{}", answer.body);
            assert!(answer.body.contains("id=\"mfa-form\""), "{}", answer.body);
        }
        assert_eq!(count(&app, CODES).await - before, 5, "{}", app.engine);
    }
}

/// A code that was typed wrong too often is over: nobody is told that it is on its way.
#[tokio::test]
async fn a_code_that_was_tried_too_often_is_not_said_to_be_on_its_way() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        with_mailed_codes(&app, &mut owner).await;
        let page = {
            owner.cookies.remove(super::steps::SESSION);
            first_half(&mut owner, ADA).await
        };
        app.store.run("UPDATE one_time_codes SET tries = 5").await;
        let answer = owner.submit(&page, "resend-form", &[]).await;
        assert_eq!(answer.status, 429, "{answer:?}");
        assert!(answer.body.contains("In 1 minute you can have another one"), "{}", answer.body);
        assert!(!answer.body.contains("It can take a minute"), "{}", answer.body);
    }
}

/// Whoever knows the password begins as many ceremonies as they like: those of the owner stay.
#[tokio::test]
async fn ceremonies_of_one_browser_end_none_of_another() {
    for app in apps().await {
        let mut browser = owner(&app).await;
        let mut authenticator = Authenticator::new();
        add_passkey(&mut browser, &mut authenticator).await;
        browser.cookies.remove(super::steps::SESSION);
        let page = first_half(&mut browser, ADA).await;
        let mut thief = app.browser();
        let half = first_half(&mut thief, ADA).await;
        for _ in 0..60 {
            thief.get(&way(&half, "webauthn")).await;
        }
        let kept = "SELECT COUNT(*) FROM passkey_ceremonies WHERE kind = 'assertion'";
        assert_eq!(count(&app, kept).await, 22, "{}", app.engine);
        let signed = authenticator.get(&options_of(&page));
        let done = browser.submit(&page, "mfa-form", &[("assertion", &signed)]).await;
        assert_eq!(done.status, 303, "{} {done:?}", app.engine);
        // What no ceremony waits for is not compared, and uses nothing up.
        for _ in 0..8 {
            let answer = thief.submit(&half, "mfa-form", &[("assertion", &signed)]).await;
            assert_eq!(answer.status, 422, "{} {answer:?}", app.engine);
        }
    }
}

/// MF-14: the same for the code that goes to an address that somebody names.
#[tokio::test]
async fn one_change_of_address_has_so_many_codes_mailed() {
    const CHANGE: &str = "SELECT COUNT(*) FROM outbox WHERE recipient = 'new@example.com'";
    for app in apps().await {
        let cookies = owner(&app).await.cookies;
        let mut browser = with_settings(&app, |settings| settings.verification.most_sends = 3);
        browser.cookies = cookies;
        let page = browser.open("/account/email").await;
        let asked = browser.submit(&page, "email-form", &[("email", "new@example.com")]).await;
        let page = browser.follow(asked).await;
        let mut refused = 0;
        for _ in 0..6 {
            app.clock.advance(61);
            refused += u8::from(browser.submit(&page, "resend-form", &[]).await.status == 429);
        }
        assert_eq!((count(&app, CHANGE).await, refused), (3, 4), "{}", app.engine);
    }
}

/// MF-14: after 50 wrong codes none is compared on that day, so that none is sent.
#[tokio::test]
async fn no_code_goes_to_a_new_address_where_none_would_be_compared() {
    const CHANGE: &str = "SELECT COUNT(*) FROM outbox WHERE recipient = 'new@example.com'";
    for app in apps().await {
        let cookies = owner(&app).await.cookies;
        let mut browser = with_settings(&app, |settings| {
            settings.verification.most_tries = 100;
            settings.limits.codes_by_network = Limit::new(1_000, 3_600);
        });
        browser.cookies = cookies;
        let first = browser.open("/account/email").await;
        let asked = browser.submit(&first, "email-form", &[("email", "new@example.com")]).await;
        let page = browser.follow(asked).await;
        for _ in 0..50 {
            let answer = browser.submit(&page, "code-form", &[("code", "000000")]).await;
            assert_eq!(answer.status, 422, "{}", app.engine);
        }
        app.clock.advance(61);
        for form in ["resend-form", "email-form"] {
            let typed = ("email", "new@example.com");
            let refused = match form {
                "resend-form" => browser.submit(&page, form, &[]).await,
                _ => browser.submit(&first, form, &[typed]).await,
            };
            assert_eq!(refused.status, 429, "{form} {}", app.engine);
            assert!(refused.body.contains("Too many"), "{form} {}", refused.body);
            assert_eq!(count(&app, CHANGE).await, 1, "{form} {}", app.engine);
        }
        app.clock.advance(24 * 60 * 60);
        browser.sign_in(ADA).await;
        let page = browser.open("/account/email").await;
        let asked = browser.submit(&page, "email-form", &[("email", "new@example.com")]).await;
        assert_eq!(asked.status, 303, "{} {}", app.engine, asked.body);
        assert_eq!(count(&app, CHANGE).await, 2, "{}", app.engine);
    }
}

/// MF-14
#[tokio::test]
async fn a_network_asks_for_so_many_links_whatever_the_address() {
    for app in apps().await {
        for (path, form) in [("/password/forgot", "forgot-form"), ("/recover", "recover-form")] {
            execute(&app, "DELETE FROM throttle_counters").await;
            let mut browser = with_settings(&app, |settings| {
                settings.limits.sends_by_network = TWO;
            });
            let page = browser.open(path).await;
            for (n, status) in [(1, 303), (2, 303), (3, 429)] {
                let email = format!("nobody{n}@example.com");
                let answer = browser.submit(&page, form, &[("email", &email)]).await;
                assert_eq!(answer.status, status, "{path} {n} {}", app.engine);
            }
            app.clock.advance(3_600);
            let again = browser.submit(&page, form, &[("email", "nobody@example.com")]).await;
            assert_eq!(again.status, 303, "{path} {}", app.engine);
        }
    }
}

/// A ceremony is a row that nobody has signed in for.
#[tokio::test]
async fn a_network_begins_so_many_sign_ins_with_a_passkey() {
    for app in apps().await {
        let mut browser = with_settings(&app, |settings| {
            settings.limits.requests_by_network = TWO;
        });
        let page = browser.open("/login").await;
        let (_, fields) = form_of(&page.body, "passkey-login");
        let csrf = fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let mut told = Vec::new();
        for _ in 0..3 {
            told.push(browser.post("/login/passkey/begin", &[("csrf", &csrf)]).await.status);
        }
        assert_eq!(told, [200, 200, 429], "{}", app.engine);
        let kept = "SELECT COUNT(*) FROM passkey_ceremonies";
        assert_eq!(count(&app, kept).await, 2, "{}", app.engine);
    }
}

/// Fills an account up to `most` passkeys, copies of the one that is there.
async fn fill(app: &TestApp, most: i64) {
    for n in count(app, "SELECT COUNT(*) FROM passkeys").await..most {
        let copy = format!(
            "INSERT INTO passkeys (id, user_id, credential_id, credential, uses, name, created_at,
                is_second_only)
             SELECT 'copy{n}', user_id, 'copy{n}', credential, 0, name, created_at, is_second_only
             FROM passkeys WHERE id NOT LIKE 'copy%'"
        );
        execute(app, &copy).await;
    }
}

#[tokio::test]
async fn a_person_has_twenty_passkeys_and_is_told_what_to_do_then() {
    for app in apps().await {
        let mut browser = owner(&app).await;
        add_passkey(&mut browser, &mut Authenticator::new()).await;
        fill(&app, 19).await;
        // Two ceremonies are begun, for one place.
        let mut pages = Vec::new();
        for _ in 0..2 {
            let page = browser.open("/account/passkeys/new").await;
            let form = page.body.split("<form id=\"passkey-form\"").nth(1).unwrap();
            let options = crate::support::browser::attribute(form, "data-options").unwrap();
            pages.push((page.clone(), Authenticator::new().create(&options)));
        }
        let mut told = Vec::new();
        for (page, made) in &pages {
            let done = browser.submit(page, "passkey-form", &[("assertion", made)]).await;
            told.push(done.header("location").to_owned());
        }
        assert_eq!(told[1], "/account/security?notice=many", "{} {told:?}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM passkeys").await, 20, "{}", app.engine);
        let page = browser.open("/account/passkeys/new").await;
        assert!(page.body.contains("as many passkeys as there can be"), "{}", page.body);
        assert!(!page.body.contains("passkey-form"), "{}", page.body);
    }
}

/// What an authenticator counts is noted by one of those who read it.
#[tokio::test]
async fn of_two_who_read_a_passkey_one_notes_its_use() {
    for test in stores().await {
        test.run(
            "INSERT INTO users (id, email, email_canonical, self_registered, generation,
                created_at, updated_at, logins_count)
             VALUES ('ada', 'a@example.com', 'a@example.com', FALSE, 1, 1, 1, 0)",
        )
        .await;
        test.run(
            "INSERT INTO passkeys (id, user_id, credential_id, credential, uses, name, created_at,
                is_second_only) VALUES ('p', 'ada', 'c', '{}', 0, 'Phone', 1, FALSE)",
        )
        .await;
        let mut tx = test.store.begin().await.unwrap();
        let read = passkeys::list(&mut tx, &UserId::from("ada")).await.unwrap().remove(0);
        let now = protekt::clock::Timestamp(5);
        assert!(passkeys::note_use(&mut tx, &read, "{\"n\":1}", now).await.unwrap());
        assert!(!passkeys::note_use(&mut tx, &read, "{\"n\":2}", now).await.unwrap());
        let kept = passkeys::list(&mut tx, &UserId::from("ada")).await.unwrap().remove(0);
        assert_eq!((kept.uses, &*kept.credential), (1, "{\"n\":1}"), "{}", test.engine);
    }
}
