//! `/login/password-expired`: another password before a sign-in opens anything.

use std::sync::Arc;

use protekt::accounts::{
    AccountSettings, NewPasswordWish, NewPasswordsWish, PasswordPolicy, RenewalRefusal,
};
use protekt::domain::PlainToken;

use super::second_factor::is_half;
use super::steps::{
    BROWSER, SESSION, are_signed_in, changed, count, enter, execute, hidden, mail_to,
};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with, authorize_url, claims};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::factors::{add_passkey, begin_passkey_login, first_half, set_up_totp, way};
use crate::support::people::from;
use crate::support::protocol::ADA;

/// The account's own page, which says that the password is another.
const CHANGED: &str = "/account?done=password";
const NEW: &str = "another good one 7";
pub(super) const LEAKED: &str = "lionking1";
const PAGE: &str = "id=\"renewal-form\"";

pub(super) async fn require(app: &TestApp, email: &str) {
    let wish = NewPasswordWish::Required { signs_out: false };
    assert!(app.app.accounts.require_new_password(email, wish).await.unwrap().1, "{email}");
}

/// What an older list, or another system, let through.
pub(super) async fn with_leaked_password(app: &TestApp) {
    let hasher = &app.app.accounts.hasher;
    let hash = hasher.hash(hasher.admit().unwrap(), &LEAKED.into()).await.unwrap();
    execute(app, &format!("UPDATE users SET password_hash = '{}'", hash.0)).await;
}

pub(super) async fn choose(browser: &mut Browser, page: &Answer, password: &str) -> Answer {
    browser.submit(page, "renewal-form", &[("password", password)]).await
}

/// Signs in with the password and stops where another one is asked for.
pub(super) async fn asked(browser: &mut Browser, path: &str) -> Answer {
    let page = browser.open(path).await;
    let answer = enter(browser, &page, ADA, PASSWORD).await;
    let page = browser.follow(answer).await;
    assert!(page.body.contains(PAGE), "{}", page.body);
    page
}

/// MF-03, PR-03, RT-09: after the password and the second factor nothing opens but the page.
#[tokio::test]
async fn who_has_to_choose_a_new_password_gets_nowhere_before() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        require(&app, ADA).await;
        assert!(are_signed_in(&app, &owner.cookies).await, "what is open stays so");

        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let flow = hidden(&page, "flow");
        let fields = [("username", ADA), ("password", PASSWORD), ("remember", "1")];
        let answer = browser.submit(&page, "login-form", &fields).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"mfa-form\""), "the second factor first: {}", page.body);
        let challenge = hidden(&page, "challenge");
        let early = format!("/login/password-expired?renewal={challenge}&flow={flow}");
        let early = browser.get(&early).await;
        assert!(early.header("location").starts_with("/login?"), "{early:?}");
        let fields = [("code", &*phone.code(&app, 0)), ("trust_device", "1")];
        let answer = browser.submit(&page, "mfa-form", &fields).await;
        assert!(answer.header("location").starts_with("/login/password-expired?"), "{answer:?}");
        let page = browser.follow(answer).await;
        assert!(page.body.contains(PAGE) && page.body.contains("data-reason=\"operator\""));
        assert!(page.body.contains("class=\"vh\" id=\"username\""), "{}", page.body);
        assert!(page.body.contains("autocomplete=\"new-password\""), "{}", page.body);
        assert!(page.body.contains("Northwind Notes"), "whom it is for: {}", page.body);
        assert!(is_half(&browser), "{:?}", browser.cookies);
        for path in ["/account", "/account/security", "/account/password", "/login/reauth"] {
            let answer = browser.get(path).await;
            assert!(answer.header("location").starts_with("/login"), "{path}: {answer:?}");
        }
        let there = browser.open(&format!("/login?flow={flow}")).await;
        assert!(there.body.contains("id=\"login-form\""), "{}", there.body);
        let silent = browser.get(&authorize_url(&[("prompt", Some("none"))])).await;
        assert_eq!(parameter(silent.header("location"), "error").unwrap(), "login_required");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 2, "{}", app.engine);

        let answer = choose(&mut browser, &page, NEW).await;
        let code = parameter(&sent_to(&answer), "code").unwrap();
        let token = claims(&app.exchange(&code).await.text("id_token"));
        assert_eq!(token["acr"], "urn:protekt:acr:mfa", "{}", app.engine);
        assert_eq!(token["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
        let kept = "SELECT COUNT(*) FROM sessions WHERE remembered";
        assert_eq!(count(&app, kept).await, 1, "keep me signed in: {}", app.engine);
        assert!(!are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
        assert!(mail_to(&app, ADA).await.contains("was changed"), "{}", app.engine);
        let trail = "SELECT COUNT(*) FROM audit_events
            WHERE kind = 'password_changed' AND detail LIKE '%operator%'";
        assert_eq!(count(&app, trail).await, 1, "{}", app.engine);

        // Once and for all, and the browser is not asked for a code, as was wished.
        browser.cookies.remove(SESSION);
        let page = browser.open("/login").await;
        assert_eq!(enter(&mut browser, &page, ADA, PASSWORD).await.status, 422, "{}", app.engine);
        let answer = enter(&mut browser, &page, ADA, NEW).await;
        assert_eq!(answer.header("location"), "/account", "{answer:?}");
    }
}

#[tokio::test]
async fn a_leaked_password_has_to_go_at_the_next_sign_in_unless_the_operator_switched_that_off() {
    for app in apps().await {
        app.person(ADA).await;
        with_leaked_password(&app).await;
        let lenient = |app: &mut protekt::http::App| {
            let settings = (*app.accounts.settings).clone();
            let passwords =
                PasswordPolicy { leaked_ones_have_to_go: false, ..PasswordPolicy::default() };
            app.accounts.settings = Arc::new(AccountSettings { passwords, ..settings });
        };
        for (mut browser, has_to_go) in [
            (changed(&app, lenient), false),
            (app.browser(), true),
            // Also where it was noted before the switch was turned.
            (changed(&app, lenient), false),
        ] {
            let page = browser.open("/login").await;
            let answer = enter(&mut browser, &page, ADA, LEAKED).await;
            let page = browser.follow(answer).await;
            assert_eq!(page.body.contains(PAGE), has_to_go, "{}", page.body);
            assert_eq!(is_half(&browser), has_to_go, "{}", app.engine);
        }
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        assert_eq!(enter(&mut browser, &page, ADA, "wrong one").await.status, 422);
        let answer = enter(&mut browser, &page, ADA, LEAKED).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("on lists of leaked passwords"), "{}", page.body);
        assert!(page.body.contains("data-reason=\"leaked\""), "{}", page.body);
        assert_eq!(choose(&mut browser, &page, LEAKED).await.status, 422, "{}", app.engine);
        assert_eq!(choose(&mut browser, &page, NEW).await.header("location"), CHANGED);
        let noted = "SELECT COUNT(*) FROM audit_events
            WHERE kind = 'new_password_required' AND detail LIKE '%leaked%'";
        assert_eq!(count(&app, noted).await, 1, "once: {}", app.engine);
    }
}

