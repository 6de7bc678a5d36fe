//! `/recover`: a way back for who lost every second factor, through the operator.

use std::sync::Arc;

use protekt::accounts::operator::OperatorRefusal;
use protekt::accounts::{AccountSettings, RecoveryDecision, Reviewed};

use super::second_factor::signed_in;
use super::steps::{
    SESSION, are_signed_in, changed, count, enter, execute, hidden, mail_to, normal, texts,
};
use super::strangers::with_settings;
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{
    AuthenticatorApp, add_passkey, age_factors, begin_passkey_login, first_half, set_up_totp,
};
use crate::support::people::from;
use crate::support::protocol::ADA;

const NEW: &str = "another good one 7";
pub(super) const REASON: &str = "My phone fell into the harbour, with <b>every</b> key.";
pub(super) const DELAY: i64 = 24 * 3_600;
pub(super) const FACTORS: &str =
    "SELECT COUNT(*) FROM second_factors WHERE confirmed_at IS NOT NULL";

/// Ada with an app, signed in somewhere.
pub async fn ada(app: &TestApp) -> (Browser, AuthenticatorApp) {
    app.person(ADA).await;
    let mut owner = app.browser();
    owner.sign_in(ADA).await;
    let (phone, _) = set_up_totp(app, &mut owner).await;
    age_factors(app).await;
    (owner, phone)
}

pub async fn ask(browser: &mut Browser, email: &str) -> Answer {
    let page = browser.open("/recover").await;
    browser.submit(&page, "recover-form", &[("email", email)]).await
}

/// The path of the link in the last mail.
pub async fn link(app: &TestApp, part: &str) -> String {
    let mails = app.mails().await;
    let mut words = mails.iter().flat_map(|mail| mail.split_whitespace());
    let link = words.rfind(|word| word.contains(part));
    link.unwrap_or_else(|| panic!("no {part} in {mails:?}"))
        .strip_prefix("https://id.example.com")
        .unwrap()
        .to_owned()
}

/// Asks and says why.
pub async fn request(app: &TestApp, browser: &mut Browser) -> Answer {
    ask(browser, ADA).await;
    let link = link(app, "/recover/request?token=").await;
    let page = browser.open(&link).await;
    browser.submit(&page, "reason-form", &[("reason", REASON)]).await
}

pub(super) async fn approve(app: &TestApp) -> Reviewed {
    app.app.accounts.decide_recovery(ADA, RecoveryDecision::Approve).await.unwrap().1
}

#[track_caller]
pub fn is_outcome(page: &Answer, status: u16, name: &str) {
    assert_eq!(page.status, status, "{page:?}");
    assert!(page.body.contains(&format!("data-outcome=\"{name}\"")), "{name}: {}", page.body);
}

