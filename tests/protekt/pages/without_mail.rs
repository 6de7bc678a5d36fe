//! An installation without mail (`email.provider = "none"`): no page promises one, and none is
//! written.

use protekt::accounts::operator::NewUser;

use super::not_me::{ACTIVITY, ADDED, not_me, with_thief};
use super::steps::{are_signed_in, count, hidden};
use crate::support::app::{TestApp, Wishes, apps_with};
use crate::support::browser::Browser;
use crate::support::protocol::ADA;

const MAILS: &str = "SELECT COUNT(*) FROM outbox";

async fn apps() -> Vec<TestApp> {
    let wishes = Wishes { email_verification: false, ..Wishes::default() };
    apps_with(wishes).await.into_iter().map(TestApp::without_mail).collect()
}

/// Every page of the account and on the way in, as a browser gets it.
const PAGES: [&str; 20] = [
    "/login",
    "/login?notice=account-ready",
    "/signup",
    "/login/accounts",
    "/account",
    "/account/profile",
    "/account/password",
    "/account/security",
    "/account/2fa/totp",
    "/account/2fa/sms",
    "/account/2fa/backup-codes",
    "/account/passkeys/new",
    "/account/security-keys/new",
    "/account/sessions",
    "/account/apps",
    "/account/activity",
    "/account/data",
    "/account/delete",
    "/account/phone",
    "/logout",
];

/// Words by which a page would promise a mail.
const PROMISES: [&str; 7] = [
    "We sent",
    "We’ll send a code to check",
    "We’ll send you",
    "our emails go there",
    "in the email",
    "/password/forgot",
    "/account/email\"",
];

fn promises_nothing(place: &str, body: &str) {
    for promise in PROMISES {
        assert!(!body.contains(promise), "{place} promises a mail ({promise}): {body}");
    }
}

#[tokio::test]
async fn without_mail_no_page_promises_one() {
    for app in apps().await {
        app.person(ADA).await;
        let mut stranger = app.browser();
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        for page in PAGES {
            for browser in [&mut stranger, &mut owner] {
                let answer = browser.open(page).await;
                assert!(answer.status < 500, "{page} {answer:?}");
                promises_nothing(page, &answer.body);
            }
        }
        for path in ["/password/forgot", "/account/email"] {
            assert_eq!(owner.get(path).await.status, 404, "{path} {}", app.engine);
        }
        let csrf = hidden(&owner.get("/account").await, "csrf");
        for path in [
            "/password/forgot",
            "/account/email",
            "/account/email/code",
            "/account/email/resend",
            "/account/email/cancel",
        ] {
            let fields = [("csrf", &*csrf), ("email", "eve@example.org"), ("code", "123456")];
            let answer = owner.post(path, &fields).await;
            assert_eq!(answer.status, 404, "{path} {} {answer:?}", app.engine);
        }
        let fields = [("csrf", &*csrf)];
        let answer = owner.post("/account/2fa/email/begin", &fields).await;
        let page = owner.follow(answer).await;
        assert!(!page.body.contains("A code is on its way"), "{}", page.body);
        assert_eq!(count(&app, MAILS).await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn without_mail_who_lost_something_is_told_whom_to_ask() {
    for app in apps().await {
        let mut browser = app.browser();
        let forgot = browser.get("/password/forgot").await;
        assert!(forgot.body.contains("data-lost=\"password\""), "{}", forgot.body);
        let recover = browser.get("/recover").await;
        assert_eq!((forgot.status, recover.status), (404, 404), "{recover:?}");
        assert!(recover.body.contains("data-lost=\"second-factors\""), "{}", recover.body);
        for (place, page) in [("/password/forgot", &forgot), ("/recover", &recover)] {
            promises_nothing(place, &page.body);
            assert!(!page.body.contains("<form"), "{}", page.body);
            assert!(page.body.contains("sends no email"), "{}", page.body);
        }
        assert_eq!(count(&app, MAILS).await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn without_mail_tries_at_the_password_name_no_reset() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        for _ in 0..20 {
            let page = browser.get("/login").await;
            let fields = [("username", ADA), ("password", "wrong-password-1")];
            let answer = browser.submit(&page, "login-form", &fields).await;
            assert!(matches!(answer.status, 422 | 429), "{answer:?}");
            assert!(!answer.body.contains("eset your password"), "{}", answer.body);
            promises_nothing("/login", &answer.body);
        }
    }
}

#[tokio::test]
async fn without_mail_who_deletes_their_account_is_told_to_sign_in_to_keep_it() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/delete").await;
        let gone = browser.submit(&page, "delete-form", &[("confirm", ADA)]).await;
        assert!(gone.body.contains("data-outcome=\"requested\""), "{gone:?}");
        assert!(gone.body.contains("If you change your mind, sign in."), "{}", gone.body);
        promises_nothing("deletion", &gone.body);
        assert_eq!(count(&app, MAILS).await, 0, "{}", app.engine);
    }
}

/// "Not me" at a thief's only factor: a link cannot be mailed, and none is promised.
#[tokio::test]
async fn without_mail_an_operator_takes_away_what_a_thief_added() {
    for app in apps().await {
        let (mut owner, thief, _) = with_thief(&app).await;
        let answer = not_me(&mut owner, ACTIVITY, ADDED, "Authenticator app").await;
        let page = owner.follow(answer).await;
        assert!(page.body.contains("id=\"for-operator\""), "{}", page.body);
        promises_nothing("not me", &page.body);
        assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        let links = "SELECT COUNT(*) FROM factor_additions";
        assert_eq!(count(&app, links).await, 1, "{}: no other link", app.engine);
        let (_, removed) = app.app.accounts.reset_factors(ADA).await.unwrap();
        assert_eq!(removed, 1, "{}", app.engine);
    }
}

/// Neither what an operator does nor what a person does leaves anything to be sent, or a fault in
/// the trail.
#[tokio::test]
async fn without_mail_none_is_written_and_none_fails() {
    const LOSSES: &str = "SELECT COUNT(*) FROM audit_events WHERE kind = 'delivery_failed'";

    for app in apps().await {
        let new = NewUser {
            id: None,
            email: "grace@example.org".to_owned(),
            username: None,
            name: Some("Grace".to_owned()),
            email_is_verified: true,
            password: Some("walnut-harbour-97".to_owned().into()),
        };
        app.app.accounts.create_user(new).await.unwrap();
        for password in ["walnut-harbour-98", "walnut-harbour-99"] {
            let password = password.to_owned().into();
            app.app.accounts.set_password("grace@example.org", &password).await.unwrap();
            app.delivery.deliver_due(10).await.unwrap();
            app.clock.advance(8 * 24 * 3_600);
            app.delivery.deliver_due(10).await.unwrap();
        }
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        change_password(&mut browser).await;
        let mut other: Browser = app.browser();
        let page = other.open("/signup").await;
        let fields = [("name", "Eve"), ("email", ADA), ("password", "walnut-harbour-55")];
        other.submit(&page, "signup-form", &fields).await;
        app.delivery.deliver_due(10).await.unwrap();
        assert_eq!(count(&app, MAILS).await, 0, "{}", app.engine);
        assert_eq!(count(&app, LOSSES).await, 0, "{}", app.engine);
    }
}

async fn change_password(browser: &mut Browser) {
    let page = browser.get("/account/password").await;
    let answer = browser.submit(&page, "password-form", &[("password", "walnut-harbour-44")]).await;
    assert_eq!(answer.header("location"), "/account?done=password", "{answer:?}");
}