/// The mark concerns the password.
#[tokio::test]
async fn a_passkey_goes_on_and_its_owner_is_reminded() {
    for app in apps().await {
        app.person(ADA).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let mut authenticator = Authenticator::new();
        add_passkey(&mut owner, &mut authenticator).await;
        let calm = owner.open("/account/security").await;
        assert!(!calm.body.contains("id=\"new-password\""), "{}", calm.body);
        require(&app, ADA).await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let (handle, options) = begin_passkey_login(&mut browser, &page).await;
        let signed = authenticator.get(&options);
        let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
        let answer = browser.submit(&page, "passkey-login", &fields).await;
        assert_eq!(answer.header("location"), "/account", "{answer:?}");
        let page = browser.open("/account/security").await;
        assert!(page.body.contains("id=\"new-password\""), "{}", page.body);
        assert!(page.body.contains("ask you to choose a new password"), "{}", page.body);
        // After the password the passkey is a second factor: then it is asked.
        let mut other = app.browser();
        let page = first_half(&mut other, ADA).await;
        let options = crate::support::factors::options_of(&page);
        let signed = authenticator.get(&options);
        let answer = other.submit(&page, "mfa-form", &[("assertion", &signed)]).await;
        assert!(answer.header("location").starts_with("/login/password-expired?"), "{answer:?}");
    }
}

