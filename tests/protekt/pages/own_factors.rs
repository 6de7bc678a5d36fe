//! Setting second factors up, and removing them.

use protekt::accounts::AccountSettings;
use protekt::accounts::operator::NewUser;
use protekt::clock::Clock as _;
use protekt::domain::second_factor::FactorPolicy;

use super::renew_password::require;
use super::second_factor::{is_half, signed_in};
use super::steps::{SESSION, code_in, count, every_row, execute, hidden};
use super::strangers::with_settings;
use crate::support::app::{PASSWORD, Wishes, apps, apps_with, authorize_url};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{parameter, sent_to};
use crate::support::factors::{
    AuthenticatorApp, add_passkey, backup_codes, first_half, set_up_totp, way,
};
use crate::support::protocol::ADA;

const WRONG: &str = "000000";

/// MF-10
#[tokio::test]
async fn an_app_counts_once_its_code_was_typed_and_its_key_is_never_shown_again() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let before = browser.cookies[SESSION].clone();
        let page = browser.open("/account/2fa/totp").await;
        assert!(page.body.contains("<svg viewBox=\"0 0 ") && page.body.contains("otpauth://totp/"));
        // Not confirmed, it asks nobody for anything.
        let mut other = app.browser();
        other.sign_in(ADA).await;
        assert!(!is_half(&other), "{}", app.engine);
        let wrong = browser.submit(&page, "totp-form", &[("code", WRONG)]).await;
        assert_eq!(wrong.status, 422, "{wrong:?}");
        let empty = browser.submit(&page, "totp-form", &[("code", " ")]).await;
        assert!(empty.body.contains("Enter the code"), "{}", empty.body);
        let (_, codes) = set_up_totp(&app, &mut browser).await;
        assert_eq!(codes.len(), 10);
        assert_ne!(browser.cookies[SESSION], before, "another id (CS-10)");
        let key_again = browser.open("/account/2fa/totp").await;
        let first = page.body.split("id=\"key\">").nth(1).unwrap().split('<').next().unwrap();
        assert!(!key_again.body.contains(first), "the key is shown once");
        let overview = browser.open("/account/security").await;
        assert!(!overview.body.contains(&codes[0]) && !overview.body.contains(first));
        assert!(overview.body.contains("10 left"), "{}", overview.body);
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.to_lowercase().contains("authenticator app")));
        assert_eq!(
            count(&app, "SELECT COUNT(*) FROM audit_events WHERE kind = 'second_factor_added'")
                .await,
            1
        );
    }
}

/// MF-05
#[tokio::test]
async fn changes_of_factors_ask_for_a_proof_and_a_factor_of_this_session() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let pages = [
            "/account/2fa/totp",
            "/account/2fa/sms",
            "/account/2fa/email",
            "/account/passkeys/new",
        ];
        app.clock.advance(600);
        for path in pages {
            let answer = owner.get(path).await;
            assert_eq!(answer.status, 303, "{path}");
            assert!(answer.header("location").starts_with("/login/reauth?to="), "{answer:?}");
        }
        let page = owner.open("/account/2fa/totp").await;
        let proven = owner.submit(&page, "proof-form", &[("password", PASSWORD)]).await;
        assert_eq!(proven.header("location"), "/account/2fa/totp");
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        // A browser that is trusted gave no factor in this session.
        let mut trusted = app.browser();
        let page = first_half(&mut trusted, ADA).await;
        let code = phone.code(&app, 0);
        trusted.submit(&page, "mfa-form", &[("code", &code), ("trust_device", "1")]).await;
        trusted.cookies.remove(SESSION);
        trusted.sign_in(ADA).await;
        app.clock.advance(60);
        for path in ["/account/2fa/totp/remove", "/account/2fa/backup-codes", pages[3]] {
            let answer = trusted.get(path).await;
            assert!(answer.header("location").starts_with("/login/mfa/totp?"), "{path} {answer:?}");
        }
        let csrf = hidden(&trusted.get("/account").await, "csrf");
        for path in [
            "/account/2fa/totp/remove",
            "/account/2fa/backup-codes",
            "/account/passkeys",
            "/account/2fa/email/begin",
        ] {
            let answer = trusted.post(path, &[("csrf", &csrf)]).await;
            assert!(answer.header("location").starts_with("/login/mfa/totp?"), "{path} {answer:?}");
        }
        assert_eq!(
            count(&app, "SELECT COUNT(*) FROM second_factors WHERE confirmed_at IS NOT NULL").await,
            1
        );
        let page = trusted.open("/account/2fa/totp/remove").await;
        let code = phone.code(&app, 0);
        let passed = trusted.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(passed.header("location"), "/account/2fa/totp/remove", "{passed:?}");
        let page = trusted.follow(passed).await;
        let removed = trusted.submit(&page, "remove-form", &[]).await;
        assert_eq!(removed.header("location"), "/account/security?notice=removed");
        let mut plain = app.browser();
        plain.sign_in(ADA).await;
        assert!(!is_half(&plain), "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM backup_codes").await, 0);
    }
}

