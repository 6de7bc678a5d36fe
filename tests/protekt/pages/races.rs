//! What may happen once, sent by eight at the same time.

use std::sync::Arc;

use futures_util::future::join_all;

use super::steps::{SESSION, code_in, count, execute, link_in, mail_to, sign_up};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, Wishes, apps_with};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, attribute};
use crate::support::factors::{
    AuthenticatorApp, add_passkey, backup_codes, begin_passkey_login, first_half, options_of,
    set_up_totp, way,
};
use crate::support::protocol::ADA;

const SENDERS: usize = 8;
const ROUNDS: usize = 20;
const NUMBER: &str = "+4915123456789";

async fn ready() -> Vec<TestApp> {
    let apps = apps_with(Wishes { unlimited_tries: true, ..Wishes::default() }).await;
    for app in &apps {
        app.person(ADA).await;
    }
    apps
}

async fn signed_in(app: &TestApp) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    browser
}

/// Sends the form of each page at the same time, each from its own browser.
async fn race(
    senders: Vec<(Browser, Answer)>,
    form: &'static str,
    fields: &[(&'static str, &str)],
) -> Vec<(Browser, Answer)> {
    let start = Arc::new(tokio::sync::Barrier::new(senders.len()));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let tasks = senders.into_iter().map(|(mut browser, page)| {
        let (start, fields) = (Arc::clone(&start), fields.clone());
        tokio::spawn(async move {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
            start.wait().await;
            let answer = browser.submit(&page, form, &fields).await;
            (browser, answer)
        })
    });
    let done = join_all(tasks.collect::<Vec<_>>()).await;
    done.into_iter().map(|one| one.unwrap()).collect()
}

/// The same form of one page, from one browser with its cookies.
async fn same(
    browser: &Browser,
    page: &Answer,
    form: &'static str,
    fields: &[(&'static str, &str)],
) -> Vec<Answer> {
    let senders = (0..SENDERS).map(|_| (browser.clone(), page.clone())).collect();
    race(senders, form, fields).await.into_iter().map(|(_, answer)| answer).collect()
}

/// How many of them hold a session that they did not have before.
fn let_in(done: &[(Browser, Answer)]) -> usize {
    let is_in = |(browser, answer): &&(Browser, Answer)| {
        answer.status == 303 && browser.cookies.contains_key(SESSION)
    };
    done.iter().filter(is_in).count()
}

const SESSIONS: &str = "SELECT COUNT(*) FROM sessions";

/// RC-05
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_passkey_ceremony_answered_many_times_at_once_signs_in_once() {
    for app in ready().await {
        let mut owner = signed_in(&app).await;
        let mut authenticator = Authenticator::new();
        add_passkey(&mut owner, &mut authenticator).await;
        for round in 0..ROUNDS {
            execute(&app, "DELETE FROM sessions").await;
            // Alone.
            let mut browser = app.browser();
            let page = browser.open("/login").await;
            let (handle, options) = begin_passkey_login(&mut browser, &page).await;
            let signed = authenticator.get(&options);
            let fields = [("ceremony", &*handle), ("assertion", &*signed)];
            let answers = same(&browser, &page, "passkey-login", &fields).await;
            let passed = answers.iter().filter(|answer| answer.status == 303).count();
            assert_eq!(passed, 1, "{round} {}: {answers:?}", app.engine);
            assert_eq!(count(&app, SESSIONS).await, 1, "{round} {}", app.engine);
            // As a second step.
            let mut browser = app.browser();
            let page = first_half(&mut browser, ADA).await;
            let signed = authenticator.get(&options_of(&page));
            let answers = same(&browser, &page, "mfa-form", &[("assertion", &signed)]).await;
            let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            let sessions = count(&app, SESSIONS).await;
            assert_eq!(sessions, 2, "{round} {}: {statuses:?}", app.engine);
        }
    }
}

/// RC-05: whoever clicked twice is not told that their code is wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_of_an_app_sent_many_times_at_once_signs_in_once_and_is_called_wrong_by_nobody() {
    for app in ready().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        for round in 0..ROUNDS {
            execute(&app, "DELETE FROM sessions").await;
            app.clock.advance(30);
            let mut browser = app.browser();
            let page = first_half(&mut browser, ADA).await;
            let code = phone.code(&app, 0);
            let answers = same(&browser, &page, "mfa-form", &[("code", &code)]).await;
            assert!(answers.iter().all(|answer| answer.status == 303), "{round} {answers:?}");
            assert_eq!(count(&app, SESSIONS).await, 1, "{round} {}", app.engine);
        }
        let wrong = "SELECT COUNT(*) FROM audit_events WHERE outcome = 'failure'";
        assert_eq!(count(&app, wrong).await, 0, "{}", app.engine);
    }
}

/// RC-05
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_passkey_added_many_times_at_once_is_there_once() {
    for app in ready().await {
        let mut owner = signed_in(&app).await;
        for round in 0..ROUNDS {
            execute(&app, "DELETE FROM passkeys").await;
            execute(&app, "DELETE FROM outbox").await;
            execute(&app, "DELETE FROM backup_codes").await;
            let page = owner.open("/account/passkeys/new").await;
            let form = page.body.split("<form id=\"passkey-form\"").nth(1).unwrap();
            let options = attribute(form, "data-options").unwrap();
            let made = Authenticator::new().create(&options);
            let answers = same(&owner, &page, "passkey-form", &[("assertion", &made)]).await;
            let shown = answers.iter().filter(|answer| !backup_codes(answer).is_empty()).count();
            let kept = count(&app, "SELECT COUNT(*) FROM passkeys").await;
            let codes = count(&app, "SELECT COUNT(*) FROM backup_codes").await;
            let told = count(&app, TOLD).await;
            assert_eq!((shown, kept, codes, told), (1, 1, 10, 1), "{round} {}", app.engine);
            owner = signed_in_by(&app, &backup_codes_of(&answers)[0]).await;
        }
    }
}

fn backup_codes_of(answers: &[Answer]) -> Vec<String> {
    answers.iter().map(backup_codes).find(|codes| !codes.is_empty()).unwrap()
}

/// Signs in with a code on paper.
async fn signed_in_by(app: &TestApp, code: &str) -> Browser {
    let mut browser = app.browser();
    let page = first_half(&mut browser, ADA).await;
    let page = browser.open(&way(&page, "backup")).await;
    let done = browser.submit(&page, "mfa-form", &[("code", code)]).await;
    assert_eq!(done.status, 303, "{done:?}");
    browser
}

/// The code that was sent last, of a mail or a message.
async fn sent_code(app: &TestApp, method: &str) -> String {
    match method {
        "sms" => code_in(app.texts().await.last().unwrap()),
        _ => code_in(&mail_to(app, ADA).await),
    }
}

/// RC-05
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sent_code_typed_many_times_at_once_signs_in_once() {
    for method in ["sms", "email"] {
        for app in ready().await {
            let mut owner = signed_in(&app).await;
            let page = owner.open(&format!("/account/2fa/{method}?another=1")).await;
            let sent = owner.submit(&page, "begin-form", &[("phone", NUMBER)]).await;
            let page = owner.follow(sent).await;
            let code = sent_code(&app, method).await;
            owner.submit(&page, "code-form", &[("code", &code)]).await;
            for round in 0..ROUNDS {
                app.clock.advance(61);
                execute(&app, "DELETE FROM sessions").await;
                let mut browser = app.browser();
                let page = first_half(&mut browser, ADA).await;
                let code = sent_code(&app, method).await;
                same(&browser, &page, "mfa-form", &[("code", &code)]).await;
                assert_eq!(count(&app, SESSIONS).await, 1, "{method} {round} {}", app.engine);
                let left = count(&app, "SELECT COUNT(*) FROM one_time_codes").await;
                assert_eq!(left, 0, "{method} {round} {}", app.engine);
            }
        }
    }
}

const TOLD: &str = "SELECT COUNT(*) FROM outbox WHERE template = 'factor_added'";
const CONFIRMED: &str = "SELECT COUNT(*) FROM second_factors WHERE confirmed_at IS NOT NULL";

/// RC-05
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_factor_confirmed_many_times_at_once_counts_once_and_shows_its_codes_once() {
    for method in ["totp", "sms", "email"] {
        for app in ready().await {
            for round in 0..ROUNDS {
                execute(&app, "DELETE FROM second_factors").await;
                execute(&app, "DELETE FROM backup_codes").await;
                execute(&app, "DELETE FROM sessions").await;
                execute(&app, "DELETE FROM outbox").await;
                execute(&app, "DELETE FROM throttle_counters").await;
                app.clock.advance(61);
                let mut owner = signed_in(&app).await;
                let page = owner.open(&format!("/account/2fa/{method}")).await;
                let (page, form, code) = if method == "totp" {
                    let code = AuthenticatorApp::of(&page).code(&app, 0);
                    (page, "totp-form", code)
                } else {
                    let sent = owner.submit(&page, "begin-form", &[("phone", NUMBER)]).await;
                    let page = owner.follow(sent).await;
                    (page, "code-form", sent_code(&app, method).await)
                };
                let answers = same(&owner, &page, form, &[("code", &code)]).await;
                let shown = answers.iter().filter(|one| !backup_codes(one).is_empty()).count();
                let codes = count(&app, "SELECT COUNT(*) FROM backup_codes").await;
                let counted = (shown, count(&app, CONFIRMED).await, codes);
                assert_eq!(counted, (1, 1, 10), "{method} {round} {}: {answers:?}", app.engine);
                assert_eq!(count(&app, TOLD).await, 1, "{method} {round} {}", app.engine);
            }
        }
    }
}

/// MF-04
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_code_typed_many_times_at_once_signs_in_once() {
    for app in ready().await {
        let mut owner = signed_in(&app).await;
        let (_, mut codes) = set_up_totp(&app, &mut owner).await;
        let page = owner.open("/account/2fa/backup-codes").await;
        codes.extend(backup_codes(&owner.submit(&page, "renew-form", &[]).await));
        for (round, code) in codes.split_off(10).into_iter().enumerate() {
            execute(&app, "DELETE FROM sessions").await;
            let mut senders = Vec::new();
            for _ in 0..SENDERS {
                let mut browser = app.browser();
                let page = first_half(&mut browser, ADA).await;
                let page = browser.open(&way(&page, "backup")).await;
                senders.push((browser, page));
            }
            let done = race(senders, "mfa-form", &[("code", &code)]).await;
            let statuses: Vec<u16> = done.iter().map(|(_, answer)| answer.status).collect();
            assert_eq!(let_in(&done), 1, "{round} {}: {statuses:?}", app.engine);
            for (_, refused) in done.iter().filter(|(_, answer)| answer.status != 303) {
                let is_told = refused.body.contains("already used");
                assert!(is_told && refused.status == 422, "{round} {}: {refused:?}", app.engine);
            }
            assert_eq!(count(&app, SESSIONS).await, 1, "{round} {}", app.engine);
            let left = count(&app, "SELECT COUNT(*) FROM backup_codes WHERE used_at IS NULL").await;
            assert_eq!(usize::try_from(left).unwrap(), 9 - round, "{}", app.engine);
        }
    }
}

/// The path of the last link of this kind.
async fn link(app: &TestApp, start: &str) -> String {
    let mails = app.mails().await;
    let mut words = mails.iter().flat_map(|mail| mail.split_whitespace());
    let link = words.rfind(|word| word.contains(start)).unwrap();
    link.strip_prefix("https://id.example.com").unwrap().to_owned()
}

/// RC-03
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_link_back_used_many_times_at_once_gives_the_address_back_once() {
    for app in ready().await {
        for round in 0..ROUNDS {
            app.clock.advance(61);
            execute(&app, "DELETE FROM throttle_counters").await;
            let mut owner = signed_in(&app).await;
            let new = format!("ada{round}@new.example");
            let page = owner.get("/account/email").await;
            let asked = owner.submit(&page, "email-form", &[("email", &new)]).await;
            let page = owner.follow(asked).await;
            let code = code_in(&mail_to(&app, &new).await);
            owner.submit(&page, "code-form", &[("code", &code)]).await;
            let mut reader = app.browser();
            let page = reader.open(&link(&app, "/account/email/undo?token=").await).await;
            let answers = same(&reader, &page, "return-form", &[]).await;
            let returned =
                answers.iter().filter(|one| one.body.contains("data-outcome=\"done\"")).count();
            assert_eq!(returned, 1, "{round} {}: {answers:?}", app.engine);
            let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'email_change_undone'";
            assert_eq!(count(&app, trail).await, i64::try_from(round + 1).unwrap());
            let old = "SELECT COUNT(*) FROM users WHERE email = 'ada@example.com'";
            assert_eq!(count(&app, old).await, 1, "{round} {}", app.engine);
            // The password is gone with it.
            app.app.accounts.set_password(ADA, &PASSWORD.into()).await.unwrap();
        }
    }
}

/// RC-03
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_link_that_keeps_an_account_used_many_times_at_once_keeps_it_once() {
    for app in ready().await {
        for round in 0..ROUNDS {
            app.clock.advance(61);
            let mut owner = signed_in(&app).await;
            let page = owner.get("/account/delete").await;
            owner.submit(&page, "delete-form", &[("confirm", ADA)]).await;
            let mut reader = app.browser();
            let page = reader.open(&link(&app, "/account/restore?token=").await).await;
            let answers = same(&reader, &page, "restore-form", &[]).await;
            let kept =
                answers.iter().filter(|one| one.body.contains("data-outcome=\"kept\"")).count();
            assert_eq!(kept, 1, "{round} {}: {answers:?}", app.engine);
            let leaving = "SELECT COUNT(*) FROM users WHERE deletion_due_at IS NOT NULL";
            assert_eq!(count(&app, leaving).await, 0, "{round} {}", app.engine);
        }
    }
}

/// RC-03: of those who confirm an address and those who say that it was not them, one kind wins.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_confirmed_and_disowned_at_once_does_one_of_the_two() {
    for app in ready().await {
        for round in 0..ROUNDS {
            let email = format!("grace{round}@example.com");
            let mut browser = app.browser();
            let page = browser.open("/signup").await;
            sign_up(&mut browser, &page, &email).await;
            let mut reader = app.browser();
            let page = reader.open(&link_in(&mail_to(&app, &email).await)).await;
            let senders = |form: &'static str| {
                let senders = (0..SENDERS / 2).map(|_| (reader.clone(), page.clone()));
                race(senders.collect(), form, &[])
            };
            let (confirmed, disowned) =
                tokio::join!(senders("verify-confirm"), senders("verify-not-me"));
            let good = |done: &[(Browser, Answer)]| {
                done.iter().filter(|(_, answer)| answer.status == 200).count()
            };
            let (confirmed, disowned) = (good(&confirmed), good(&disowned));
            // Who says so twice is told the same twice; nobody is told both.
            let is_one = matches!((confirmed, disowned), (1, 0) | (0, 1..));
            assert!(is_one, "{round} {confirmed} {disowned} {}", app.engine);
            let there = format!("SELECT COUNT(*) FROM users WHERE email = '{email}'");
            let there = count(&app, &there).await;
            assert_eq!(usize::try_from(there).unwrap(), confirmed, "{round} {}", app.engine);
        }
    }
}

/// RC-04: the person who moves their account to an address that somebody else signed up with is not kept
/// from it by that window.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_address_and_a_correction_at_once_do_not_block_one_another() {
    for app in ready().await {
        for round in 0..8 {
            let (mine, new) = (format!("me{round}@example.com"), format!("new{round}@example.com"));
            let mut squatter = app.browser();
            let page = squatter.open("/signup").await;
            let window = sign_up(&mut squatter, &page, &new).await;
            app.person(&mine).await;
            let mut owner = app.browser();
            owner.sign_in(&mine).await;
            app.clock.advance(60);
            let page = owner.open("/account/email").await;
            let page = owner.submit(&page, "email-form", &[("email", &new)]).await;
            let page = owner.follow(page).await;
            let code = code_in(&mail_to(&app, &new).await);
            let (code, correction) = ([("code", &*code)], [("email", &*mine)]);
            let (done, corrected) = tokio::join!(
                owner.submit(&page, "code-form", &code),
                squatter.submit(&window, "change-address-form", &correction)
            );
            assert_eq!(done.status, 303, "{round} {} {done:?}", app.engine);
            assert!(corrected.status < 500, "{round} {} {corrected:?}", app.engine);
        }
    }
}