/// PR-12: by no way can the password that has to go stay.
#[tokio::test]
async fn the_password_that_has_to_go_is_taken_nowhere() {
    for app in apps().await {
        app.person(ADA).await;
        let mut open = app.browser();
        open.sign_in(ADA).await;
        let change = open.get("/account/password").await;
        require(&app, ADA).await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
        let mail = mail_to(&app, ADA).await;
        let link = mail.split_whitespace().find(|word| word.contains("?token=")).unwrap();
        let reset = browser.open(link.strip_prefix("https://id.example.com").unwrap()).await;
        let page = asked(&mut browser, "/login").await;
        for (typed, text) in [
            ("", "Create a password"),
            ("short", "at least 8 characters"),
            ("password123", "on lists of leaked passwords"),
            (ADA, "without your name, username or email"),
            (PASSWORD, "This is the password you have"),
        ] {
            let answer = choose(&mut browser, &page, typed).await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.body.contains(text), "{text} in {}", answer.body);
            assert!(typed.is_empty() || typed == ADA || !answer.body.contains(typed));
        }
        execute(&app, "UPDATE users SET username = 'prairie-lantern-84'").await;
        let own = choose(&mut browser, &page, "prairie-lantern-84").await;
        assert!(own.body.contains("without your name, username or email"), "{}", own.body);
        let same = [("password", PASSWORD)];
        for answer in [
            open.submit(&change, "password-form", &same).await,
            browser.submit(&reset, "reset-form", &same).await,
        ] {
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.body.contains("This is the password you have"), "{}", answer.body);
        }
        let marked = "SELECT COUNT(*) FROM users WHERE new_password_reason = 'operator'";
        assert_eq!(count(&app, marked).await, 1, "{}", app.engine);
        for _ in 0..15 {
            choose(&mut browser, &page, "short").await;
        }
        assert_eq!(choose(&mut browser, &page, NEW).await.status, 429, "{}", app.engine);
        let answer = browser.submit(&reset, "reset-form", &[("password", NEW)]).await;
        assert_eq!(answer.header("location"), "/account", "another one by a link: {answer:?}");
        assert_eq!(count(&app, marked).await, 0, "{}", app.engine);
    }
}

/// MF-03: neither handle is good for the other's page, in another browser, too late or twice.
#[tokio::test]
async fn the_handle_is_good_once_in_time_in_its_browser_for_its_page() {
    for app in apps().await {
        app.person(ADA).await;
        require(&app, ADA).await;
        let mut browser = app.browser();
        let page = asked(&mut browser, "/login").await;
        let renewal = hidden(&page, "renewal");
        let path = format!("/login/password-expired?renewal={renewal}");
        let again = "/login?notice=again";
        assert_eq!(app.browser().get(&path).await.header("location"), again, "{}", app.engine);
        let mut elsewhere = app.browser();
        let csrf = hidden(&elsewhere.open("/login").await, "csrf");
        let fields = [("csrf", &*csrf), ("renewal", &*renewal), ("password", NEW)];
        let stolen = elsewhere.post("/login/password-expired", &fields).await;
        assert_eq!(stolen.header("location"), again, "{stolen:?}");
        let ways = browser.get(&format!("/login/mfa?challenge={renewal}")).await;
        assert_eq!(ways.header("location"), again, "{ways:?}");
        assert_eq!(browser.get("/login/password-expired").await.header("location"), "/login");
        let expired = browser.post("/login/password-expired", &[("renewal", &renewal)]).await;
        assert!(matches!(expired.status, 400 | 403), "without a token: {expired:?}");
        assert_eq!(browser.get(&path).await.status, 200, "{}", app.engine);

        app.clock.advance(10 * 60);
        assert_eq!(browser.get(&path).await.header("location"), again, "too late");
        assert_eq!(choose(&mut browser, &page, NEW).await.header("location"), again);
        let page = asked(&mut browser, "/login").await;
        let done = choose(&mut browser, &page, NEW).await;
        assert_eq!(done.header("location"), CHANGED, "{done:?}");
        let told = browser.clone().follow(done).await;
        assert!(told.body.contains("Your password is changed"), "{} {told:?}", app.engine);
        // A second click goes on; whoever has no session signs in again.
        let back = choose(&mut browser, &page, NEW).await;
        assert_eq!(back.header("location"), "/account", "{back:?}");
        browser.cookies.remove(SESSION);
        assert_eq!(choose(&mut browser, &page, NEW).await.header("location"), again);
        // An operator who thinks better of it ends the wait.
        require(&app, ADA).await;
        let login = browser.open("/login").await;
        let answer = enter(&mut browser, &login, ADA, NEW).await;
        let page = browser.follow(answer).await;
        app.app.accounts.require_new_password(ADA, NewPasswordWish::Waived).await.unwrap();
        assert_eq!(choose(&mut browser, &page, PASSWORD).await.header("location"), again);
        let answer = enter(&mut browser, &login, ADA, NEW).await;
        assert_eq!(answer.header("location"), "/account", "{answer:?}");
    }
}

