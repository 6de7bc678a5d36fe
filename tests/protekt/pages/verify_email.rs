//! "Check your email": every code and link that does not count, another mail, another address.

use std::sync::Arc;

use protekt::throttle::Limit;

use super::steps::{
    SESSION, changed, code_in, count, enter, hidden, link_in, mail_to, sign_up, wrong,
};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url};
use crate::support::browser::Browser;

const EMAIL: &str = "grace@example.com";

async fn waiting(app: &TestApp) -> (Browser, Answer) {
    let mut browser = app.browser();
    let page = browser.open("/signup").await;
    let page = sign_up(&mut browser, &page, EMAIL).await;
    (browser, page)
}

#[tokio::test]
async fn a_wrong_code_is_named_and_too_many_end_it() {
    for app in apps().await {
        let (mut browser, page) = waiting(&app).await;
        let code = code_in(&mail_to(&app, EMAIL).await);
        let missing = browser.submit(&page, "verify-form", &[]).await;
        assert_eq!(missing.status, 422);
        for _ in 0..5 {
            let answer = browser.submit(&page, "verify-form", &[("code", &wrong(&code))]).await;
            assert_eq!(answer.status, 422);
            assert!(answer.body.contains("id=\"code-err\""), "{}", answer.body);
        }
        let answer = browser.submit(&page, "verify-form", &[("code", &code)]).await;
        assert_eq!(answer.status, 422, "the right one comes too late: {}", app.engine);
        assert!(!browser.cookies.contains_key(SESSION));
    }
}

#[tokio::test]
async fn an_expired_code_is_refused_while_the_link_still_works() {
    for app in apps().await {
        let (mut browser, page) = waiting(&app).await;
        let mail = mail_to(&app, EMAIL).await;
        app.clock.advance(15 * 60);
        let answer = browser.submit(&page, "verify-form", &[("code", &code_in(&mail))]).await;
        assert_eq!(answer.status, 422, "{}", app.engine);
        assert!(!browser.cookies.contains_key(SESSION));
        app.clock.advance(24 * 3_600 - 15 * 60 - 1);
        assert_eq!(browser.get(&link_in(&mail)).await.status, 200, "{}", app.engine);
        app.clock.advance(1);
        let late = browser.get(&link_in(&mail)).await;
        assert_eq!(late.status, 410, "{}", app.engine);
        assert!(late.body.contains("data-outcome=\"expired\""), "{}", late.body);
    }
}

#[tokio::test]
async fn a_new_mail_supersedes_the_code_and_the_link_of_the_old_one() {
    for app in apps().await {
        let (mut browser, page) = waiting(&app).await;
        let old = mail_to(&app, EMAIL).await;
        let early = browser.submit(&page, "resend-form", &[]).await;
        assert_eq!(early.status, 429, "{}", app.engine);
        assert_eq!(early.header("retry-after"), "60");
        app.clock.advance(60);
        let answer = browser.submit(&page, "resend-form", &[]).await;
        assert!(answer.header("location").ends_with("&notice=new-code"), "{answer:?}");
        let page = browser.follow(answer).await;
        assert!(page.body.contains("role=\"status\""), "{}", page.body);
        let new = mail_to(&app, EMAIL).await;
        assert_ne!(link_in(&old), link_in(&new), "{}", app.engine);
        let gone = browser.get(&link_in(&old)).await;
        assert_eq!(gone.status, 410, "{}", app.engine);
        assert!(gone.body.contains("data-outcome=\"superseded\""), "{}", gone.body);
        if code_in(&old) != code_in(&new) {
            let answer = browser.submit(&page, "verify-form", &[("code", &code_in(&old))]).await;
            assert_eq!(answer.status, 422, "{}", app.engine);
        }
        let answer = browser.submit(&page, "verify-form", &[("code", &code_in(&new))]).await;
        assert_eq!(answer.header("location"), "/account", "{}", app.engine);
        // Used: neither the code nor the link works again.
        let mut thief = app.browser();
        let opened = thief.open("/login").await;
        let fields = [
            ("csrf", &*hidden(&opened, "csrf")),
            ("flow", &*hidden(&page, "flow")),
            ("code", &*code_in(&new)),
        ];
        let again = thief.post("/verify-email", &fields).await;
        thief.follow(again).await;
        assert!(!thief.cookies.contains_key(SESSION), "{}", app.engine);
        assert_eq!(browser.get(&link_in(&new)).await.status, 410);
    }
}

