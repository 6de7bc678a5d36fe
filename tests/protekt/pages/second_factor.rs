//! `/login/mfa`

use protekt::accounts::operator::NewUser;
use protekt::throttle::Limit;

use super::steps::{SESSION, code_in, count, hidden, mail_to};
use super::strangers::{with_mailed_codes, with_settings, with_telephone};
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with, authorize_url, claims};
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::factors::{AuthenticatorApp, backup_codes, first_half, set_up_totp, way};
use crate::support::protocol::ADA;

const WRONG: &str = "000000";

pub(super) async fn signed_in(app: &TestApp) -> Browser {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    browser
}

pub(super) fn is_half(browser: &Browser) -> bool {
    !browser.cookies.contains_key(SESSION)
}

/// MF-03
#[tokio::test]
async fn the_password_alone_is_no_session_anywhere() {
    for app in apps().await {
        app.web_client().await;
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        assert!(page.body.contains("id=\"mfa-form\""), "{}", page.body);
        assert!(is_half(&browser), "{:?}", browser.cookies);
        for path in ["/account", "/account/security", "/account/2fa/totp", "/account/password"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, 303, "{path}");
            assert!(answer.header("location").starts_with("/login"), "{path}: {answer:?}");
        }
        let asked = browser.open(&authorize_url(&[])).await;
        assert!(asked.body.contains("id=\"login-form\""), "{}", asked.body);
        let silent = browser.get(&authorize_url(&[("prompt", Some("none"))])).await;
        assert_eq!(parameter(silent.header("location"), "error").unwrap(), "login_required");
        // The handle is good in this browser alone.
        let stolen = page.body.split("name=\"challenge\" value=\"").nth(1).unwrap();
        let stolen = stolen.split('"').next().unwrap();
        let elsewhere = app.browser().get(&format!("/login/mfa/totp?challenge={stolen}")).await;
        assert_eq!(elsewhere.header("location"), "/login?notice=again", "{elsewhere:?}");
        let code = phone.code(&app, 0);
        let done = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!((done.status, done.header("location")), (303, "/account"), "{done:?}");
        assert_eq!(browser.open("/account").await.status, 200);
        // Back, and the form once more: it goes on.
        let back = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(back.header("location"), "/account", "{back:?}");
    }
}

/// MF-02
#[tokio::test]
async fn a_code_of_an_app_is_good_once_and_in_one_step_either_way() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let code = phone.code(&app, 0);
        let mut first = app.browser();
        let mut second = app.browser();
        let one = first_half(&mut first, ADA).await;
        let two = first_half(&mut second, ADA).await;
        assert_eq!(first.submit(&one, "mfa-form", &[("code", &code)]).await.status, 303);
        let refused = second.submit(&two, "mfa-form", &[("code", &code)]).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(refused.body.contains("Wait for the next one"), "{}", refused.body);
        for seconds in [-60, 61] {
            let code = phone.code(&app, seconds);
            let refused = second.submit(&two, "mfa-form", &[("code", &code)]).await;
            assert_eq!(refused.status, 422, "{seconds}");
        }
        let spaced = phone.code(&app, 30);
        let spaced = format!("{} {}", &spaced[..3], &spaced[3..]);
        assert_eq!(second.submit(&two, "mfa-form", &[("code", &spaced)]).await.status, 303);
    }
}

/// MF-02: the code that set the app up is used up by that.
#[tokio::test]
async fn the_code_of_the_set_up_signs_nobody_in() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/totp").await;
        let code = AuthenticatorApp::of(&page).code(&app, 0);
        owner.submit(&page, "totp-form", &[("code", &code)]).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let refused = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(is_half(&browser), "{}", app.engine);
    }
}

