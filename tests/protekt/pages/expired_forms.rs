//! Forms that were open too long: the page comes back with what was typed.

use super::steps::{BROWSER, SESSION, bare_form, count, hidden};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps, authorize_url};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, form_of};
use crate::support::factors::{add_passkey, set_up_totp};
use crate::support::protocol::ADA;

const TYPED: &str = "Sammy \"<b>'&";
const NICKNAMES: &str = "SELECT COUNT(*) FROM users WHERE nickname IS NOT NULL";

async fn signed_in(app: &TestApp) -> Browser {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    browser
}

/// Sends a form with a token of another time.
async fn send_late(
    browser: &mut Browser,
    page: &Answer,
    form: &str,
    fields: &[(&str, &str)],
) -> Answer {
    browser.submit(page, form, &[&[("csrf", "old")], fields].concat()).await
}

/// What stands in a field of a form.
#[track_caller]
fn value(page: &Answer, form: &str, name: &str) -> String {
    let (_, fields) = form_of(&page.body, form);
    let field = fields.into_iter().find(|(known, _)| known == name);
    field.unwrap_or_else(|| panic!("no {name}: {}", page.body)).1
}

#[track_caller]
fn assert_shown_again(page: &Answer) {
    assert_eq!(page.status, 422, "{page:?}");
    assert!(page.body.contains("id=\"form-expired\""), "{}", page.body);
}

#[tokio::test]
async fn a_profile_that_was_open_too_long_comes_back_with_what_was_typed() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let page = browser.get("/account/profile").await;
        assert!(!page.body.contains("form-expired"), "{}", page.body);
        let typed = [("name", ""), ("nickname", TYPED), ("locale", "de")];
        let again = send_late(&mut browser, &page, "profile-form", &typed).await;
        assert_shown_again(&again);
        assert_eq!(again.header("cache-control"), "no-store");
        assert!(!again.body.contains(TYPED), "it is escaped: {}", again.body);
        assert_eq!(value(&again, "profile-form", "nickname"), TYPED);
        assert_eq!(value(&again, "profile-form", "name"), "", "what was emptied is empty");
        assert!(again.body.contains("<option value=\"de\" selected>"), "{}", again.body);
        assert_eq!(count(&app, NICKNAMES).await, 0, "{}: nothing changed", app.engine);
        // The new token counts.
        let fields = [("nickname", "Sammy")];
        let saved = browser.submit(&again, "profile-form", &fields).await;
        assert_eq!(saved.header("location"), "/account/profile?done=saved", "{saved:?}");
        assert_eq!(count(&app, NICKNAMES).await, 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn every_text_of_the_account_is_kept_and_no_password_or_code() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        add_passkey(&mut browser, &mut Authenticator::new()).await;
        let page = browser.get("/account/security").await;
        let mut links =
            page.body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        let passkey = links
            .find(|link| link.starts_with("/account/passkeys/") && !link.ends_with("/new"))
            .unwrap();
        for (path, form, name) in [
            ("/account/email", "email-form", "email"),
            ("/account/2fa/sms", "begin-form", "phone"),
            ("/account/delete", "delete-form", "confirm"),
            ("/account/profile", "picture-form", "picture_url"),
            (passkey, "rename-form", "name"),
        ] {
            let page = browser.get(path).await;
            let again = send_late(&mut browser, &page, form, &[(name, TYPED)]).await;
            assert_shown_again(&again);
            assert_eq!(value(&again, form, name), TYPED, "{path}");
        }
        // The fields of another form on the page are as they were.
        let page = browser.get("/account/profile").await;
        let again = send_late(&mut browser, &page, "picture-form", &[("name", "no name")]).await;
        assert_eq!(value(&again, "profile-form", "name"), "Ada Okafor");
        let page = browser.get("/account/password").await;
        let fields = [("password", "juniper-lantern-41")];
        let again = send_late(&mut browser, &page, "password-form", &fields).await;
        assert_shown_again(&again);
        assert!(!again.body.contains("juniper-lantern"), "{}", again.body);
        let page = browser.get("/account/2fa/totp").await;
        let again = send_late(&mut browser, &page, "totp-form", &[("code", "918273")]).await;
        assert_shown_again(&again);
        assert!(!again.body.contains("918273"), "{}", again.body);
        set_up_totp(&app, &mut browser).await;
        let page = browser.get("/account/2fa/totp").await;
        assert!(!page.body.contains(" checked"), "{}", page.body);
        let fields = [("code", "918273"), ("old_is_lost", "1")];
        let again = send_late(&mut browser, &page, "totp-form", &fields).await;
        assert!(again.body.contains("value=\"1\" checked"), "{}", again.body);
        assert!(!again.body.contains("918273"), "{}", again.body);
    }
}

