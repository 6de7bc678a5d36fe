//! "Not me": what somebody else added to the ways of signing in is taken away again.

use super::second_factor::{is_half, signed_in};
use super::steps::{SESSION, are_signed_in, count, enter, hidden, texts};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{
    AuthenticatorApp, add_passkey, age_factors, first_half, set_up_totp,
};
use crate::support::protocol::ADA;

pub(super) const CHOSEN: &str = "juniper-lantern-41";
const DAY: i64 = 24 * 60 * 60;
const FACTORS: &str = "SELECT (SELECT COUNT(*) FROM second_factors WHERE confirmed_at IS NOT NULL)
    + (SELECT COUNT(*) FROM passkeys)";
const APPS: &str = "SELECT COUNT(*) FROM second_factors WHERE kind = 'totp'";
const PASSKEYS: &str = "SELECT COUNT(*) FROM passkeys";
const CODES: &str = "SELECT COUNT(*) FROM backup_codes";

/// The paths of the links that take something away, in the order of their mails.
pub(super) async fn undo_links(app: &TestApp) -> Vec<String> {
    let mails = app.mails().await;
    let of_ada = mails.iter().filter(|mail| mail.starts_with(&format!("To: {ADA}\n")));
    let words = of_ada.flat_map(|mail| mail.split_whitespace());
    let links = words.filter(|word| word.contains("/account/security/undo?token="));
    links.map(|link| link.strip_prefix("https://id.example.com").unwrap().to_owned()).collect()
}

/// Opens a link and presses the button; gives the page before and the page after.
pub(super) async fn press(app: &TestApp, link: &str) -> (Answer, Answer) {
    let mut reader = app.browser();
    let page = reader.open(link).await;
    let done = reader.submit(&page, "undo-form", &[]).await;
    if done.status == 200 {
        // Sent twice, it says what became of it.
        let again = reader.submit(&page, "undo-form", &[]).await;
        assert!(again.body.contains("data-outcome=\"gone\""), "{}", again.body);
    }
    (page, done)
}

#[track_caller]
pub(super) fn assert_outcome(page: &Answer, status: u16, outcome: &str) {
    assert_eq!(page.status, status, "{page:?}");
    assert!(page.body.contains(&format!("data-outcome=\"{outcome}\"")), "{}", page.body);
}