#[tokio::test]
async fn a_required_factor_is_set_up_on_the_way_to_the_app() {
    let wishes = Wishes { factor_policy: FactorPolicy::Required, ..Wishes::default() };
    for app in apps_with(wishes).await {
        app.web_client().await;
        app.person(ADA).await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let fields = [("username", ADA), ("password", PASSWORD)];
        let answer = browser.submit(&page, "login-form", &fields).await;
        assert!(answer.header("location").starts_with("/account/security?flow="), "{answer:?}");
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"must-set-up\""), "{}", page.body);
        let link = page.body.split("href=\"/account/2fa/totp").nth(1).unwrap();
        let link = format!("/account/2fa/totp{}", link.split('"').next().unwrap());
        let page = browser.open(&link).await;
        let phone = AuthenticatorApp::of(&page);
        let code = phone.code(&app, 0);
        let page = browser.submit(&page, "totp-form", &[("code", &code)]).await;
        assert_eq!(backup_codes(&page).len(), 10, "{page:?}");
        let saved = page.body.split("id=\"saved\" href=\"").nth(1).unwrap();
        let saved = saved.split('"').next().unwrap().to_owned();
        let page = browser.open(&saved).await;
        let go_on = page.body.split("id=\"continue\" href=\"").nth(1).unwrap();
        let go_on = go_on.split('"').next().unwrap().to_owned();
        let page = browser.open(&go_on).await;
        assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
        let done = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert!(parameter(&sent_to(&done), "code").is_some());
        // The last one has to stay.
        let page = browser.open("/account/2fa/totp/remove").await;
        assert!(!page.body.contains("id=\"remove-form\""), "{}", page.body);
        let csrf = hidden(&page, "csrf");
        let refused = browser.post("/account/2fa/totp/remove", &[("csrf", &csrf)]).await;
        assert_eq!(refused.header("location"), "/account/security?notice=last", "{refused:?}");
    }
}

/// A reset that has nothing to reset is no reason to sign anybody out, or to frighten them.
#[tokio::test]
async fn where_there_is_no_factor_a_reset_changes_nothing() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        app.mails().await;
        let before = (every_row(&app).await, app.mails().await.len());
        let (_, removed) = app.app.accounts.reset_factors(ADA).await.unwrap();
        assert_eq!(removed, 0);
        let after = (every_row(&app).await, app.mails().await.len());
        assert_eq!(before, after, "{}", app.engine);
        assert_eq!(owner.get("/account").await.status, 200, "{}", app.engine);
    }
}

#[tokio::test]
async fn an_operator_can_take_every_factor_away() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        let (user, removed) = app.app.accounts.reset_factors(ADA).await.unwrap();
        assert_eq!((user.email.as_str(), removed), (ADA, 1));
        assert_eq!(owner.get("/account").await.status, 303, "every session ended");
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        assert!(!is_half(&browser), "{}", app.engine);
        let mails = app.mails().await;
        let told = mails.iter().find(|mail| mail.contains("Your second steps were removed"));
        let told = told.unwrap_or_else(|| panic!("{mails:?}"));
        let now = app.clock.now().to_words();
        let (minute, _) = now.rsplit_once(':').unwrap();
        assert!(told.contains(&format!("on {minute} UTC")), "{minute}: {told}");
        assert!(told.contains("If it was not you who asked for this"), "{told}");
        for table in ["second_factors", "backup_codes", "trusted_browsers", "passkeys"] {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            assert_eq!(count(&app, &sql).await, 0, "{table}");
        }
    }
}

/// LG-05
#[tokio::test]
async fn the_store_holds_neither_keys_nor_codes_as_they_are() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/totp").await;
        let key = page.body.split("id=\"key\">").nth(1).unwrap().split('<').next().unwrap();
        let key = key.replace(' ', "");
        let (_, codes) = set_up_totp(&app, &mut owner).await;
        for (table, column) in [
            ("second_factors", "secret_sealed"),
            ("backup_codes", "mac"),
            ("one_time_codes", "mac"),
        ] {
            for secret in [&key, &codes[0], &codes[0].replace('-', "")] {
                let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%{secret}%'");
                assert_eq!(count(&app, &sql).await, 0, "{table}");
            }
        }
    }
}