/// MF-03, PR-04: only what an operator approved is done, and only when its time has come.
#[tokio::test]
async fn an_operator_opens_the_way_back_after_a_time_to_object() {
    for app in apps().await {
        let (owner, _) = ada(&app).await;
        let mut browser = app.browser();
        let half = first_half(&mut browser, ADA).await;
        assert!(half.body.contains("id=\"none-of-these\" href=\"/recover\""), "{}", half.body);
        let page = browser.open("/recover").await;
        assert!(page.body.contains("Call the help desk, too."), "{}", page.body);
        assert!(page.body.contains("id=\"contact\" href=\"https://example.com/desk\""));
        let done = request(&app, &mut browser).await;
        is_outcome(&done, 200, "recorded");
        let accounts = &app.app.accounts;
        let listed = accounts.list_recoveries().await.unwrap();
        let told: Vec<_> = listed.iter().map(|wish| &*wish.reasons[0].text).collect();
        assert_eq!(told, [REASON], "{}", app.engine);
        assert!(listed[0].due_at.is_none() && listed[0].factors.len() == 2, "{listed:?}");
        let stored = texts(&app, "SELECT reason_sealed FROM account_recoveries").await;
        assert!(!stored[0].contains("harbour"), "sealed: {stored:?}");

        // Time alone does nothing.
        app.clock.advance(40 * DELAY);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 0, "{}", app.engine);
        let Reviewed::Approved { due_at } = approve(&app).await else { panic!("not approved") };
        assert_eq!(due_at, app.app.now().plus(DELAY), "{}", app.engine);
        assert_eq!(approve_again(&app).await, Reviewed::TooLate, "{}", app.engine);
        // Nothing else was mailed in that second.
        let warned = mail_to(&app, ADA).await;
        assert!(warned.contains("will be removed") && warned.contains("/recover/stop?token="));
        app.clock.advance(DELAY - 1);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 0, "{}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
        let page = first_half(&mut browser, ADA).await;
        assert!(page.body.contains("id=\"mfa-form\""), "still asked for: {}", page.body);

        app.clock.advance(1);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 1, "{}", app.engine);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 0, "once: {}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
        assert!(!are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        let thief = first_half(&mut app.browser(), ADA).await;
        assert!(thief.body.contains("id=\"errors\""), "the old password: {}", thief.body);
        let reset = link(&app, "/password/reset?token=").await;
        let page = browser.open(&reset).await;
        let done = browser.submit(&page, "reset-form", &[("password", NEW)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        let trail = texts(
            &app,
            "SELECT kind FROM audit_events WHERE kind LIKE 'recovery%'
                OR kind = 'second_factors_reset' ORDER BY at, kind",
        )
        .await;
        assert_eq!(
            trail,
            [
                "recovery_link_requested",
                "recovery_requested",
                "recovery_approved",
                "recovery_ended",
                "second_factors_reset"
            ]
        );
        let kept = "SELECT COUNT(*) FROM account_recoveries WHERE reason_sealed IS NOT NULL";
        assert_eq!(count(&app, kept).await, 0, "the reason goes: {}", app.engine);
    }
}

async fn approve_again(app: &TestApp) -> Reviewed {
    approve(app).await
}

/// EN-04: whoever has the address, the answer is one.
#[tokio::test]
async fn nobody_learns_who_has_an_account_or_a_second_factor() {
    for app in apps().await {
        ada(&app).await;
        app.person("bea@example.com").await;
        app.unverified_person("eve@example.com").await;
        let mut pages = Vec::new();
        for email in [ADA, "bea@example.com", "eve@example.com", "none@example.com"] {
            let mut browser = app.browser();
            let answer = ask(&mut browser, email).await;
            assert_eq!(answer.status, 303, "{email} {answer:?}");
            let page = browser.follow(answer).await;
            assert!(page.body.contains(email), "{}", page.body);
            is_outcome(&page, 200, "sent");
            pages.push(normal(&page).replace(email, "x"));
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
        let outbox = "SELECT COUNT(*) FROM account_recoveries";
        assert_eq!(count(&app, outbox).await, 4, "the same work: {}", app.engine);
        let mails = app.mails().await;
        let links = mails.iter().filter(|mail| mail.contains("/recover/request?token="));
        assert_eq!(links.count(), 2, "{mails:?}");
        // Who has no second factor needs none of this.
        let page = app.browser().open(&link_of(&mails, "bea@example.com")).await;
        is_outcome(&page, 200, "unneeded");
        for (typed, text) in [("", "email"), ("nonsense", "email")] {
            let answer = ask(&mut app.browser(), typed).await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.body.contains(text), "{}", answer.body);
        }
        let mut browser = app.browser();
        for _ in 0..5 {
            ask(&mut browser, "none@example.com").await;
        }
        assert_eq!(ask(&mut browser, "none@example.com").await.status, 303, "{}", app.engine);
    }
}

fn link_of(mails: &[String], email: &str) -> String {
    let mail = mails.iter().find(|mail| mail.starts_with(&format!("To: {email}\n"))).unwrap();
    let word = mail.split_whitespace().find(|word| word.contains("/recover/request?token="));
    word.unwrap().strip_prefix("https://id.example.com").unwrap().to_owned()
}

/// CS-03: by a mail, from any session, or by a factor that is not lost at all.
#[tokio::test]
async fn its_owner_stops_it_with_one_click_wherever_they_are() {
    for app in apps().await {
        let (mut owner, phone) = ada(&app).await;
        let mut thief = app.browser();
        for how in ["mail", "session", "factor", "refusal"] {
            // Mails and tries of one address are counted.
            app.clock.advance(2 * DELAY);
            execute(&app, "DELETE FROM throttle_counters").await;
            owner.cookies.remove(SESSION);
            signed_in_again(&app, &mut owner, &phone).await;
            is_outcome(&request(&app, &mut thief).await, 200, "recorded");
            let warned = owner.open("/account/security").await;
            assert!(warned.body.contains("have not decided yet"), "{how}: {}", warned.body);
            if how != "refusal" {
                assert!(matches!(approve(&app).await, Reviewed::Approved { .. }), "{how}");
            }
            match how {
                "mail" => {
                    let link = link(&app, "/recover/stop?token=").await;
                    let mut elsewhere = app.browser();
                    let page = elsewhere.open(&link).await;
                    assert!(!page.body.contains(ADA), "masked: {}", page.body);
                    assert_eq!(open_ones(&app).await, 1, "opening stops nothing");
                    let done = elsewhere.submit(&page, "stop-form", &[]).await;
                    is_outcome(&done, 200, "stopped");
                    is_outcome(&app.browser().open(&link).await, 410, "late");
                }
                "session" => {
                    let page = owner.open("/account/security").await;
                    assert!(page.body.contains("All of them will be removed on"), "{}", page.body);
                    let csrf = hidden(&page, "csrf");
                    let stranger = app.browser().post("/account/recovery/stop", &[]).await;
                    assert_eq!(stranger.status, 400, "{stranger:?}");
                    let done = owner.post("/account/recovery/stop", &[("csrf", &csrf)]).await;
                    let page = owner.follow(done).await;
                    assert!(page.body.contains("your second steps stay"), "{}", page.body);
                }
                "factor" => {
                    let mut elsewhere = app.browser();
                    signed_in_again(&app, &mut elsewhere, &phone).await;
                }
                _ => {
                    let refuse = RecoveryDecision::Refuse;
                    let done = app.app.accounts.decide_recovery(ADA, refuse).await.unwrap().1;
                    assert_eq!(done, Reviewed::Refused, "{}", app.engine);
                    let mails = app.mails().await;
                    assert!(mails.iter().any(|mail| mail.contains("did not approve")));
                }
            }
            assert_eq!(open_ones(&app).await, 0, "{how} {}", app.engine);
            app.clock.advance(2 * DELAY);
            assert_eq!(app.app.accounts.finish_due_recoveries().await.unwrap(), 0, "{how}");
            assert_eq!(count(&app, FACTORS).await, 1, "{how} {}", app.engine);
            let refusal = app.app.accounts.decide_recovery(ADA, RecoveryDecision::Approve).await;
            assert!(matches!(refusal, Err(OperatorRefusal::NoSuchRecovery(_))), "{how}");
        }
        each_ended_in_its_way(&app, ["stopped", "stopped", "factor_given", "refused"]).await;
    }
}

/// Each ended once, in its own way, and what was written is gone.
async fn each_ended_in_its_way(app: &TestApp, ways: [&str; 4]) {
    let outcomes = "SELECT outcome FROM account_recoveries
        WHERE requested_at IS NOT NULL ORDER BY requested_at";
    assert_eq!(texts(app, outcomes).await, ways, "{}", app.engine);
    let kept = "SELECT COUNT(*) FROM account_recoveries WHERE reason_sealed IS NOT NULL";
    assert_eq!(count(app, kept).await, 0, "{}", app.engine);
    let told = "SELECT detail FROM audit_events WHERE kind = 'recovery_ended' ORDER BY at";
    let told = texts(app, told).await;
    assert_eq!(told.len(), ways.len(), "{told:?}");
    for (detail, way) in told.iter().zip(ways) {
        assert!(detail.contains(way), "{way}: {told:?}");
    }
}

pub(super) async fn open_ones(app: &TestApp) -> usize {
    app.app.accounts.list_recoveries().await.unwrap().len()
}

pub(super) async fn signed_in_again(
    app: &TestApp,
    browser: &mut Browser,
    phone: &AuthenticatorApp,
) {
    app.clock.advance(30);
    let page = first_half(browser, ADA).await;
    let code = phone.code(app, 0);
    let done = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
    assert_eq!(done.header("location"), "/account", "{done:?}");
}

/// "Not me" beside the event that tells of a way back stops it.
#[tokio::test]
async fn not_me_at_the_wish_in_the_activity_stops_it() {
    for app in apps().await {
        let (mut owner, _) = ada(&app).await;
        is_outcome(&request(&app, &mut app.browser()).await, 200, "recorded");
        let what = "Asked for a way back without a second step";
        let page = owner.open("/account/activity").await;
        let event = page.body.split(what).nth(1).unwrap();
        let event = event.split("name=\"event\" value=\"").nth(1).unwrap();
        let event = event.split('"').next().unwrap().to_owned();
        let fields = [("csrf", &*hidden(&page, "csrf")), ("event", &*event)];
        assert_eq!(owner.post("/account/activity/not-me", &fields).await.status, 303);
        assert_eq!(open_ones(&app).await, 0, "{}", app.engine);
        let refused = app.app.accounts.decide_recovery(ADA, RecoveryDecision::Approve).await;
        assert!(matches!(refused, Err(OperatorRefusal::NoSuchRecovery(_))), "{}", app.engine);
    }
}

#[tokio::test]
async fn a_passkey_that_is_still_there_ends_the_wish_too() {
    for app in apps().await {
        app.person(ADA).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let mut authenticator = Authenticator::new();
        add_passkey(&mut owner, &mut authenticator).await;
        age_factors(&app).await;
        is_outcome(&request(&app, &mut app.browser()).await, 200, "recorded");
        approve(&app).await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let (handle, options) = begin_passkey_login(&mut browser, &page).await;
        let signed = authenticator.get(&options);
        let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
        browser.submit(&page, "passkey-login", &fields).await;
        assert_eq!(open_ones(&app).await, 0, "{}", app.engine);
        let how = "SELECT outcome FROM account_recoveries";
        assert_eq!(texts(&app, how).await, ["factor_given"], "{}", app.engine);
    }
}

/// Every address that could still take the account back is warned.
#[tokio::test]
async fn an_earlier_address_is_warned_and_stops_it_as_well() {
    for app in apps().await {
        let user = app.person(ADA).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        set_up_totp(&app, &mut owner).await;
        let (now, until) = (app.app.now().0, app.app.now().plus(7 * 24 * 3_600).0);
        let earlier = format!(
            "INSERT INTO email_returns
                (id, user_id, link_digest, email, email_canonical, created_at, expires_at)
             VALUES ('r', '{}', 'd', 'old@example.com', 'old@example.com', {now}, {until})",
            user.id.as_str()
        );
        execute(&app, &earlier).await;
        is_outcome(&request(&app, &mut app.browser()).await, 200, "recorded");
        approve(&app).await;
        let mail = mail_to(&app, "old@example.com").await;
        assert!(mail.contains("had this address before (old@example.com)"), "{mail}");
        assert!(!mail.contains(ADA), "{mail}");
        let word = mail.split_whitespace().find(|word| word.contains("/recover/stop?token="));
        let link = word.unwrap().strip_prefix("https://id.example.com").unwrap();
        let mut elsewhere = app.browser();
        let page = elsewhere.open(link).await;
        is_outcome(&elsewhere.submit(&page, "stop-form", &[]).await, 200, "stopped");
        assert_eq!(open_ones(&app).await, 0, "{}", app.engine);
    }
}

/// RC-03: requests, decisions, stops and the job, many at once: each counts once, and what was
/// stopped is not done.
#[tokio::test]
async fn of_many_at_once_one_counts() {
    for app in apps().await {
        let (_, phone) = ada(&app).await;
        let accounts = &app.app.accounts;
        for round in 0..10 {
            execute(&app, "DELETE FROM throttle_counters").await;
            ask(&mut app.browser(), ADA).await;
            let link_path = link(&app, "/recover/request?token=").await;
            let token = protekt::domain::PlainToken::new(link_path.split("token=").nth(1).unwrap());
            let requester = from("192.0.2.1");
            let send = async || {
                accounts.request_recovery(&token, ("lost", None), &requester).await.is_ok()
            };
            let done = tokio::join!(send(), send(), send(), send(), send(), send());
            let done = [done.0, done.1, done.2, done.3, done.4, done.5];
            assert_eq!(done.iter().filter(|&&one| one).count(), 1, "{round} {}", app.engine);
            let decide = async || {
                let done = accounts.decide_recovery(ADA, RecoveryDecision::Approve).await;
                matches!(done.unwrap().1, Reviewed::Approved { .. })
            };
            let done = tokio::join!(decide(), decide(), decide(), decide());
            let won = [done.0, done.1, done.2, done.3].into_iter().filter(|&won| won).count();
            assert_eq!(won, 1, "{round} {}", app.engine);
            let stop = link(&app, "/recover/stop?token=").await;
            // Its mail is sent no more once the time has come.
            app.clock.advance(DELAY);
            let stop = protekt::domain::PlainToken::new(stop.split("token=").nth(1).unwrap());
            let before = count(&app, FACTORS).await;
            let stopping =
                async || u64::from(accounts.stop_recovery(&stop, &requester).await.unwrap());
            let finishing = async || accounts.finish_due_recoveries().await.unwrap();
            let done = tokio::join!(stopping(), finishing(), stopping(), finishing());
            assert_eq!(done.0 + done.1 + done.2 + done.3, 1, "{round} {}", app.engine);
            let was_done = done.1 + done.3 == 1;
            assert_eq!(count(&app, FACTORS).await, if was_done { 0 } else { before });
            if was_done {
                // For the next round.
                accounts.set_password(ADA, &PASSWORD.into()).await.unwrap();
                let mut owner = app.browser();
                owner.sign_in(ADA).await;
                set_up_totp(&app, &mut owner).await;
            }
        }
        drop(phone);
    }
}

#[tokio::test]
async fn there_is_no_such_page_where_the_operator_did_not_switch_it_on() {
    for app in apps().await {
        ada(&app).await;
        let without = |app: &mut protekt::http::App| {
            let settings = (*app.accounts.settings).clone();
            app.accounts.settings = Arc::new(AccountSettings { recovery: None, ..settings });
        };
        let mut browser = changed(&app, without);
        for path in ["/recover", "/recover/request"] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
        let page = browser.open("/login").await;
        let csrf = hidden(&page, "csrf");
        let asked = browser.post("/recover", &[("csrf", &csrf), ("email", ADA)]).await;
        assert_eq!(asked.status, 404, "{asked:?}");
        let answer = enter(&mut browser, &page, ADA, PASSWORD).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"mfa-form\""), "{}", page.body);
        assert!(!page.body.contains("/recover"), "{}", page.body);
    }
}