/// MF-02
#[tokio::test]
async fn of_many_who_send_one_code_at_once_one_gets_in() {
    for app in apps_with(Wishes { unlimited_tries: true, ..Wishes::default() }).await {
        let mut owner = signed_in(&app).await;
        let (phone, codes) = set_up_totp(&app, &mut owner).await;
        for backup in codes.into_iter().take(5) {
            app.clock.advance(60);
            let totp = phone.code(&app, 0);
            for (method, code) in [("totp", totp), ("backup", backup)] {
                let mut tries = Vec::new();
                for _ in 0..8 {
                    let mut browser = app.browser();
                    let page = first_half(&mut browser, ADA).await;
                    let challenge = page.body.split("name=\"challenge\" value=\"").nth(1).unwrap();
                    let challenge = challenge.split('"').next().unwrap().to_owned();
                    let path = format!("/login/mfa/{method}?challenge={challenge}");
                    let page = browser.get(&path).await;
                    tries.push((browser, page));
                }
                let sent = tries.into_iter().map(|(mut browser, page)| {
                    let code = code.clone();
                    tokio::spawn(async move {
                        browser.submit(&page, "mfa-form", &[("code", &code)]).await.status
                    })
                });
                let mut passed = 0;
                for one in sent.collect::<Vec<_>>() {
                    passed += usize::from(one.await.unwrap() == 303);
                }
                assert_eq!(passed, 1, "{method} {}", app.engine);
            }
        }
    }
}

/// MF-01
#[tokio::test]
async fn wrong_codes_count_per_account_over_every_sign_in_and_method() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, codes) = set_up_totp(&app, &mut owner).await;
        let mut statuses = Vec::new();
        for _ in 0..3 {
            let mut browser = app.browser();
            let mut page = first_half(&mut browser, ADA).await;
            for _ in 0..2 {
                page = browser.submit(&page, "mfa-form", &[("code", WRONG)]).await;
                statuses.push(page.status);
            }
        }
        assert_eq!(statuses, [422, 422, 422, 422, 422, 429], "{}", app.engine);
        // The right code is refused as well, and so is one on paper.
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let right = browser.submit(&page, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
        assert_eq!(right.status, 429, "{right:?}");
        assert!(right.body.contains("15 minutes"), "{}", right.body);
        assert_eq!(right.header("retry-after"), "900");
        let paper = way(&page, "backup");
        let page = browser.get(&paper).await;
        let refused = browser.submit(&page, "mfa-form", &[("code", &codes[0])]).await;
        assert_eq!(refused.status, 429, "{refused:?}");
        app.clock.advance(15 * 60);
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let right = browser.submit(&page, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
        assert_eq!(right.status, 303, "{right:?}");
    }
}

/// MF-01: a right one forgets the wrong ones of the day, too.
#[tokio::test]
async fn a_right_code_begins_the_count_anew() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        for round in 0..3 {
            app.clock.advance(15 * 60);
            let mut browser = with_settings(&app, |settings| {
                settings.limits.factors_by_account_and_day = Limit::new(4, 24 * 3_600);
            });
            let mut page = first_half(&mut browser, ADA).await;
            for _ in 0..2 {
                page = browser.submit(&page, "mfa-form", &[("code", WRONG)]).await;
                assert_eq!(page.status, 422, "{round} {}", app.engine);
            }
            let right = browser.submit(&page, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
            assert_eq!(right.status, 303, "{round} {right:?}");
        }
        let told = "SELECT COUNT(*) FROM audit_events
            WHERE kind = 'second_factor_given' AND outcome = 'failure'";
        assert_eq!(count(&app, told).await, 6, "{}", app.engine);
        let told = told.replace("failure", "success");
        assert_eq!(count(&app, &told).await, 3, "{}", app.engine);
        // Four in a day, however they are spread.
        let mut browser = with_settings(&app, |settings| {
            settings.limits.factors_by_account_and_day = Limit::new(4, 24 * 3_600);
        });
        for turn in 1..=5 {
            app.clock.advance(15 * 60);
            let page = first_half(&mut browser, ADA).await;
            let wrong = browser.submit(&page, "mfa-form", &[("code", WRONG)]).await;
            assert_eq!(wrong.status, if turn > 4 { 429 } else { 422 }, "{turn} {}", app.engine);
        }
    }
}