/// "Not me" at the newest event with these words, on a page that shows events.
pub(super) async fn not_me(browser: &mut Browser, path: &str, what: &str, about: &str) -> Answer {
    let page = browser.open(path).await;
    let form = page.body.split("id=\"activity-form\"").nth(1).unwrap();
    let is_it = |item: &&str| {
        item.contains(&format!("<h3>{what}</h3>")) && item.contains(&format!(">{about}<"))
    };
    let item = form.split("<li>").find(is_it);
    let item = item.unwrap_or_else(|| panic!("no {what} {about}: {}", page.body));
    let event = item.split("name=\"event\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields = [("csrf", &*hidden(&page, "csrf")), ("event", event)];
    browser.post("/account/activity/not-me", &fields).await
}

pub(super) const ADDED: &str = "Second step set up";
pub(super) const ACTIVITY: &str = "/account/activity";
pub(super) const NEW_PASSWORD: &str = "/account/password?done=not-me";

/// Chooses a new password by a mail to the address of the account.
pub(super) async fn reset(app: &TestApp, browser: &mut Browser) -> Answer {
    let page = browser.open("/password/forgot").await;
    let sent = browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
    browser.follow(sent).await;
    let mails = app.mails().await;
    let mut words = mails.iter().flat_map(|mail| mail.split_whitespace());
    let link = words.rfind(|word| word.contains("/password/reset?token=")).unwrap();
    let page = browser.open(link.strip_prefix("https://id.example.com").unwrap()).await;
    let done = browser.submit(&page, "reset-form", &[("password", CHOSEN)]).await;
    browser.follow(done).await
}

/// Somebody knows the password of [`ADA`], who is signed in, and sets up an app of their own.
pub(super) async fn with_thief(app: &TestApp) -> (Browser, Browser, AuthenticatorApp) {
    let owner = signed_in(app).await;
    app.clock.advance(60);
    let mut thief = app.browser();
    thief.sign_in(ADA).await;
    let (phone, _) = set_up_totp(app, &mut thief).await;
    (owner, thief, phone)
}

/// PR-06: the link alone changes nothing, the button gives the account back to who reads its mail.
#[tokio::test]
async fn the_link_takes_a_thiefs_only_factor_away_and_a_reset_gives_the_account_back() {
    for app in apps().await {
        let (owner, thief, _) = with_thief(&app).await;
        let links = undo_links(&app).await;
        assert_eq!(links.len(), 1, "{links:?}");
        for _ in 0..2 {
            let page = app.browser().open(&links[0]).await;
            assert!(page.body.contains("an authenticator app"), "{}", page.body);
            assert!(!page.body.contains("ptk_"), "the token is out of the page");
        }
        assert_eq!(count(&app, FACTORS).await, 1, "{}: a GET changes nothing", app.engine);
        assert!(are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
        let (_, done) = press(&app, &links[0]).await;
        assert_outcome(&done, 200, "done");
        assert!(done.body.contains("href=\"/password/forgot\""), "{}", done.body);
        for left in [FACTORS, CODES] {
            assert_eq!(count(&app, left).await, 0, "{left} {}", app.engine);
        }
        for browser in [&owner, &thief] {
            assert!(!are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        }
        let mut thief = app.browser();
        let page = thief.open("/login").await;
        assert_eq!(enter(&mut thief, &page, ADA, PASSWORD).await.status, 422, "{}", app.engine);
        let mut owner = app.browser();
        reset(&app, &mut owner).await;
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        let again = app.browser().open(&links[0]).await;
        assert_outcome(&again, 410, "gone");
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'activity_disowned'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.contains("was removed")), "{mails:?}");
    }
}

/// PR-04: with an older factor the mailbox alone opens nothing.
#[tokio::test]
async fn with_an_older_factor_the_link_takes_only_the_newer_away() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, codes) = set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        app.clock.advance(60);
        add_passkey(&mut owner, &mut Authenticator::new()).await;
        let links = undo_links(&app).await;
        assert_eq!(links.len(), 2, "{links:?}");
        let (_, done) = press(&app, &links[1]).await;
        assert_outcome(&done, 200, "done");
        let left = (count(&app, PASSKEYS).await, count(&app, APPS).await, count(&app, CODES).await);
        assert_eq!(left, (0, 1, 10), "{}", app.engine);
        assert_eq!(codes.len(), 10);
        let mut reader = app.browser();
        let page = reset(&app, &mut reader).await;
        assert!(is_half(&reader), "the older factor is asked for: {}", page.body);
        let code = phone.code(&app, 0);
        let done = reader.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
    }
}

/// MF-05: who moves from one factor to another is not without one for the mailbox either.
#[tokio::test]
async fn a_link_never_leaves_an_account_without_a_factor_that_had_one_before() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        app.clock.advance(60);
        add_passkey(&mut owner, &mut Authenticator::new()).await;
        app.clock.advance(60);
        let page = owner.open("/account/2fa/totp/remove").await;
        let removed = owner.submit(&page, "remove-form", &[]).await;
        assert_eq!(removed.status, 303, "{removed:?}");
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
        let links = undo_links(&app).await;
        let (_, refused) = press(&app, &links[1]).await;
        assert_outcome(&refused, 409, "none-left");
        assert_eq!(count(&app, PASSKEYS).await, 1, "{}", app.engine);
        // Whoever is signed in may be a thief who knows the password.
        assert!(!are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        let password = "SELECT COUNT(*) FROM users WHERE password_hash IS NOT NULL";
        assert_eq!(count(&app, password).await, 0, "{}", app.engine);
        assert_outcome(&app.browser().open(&links[1]).await, 410, "gone");
        assert_outcome(&press(&app, &links[0]).await.1, 409, "none-left");
    }
}