/// MF-03: a wish is about the factors that were there, and nobody approves what nobody could stop.
#[tokio::test]
async fn a_wish_ends_with_the_factors_it_was_about() {
    for app in apps().await {
        ada(&app).await;
        let accounts = &app.app.accounts;
        request(&app, &mut app.browser()).await;
        let settings = AccountSettings { recovery: None, ..(*accounts.settings).clone() };
        let off = protekt::accounts::Accounts { settings: Arc::new(settings), ..accounts.clone() };
        let refused = off.decide_recovery(ADA, RecoveryDecision::Approve).await.unwrap_err();
        assert!(matches!(refused, OperatorRefusal::RecoveryOff), "{refused}");
        approve(&app).await;
        accounts.reset_factors(ADA).await.unwrap();
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        set_up_totp(&app, &mut owner).await;
        // Setting one up shows that its owner is in.
        age_factors(&app).await;
        is_outcome(&request(&app, &mut app.browser()).await, 200, "recorded");
        assert!(matches!(approve(&app).await, Reviewed::Approved { .. }), "{}", app.engine);
        add_passkey(&mut owner, &mut Authenticator::new()).await;
        app.clock.advance(2 * DELAY);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 0, "{}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
    }
}

/// Where there is no way back over the page, who has none of their factors is told whom to ask.
#[tokio::test]
async fn without_a_way_back_the_page_says_whom_to_ask() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        for offers in [true, false] {
            let change = |settings: &mut AccountSettings| {
                if !offers {
                    settings.recovery = None;
                }
            };
            let mut browser = with_settings(&app, change);
            let page = first_half(&mut browser, ADA).await;
            assert_eq!(page.body.contains("id=\"none-of-these\""), offers, "{}", page.body);
            assert_eq!(page.body.contains("id=\"ask-operator\""), !offers, "{}", page.body);
        }
    }
}