/// On the way to an account, too, and what an application asked for goes on.
#[tokio::test]
async fn who_is_not_signed_in_keeps_what_was_typed_and_the_request_of_the_app() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = app.browser();
        let sign_in = browser.open(&authorize_url(&[])).await;
        let flow = hidden(&sign_in, "flow");
        for (path, form, name) in [
            ("/signup", "signup-form", "name"),
            ("/signup", "signup-form", "email"),
            ("/password/forgot", "forgot-form", "email"),
            ("/recover", "recover-form", "email"),
        ] {
            for in_flow in [true, false] {
                let query = if in_flow { format!("?flow={flow}") } else { String::new() };
                let page = browser.open(&format!("{path}{query}")).await;
                let fields = [(name, TYPED), ("password", "juniper-lantern-41")];
                let again = send_late(&mut browser, &page, form, &fields).await;
                assert_shown_again(&again);
                assert_eq!(value(&again, form, name), TYPED, "{path}");
                assert!(!again.body.contains("juniper-lantern"), "{}", again.body);
                assert_eq!(again.body.contains("Northwind"), in_flow, "{path} {}", again.body);
                let kept = in_flow.then(|| hidden(&again, "flow"));
                assert_eq!(kept.as_deref(), in_flow.then_some(flow.as_str()), "{path}");
            }
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 0, "{}", app.engine);
        // Where nothing says that the form is ours, its page is one click away.
        for (form, wanted) in [
            ("/password/reset", "/password/reset"),
            ("/recover/request", "/recover/request"),
            ("/verify-email/resend", "/verify-email"),
            ("/verify-email/confirm", "/verify-email"),
        ] {
            let late = browser.send(bare_form(form, &[("csrf", "old")])).await;
            let button = format!("id=\"start-again\" href=\"{wanted}\"");
            assert!(late.body.contains(&button), "{form} {}", late.body);
        }
        let late = browser.post("/verify-email", &[("csrf", "old"), ("flow", "x\"&y")]).await;
        assert!(late.body.contains("href=\"/verify-email?flow=x%22%26y\""), "{}", late.body);
    }
}

/// CS-03
#[tokio::test]
async fn what_another_site_typed_is_never_shown() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let fields = [("csrf", "old"), ("nickname", "Mallory")];
        let cases: [(u16, &[(&str, &str)]); 6] = [
            (403, &[("origin", "https://evil.example")]),
            (403, &[("sec-fetch-site", "cross-site")]),
            (403, &[("sec-fetch-site", "same-site"), ("origin", "https://id.example.com")]),
            (403, &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")]),
            // Nothing says where these come from.
            (400, &[]),
            (400, &[("sec-fetch-site", "none")]),
        ];
        for (status, headers) in cases {
            let mut request = bare_form("/account/profile", &fields);
            for (name, value) in headers {
                request.headers_mut().insert(*name, value.parse().unwrap());
            }
            let refused = browser.send(request).await;
            assert_eq!(refused.status, status, "{headers:?} {refused:?}");
            assert!(!refused.body.contains("Mallory"), "{headers:?} {}", refused.body);
            assert!(!refused.body.contains("profile-form"), "{headers:?} {}", refused.body);
        }
        assert_eq!(count(&app, NICKNAMES).await, 0, "{}", app.engine);
    }
}

/// Where the session is over, too, the way leads to the sign-in and back, and nothing is kept.
#[tokio::test]
async fn a_form_of_who_is_signed_out_leads_to_the_sign_in_and_back() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let page = browser.get("/account/profile").await;
        browser.cookies.remove(SESSION);
        let late = send_late(&mut browser, &page, "profile-form", &[("nickname", TYPED)]).await;
        assert_eq!(
            (late.status, late.header("location")),
            (303, "/login?notice=signed-out"),
            "{late:?}"
        );
        assert!(browser.cookies.values().all(|value| !value.contains("Sammy")), "{late:?}");
        let told = browser.follow(late).await;
        assert!(told.body.contains("nothing was done just now"), "{}", told.body);
        let back = browser.sign_in(ADA).await;
        let back = browser.follow(back).await;
        assert!(back.body.contains("id=\"profile-form\""), "{}", back.body);
    }
}

/// The token of a form hangs on a cookie that may be gone before the session's is.
#[tokio::test]
async fn a_browser_that_lost_the_cookie_of_its_forms_gets_another() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let page = browser.get("/account/profile").await;
        browser.cookies.remove(BROWSER);
        let fields = [("nickname", "Sammy")];
        let again = browser.submit(&page, "profile-form", &fields).await;
        assert_shown_again(&again);
        assert!(browser.cookies.contains_key(BROWSER), "{again:?}");
        assert_ne!(hidden(&again, "csrf"), hidden(&page, "csrf"));
        let saved = browser.submit(&again, "profile-form", &[]).await;
        assert_eq!(saved.status, 303, "{saved:?}");
        assert_eq!(count(&app, NICKNAMES).await, 1, "{}", app.engine);
    }
}