#[tokio::test]
async fn two_tabs_go_on_each_with_what_it_came_for() {
    for app in apps().await {
        app.with_ada().await;
        app.public_client().await;
        require(&app, ADA).await;
        let mut browser = app.browser();
        let one = asked(&mut browser, &authorize_url(&[("state", Some("one"))])).await;
        let two = asked(&mut browser, &authorize_url(&[("state", Some("two"))])).await;
        let answer = choose(&mut browser, &one, NEW).await;
        let consent = browser.follow(answer).await;
        let done = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
        assert_eq!(parameter(&sent_to(&done), "state").unwrap(), "one", "{}", app.engine);
        let done = choose(&mut browser, &two, "yet another one 8").await;
        let url = sent_to(&browser.follow(done).await);
        assert_eq!(parameter(&url, "state").unwrap(), "two", "{url}");
        assert!(parameter(&url, "code").is_some(), "{url}");
        let mut later = app.browser();
        let page = later.open("/login").await;
        assert_eq!(enter(&mut later, &page, ADA, NEW).await.header("location"), "/account");
    }
}

/// Somebody who is signed in and has to prove it anew is asked too, and their session goes on.
#[tokio::test]
async fn proving_it_anew_with_the_password_is_a_sign_in() {
    for app in apps().await {
        app.with_ada().await;
        let mut elsewhere = app.browser();
        elsewhere.sign_in(ADA).await;
        let mut browser = app.browser();
        browser.code(ADA).await;
        app.clock.advance(60);
        require(&app, ADA).await;
        let before = browser.cookies[SESSION].clone();
        let page = asked(&mut browser, &authorize_url(&[("prompt", Some("login"))])).await;
        let flow = hidden(&page, "flow");
        let early = browser.open(&format!("/login?flow={flow}")).await;
        assert!(early.body.contains("id=\"login-form\""), "not yet: {}", early.body);
        let sid = "SELECT COUNT(DISTINCT sid) FROM sessions";
        assert_eq!(count(&app, sid).await, 2, "{}", app.engine);
        let done = choose(&mut browser, &page, NEW).await;
        let code = parameter(&sent_to(&done), "code").unwrap();
        let token = claims(&app.exchange(&code).await.text("id_token"));
        assert_eq!(token["auth_time"], app.app.now().0, "{}", app.engine);
        assert_eq!(count(&app, sid).await, 1, "it goes on alone: {}", app.engine);
        assert_ne!(browser.cookies[SESSION], before, "{}", app.engine);
        assert!(!are_signed_in(&app, &elsewhere.cookies).await, "{}", app.engine);
    }
}

/// RC-03: of any number of forms at once one counts.
#[tokio::test]
async fn of_many_renewals_at_once_one_counts() {
    let wishes = Wishes { unlimited_tries: true, ..Wishes::default() };
    for app in apps_with(wishes).await {
        app.person(ADA).await;
        let mut browser = app.browser();
        let mut password = PASSWORD.to_owned();
        for round in 0..20 {
            // The tries of one person are counted.
            app.clock.advance(1_000);
            require(&app, ADA).await;
            browser.cookies.remove(SESSION);
            let page = browser.open("/login").await;
            let answer = enter(&mut browser, &page, ADA, &password).await;
            let page = browser.follow(answer).await;
            let handle = PlainToken::new(&hidden(&page, "renewal"));
            let cookie = &browser.cookies[BROWSER];
            let digest = protekt::domain::TokenDigest::of(cookie.as_bytes());
            let accounts = &app.app.accounts;
            let tries = (0..8).map(|n| {
                let (handle, digest) = (PlainToken::new(handle.expose()), digest.clone());
                let accounts = accounts.clone();
                tokio::spawn(async move {
                    let password = format!("walnut quarry {round} {n}");
                    let new = password.clone().into();
                    let done =
                        accounts.renew_password(&handle, &new, &digest, &from("192.0.2.1")).await;
                    (password, done)
                })
            });
            let tries: Vec<_> = tries.collect();
            let mut won = Vec::new();
            for one in tries {
                match one.await.unwrap() {
                    (password, Ok(_)) => won.push(password),
                    (_, Err(refusal)) => {
                        assert!(matches!(refusal, RenewalRefusal::Over), "{refusal}");
                    }
                }
            }
            assert_eq!(won.len(), 1, "round {round} {}", app.engine);
            password = won.remove(0);
        }
    }
}

