//! In which language pages and mails are, and how they tell the time.

use super::steps::{code_in, count, enter, execute, link_in, mail_to, sign_up, under};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with, authorize_url};
use crate::support::browser::Browser;
use crate::support::factors::{AuthenticatorApp, backup_codes};
use protekt::domain::second_factor::FactorPolicy;
use protekt::texts::Locale;

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";

/// A browser that accepts these languages.
fn browser(app: &TestApp, languages: &str) -> Browser {
    with_languages(app.browser(), languages)
}

fn with_languages(mut browser: Browser, languages: &str) -> Browser {
    browser.extra_headers.push(("accept-language".to_owned(), languages.to_owned()));
    browser
}

/// Somebody whose account speaks a language, somewhere.
async fn ada(app: &TestApp, locale: &str, zoneinfo: &str) {
    app.person(ADA).await;
    let change = format!("UPDATE users SET locale = '{locale}', zoneinfo = '{zoneinfo}'");
    execute(app, &change).await;
}

#[track_caller]
fn assert_language(page: &Answer, lang: &str) {
    let dir = if lang == "ar" { "rtl" } else { "ltr" };
    let root = format!("<html lang=\"{lang}\" dir=\"{dir}\"");
    assert!(page.body.contains(&root), "not in {lang}: {page:?}");
    assert_eq!(page.header("content-language"), lang, "{page:?}");
}

async fn forget(browser: &mut Browser, page: &Answer) -> Answer {
    let path = page.body.split("href=\"").find(|rest| rest.starts_with("/password/forgot"));
    let path = path.unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let page = browser.open(&path).await;
    let sent = browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
    browser.follow(sent).await
}

#[tokio::test]
async fn the_language_of_a_request_holds_on_every_page_and_mail_of_its_flow() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = browser(&app, "ar, en;q=0.5");
        let login = browser.open(&authorize_url(&[("ui_locales", Some("fr de"))])).await;
        assert_language(&login, "de");
        let refused = enter(&mut browser, &login, GRACE, "wrong").await;
        assert_eq!(refused.status, 422);
        assert_language(&refused, "de");
        let path = login.body.split("href=\"").find(|rest| rest.starts_with("/signup")).unwrap();
        let page = browser.open(&path.split('"').next().unwrap().replace("&#38;", "&")).await;
        assert_language(&page, "de");
        let page = sign_up(&mut browser, &page, GRACE).await;
        assert_language(&page, "de");
        let mail = mail_to(&app, GRACE).await;
        assert!(
            mail.contains("ist dein Example\u{a0}ID-Code")
                || mail.contains("ist dein Example ID-Code"),
            "{mail}"
        );
        // Opened in another browser, the link speaks as its mail does.
        assert_language(&self::browser(&app, "ar").open(&link_in(&mail)).await, "de");
        let answer = browser.submit(&page, "verify-form", &[("code", &code_in(&mail))]).await;
        let consent = browser.follow(answer).await;
        assert_language(&consent, "de");
        let done = browser.submit(&consent, "consent-form", &[("decision", "deny")]).await;
        assert!(done.body.contains("id=\"hand-back\""), "{done:?}");
        assert_language(&done, "de");
        // Whoever signed up in a language keeps it.
        assert_language(&self::browser(&app, "en").sign_in_to_account(GRACE).await, "de");
    }
}

#[tokio::test]
async fn the_language_and_zone_of_the_account_count_before_those_of_the_browser() {
    for app in apps().await {
        ada(&app, "de", "Europe/Berlin").await;
        let mut browser = browser(&app, "ar, en;q=0.5");
        assert_language(&browser.open("/login").await, "ar");
        let account = browser.sign_in_to_account(ADA).await;
        assert_language(&account, "de");
        assert!(
            account.body.contains("15.\u{a0}Januar 2027, 09:00\u{a0}Uhr (UTC+1)"),
            "{account:?}"
        );
        let elsewhere = browser.open("/no-such-page").await;
        assert_eq!(elsewhere.status, 404);
        let mut stranger = self::browser(&app, "en");
        let page = stranger.open("/login").await;
        assert_language(&forget(&mut stranger, &page).await, "en");
        let mail = mail_to(&app, ADA).await;
        assert!(mail.contains("Wähle ein neues Passwort"), "{mail}");
        assert!(mail.contains("bis 15.\u{a0}Januar 2027, 10:00\u{a0}Uhr (UTC+1)"), "{mail}");
        let link = mail.split_whitespace().find(|word| word.contains("/password/reset?token="));
        let link = link.unwrap().strip_prefix("https://id.example.com").unwrap();
        assert_language(&stranger.open(link).await, "de");
    }
}