/// An app in the place of another gives way to it again.
#[tokio::test]
async fn a_factor_that_gave_way_comes_back() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (own, _) = set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        app.clock.advance(60);
        let (others, _) = set_up_totp(&app, &mut owner).await;
        let links = undo_links(&app).await;
        let (_, done) = press(&app, &links[1]).await;
        assert_outcome(&done, 200, "done");
        // Whoever threw the old entry away knows that it is asked for again.
        let mail = app.mails().await.pop().unwrap();
        assert!(mail.contains("The one that you had before works again."), "{mail}");
        let mut reader = app.browser();
        let page = reset(&app, &mut reader).await;
        let wrong = reader.submit(&page, "mfa-form", &[("code", &others.code(&app, 0))]).await;
        assert_eq!(wrong.status, 422, "{wrong:?}");
        let done = reader.submit(&page, "mfa-form", &[("code", &own.code(&app, 0))]).await;
        assert_eq!((done.status, done.header("location")), (303, "/account"), "{done:?}");
        let activity = reader.get(ACTIVITY).await;
        assert!(activity.body.contains("the one before works again"), "{}", activity.body);
    }
}

/// LO-08
#[tokio::test]
async fn not_me_in_the_activity_takes_away_what_was_added_and_leads_to_a_new_password() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        let mut thief = app.browser();
        thief.cookies.clone_from(&owner.cookies);
        app.clock.advance(60);
        add_passkey(&mut thief, &mut Authenticator::new()).await;
        owner.cookies.clone_from(&thief.cookies);
        let elsewhere = thief.cookies.clone();
        let done = not_me(&mut owner, "/account/security", ADDED, "Passkey or security key").await;
        assert_eq!((done.status, done.header("location")), (303, NEW_PASSWORD), "{done:?}");
        assert!(!are_signed_in(&app, &elsewhere).await, "{}", app.engine);
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        assert_eq!(
            (count(&app, PASSKEYS).await, count(&app, APPS).await),
            (0, 1),
            "{}",
            app.engine
        );
        let page = owner.follow(done).await;
        assert!(page.body.contains("id=\"password-form\""), "{}", page.body);
        assert!(page.body.contains("Everything else is signed out. Now choose"), "{}", page.body);
        // The link of its mail has nothing left to take, nor has the event.
        let links = undo_links(&app).await;
        assert_outcome(&app.browser().open(&links[1]).await, 410, "gone");
        let again = not_me(&mut owner, ACTIVITY, ADDED, "Passkey or security key").await;
        assert_eq!(again.header("location"), NEW_PASSWORD, "{again:?}");
        assert_eq!(count(&app, APPS).await, 1, "{}", app.engine);
    }
}

/// Whoever proved long ago who they are is told on the way what was done, and why they are asked.
#[tokio::test]
async fn after_not_me_the_page_says_what_was_done_and_wants_another_password() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        app.clock.advance(2 * 60 * 60);
        let done = not_me(&mut owner, ACTIVITY, "Signed in", "").await;
        let proof = owner.follow(done).await;
        assert!(proof.body.contains("Everything else is signed out."), "{}", proof.body);
        let fields = [("password", PASSWORD)];
        let proved = owner.submit(&proof, "proof-form", &fields).await;
        assert_eq!(proved.header("location"), NEW_PASSWORD, "{proved:?}");
        let page = owner.follow(proved).await;
        assert!(page.body.contains("whoever knows the old one could sign in"), "{}", page.body);
        let same = owner.submit(&page, "password-form", &fields).await;
        assert_eq!(same.status, 422, "{} {same:?}", app.engine);
        assert!(same.body.contains("This is the password you have"), "{}", same.body);
        let other = owner.submit(&page, "password-form", &[("password", CHOSEN)]).await;
        assert_eq!(other.header("location"), "/account?done=password", "{other:?}");
    }
}