#[tokio::test]
async fn a_telephone_is_set_up_by_a_code_and_its_number_is_masked_later() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/sms").await;
        for bad in ["", "12345", "0151 2345678", "+49", "abc"] {
            let refused = owner.submit(&page, "begin-form", &[("phone", bad)]).await;
            assert_eq!(refused.status, 422, "{bad} {refused:?}");
            assert!(refused.body.contains("country code"), "{}", refused.body);
        }
        let sent = owner.submit(&page, "begin-form", &[("phone", "+49 151 2345-6789")]).await;
        let page = owner.follow(sent).await;
        assert!(page.body.contains("+4915123456789"), "{}", page.body);
        let wrong = owner.submit(&page, "code-form", &[("code", WRONG)]).await;
        assert_eq!(wrong.status, 422);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM outbox WHERE channel = 'sms'").await, 1);
    }
}

/// MF-10: who signed in anew types the code that was sent a moment ago. A number that somebody else
/// typed meanwhile is not theirs to confirm.
#[tokio::test]
async fn a_code_that_was_just_sent_is_good_in_the_next_session_of_who_types_the_same_number() {
    for app in apps().await {
        app.person(ADA).await;
        for (method, fields) in [("email", &[][..]), ("sms", &[("phone", "+4915123456789")][..])] {
            let path = format!("/account/2fa/{method}?another=1");
            let mut before = app.browser();
            before.sign_in(ADA).await;
            let page = before.open(&path).await;
            before.submit(&page, "begin-form", fields).await;
            let (mails, texts) = (app.mails().await, app.texts().await);
            let code = code_in(if method == "sms" { &texts } else { &mails }.last().unwrap());
            let mut owner = app.browser();
            owner.sign_in(ADA).await;
            let page = owner.open(&path).await;
            let page = owner.submit(&page, "begin-form", fields).await;
            assert_eq!(page.status, 429, "{method} {page:?}");
            let done = owner.submit(&page, "code-form", &[("code", &code)]).await;
            let done = owner.follow(done).await;
            assert_eq!(done.status, 200, "{method} {done:?}");
            execute(&app, "DELETE FROM second_factors").await;
            app.clock.advance(61);
        }
        let (own, other) = ([("phone", "+4915123456789")], [("phone", "+4915198765432")]);
        let (mut owner, mut thief) = (app.browser(), app.browser());
        owner.sign_in(ADA).await;
        thief.sign_in(ADA).await;
        let page = owner.open("/account/2fa/sms").await;
        owner.submit(&page, "begin-form", &own).await;
        let page = thief.open("/account/2fa/sms").await;
        thief.submit(&page, "begin-form", &other).await;
        let page = owner.open("/account/2fa/sms").await;
        let refused = owner.submit(&page, "begin-form", &own).await;
        assert_eq!(refused.status, 429, "{refused:?}");
        assert!(!refused.body.contains("id=\"code-form\""), "{refused:?}");
        assert!(!refused.body.contains("5432"), "{refused:?}");
    }
}

/// The name of an account whose address nobody verified is a stranger's words.
#[tokio::test]
async fn no_notice_greets_an_address_that_nobody_verified_by_name() {
    const WORDS: &str = "Your prize waits at evil.example";
    let wishes = Wishes { email_verification: false, ..Wishes::default() };
    for app in apps_with(wishes).await {
        let new = NewUser {
            id: None,
            email: ADA.to_owned(),
            username: None,
            name: Some(WORDS.to_owned()),
            password: Some(PASSWORD.into()),
            email_is_verified: false,
        };
        app.app.accounts.create_user(new).await.unwrap();
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        set_up_totp(&app, &mut browser).await;
        let mut other = app.browser();
        let page = other.open("/signup").await;
        let fields = [("name", "Ada"), ("email", ADA), ("password", PASSWORD)];
        other.submit(&page, "signup-form", &fields).await;
        let mails = app.mails().await;
        assert!(mails.len() >= 2, "{mails:?}");
        assert!(mails.iter().all(|mail| !mail.contains("evil.example")), "{mails:?}");
    }
}

/// MF-03: a sign-in that was whole without a factor is not, once there is one.
#[tokio::test]
async fn a_new_factor_ends_a_sign_in_that_waits_for_another_password() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        require(&app, ADA).await;
        let mut thief = app.browser();
        let page = first_half(&mut thief, ADA).await;
        assert!(page.body.contains("id=\"renewal-form\""), "{}", page.body);
        set_up_totp(&app, &mut owner).await;
        let fields = [("password", "another good one 7")];
        let over = thief.submit(&page, "renewal-form", &fields).await;
        assert!(over.header("location").starts_with("/login?"), "{over:?}");
        assert!(is_half(&thief), "{}", app.engine);
    }
}