#[tokio::test]
async fn a_mistyped_address_is_corrected_and_the_old_one_is_free_again() {
    for app in apps().await {
        let (mut browser, page) = waiting(&app).await;
        let old = mail_to(&app, EMAIL).await;
        for bad in ["", "nothing"] {
            let answer = browser.submit(&page, "change-address-form", &[("email", bad)]).await;
            assert_eq!(answer.status, 422, "{bad}");
            assert!(answer.body.contains("id=\"email-err\""), "{}", answer.body);
        }
        let fields = [("email", "hopper@example.com")];
        let answer = browser.submit(&page, "change-address-form", &fields).await;
        assert!(answer.header("location").ends_with("&notice=address-changed"), "{answer:?}");
        let page = browser.follow(answer).await;
        assert!(page.body.contains("hopper@example.com"), "{}", page.body);
        assert_ne!(browser.get(&link_in(&old)).await.status, 200, "{}", app.engine);
        let code = code_in(&mail_to(&app, "hopper@example.com").await);
        let answer = browser.submit(&page, "verify-form", &[("code", &code)]).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("hopper@example.com"), "{}", page.body);
        let left = format!("SELECT COUNT(*) FROM users WHERE email = '{EMAIL}'");
        assert_eq!(count(&app, &left).await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn only_the_browser_that_began_may_change_the_address() {
    for app in apps().await {
        let (_browser, page) = waiting(&app).await;
        let mut thief = app.browser();
        let own = thief.open("/login").await;
        let (csrf, flow) = (hidden(&own, "csrf"), hidden(&page, "flow"));
        let fields = [("csrf", &*csrf), ("flow", &*flow), ("email", "eve@example.com")];
        let answer = thief.post("/verify-email/change-address", &fields).await;
        assert_eq!(answer.status, 422, "{}", app.engine);
        assert!(!app.mails().await.iter().any(|mail| mail.contains("eve@example.com")));
    }
}

/// The address is the person's own affair: a stranger with the link of the page does not see it.
#[tokio::test]
async fn the_code_typed_in_another_browser_signs_nobody_in() {
    for app in apps().await {
        let (_browser, page) = waiting(&app).await;
        let code = code_in(&mail_to(&app, EMAIL).await);
        let mut other = app.browser();
        let own = other.open("/login").await;
        let (csrf, flow) = (hidden(&own, "csrf"), hidden(&page, "flow"));
        let fields = [("csrf", &*csrf), ("flow", &*flow), ("code", &*code)];
        let answer = other.post("/verify-email", &fields).await;
        other.follow(answer).await;
        assert!(!other.cookies.contains_key(SESSION), "{}", app.engine);
    }
}

#[tokio::test]
async fn an_unknown_link_or_flow_has_a_page_with_a_way_on() {
    for app in apps().await {
        let mut browser = app.browser();
        // Cut off by a mail program, too.
        for query in ["token=nothing", "token=%20", "flow=nothing", "token="] {
            let page = browser.get(&format!("/verify-email?{query}")).await;
            assert_eq!(page.status, 404, "{query} {}", app.engine);
            assert!(page.body.contains("data-outcome=\"unknown\""), "{}", page.body);
            assert!(page.body.contains("href=\"/login\""));
            assert_eq!(page.header("referrer-policy"), "no-referrer");
        }
        assert_eq!(browser.get("/verify-email").await.header("location"), "/login");
    }
}

/// PR-06: a scanner of mail opens the link, by GET or HEAD, and burns nothing.
#[tokio::test]
async fn opening_a_link_often_does_not_use_it_up() {
    for app in apps().await {
        let (mut browser, _) = waiting(&app).await;
        let link = link_in(&mail_to(&app, EMAIL).await);
        for (method, status) in [("GET", 200), ("HEAD", 405), ("GET", 200)] {
            let request = axum::http::Request::builder().method(method).uri(&link);
            let answer = app.send(request.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(answer.status, status, "{}", app.engine);
        }
        let page = browser.get(&link).await;
        let answer = browser.submit(&page, "verify-confirm", &[]).await;
        assert_eq!(answer.header("location"), "/account", "{}", app.engine);
    }
}

/// At a provider where one account causes one mail an hour.
fn with_one_mail(app: &TestApp) -> Browser {
    changed(app, |app| {
        let mut settings = (*app.accounts.settings).clone();
        settings.limits.mails_by_account = Limit::new(1, 3_600);
        app.accounts.settings = Arc::new(settings);
    })
}

#[tokio::test]
async fn where_no_mail_may_be_sent_a_sign_in_says_so_and_other_ways_lead_on() {
    for app in apps().await {
        app.web_client().await;
        app.unverified_person(EMAIL).await;
        for start in ["/login".to_owned(), authorize_url(&[])] {
            app.store.run("DELETE FROM throttle_counters").await;
            app.clock.advance(1);
            let mut browser = with_one_mail(&app);
            let page = browser.open(&start).await;
            assert_eq!(enter(&mut browser, &page, EMAIL, PASSWORD).await.status, 303);
            let sent = mail_to(&app, EMAIL).await;
            let answer = enter(&mut browser, &page, EMAIL, PASSWORD).await;
            assert_eq!((answer.status, answer.header("retry-after")), (429, "3600"), "{answer:?}");
            assert!(answer.body.contains("id=\"verify-later\""), "{}", answer.body);
            assert!(answer.body.contains("In 60 minutes you can have another one"));
            assert!(answer.body.contains(EMAIL), "{}", answer.body);
            for (way, form) in [("by-reset", "forgot-form"), ("another-address", "signup-form")] {
                let tag = answer.body.split(&format!("id=\"{way}\" ")).nth(1).unwrap();
                let path = tag.split('"').nth(1).unwrap();
                assert_eq!(path.contains("?flow="), start != "/login", "{path}");
                let page = browser.clone().open(path).await;
                assert!(page.body.contains(&format!("id=\"{form}\"")), "{way}: {}", page.body);
            }
            // As it says, the mail that came before still works.
            let page = browser.open(&link_in(&sent)).await;
            assert!(page.body.contains("name=\"token\""), "{} {}", app.engine, page.body);
        }
    }
}