/// MF-05: a session of before cannot take the only factor away, whoever sits at it: the mailbox
/// can. Everything else is signed out at once.
#[tokio::test]
async fn without_an_older_factor_not_me_sends_a_link() {
    for app in apps().await {
        let (mut owner, thief, _) = with_thief(&app).await;
        let first = undo_links(&app).await;
        let answer = not_me(&mut owner, ACTIVITY, ADDED, "Authenticator app").await;
        assert_eq!(answer.header("location"), "/account/activity?notice=link", "{answer:?}");
        let page = owner.follow(answer).await;
        assert!(page.body.contains("id=\"link-sent\"") && page.body.contains(ADA), "{}", page.body);
        assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
        let links = undo_links(&app).await;
        assert_eq!(links.len(), 2, "{links:?}");
        assert_eq!(app.browser().open(&first[0]).await.status, 200, "either mail does");
        assert_outcome(&press(&app, &links[1]).await.1, 200, "done");
        assert_outcome(&app.browser().open(&first[0]).await, 410, "gone");
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
        assert!(!are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
    }
}

/// MF-05: a session that never gave the older factor takes nothing away.
#[tokio::test]
async fn with_an_older_factor_not_me_asks_for_it_first() {
    for app in apps().await {
        let mut old = signed_in(&app).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        app.clock.advance(60);
        add_passkey(&mut owner, &mut Authenticator::new()).await;
        let answer = not_me(&mut old, ACTIVITY, ADDED, "Passkey or security key").await;
        assert!(answer.header("location").starts_with("/login/mfa"), "{answer:?}");
        assert_eq!(count(&app, FACTORS).await, 2, "{}", app.engine);
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        // Nor one whose proof is old.
        app.clock.advance(700);
        let answer = not_me(&mut owner, ACTIVITY, ADDED, "Passkey or security key").await;
        assert_eq!(answer.header("location"), "/login/reauth?to=not-me&again=1", "{answer:?}");
        assert_eq!(count(&app, FACTORS).await, 2, "{}", app.engine);
    }
}

/// For a week, and no longer.
#[tokio::test]
async fn after_a_week_nothing_is_taken_away() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        let links = undo_links(&app).await;
        app.clock.advance(7 * DAY - 31);
        let mut reader = app.browser();
        let page = reader.open(&links[0]).await;
        assert_eq!(page.status, 200, "{page:?}");
        app.clock.advance(1);
        assert_outcome(&reader.submit(&page, "undo-form", &[]).await, 410, "expired");
        assert_outcome(&app.browser().open(&links[0]).await, 410, "expired");
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(
            count(&app, "SELECT COUNT(*) FROM factor_additions").await,
            1,
            "kept for a week"
        );
        app.clock.advance(8 * DAY);
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(count(&app, "SELECT COUNT(*) FROM factor_additions").await, 0);
        assert_outcome(&app.browser().open(&links[0]).await, 404, "unknown");
    }
}

/// New codes on paper are an addition like any other.
#[tokio::test]
async fn not_me_takes_away_new_backup_codes() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        app.clock.advance(60);
        let page = owner.open("/account/2fa/backup-codes").await;
        let codes = owner.submit(&page, "renew-form", &[]).await;
        let codes = crate::support::factors::backup_codes(&codes);
        assert_eq!(codes.len(), 10);
        let done = not_me(&mut owner, ACTIVITY, ADDED, "Backup code").await;
        assert_eq!(done.header("location"), NEW_PASSWORD, "{done:?}");
        assert_eq!((count(&app, CODES).await, count(&app, APPS).await), (0, 1), "{}", app.engine);
        let mut other = app.browser();
        let page = first_half(&mut other, ADA).await;
        assert!(!page.body.contains("value=\"backup\""), "{}", page.body);
        let done = other.submit(&page, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
        assert_eq!(done.status, 303, "{done:?}");
    }
}