/// MF-01: what was sent to a telephone proves no mailbox.
#[tokio::test]
async fn a_code_is_good_for_the_way_it_was_sent() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        with_mailed_codes(&app, &mut owner).await;
        with_telephone(&app, &mut owner).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let code = code_in(app.texts().await.last().unwrap());
        let (csrf, challenge) = (hidden(&page, "csrf"), hidden(&page, "challenge"));
        let fields = [("csrf", &*csrf), ("challenge", &*challenge), ("code", &*code)];
        let refused = browser.post("/login/mfa/email", &fields).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(is_half(&browser), "{}", app.engine);
    }
}

/// MF-04
#[tokio::test]
async fn a_backup_code_is_good_once_and_its_owner_is_told() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (_, codes) = set_up_totp(&app, &mut owner).await;
        let typed = codes[3].to_lowercase().replace('-', " ");
        for (code, status) in [(&typed, 303), (&typed, 422), (&codes[4], 303)] {
            let mut browser = app.browser();
            let page = first_half(&mut browser, ADA).await;
            let page = browser.get(&way(&page, "backup")).await;
            let answer = browser.submit(&page, "mfa-form", &[("code", code)]).await;
            assert_eq!(answer.status, status, "{code} {answer:?}");
            if status == 422 {
                assert!(answer.body.contains("already used"), "{}", answer.body);
            }
        }
        let mails = app.mails().await;
        let told = |left: &str| {
            let used = mails.iter().filter(|mail| mail.contains("That code no longer works."));
            used.filter(|mail| mail.contains(left)).count()
        };
        assert_eq!(told("You have 9 backup codes left."), 1, "{mails:?}");
        assert_eq!(told("You have 8 backup codes left."), 1, "{mails:?}");
        let mut page = owner.open("/account/2fa/backup-codes").await;
        assert!(page.body.contains("8 backup codes left"), "{}", page.body);
        page = owner.submit(&page, "renew-form", &[]).await;
        let renewed = backup_codes(&page);
        assert_eq!(renewed.len(), 10);
        let mut browser = app.browser();
        let half = first_half(&mut browser, ADA).await;
        let half = browser.get(&way(&half, "backup")).await;
        let old = browser.submit(&half, "mfa-form", &[("code", &codes[0])]).await;
        assert_eq!(old.status, 422, "the old ones are gone");
        // Each set is told by a mail: an hour has five.
        let form = owner.open("/account/2fa/backup-codes").await;
        for turn in 2..=6 {
            let status = owner.submit(&form, "renew-form", &[]).await.status;
            assert_eq!(status, if turn < 6 { 200 } else { 429 }, "{turn} {}", app.engine);
        }
        assert!(page.body.contains("data:text/plain;charset=utf-8,"), "{}", page.body);
        assert!(page.body.contains(&format!("%0A{}", renewed[9])), "{}", page.body);
    }
}