/// Their mails are in Arabic, and nobody has to be signed in.
#[tokio::test]
async fn pages_that_a_mail_leads_to_speak_as_the_mail_does() {
    for app in apps().await {
        for path in ["/account/restore", "/account/email/undo", "/account/security/undo"] {
            let page = browser(&app, "ar, de;q=0.5").open(&format!("{path}?token=x")).await;
            assert_language(&page, "ar");
        }
        let page = browser(&app, "ar, de;q=0.5").open("/account/no-such-page").await;
        assert_language(&page, "de");
    }
}

/// Whose account it is says in which language, not the browser in which somebody follows the link.
#[tokio::test]
async fn forms_behind_mailed_links_and_what_comes_of_them_speak_the_accounts_language() {
    for app in apps().await {
        ada(&app, "de", "").await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let page = owner.get("/account/delete").await;
        assert_eq!(owner.submit(&page, "delete-form", &[("confirm", ADA)]).await.status, 200);
        let mail = mail_to(&app, ADA).await;
        let link = mail.split_whitespace().find(|word| word.contains("/account/restore?token="));
        let path = link.unwrap().strip_prefix("https://id.example.com").unwrap().to_owned();
        let mut elsewhere = browser(&app, "en");
        let page = elsewhere.open(&path).await;
        assert!(page.body.contains("id=\"restore-form\""), "{}", page.body);
        assert_language(&page, "de");
        let kept = elsewhere.submit(&page, "restore-form", &[]).await;
        assert!(kept.body.contains("data-outcome=\"kept\""), "{}", kept.body);
        assert_language(&kept, "de");
    }
}

/// Notices are sent long after a page was read.
#[tokio::test]
async fn an_account_without_a_language_takes_that_of_its_first_sign_in() {
    const DE: &str = "SELECT COUNT(*) FROM users WHERE locale = 'de'";
    for app in apps().await {
        app.person(ADA).await;
        execute(&app, "UPDATE users SET locale = NULL").await;
        let mut browser = browser(&app, "de");
        let login = browser.open("/login").await;
        assert_eq!(enter(&mut browser, &login, ADA, "wrong").await.status, 422);
        assert_eq!(count(&app, DE).await, 0, "{}", app.engine);
        assert_eq!(enter(&mut browser, &login, ADA, PASSWORD).await.status, 303);
        assert_eq!(count(&app, DE).await, 1, "{}", app.engine);
        // It stays, and mails that nobody asked for on a page follow it.
        let mut elsewhere = self::browser(&app, "en");
        let login = elsewhere.open("/login").await;
        assert_eq!(enter(&mut elsewhere, &login, ADA, PASSWORD).await.status, 303);
        assert_eq!(count(&app, DE).await, 1, "{}", app.engine);
        let mail = mail_to(&app, ADA).await;
        assert!(mail.contains("Neue Anmeldung"), "{mail}");
    }
}

#[tokio::test]
async fn what_a_request_asks_for_counts_before_the_language_of_the_account() {
    for app in apps().await {
        app.web_client().await;
        ada(&app, "de", "Mars/Olympus").await;
        let mut browser = browser(&app, "de");
        browser.sign_in(ADA).await;
        let page = browser.open(&authorize_url(&[("ui_locales", Some("ar"))])).await;
        assert!(page.body.contains("id=\"consent-form\""), "{page:?}");
        assert_language(&page, "ar");
        let mut stranger = self::browser(&app, "de");
        let login = stranger.open(&authorize_url(&[("ui_locales", Some("ar"))])).await;
        assert_language(&forget(&mut stranger, &login).await, "ar");
        let mail = mail_to(&app, ADA).await;
        assert!(mail.contains("اختر كلمة مرور جديدة"), "{mail}");
        assert!(mail.contains("يناير") && mail.contains("(\u{2068}UTC\u{2069})"), "{mail}");
        // A flow has its own language: without it the browser's counts again.
        assert_language(&stranger.open("/login").await, "de");
    }
}

