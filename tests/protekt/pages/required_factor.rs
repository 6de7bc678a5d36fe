//! A second factor that is required, of everybody or of a role: who lacks it is led to it from every
//! page of their account, and back.

use protekt::accounts::{NewRole, RoleChange};
use protekt::domain::client::ClientKind;
use protekt::domain::second_factor::FactorPolicy;
use protekt::http::routes::{Access, table};
use protekt::oauth::clients::NewClient;

use super::steps::{SESSION, count, hidden, rows};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with, authorize_url, web_client};
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::factors::{AuthenticatorApp, first_half, set_up_totp};
use crate::support::protocol::ADA;

const REQUIRED: Wishes = Wishes {
    refresh_overlap: 10,
    email_verification: true,
    unlimited_tries: false,
    factor_policy: FactorPolicy::Required,
};
const OFF: Wishes = Wishes { factor_policy: FactorPolicy::Off, ..REQUIRED };
/// Where a factor is set up or given, and a proof before it.
const OPEN: [&str; 10] = [
    "/account/security",
    "/account/2fa/totp",
    "/account/2fa/{method}",
    "/account/2fa/{method}/begin",
    "/account/passkeys/new",
    "/account/passkeys",
    "/account/security-keys/new",
    "/account/security-keys",
    "/login/reauth",
    "/login/reauth/factor",
];

async fn signed_in(app: &TestApp) -> Browser {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    browser
}

/// Makes a role that requires a second factor, and gives it to Ada.
async fn give_role(app: &TestApp) {
    let new = NewRole {
        name: "staff".to_owned(),
        description: String::new(),
        second_factor_required: true,
    };
    app.app.accounts.create_role(new).await.unwrap();
    app.app.accounts.change_roles(ADA, &["staff".to_owned()], &[]).await.unwrap();
}

async fn take_role(app: &TestApp) {
    app.app.accounts.change_roles(ADA, &[], &["staff".to_owned()]).await.unwrap();
}

fn is_led(answer: &Answer) -> bool {
    answer.status == 303 && answer.header("location") == "/account/security"
}

fn link(page: &Answer, id: &str) -> String {
    let rest = page.body.split(&format!("id=\"{id}\" href=\"")).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {id}: {}", page.body));
    rest.split('"').next().unwrap().to_owned()
}

/// Sets up an app from the page that a person was led to, and gives what comes after it.
async fn set_up_and_go_on(app: &TestApp, browser: &mut Browser) -> Answer {
    let page = browser.open("/account/2fa/totp").await;
    let code = AuthenticatorApp::of(&page).code(app, 0);
    let codes = browser.submit(&page, "totp-form", &[("code", &code)]).await;
    browser.get(&link(&codes, "saved")).await
}

/// MF-03
#[tokio::test]
async fn every_page_of_the_account_leads_who_has_no_factor_to_set_one_up() {
    for app in apps_with(REQUIRED).await {
        let mut browser = signed_in(&app).await;
        let csrf = hidden(&browser.get("/account/security").await, "csrf");
        let before = rows(&app).await;
        let mut led = 0;
        for route in table(false) {
            let is_of_account = route.path.starts_with("/account")
                && matches!(route.access, Access::SignedIn | Access::Form);
            // By a link of a mail, or for an account that waits to be deleted: nobody's session.
            let is_by_link = ["/account/email/undo", "/account/security/undo", "/account/restore"]
                .contains(&route.path);
            if !is_of_account || is_by_link || OPEN.contains(&route.path) {
                continue;
            }
            let path = route.path.replace("{method}", "totp").replace("{client}", "notes");
            let path = path.replace("{id}", "x");
            let answer = match route.method {
                "GET" => browser.get(&path).await,
                _ => browser.post(&path, &[("csrf", &csrf), ("name", "Eve")]).await,
            };
            // Removing what is not there is refused by the pages of factors themselves.
            let is_harmless = path.starts_with("/account/2fa/")
                || ["/passkeys/", "/security-keys/"].iter().any(|part| path.contains(part));
            let location = answer.header("location");
            let is_refused =
                is_harmless && (location.starts_with("/account/security") || answer.status == 404);
            assert!(is_led(&answer) || is_refused, "{} {path} {answer:?}", route.method);
            assert!(!answer.body.contains(ADA), "{path} {}", answer.body);
            led += usize::from(is_led(&answer));
        }
        assert!(led > 25, "{led} {}", app.engine);
        assert_eq!(rows(&app).await, before, "{}", app.engine);
        let page = browser.open("/account").await;
        assert!(page.body.contains("id=\"must-set-up\""), "{}", page.body);
        assert!(page.body.contains("keeps other people out"), "{}", page.body);
        for path in ["/account/2fa/totp", "/account/2fa/email", "/account/passkeys/new"] {
            assert_eq!(browser.get(path).await.status, 200, "{path} {}", app.engine);
        }
        // Signing out is always possible.
        let out = browser.submit(&page, "sign-out", &[]).await;
        assert!(out.status < 400 && !browser.cookies.contains_key(SESSION), "{out:?}");
    }
}