#[tokio::test]
async fn everybody_is_asked_batch_by_batch_and_may_be_signed_out() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        // More than one batch; one of them has no password.
        let people =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
            INSERT INTO users (id, email, email_canonical, password_hash, generation, created_at,
                updated_at, logins_count, self_registered)
            SELECT 'p' || i, 'p' || i || '@x.example', 'p' || i || '@x.example',
                CASE WHEN i = 7 THEN NULL ELSE 'none' END, 1, 1, 1, 0, FALSE FROM n";
        execute(&app, people).await;
        let accounts = &app.app.accounts;
        for (signs_out, wanted) in [(false, 1_100), (false, 0), (true, 0)] {
            let (mut after, mut seen, mut marked) = ("".into(), 0, 0);
            let wish = NewPasswordsWish { since: app.app.now(), signs_out };
            while let Some(batch) = accounts.require_new_passwords(&after, wish).await.unwrap() {
                (after, seen, marked) = (batch.last, seen + batch.accounts, marked + batch.marked);
            }
            assert_eq!((seen, marked), (1_101, wanted), "{} {signs_out}", app.engine);
            assert_eq!(are_signed_in(&app, &browser.cookies).await, !signs_out, "{}", app.engine);
        }
        let marked = "SELECT COUNT(*) FROM users WHERE new_password_reason = 'operator'";
        assert_eq!(count(&app, marked).await, 1_100, "{}", app.engine);
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'new_password_required'";
        assert_eq!(count(&app, told).await, 2_200, "asked, then signed out: {}", app.engine);
        let wish = NewPasswordWish::Required { signs_out: true };
        let (user, is_new) = accounts.require_new_password("p7@x.example", wish).await.unwrap();
        assert!(!is_new && user.new_password_reason.is_none(), "there is no password to replace");
    }
}

/// A way that is not the app's: the page of another factor is no way around either.
#[tokio::test]
async fn a_code_on_paper_leads_to_the_new_password_too() {
    for app in apps().await {
        app.person(ADA).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let (_, paper) = set_up_totp(&app, &mut owner).await;
        require(&app, ADA).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let page = browser.get(&way(&page, "backup")).await;
        let answer = browser.submit(&page, "mfa-form", &[("code", &paper[0])]).await;
        assert!(answer.header("location").starts_with("/login/password-expired?"), "{answer:?}");
        assert!(is_half(&browser), "{}", app.engine);
        let page = browser.follow(answer).await;
        // The cleaning leaves what waits.
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        let done = choose(&mut browser, &page, NEW).await;
        assert_eq!(done.header("location"), "/account?done=backup-code", "{done:?}");
        // Nobody wished that this browser is not asked again.
        browser.cookies.remove(SESSION);
        let page = browser.open("/login").await;
        enter(&mut browser, &page, ADA, NEW).await;
        assert!(is_half(&browser), "{}", app.engine);
    }
}

/// RT-09: signing out on the way ends the tokens too, of one or of all; nobody else's.
#[tokio::test]
async fn who_is_signed_out_with_it_has_no_token_that_goes_on() {
    for app in apps().await {
        app.with_ada().await;
        app.person("bea@example.com").await;
        let mut bea = app.browser();
        bea.sign_in("bea@example.com").await;
        // With no password there is none that could have leaked.
        app.person("cleo@example.com").await;
        let mut cleo = app.browser();
        cleo.sign_in("cleo@example.com").await;
        let none = "UPDATE users SET password_hash = NULL WHERE email = 'cleo@example.com'";
        execute(&app, none).await;
        let accounts = &app.app.accounts;
        for (all, told) in [(false, 1), (true, 3)] {
            let mut browser = app.browser();
            let tokens = app.exchange(&browser.code(ADA).await).await;
            if all {
                let since = app.app.provider.now();
                let wish = NewPasswordsWish { since, signs_out: true };
                accounts.require_new_passwords(&"".into(), wish).await.unwrap();
            } else {
                let wish = NewPasswordWish::Required { signs_out: true };
                accounts.require_new_password(ADA, wish).await.unwrap();
            }
            let answer = app.refresh(&tokens.text("refresh_token")).await;
            assert_eq!(answer.error(), "invalid_grant", "{all} {}", app.engine);
            assert!(!are_signed_in(&app, &browser.cookies).await, "{all} {}", app.engine);
            assert_eq!(are_signed_in(&app, &bea.cookies).await, !all, "{all} {}", app.engine);
            assert!(are_signed_in(&app, &cleo.cookies).await, "{all} {}", app.engine);
            let marked = "SELECT COUNT(*) FROM users WHERE new_password_reason IS NOT NULL";
            assert_eq!(count(&app, marked).await, if all { 2 } else { 1 }, "{}", app.engine);
            let trail = "SELECT COUNT(*) FROM audit_events
                WHERE kind = 'new_password_required' AND detail LIKE '%\"signed_out\":true%'";
            assert_eq!(count(&app, trail).await, told, "{all} {}", app.engine);
            execute(&app, "UPDATE users SET new_password_reason = NULL").await;
        }
    }
}