/// A mailbox that nobody proved is no second factor.
#[tokio::test]
async fn codes_by_mail_are_for_an_address_that_is_verified() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/email").await;
        execute(&app, "UPDATE users SET email_verified_at = NULL").await;
        owner.submit(&page, "begin-form", &[]).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM second_factors").await, 0, "{}", app.engine);
    }
}

/// A browser that was not asked is asked again once anything about the factors changed.
#[tokio::test]
async fn every_change_of_factors_ends_the_trust_in_browsers() {
    const TRUSTED: &str = "SELECT COUNT(*) FROM trusted_browsers";
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        for change in ["passkey", "removal", "reset"] {
            let mut browser = app.browser();
            app.clock.advance(30);
            let page = first_half(&mut browser, ADA).await;
            let page = browser.get(&way(&page, "totp")).await;
            let fields = [("code", &*phone.code(&app, 0)), ("trust_device", "1")];
            assert_eq!(browser.submit(&page, "mfa-form", &fields).await.status, 303, "{change}");
            assert_eq!(count(&app, TRUSTED).await, 1, "{change} {}", app.engine);
            match change {
                "passkey" => {
                    add_passkey(&mut owner, &mut Authenticator::new()).await;
                }
                "removal" => {
                    let page = owner.open("/account/security").await;
                    let path = page.body.split("href=\"").find(|rest| {
                        rest.starts_with("/account/passkeys/")
                            && !rest.starts_with("/account/passkeys/new")
                    });
                    let path = path.unwrap().split('"').next().unwrap().to_owned();
                    let page = owner.open(&path).await;
                    owner.submit(&page, "remove-form", &[]).await;
                }
                _ => {
                    app.app.accounts.reset_factors(ADA).await.unwrap();
                }
            }
            assert_eq!(count(&app, TRUSTED).await, 0, "{change} {}", app.engine);
        }
    }
}

/// MF-03: a browser is trusted for one person, not for whoever else sits at it.
#[tokio::test]
async fn a_browser_that_one_person_trusts_asks_every_other() {
    const BEA: &str = "bea@example.com";
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        app.person(BEA).await;
        let mut bea = app.browser();
        bea.sign_in(BEA).await;
        set_up_totp(&app, &mut bea).await;
        let mut shared = app.browser();
        let page = first_half(&mut shared, ADA).await;
        let fields = [("code", &*phone.code(&app, 0)), ("trust_device", "1")];
        assert_eq!(shared.submit(&page, "mfa-form", &fields).await.status, 303, "{}", app.engine);
        for (email, asks) in [(BEA, true), (ADA, false)] {
            shared.cookies.remove(SESSION);
            first_half(&mut shared, email).await;
            assert_eq!(is_half(&shared), asks, "{email} {}", app.engine);
        }
    }
}

/// MF-10: a key that was shown long ago, to whomever, is set up no more.
#[tokio::test]
async fn a_set_up_that_nobody_finished_in_time_is_over() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/totp").await;
        let phone = AuthenticatorApp::of(&page);
        execute(&app, "UPDATE second_factors SET expires_at = 1").await;
        let code = phone.code(&app, 0);
        owner.submit(&page, "totp-form", &[("code", &code)]).await;
        let counting = "SELECT COUNT(*) FROM second_factors WHERE confirmed_at IS NOT NULL";
        assert_eq!(count(&app, counting).await, 0, "{}", app.engine);
    }
}

/// A new telephone takes the place of the old one, also where a second step is required.
#[tokio::test]
async fn an_app_can_be_replaced_also_where_it_cannot_be_removed() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        set_up_totp(&app, &mut browser).await;
        let overview = browser.get("/account/security").await;
        assert!(overview.body.contains("href=\"/account/2fa/totp/remove\""), "{}", overview.body);
        let link = "id=\"replace\" href=\"/account/2fa/totp\"";
        let managed = browser.get("/account/2fa/totp/remove").await;
        assert!(managed.body.contains(link), "{}", managed.body);
        let set_up = browser.get("/account/2fa/totp").await;
        assert!(set_up.body.contains("id=\"replaces\""), "{}", set_up.body);
        let required = |settings: &mut AccountSettings| {
            settings.factors.policy = FactorPolicy::Required;
        };
        let mut strict = with_settings(&app, required);
        strict.cookies.clone_from(&browser.cookies);
        let kept = strict.get("/account/2fa/totp/remove").await;
        assert!(kept.body.contains("id=\"replace\""), "{}", kept.body);
        assert!(!kept.body.contains("id=\"remove-form\""), "{}", kept.body);
    }
}