#[tokio::test]
async fn who_was_led_away_comes_to_the_page_they_wanted() {
    for app in apps_with(REQUIRED).await {
        for (wanted, email) in [("/account/profile", ADA), ("/account", "bea@example.com")] {
            app.person(email).await;
            let mut browser = app.browser();
            browser.sign_in(email).await;
            let page = browser.open(wanted).await;
            assert!(page.body.contains("id=\"must-set-up\""), "{}", page.body);
            let back = set_up_and_go_on(&app, &mut browser).await;
            assert_eq!((back.status, back.header("location")), (303, wanted), "{back:?}");
            assert_eq!(browser.get(wanted).await.status, 200, "{}", app.engine);
            // The wish is answered once.
            assert_eq!(browser.get("/account/security").await.status, 200, "{}", app.engine);
        }
    }
}

#[tokio::test]
async fn a_proof_on_the_way_loses_neither_the_set_up_nor_the_way_back() {
    for app in apps_with(REQUIRED).await {
        let mut browser = signed_in(&app).await;
        app.clock.advance(11 * 60);
        browser.open("/account/profile").await;
        let page = browser.open("/account/2fa/totp").await;
        let proven = browser.submit(&page, "proof-form", &[("password", PASSWORD)]).await;
        assert_eq!(proven.header("location"), "/account/2fa/totp", "{proven:?}");
        let back = set_up_and_go_on(&app, &mut browser).await;
        assert_eq!(back.header("location"), "/account/profile", "{} {back:?}", app.engine);
    }
}

#[tokio::test]
async fn the_wish_of_one_session_leads_no_other_and_an_address_from_outside_leads_nobody() {
    const WISH: &str = "__Host-protekt_after_factor";
    for app in apps_with(REQUIRED).await {
        let mut browser = signed_in(&app).await;
        browser.get("/account/profile").await;
        let wish = browser.cookies[WISH].clone();
        let (phone, _) = set_up_totp(&app, &mut browser).await;
        let mut later = app.browser();
        let page = first_half(&mut later, ADA).await;
        later.submit(&page, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
        later.cookies.insert(WISH.to_owned(), wish.clone());
        assert_eq!(later.get("/account/security").await.status, 200, "{}", app.engine);
        for evil in ["https://evil.example.1", "//evil.example.1", "profile", "profile.x"] {
            browser.cookies.insert(WISH.to_owned(), evil.to_owned());
            assert_eq!(browser.get("/account/security").await.status, 200, "{evil}");
        }
        browser.cookies.insert(WISH.to_owned(), wish);
        let back = browser.get("/account/security").await;
        assert_eq!(back.header("location"), "/account/profile", "{back:?}");
    }
}

#[tokio::test]
async fn a_role_is_felt_at_the_next_step_of_whoever_is_signed_in() {
    for app in apps().await {
        // The client asks for nothing: the role goes before it.
        let new = web_client("notes", "https://notes.example");
        app.client(NewClient { second_factor: Some(FactorPolicy::Off), ..new }).await;
        let mut browser = signed_in(&app).await;
        let code = browser.code(ADA).await;
        let tokens = app.exchange(&code).await;
        assert_eq!(browser.get("/account").await.status, 200, "{}", app.engine);
        give_role(&app).await;
        assert!(is_led(&browser.get("/account").await), "{}", app.engine);
        let asked = browser.get(&authorize_url(&[])).await;
        assert!(asked.header("location").starts_with("/account/security?flow="), "{asked:?}");
        let silent = browser.get(&authorize_url(&[("prompt", Some("none"))])).await;
        let error = parameter(silent.header("location"), "error").unwrap();
        assert_eq!(error, "interaction_required", "{}", app.engine);
        // Tokens that are out go on: their sign-in was good when it was made (decision 0028).
        let refreshed = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        // Somebody else is asked for nothing.
        app.person("bea@example.com").await;
        let mut other = app.browser();
        other.sign_in("bea@example.com").await;
        assert_eq!(other.get("/account").await.status, 200, "{}", app.engine);
        // The role without its wish, and without the role.
        let relax = RoleChange { second_factor_required: Some(false), description: None };
        app.app.accounts.update_role("staff", relax).await.unwrap();
        assert_eq!(browser.get("/account").await.status, 200, "{}", app.engine);
        let ask = RoleChange { second_factor_required: Some(true), description: None };
        app.app.accounts.update_role("staff", ask).await.unwrap();
        assert!(is_led(&browser.get("/account").await), "{}", app.engine);
        take_role(&app).await;
        assert_eq!(browser.get("/account").await.status, 200, "{}", app.engine);
        let url = sent_to(&browser.get(&authorize_url(&[])).await);
        assert!(parameter(&url, "code").is_some(), "{} {url}", app.engine);
    }
}

#[tokio::test]
async fn a_consent_that_is_open_when_the_role_comes_makes_no_code() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = signed_in(&app).await;
        let page = browser.open(&authorize_url(&[])).await;
        assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
        give_role(&app).await;
        let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert!(answer.header("location").starts_with("/account/security?flow="), "{answer:?}");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM authorization_codes").await, 0);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM consents").await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn the_last_factor_of_who_has_such_a_role_stays() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        set_up_totp(&app, &mut browser).await;
        give_role(&app).await;
        let page = browser.open("/account/2fa/totp/remove").await;
        assert!(!page.body.contains("id=\"remove-form\""), "{}", page.body);
        let csrf = hidden(&page, "csrf");
        let refused = browser.post("/account/2fa/totp/remove", &[("csrf", &csrf)]).await;
        assert_eq!(refused.header("location"), "/account/security?notice=last", "{refused:?}");
        take_role(&app).await;
        let removed = browser.post("/account/2fa/totp/remove", &[("csrf", &csrf)]).await;
        assert_eq!(removed.header("location"), "/account/security?notice=removed");
    }
}

