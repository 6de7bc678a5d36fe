//! Two tabs of one browser, and two accounts: a form does nothing to an account that it was not
//! shown to.

use super::steps::{count, enter, every_row, hidden, texts};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, form_of};
use crate::support::factors::{add_passkey, set_up_totp};
use crate::support::protocol::ADA;

const GRACE: &str = "grace@example.com";
const TOLD: &str = "/account?done=other-account";

/// Ada, signed in, and a sign-in page in another tab, opened before.
async fn ada_in_one_tab(app: &TestApp) -> (Browser, Answer) {
    for email in [ADA, GRACE] {
        app.person(email).await;
    }
    let mut browser = app.browser();
    let other_tab = browser.open("/login").await;
    browser.sign_in(ADA).await;
    (browser, other_tab)
}

async fn grace_signs_in(browser: &mut Browser, other_tab: &Answer) {
    let done = enter(browser, other_tab, GRACE, PASSWORD).await;
    assert_eq!(done.header("location"), "/account", "{done:?}");
}

/// Every form on a page, by the id of each.
fn forms_on(page: &Answer) -> Vec<String> {
    let forms = page.body.split("<form ").skip(1);
    let ids = forms.filter_map(|form| form.split('>').next()?.split("id=\"").nth(1));
    ids.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// CS-09: whoever signed in since, in the same browser, is not touched by what stands in the old tab.
#[tokio::test]
async fn a_form_of_the_account_before_does_nothing_to_the_one_that_is_signed_in_now() {
    for app in apps().await {
        let (mut browser, other_tab) = ada_in_one_tab(&app).await;
        add_passkey(&mut browser, &mut Authenticator::new()).await;
        set_up_totp(&app, &mut browser).await;
        let mut pages = Vec::new();
        for path in [
            "/account/profile",
            "/account/password",
            "/account/email",
            "/account/security",
            "/account/2fa/totp",
            "/account/2fa/totp/remove",
            "/account/2fa/backup-codes",
            "/account/sessions",
            "/account/activity",
            "/account/data",
            "/account/delete",
        ] {
            let page = browser.get(path).await;
            assert_eq!(page.status, 200, "{path} {page:?}");
            pages.push((path, page));
        }
        grace_signs_in(&mut browser, &other_tab).await;
        let before = every_row(&app).await;
        let mut sent = 0;
        for (path, page) in &pages {
            for form in forms_on(page).iter().filter(|form| *form != "sign-out") {
                let (action, _) = form_of(&page.body, form);
                let typed =
                    [("password", "juniper-lantern-41"), ("name", "Ada"), ("email", "x@y.example")];
                let answer = browser.submit(page, form, &typed).await;
                assert_eq!(answer.status, 303, "{} {path} {action} {answer:?}", app.engine);
                assert_eq!(answer.header("location"), TOLD, "{} {path} {action}", app.engine);
                sent += 1;
            }
        }
        assert!(sent >= 10, "{sent}");
        assert_eq!(every_row(&app).await, before, "{}: nothing changed", app.engine);
        let told = browser.get(TOLD).await;
        assert!(told.body.contains("another account signed in here"), "{}", told.body);
        assert!(told.body.contains(GRACE), "{}", told.body);
        // Her own forms count.
        let page = browser.get("/account/profile").await;
        let saved = browser.submit(&page, "profile-form", &[("name", "Grace Hopper")]).await;
        assert_eq!(saved.header("location"), "/account/profile?done=saved", "{saved:?}");
        let names = texts(&app, "SELECT name FROM users ORDER BY email_canonical").await;
        assert_eq!(names[1], "Grace Hopper", "{}", app.engine);
    }
}

/// CS-09: a form that was open too long, too: what one person typed is not shown to the other.
#[tokio::test]
async fn what_was_typed_for_one_account_is_not_put_into_the_form_of_another() {
    for app in apps().await {
        let (mut browser, other_tab) = ada_in_one_tab(&app).await;
        let page = browser.get("/account/profile").await;
        grace_signs_in(&mut browser, &other_tab).await;
        let mark = hidden(&page, "csrf");
        let (_, mark) = mark.split_once('.').unwrap();
        let fields = [("csrf", &*format!("old.{mark}")), ("nickname", "Sammy")];
        let answer = browser.submit(&page, "profile-form", &fields).await;
        assert_eq!(answer.header("location"), TOLD, "{} {answer:?}", app.engine);
    }
}

/// "Keep my account" in the old tab keeps nothing, and does not say so.
#[tokio::test]
async fn keeping_an_account_in_the_old_tab_is_not_said_of_the_other_one() {
    for app in apps().await {
        let (mut browser, other_tab) = ada_in_one_tab(&app).await;
        let page = browser.get("/account/delete").await;
        browser.submit(&page, "delete-form", &[("confirm", ADA)]).await;
        let back = browser.open("/login").await;
        let back = enter(&mut browser, &back, ADA, PASSWORD).await;
        let page = browser.follow(back).await;
        assert!(page.body.contains("id=\"restore-form\""), "{}", page.body);
        grace_signs_in(&mut browser, &other_tab).await;
        let kept = browser.submit(&page, "restore-form", &[]).await;
        assert_eq!(kept.header("location"), TOLD, "{} {kept:?}", app.engine);
        let leaving = "SELECT COUNT(*) FROM users WHERE deletion_due_at IS NOT NULL";
        assert_eq!(count(&app, leaving).await, 1, "{}", app.engine);
    }
}

/// BF-01: a password that is proved in the old tab is not a try at the other account.
#[tokio::test]
async fn a_proof_in_the_old_tab_is_no_try_at_the_other_account() {
    for app in apps().await {
        let (mut browser, other_tab) = ada_in_one_tab(&app).await;
        app.clock.advance(3_600);
        let page = browser.open("/account/delete").await;
        assert!(page.body.contains("id=\"proof-form\""), "{}", page.body);
        grace_signs_in(&mut browser, &other_tab).await;
        let failures = "SELECT COUNT(*) FROM audit_events WHERE outcome = 'failure'";
        let before = count(&app, failures).await;
        let answer = browser.submit(&page, "proof-form", &[("password", "Ada's own 41")]).await;
        assert_eq!(answer.header("location"), TOLD, "{} {answer:?}", app.engine);
        assert_eq!(count(&app, failures).await, before, "{}", app.engine);
    }
}

/// What an application waits for goes on with the account that is signed in now.
#[tokio::test]
async fn a_form_on_the_way_to_an_app_leads_on_with_the_present_account() {
    for app in apps().await {
        app.web_client().await;
        let (mut browser, other_tab) = ada_in_one_tab(&app).await;
        app.clock.advance(3_600);
        let page = browser.open(&authorize_url(&[("max_age", Some("60"))])).await;
        let flow = hidden(&page, "flow");
        grace_signs_in(&mut browser, &other_tab).await;
        let profile = browser.get("/account/profile").await;
        let mark = hidden(&profile, "csrf");
        let other = mark.replace(mark.split_once('.').unwrap().1, "another-mark-016");
        let fields = [("csrf", &*other), ("flow", &*flow), ("code", "123456")];
        let answer = browser.post("/account/2fa/totp", &fields).await;
        let location = answer.header("location");
        assert_eq!(location, format!("/login?flow={flow}"), "{} {answer:?}", app.engine);
        let on = browser.open(location).await;
        assert_eq!(on.status, 200, "{} {on:?}", app.engine);
        assert!(on.body.contains("id=\"consent-form\""), "{} {}", app.engine, on.body);
    }
}

/// The mark proves nothing: it is good with the token of the browser only, and names nobody.
#[tokio::test]
async fn the_mark_of_an_account_is_no_token() {
    for app in apps().await {
        let (mut browser, _) = ada_in_one_tab(&app).await;
        let page = browser.get("/account/profile").await;
        let own = hidden(&page, "csrf");
        let (token, mark) = own.split_once('.').unwrap();
        let ids = texts(&app, "SELECT id FROM users").await;
        assert!(ids.iter().all(|id| !own.contains(id.as_str())), "{own}");
        for csrf in
            [format!(".{mark}"), mark.to_owned(), format!("{mark}.{mark}"), token.to_owned()]
        {
            let fields = [("csrf", &*csrf), ("nickname", "Sammy")];
            let answer = browser.submit(&page, "profile-form", &fields).await;
            assert_eq!(answer.status, 422, "{} {csrf}: {answer:?}", app.engine);
        }
    }
}