/// PR-04
#[tokio::test]
async fn after_a_reset_by_mail_a_code_by_mail_proves_nothing_more() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/email").await;
        let sent = owner.submit(&page, "begin-form", &[]).await;
        let page = owner.follow(sent).await;
        let code = code_in(&mail_to(&app, ADA).await);
        let done = owner.submit(&page, "code-form", &[("code", &code)]).await;
        let paper = backup_codes(&done);
        assert_eq!(paper.len(), 10, "{done:?}");
        app.clock.advance(61);
        let mut thief = app.browser();
        let page = thief.open("/password/forgot").await;
        let sent = thief.submit(&page, "forgot-form", &[("email", ADA)]).await;
        thief.follow(sent).await;
        let mail = mail_to(&app, ADA).await;
        let link = mail.split_whitespace().find(|word| word.contains("token=")).unwrap();
        let page = thief.open(link.strip_prefix("https://id.example.com").unwrap()).await;
        let fields = [("password", "another good one 7")];
        let reset = thief.submit(&page, "reset-form", &fields).await;
        let page = thief.follow(reset).await;
        assert!(is_half(&thief), "{}", app.engine);
        assert!(!page.body.contains("value=\"email\""), "{}", page.body);
        let refused = thief.get(&way(&page, "email")).await;
        assert!(refused.header("location").starts_with("/login/mfa?"), "{refused:?}");
        // Nor does it at the next sign-in with the new password.
        let mut again = app.browser();
        let page = again.open("/login").await;
        let fields = [("username", ADA), ("password", "another good one 7")];
        let half = again.submit(&page, "login-form", &fields).await;
        assert!(half.header("location").starts_with("/login/mfa/backup?"), "{half:?}");
        let page = again.follow(half).await;
        let done = again.submit(&page, "mfa-form", &[("code", &paper[0])]).await;
        assert_eq!(done.header("location"), "/account?done=backup-code", "{done:?}");
        // Another factor was given: mail counts again.
        let mut third = app.browser();
        let page = third.open("/login").await;
        let half = third.submit(&page, "login-form", &fields).await;
        assert!(half.header("location").starts_with("/login/mfa/email?"), "{half:?}");
    }
}

#[tokio::test]
async fn acr_and_amr_say_what_was_proved_and_acr_values_steps_up() {
    for app in apps().await {
        app.web_client().await;
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mfa = ("acr_values", Some("urn:protekt:acr:mfa"));
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let code = phone.code(&app, 0);
        browser.submit(&page, "mfa-form", &[("code", &code), ("trust_device", "1")]).await;
        let token = id_token(&app, &mut browser, &[]).await;
        assert_eq!(token["acr"], "urn:protekt:acr:mfa");
        assert_eq!(token["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
        browser.cookies.remove(SESSION);
        app.clock.advance(60);
        browser.sign_in(ADA).await;
        let token = id_token(&app, &mut browser, &[]).await;
        assert_eq!(token["acr"], "urn:protekt:acr:remembered-browser");
        assert_eq!(token["amr"], serde_json::json!(["pwd"]));
        let signed_in_at = token["auth_time"].clone();
        app.clock.advance(60);
        let page = browser.open(&authorize_url(&[mfa])).await;
        assert!(page.body.contains("id=\"mfa-form\""), "{}", page.body);
        let silent = browser.get(&authorize_url(&[mfa, ("prompt", Some("none"))])).await;
        assert_eq!(parameter(silent.header("location"), "error").unwrap(), "login_required");
        let code = phone.code(&app, 0);
        let done = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
        let code = parameter(&sent_to(&done), "code").unwrap();
        let token = claims(app.exchange(&code).await.json()["id_token"].as_str().unwrap());
        assert_eq!(token["acr"], "urn:protekt:acr:mfa");
        assert_eq!(token["auth_time"], signed_in_at, "only a second factor was given");
        // What the person cannot prove is not asked for, and not claimed.
        let key = ("acr_values", Some("urn:protekt:acr:phishing-resistant"));
        let token = id_token(&app, &mut browser, &[key]).await;
        assert_eq!(token["acr"], "urn:protekt:acr:mfa");
    }
}

async fn id_token(
    app: &TestApp,
    browser: &mut Browser,
    changes: &[(&str, Option<&str>)],
) -> serde_json::Value {
    let url = browser.authorize(ADA, changes).await;
    let code = parameter(&url, "code").unwrap_or_else(|| panic!("no code in {url}"));
    claims(app.exchange(&code).await.json()["id_token"].as_str().unwrap())
}

#[tokio::test]
async fn a_code_by_mail_is_sent_tried_and_renewed() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/email").await;
        let sent = owner.submit(&page, "begin-form", &[]).await;
        let page = owner.follow(sent).await;
        let code = code_in(&mail_to(&app, ADA).await);
        owner.submit(&page, "code-form", &[("code", &code)]).await;
        app.clock.advance(61);
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        assert!(page.body.contains("A code is on its way"), "{}", page.body);
        assert!(page.body.contains("a••@example.com") || page.body.contains("@example.com"));
        let first = code_in(&mail_to(&app, ADA).await);
        let again = browser.submit(&page, "resend-form", &[]).await;
        let page = browser.follow(again).await;
        assert!(page.body.contains("We sent a code a moment ago"), "{}", page.body);
        app.clock.advance(61);
        let again = browser.submit(&page, "resend-form", &[]).await;
        let page = browser.follow(again).await;
        let second = code_in(&mail_to(&app, ADA).await);
        let old = browser.submit(&page, "mfa-form", &[("code", &first)]).await;
        assert!(first == second || old.status == 422, "{old:?}");
        app.clock.advance(5 * 60);
        let late = browser.submit(&page, "mfa-form", &[("code", &second)]).await;
        assert_eq!(late.header("location"), "/account", "{late:?}");
    }
}