/// MF-03
#[tokio::test]
async fn a_session_that_never_gave_the_factor_has_to_give_it() {
    for app in apps().await {
        let mut plain = signed_in(&app).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        assert_eq!(plain.get("/account/profile").await.status, 200, "nothing is required");
        give_role(&app).await;
        assert_eq!(owner.get("/account/profile").await.status, 200, "{}", app.engine);
        let led = plain.get("/account/profile").await;
        assert!(is_led(&led), "{led:?}");
        let page = plain.follow(led).await;
        assert!(page.body.contains("id=\"mfa-form\""), "{}", page.body);
        let wrong = plain.submit(&page, "mfa-form", &[("code", "000000")]).await;
        assert_eq!(wrong.status, 422, "{}", app.engine);
        assert!(is_led(&plain.get("/account/profile").await), "{}", app.engine);
        let code = phone.code(&app, 0);
        let given = plain.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert!(is_led(&given), "{given:?}");
        let back = plain.get("/account/security").await;
        assert_eq!(back.header("location"), "/account/profile", "{back:?}");
        assert_eq!(plain.get("/account/profile").await.status, 200, "{}", app.engine);
    }
}

#[tokio::test]
async fn where_factors_are_off_nobody_is_offered_one_unless_somebody_asks_for_it() {
    const SET_UP: [&str; 4] =
        ["/account/2fa/totp", "/account/2fa/sms", "/account/2fa/email", "/account/passkeys/new"];
    for app in apps_with(OFF).await {
        let mut browser = signed_in(&app).await;
        let overview = browser.get("/account/security").await;
        let csrf = hidden(&overview, "csrf");
        for path in SET_UP {
            assert!(!overview.body.contains(path), "{path} {}", overview.body);
            assert!(is_led(&browser.get(path).await), "{path} {}", app.engine);
        }
        for path in ["/account/2fa/totp", "/account/2fa/sms/begin", "/account/2fa/email/begin"] {
            let fields = [("csrf", &*csrf), ("phone", "+49 151 23456789"), ("code", "000000")];
            let answer = browser.post(path, &fields).await;
            assert!(answer.header("location").starts_with("/account/security"), "{answer:?}");
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM second_factors").await, 0, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM passkey_ceremonies").await, 0);
        // A role that asks for one is no dead end, and is nobody else's.
        give_role(&app).await;
        let overview = browser.open("/account").await;
        for path in SET_UP {
            assert!(overview.body.contains(path), "{path} {}", overview.body);
            assert_eq!(browser.get(path).await.status, 200, "{path} {}", app.engine);
        }
        app.person("bea@example.com").await;
        let mut other = app.browser();
        other.sign_in("bea@example.com").await;
        assert!(!other.get("/account/security").await.body.contains(SET_UP[0]), "{}", app.engine);
        // Nor is an application that asks for one.
        let new = NewClient {
            second_factor: Some(FactorPolicy::Required),
            redirect_uris: vec!["https://vault.example/cb".to_owned()],
            ..NewClient::new("Vault", ClientKind::Spa)
        };
        app.client(new).await;
        assert!(other.get("/account/security").await.body.contains(SET_UP[0]), "{}", app.engine);
        assert_eq!(other.get(SET_UP[0]).await.status, 200, "{}", app.engine);
    }
}