#[tokio::test]
async fn behind_the_sign_in_nobody_reads_half_a_language() {
    for app in apps().await {
        ada(&app, "ar", "Asia/Amman").await;
        let mut browser = browser(&app, "ar, de;q=0.5");
        assert_language(&browser.open("/login").await, "ar");
        assert_language(&browser.sign_in_to_account(ADA).await, "de");
        assert_language(&browser.open("/login/reauth?to=password").await, "ar");
        // Whatever tab is opened: language and direction do not change from one to the next.
        for path in
            ["", "/profile", "/security", "/2fa/totp", "/passkeys/new", "/sessions", "/data"]
        {
            let page = browser.open(&format!("/account{path}")).await;
            assert_language(&page, "de");
        }
    }
}

/// While an application waits, setting a second step up is on the way in, whatever its address.
#[tokio::test]
async fn a_second_step_on_the_way_to_an_app_is_set_up_in_the_language_of_the_way() {
    let wishes = Wishes { factor_policy: FactorPolicy::Required, ..Wishes::default() };
    for app in apps_with(wishes).await {
        ada(&app, "ar", "Asia/Amman").await;
        app.web_client().await;
        let mut browser = browser(&app, "ar, de;q=0.5");
        let page = browser.open(&authorize_url(&[])).await;
        let fields = [("username", ADA), ("password", PASSWORD)];
        let answer = browser.submit(&page, "login-form", &fields).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"must-set-up\""), "{}", page.body);
        assert_language(&page, "ar");
        let link = page.body.split("href=\"/account/2fa/totp").nth(1).unwrap();
        let link = format!("/account/2fa/totp{}", link.split('"').next().unwrap());
        let page = browser.open(&link).await;
        assert_language(&page, "ar");
        let wrong = browser.submit(&page, "totp-form", &[("code", "000000")]).await;
        assert_language(&wrong, "ar");
        let code = AuthenticatorApp::of(&page).code(&app, 0);
        let codes = browser.submit(&page, "totp-form", &[("code", &code)]).await;
        assert_eq!(backup_codes(&codes).len(), 10, "{codes:?}");
        assert_language(&codes, "ar");
        assert_language(&browser.open("/account/security").await, "de");
    }
}

#[tokio::test]
async fn a_page_that_says_what_is_wrong_speaks_the_language_too() {
    for app in apps().await {
        ada(&app, "de", "").await;
        let mut browser = browser(&app, "ar");
        let missing = browser.open("/no-such-page").await;
        assert_eq!(missing.status, 404);
        assert_language(&missing, "ar");
        let refused = browser.open("/oauth/authorize?client_id=nobody&ui_locales=de").await;
        assert_eq!(refused.status, 400);
        assert_language(&refused, "de");
        browser.sign_in(ADA).await;
        let expired = browser.post("/logout", &[("csrf", "stale")]).await;
        assert_eq!(expired.status, 400, "{expired:?}");
        assert_language(&expired, "de");
    }
}

#[tokio::test]
async fn who_says_nothing_reads_what_the_operator_chose() {
    for app in apps().await {
        let mut browser = under(&app, |settings| settings.default_language = Locale::German);
        assert_language(&browser.open("/login").await, "de");
        let mut browser = with_languages(browser, "fr, xx;q=oops, *");
        assert_language(&browser.open("/login").await, "de");
        let mut browser = with_languages(browser, "en");
        assert_language(&browser.open("/login").await, "en");
    }
}

#[tokio::test]
async fn signing_out_speaks_the_language_that_the_app_asks_for() {
    for app in apps().await {
        ada(&app, "de", "").await;
        let mut browser = browser(&app, "de");
        browser.sign_in(ADA).await;
        let page = browser.open("/logout?ui_locales=ar").await;
        assert!(page.body.contains("id=\"logout-confirm\""), "{page:?}");
        assert_language(&page, "ar");
    }
}

#[tokio::test]
async fn discovery_names_the_languages() {
    for app in apps().await {
        let document = app.browser().get("/.well-known/openid-configuration").await;
        let document: serde_json::Value = serde_json::from_str(&document.body).unwrap();
        assert_eq!(document["ui_locales_supported"], serde_json::json!(["en", "de", "ar"]));
    }
}