#[tokio::test]
async fn who_signs_in_by_a_new_account_has_no_factor_to_give() {
    for app in apps().await {
        let new = NewUser {
            id: None,
            email: "new@example.com".to_owned(),
            username: None,
            name: None,
            password: Some(PASSWORD.into()),
            email_is_verified: true,
        };
        app.app.accounts.create_user(new).await.unwrap();
        let mut browser = app.browser();
        let answer = browser.get("/login/mfa").await;
        assert_eq!(answer.header("location"), "/login");
        for path in ["/login/mfa/totp?challenge=x", "/login/mfa?challenge=ptk_fl_x&to=evil"] {
            assert_eq!(browser.get(path).await.header("location"), "/login?notice=again");
        }
        assert_eq!(browser.get("/login/mfa/pigeon?challenge=x").await.status, 404);
    }
}

#[tokio::test]
async fn the_hint_at_the_clock_comes_with_the_third_wrong_code() {
    const HINT: &str = "the time on your phone";
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/totp").await;
        for n in 1..=4 {
            let refused = owner.submit(&page, "totp-form", &[("code", WRONG)]).await;
            assert_eq!(refused.body.contains(HINT), n >= 3, "{n} {}", refused.body);
            assert!(refused.body.contains("That code is not right"), "{}", refused.body);
        }
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        for n in 1..=2 {
            let refused = browser.submit(&page, "mfa-form", &[("code", WRONG)]).await;
            assert!(!refused.body.contains(HINT), "{n} {}", refused.body);
        }
        let third = browser.submit(&page, "mfa-form", &[("code", WRONG)]).await;
        assert!(third.body.contains(HINT), "{}", third.body);
        let code = phone.code(&app, 0);
        assert_eq!(browser.submit(&page, "mfa-form", &[("code", &code)]).await.status, 303);
        // A right one forgets them.
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let first = browser.submit(&page, "mfa-form", &[("code", WRONG)]).await;
        assert!(!first.body.contains(HINT), "{}", first.body);
    }
}

/// Where no try is left no other code is sent, which could not be tried either; it is said when.
#[tokio::test]
async fn no_code_is_sent_that_could_not_be_tried() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        with_telephone(&app, &mut owner).await;
        let mut browser = app.browser();
        let mut page = first_half(&mut browser, ADA).await;
        let sent = app.texts().await.len();
        for _ in 0..5 {
            let wrong = [("code", WRONG)];
            page = browser.submit(&page, "mfa-form", &wrong).await;
        }
        assert!(page.body.contains("Wait 15 minutes"), "{}", page.body);
        app.clock.advance(66);
        let again = browser.submit(&page, "resend-form", &[]).await;
        let again = browser.follow(again).await;
        assert!(again.body.contains("Wait 14 minutes"), "{}", again.body);
        assert_eq!(app.texts().await.len(), sent, "{}", app.engine);
        app.clock.advance(15 * 60);
        let page = first_half(&mut browser, ADA).await;
        let code = code_in(app.texts().await.last().unwrap());
        let done = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.status, 303, "{} {done:?}", app.engine);
        assert!(!is_half(&browser), "{}", app.engine);
    }
}