/// A browser that somebody let be trusted is asked again.
#[tokio::test]
async fn not_me_ends_the_trust_in_a_browser() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut thief = app.browser();
        let page = first_half(&mut thief, ADA).await;
        let fields = [("code", &*phone.code(&app, 0)), ("trust_device", "1")];
        assert_eq!(thief.submit(&page, "mfa-form", &fields).await.status, 303);
        thief.cookies.remove(SESSION);
        first_half(&mut thief, ADA).await;
        assert!(!is_half(&thief), "trusted: {}", app.engine);
        let what = "A browser is not asked for the second step for a while";
        let page = owner.open(ACTIVITY).await;
        assert!(page.body.contains(what), "{}", page.body);
        let event = page.body.split(what).nth(1).unwrap();
        let event = event.split("name=\"event\" value=\"").nth(1).unwrap();
        let event = event.split('"').next().unwrap().to_owned();
        let fields = [("csrf", &*hidden(&page, "csrf")), ("event", &*event)];
        let done = owner.post("/account/activity/not-me", &fields).await;
        assert_eq!(done.header("location"), "/account/password?done=not-me", "{done:?}");
        thief.cookies.remove(SESSION);
        first_half(&mut thief, ADA).await;
        assert!(is_half(&thief), "{}", app.engine);
    }
}

/// The events and links of others take nothing away.
#[tokio::test]
async fn only_ones_own_additions_and_whole_links_count() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        app.person("eve@example.com").await;
        let mut eve = app.browser();
        eve.sign_in("eve@example.com").await;
        let event = "SELECT id FROM audit_events WHERE kind = 'second_factor_added'";
        let event = texts(&app, event).await.remove(0);
        let csrf = hidden(&eve.open(ACTIVITY).await, "csrf");
        eve.post("/account/activity/not-me", &[("csrf", &csrf), ("event", &event)]).await;
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        let link = undo_links(&app).await.remove(0);
        let half = &link[..link.len() - 10];
        let undo = "/account/security/undo";
        for other in [&format!("{undo}?token=x"), &format!("{undo}?token=ptk_ml_none"), undo, half]
        {
            let page = app.browser().open(other).await;
            assert_outcome(&page, 404, "unknown");
        }
        // The form names its link: another browser's cookie does not do.
        let mut reader = app.browser();
        let page = reader.open(&link).await;
        let csrf = hidden(&page, "csrf");
        let fields = [("csrf", &*csrf), ("link", "another")];
        let refused = reader.post("/account/security/undo", &fields).await;
        assert_outcome(&refused, 404, "unknown");
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_that_is_pressed_many_times_at_once_works_once() {
    for app in apps().await {
        for round in 0..5 {
            let email = format!("r{round}@example.com");
            app.person(&email).await;
            let mut owner = app.browser();
            owner.sign_in(&email).await;
            set_up_totp(&app, &mut owner).await;
            let mails = app.mails().await;
            let mut words = mails.iter().flat_map(|mail| mail.split_whitespace());
            let link = words.rfind(|word| word.contains("/account/security/undo?token=")).unwrap();
            let token = link.split("token=").nth(1).unwrap();
            let presses = (0..8).map(|_| {
                let accounts = app.app.accounts.clone();
                let link = protekt::domain::PlainToken::new(token);
                let requester = protekt::domain::Requester {
                    ip: "192.0.2.9".parse().unwrap(),
                    user_agent: None,
                    request_id: "r".to_owned(),
                };
                tokio::spawn(async move {
                    let from = (&link.digest(), &requester);
                    accounts.undo_addition(&link, from).await.is_ok()
                })
            });
            let mut done = 0;
            for press in futures_util::future::join_all(presses).await {
                done += usize::from(press.unwrap());
            }
            assert_eq!(done, 1, "{}", app.engine);
        }
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'activity_disowned'";
        assert_eq!(count(&app, told).await, 5, "{}", app.engine);
    }
}

#[tokio::test]
async fn the_security_page_shows_the_last_five_events_and_the_way_to_all() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        for _ in 0..6 {
            app.clock.advance(1);
            app.browser().sign_in(ADA).await;
        }
        let page = owner.open("/account/security").await;
        let recent = page.body.split("id=\"recent\"").nth(1).unwrap();
        assert_eq!(recent.matches("name=\"event\"").count(), 5, "{recent}");
        assert!(recent.contains("id=\"all-activity\" href=\"/account/activity\""), "{recent}");
        let done = owner.submit(&page, "activity-form", &[("event", "x")]).await;
        assert_eq!((done.status, done.header("location")), (303, "/account/password?done=not-me"));
    }
}
