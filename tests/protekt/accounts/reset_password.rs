//! A new password by the link of a mail.

use futures_util::future::join_all;
use protekt::accounts::{
    ForgottenPassword, ForgottenPasswordRefusal, PasswordProblem, PasswordResetRefusal,
    SignInRefusal,
};
use protekt::clock::Clock as _;
use protekt::delivery::MailTemplate;
use protekt::domain::PlainToken;
use protekt::domain::token::LINK_PREFIX;
use protekt::store::password_resets::{self, PasswordReset};
use protekt::store::{email_verifications, sessions, unverified_users, users};

use crate::support::people::{PASSWORD, World, browser, from, world, world_with};
use crate::support::stores::stores;

const ADA: &str = "ada@example.org";
const NEW: &str = "walnut-harbour-97";

async fn forgot(
    world: &World,
    email: &str,
    ip: &str,
) -> Result<PlainToken, ForgottenPasswordRefusal> {
    let form = ForgottenPassword {
        email: email.to_owned(),
        browser_digest: browser("first"),
        request_handle: Some(PlainToken::new("request")),
        locale: "en".to_owned(),
        locale_was_asked_for: false,
    };
    Ok(world.accounts.forgot_password(form, &from(ip)).await?.handle)
}

/// Asks for a link and takes it out of the mail.
async fn link(world: &World, email: &str) -> PlainToken {
    forgot(world, email, "192.0.2.1").await.unwrap();
    let mails = world.mail().await;
    let mail = mails.into_iter().rfind(|mail| mail.template == MailTemplate::ResetPassword);
    mail.unwrap().link
}

async fn reset(
    world: &World,
    link: &PlainToken,
    password: &str,
) -> Result<(), PasswordResetRefusal> {
    let (password, first) = (password.into(), browser("first"));
    let done =
        world.accounts.reset_password(link, &password, (&first, None), &from("192.0.2.1")).await;
    done.map(|_| ())
}

/// PR-03
#[tokio::test]
async fn a_new_password_ends_every_session_and_earlier_mail_and_tells_its_owner() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let before = world.sign_in(ADA, PASSWORD, "192.0.2.1").await.unwrap();
        forgot(&world, ADA, "192.0.2.1").await.unwrap();
        let link = link(&world, ADA).await;
        let (password, first) = (NEW.into(), browser("first"));
        let ip = from("198.51.100.1");
        let done =
            world.accounts.reset_password(&link, &password, (&first, None), &ip).await.unwrap();
        let signed_in = done.admission.signed_in().unwrap();
        assert_eq!(signed_in.user.generation, before.user.generation + 1);
        assert_eq!(done.request_handle.unwrap().expose(), "request");
        let mut tx = test.store.read().await.unwrap();
        let now = protekt::clock::Clock::now(&*world.clock);
        let left = sessions::list_of_user(&mut tx, &before.user.id, now).await.unwrap();
        assert_eq!(left.len(), 1, "{}", test.engine);
        assert_eq!(left[0].session.sid, signed_in.session.sid);
        drop(tx);
        let mails: Vec<_> = world.mail().await.into_iter().map(|mail| mail.template).collect();
        assert_eq!(mails, [MailTemplate::PasswordChanged], "{}", test.engine);
        world.sign_in(ADA, PASSWORD, "192.0.2.1").await.unwrap_err();
        world.sign_in(ADA, NEW, "192.0.2.1").await.unwrap();
        assert_eq!(
            world.count("SELECT COUNT(*) FROM audit_events WHERE kind = 'password_reset'").await,
            1
        );
    }
}

/// PR-02
#[tokio::test]
async fn a_link_works_once_and_a_newer_one_takes_its_place() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        world.person("eve@example.org").await;
        let (old, new) = (link(&world, ADA).await, link(&world, ADA).await);
        let of_eve = link(&world, "eve@example.org").await;
        let refused = reset(&world, &old, NEW).await.unwrap_err();
        assert!(matches!(refused, PasswordResetRefusal::Superseded), "{refused:?}");
        reset(&world, &new, NEW).await.unwrap();
        let refused = reset(&world, &new, "another good one 7").await.unwrap_err();
        assert!(matches!(refused, PasswordResetRefusal::Used), "{refused:?}");
        let unknown = reset(&world, &PlainToken::new("ptk_ml_x"), NEW).await.unwrap_err();
        assert!(matches!(unknown, PasswordResetRefusal::Unknown), "{unknown:?}");
        reset(&world, &of_eve, "another good one 7").await.unwrap();
        world.sign_in(ADA, NEW, "192.0.2.1").await.unwrap();
        let late = link(&world, ADA).await;
        world.clock.advance(3_600);
        let refused = reset(&world, &late, NEW).await.unwrap_err();
        assert!(matches!(refused, PasswordResetRefusal::Expired), "{}: {refused:?}", test.engine);
    }
}

/// PR-02 RC-03
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_use_a_link_at_once_one_sets_the_password() {
    for test in stores().await {
        let mut chosen = crate::support::people::settings();
        chosen.limits.resets_by_address_and_day = protekt::throttle::Limit::new(100, 86_400);
        let world = world_with(&test.store, chosen);
        world.person(ADA).await;
        for round in 0..20 {
            world.clock.advance(3_600);
            let link = link(&world, ADA).await;
            let passwords: Vec<_> = (0..8).map(|who| format!("harbour {round} of {who}")).collect();
            let done =
                join_all(passwords.iter().map(|password| reset(&world, &link, password))).await;
            let winners: Vec<_> = (0..8).filter(|&who| done[who].is_ok()).collect();
            assert_eq!(winners.len(), 1, "{} round {round}: {done:?}", test.engine);
            for refusal in done.into_iter().filter_map(Result::err) {
                let is_late = matches!(
                    refusal,
                    PasswordResetRefusal::Used | PasswordResetRefusal::Superseded
                );
                assert!(is_late, "{refusal:?}");
            }
            let right = &passwords[winners[0]];
            world.sign_in(ADA, right, &format!("192.0.2.{}", round + 2)).await.unwrap();
        }
    }
}

/// EN-04 EN-05
#[tokio::test]
async fn asking_is_the_same_work_whoever_has_the_address() {
    const ROWS: &str = "SELECT (SELECT COUNT(*) FROM password_resets)
        + (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM audit_events)
        + (SELECT COUNT(*) FROM throttle_counters)";
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        world.person("ban@example.org").await;
        test.run("UPDATE users SET blocked_at = 1 WHERE email = 'ban@example.org'").await;
        // Signing up counted mails to two of the addresses.
        test.run("DELETE FROM throttle_counters").await;
        let mut written = Vec::new();
        for (turn, email) in [ADA, "ban@example.org", "eve@example.org"].into_iter().enumerate() {
            let before = world.count(ROWS).await;
            let handle = forgot(&world, email, &format!("192.0.2.{turn}")).await.unwrap();
            written.push(world.count(ROWS).await - before);
            let shown = world.accounts.forgotten_password(&handle, &browser("first")).await;
            assert_eq!(shown.unwrap().as_deref(), Some(email));
            let other = world.accounts.forgotten_password(&handle, &browser("other")).await;
            assert_eq!(other.unwrap(), None, "another browser is told nothing");
        }
        assert_eq!(written, vec![written[0]; 3], "{}", test.engine);
        let mails: Vec<_> = world.mail().await.into_iter().map(|mail| mail.recipient).collect();
        assert_eq!(mails, [ADA], "{}", test.engine);
        for (email, is_missing) in
            [("", true), (" ", true), ("ada", false), ("a\0@b.example", false)]
        {
            let refusal = forgot(&world, email, "192.0.2.1").await.unwrap_err();
            assert_eq!(matches!(refusal, ForgottenPasswordRefusal::EmailMissing), is_missing);
        }
    }
}

/// Mail goes to the stored address, never to the typed one.
#[tokio::test]
async fn the_mail_goes_to_the_stored_spelling_of_the_address() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        forgot(&world, "ADA@EXAMPLE.ORG", "192.0.2.1").await.unwrap();
        let mails: Vec<_> = world.mail().await.into_iter().map(|mail| mail.recipient).collect();
        assert_eq!(mails, [ADA], "{}", test.engine);
    }
}

/// EN-04: five in an hour, and one more in the life of a link. Whoever asks beyond that is answered
/// as before, and the newest link stays good.
#[tokio::test]
async fn links_for_one_address_are_limited_alike_for_every_address() {
    const ROWS: &str = "SELECT (SELECT COUNT(*) FROM password_resets) * 1000
        + (SELECT COUNT(*) FROM throttle_counters)";
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        test.run("DELETE FROM throttle_counters").await;
        let mut written = Vec::new();
        for (block, email) in [ADA, "eve@example.org"].into_iter().enumerate() {
            let before = world.count(ROWS).await;
            for turn in 0..9 {
                forgot(&world, email, &format!("192.0.{block}.{turn}")).await.unwrap();
            }
            written.push(world.count(ROWS).await - before);
        }
        assert_eq!(written[0], written[1], "{}", test.engine);
        let links: Vec<_> = world.mail().await.into_iter().map(|mail| mail.link).collect();
        assert_eq!(links.len(), 1, "the newest took the place of the others in the outbox");
        assert!(world.accounts.look_up_reset(&links[0]).await.is_ok(), "{}", test.engine);
        // Nothing goes out while that link lives, and it stays good until its end.
        world.clock.advance(3_599);
        forgot(&world, ADA, "192.0.2.1").await.unwrap();
        assert_eq!(world.mail().await.len(), 0, "{}", test.engine);
        reset(&world, &links[0], NEW).await.unwrap();
        world.mail().await;
        world.clock.advance(1);
        forgot(&world, ADA, "192.0.2.1").await.unwrap();
        assert_eq!(world.mail().await.len(), 1, "{}", test.engine);
    }
}

/// Asked for all day long by everybody: at most twenty links, and then one in the life of each, so
/// that the owner who asks always has one that works.
#[tokio::test]
async fn an_owner_has_a_link_that_works_however_often_strangers_ask() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        world.mail().await;
        let mut last = None;
        let mut mails = 0;
        for hour in 0..24 {
            for turn in 0..12 {
                forgot(&world, ADA, &format!("192.0.{hour}.{turn}")).await.unwrap();
                for mail in world.mail().await {
                    mails += 1;
                    last = Some(mail.link);
                }
                let newest = last.as_ref().unwrap();
                assert!(
                    world.accounts.look_up_reset(newest).await.is_ok(),
                    "{} {hour}:{turn}",
                    test.engine
                );
                world.clock.advance(300);
            }
        }
        assert!((24..=44).contains(&mails), "{mails} {}", test.engine);
    }
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_link_still_works() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let link = link(&world, ADA).await;
        let missing = reset(&world, &link, "").await.unwrap_err();
        assert!(matches!(missing, PasswordResetRefusal::PasswordMissing), "{missing:?}");
        for (password, problem) in [
            ("123456", PasswordProblem::TooShort { least: 8 }),
            ("password123", PasswordProblem::Leaked),
            ("ada@example.org", PasswordProblem::HoldsOwnWords),
            ("lovelace", PasswordProblem::HoldsOwnWords),
        ] {
            let refused = reset(&world, &link, password).await.unwrap_err();
            let PasswordResetRefusal::Password(found) = refused else { panic!("{refused:?}") };
            assert_eq!(found, problem, "{password}");
        }
        world.accounts.look_up_reset(&link).await.unwrap();
        reset(&world, &link, NEW).await.unwrap();
    }
}

#[tokio::test]
async fn a_link_ends_with_the_password_it_was_asked_for() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let link = link(&world, ADA).await;
        world.accounts.set_password(ADA, &NEW.into()).await.unwrap();
        let refused = reset(&world, &link, "another good one 7").await.unwrap_err();
        assert!(
            matches!(refused, PasswordResetRefusal::Superseded),
            "{}: {refused:?}",
            test.engine
        );
        let told: Vec<_> = world.mail().await.into_iter().map(|mail| mail.template).collect();
        assert_eq!(told, [MailTemplate::PasswordChanged], "an operator's change is told too");
        world.sign_in(ADA, NEW, "192.0.2.1").await.unwrap();
    }
}

/// Whoever reads the mail owns the address: what a stranger made with it is theirs no more.
#[tokio::test]
async fn a_reset_gives_an_unverified_account_to_the_owner_of_the_address() {
    for test in stores().await {
        let world = world(&test.store);
        let handle = world.sign_up_as(ADA, "198.51.100.1").await.unwrap();
        let code = world.mail().await.pop().unwrap().code;
        let link = link(&world, ADA).await;
        reset(&world, &link, NEW).await.unwrap();
        let (first, ip) = (browser("first"), from("198.51.100.1"));
        world.accounts.enter_code(&handle, &code, &first, &ip).await.unwrap_err();
        world.sign_in(ADA, PASSWORD, "198.51.100.1").await.unwrap_err();
        let owner = world.sign_in(ADA, NEW, "192.0.2.1").await.unwrap();
        assert!(owner.user.email_verified_at.is_some(), "{}", test.engine);
    }
}

/// A reset forgets the wrong passwords before it.
#[tokio::test]
async fn who_was_shut_out_by_guesses_comes_in_again_by_a_reset() {
    for test in stores().await {
        let mut chosen = crate::support::people::settings();
        chosen.limits.passwords_by_account = protekt::throttle::Limit::new(3, 900);
        let world = world_with(&test.store, chosen);
        world.person(ADA).await;
        for turn in 0..4 {
            world.sign_in(ADA, "wrong", &format!("198.51.100.{turn}")).await.unwrap_err();
        }
        let shut_out = world.sign_in(ADA, PASSWORD, "192.0.2.1").await.unwrap_err();
        assert!(matches!(shut_out, SignInRefusal::Throttled { .. }), "{shut_out:?}");
        let link = link(&world, ADA).await;
        reset(&world, &link, NEW).await.unwrap();
        world.sign_in(ADA, NEW, "192.0.2.1").await.unwrap();
    }
}

/// PR-14
#[tokio::test]
async fn the_database_holds_no_link_in_plain() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let link = link(&world, ADA).await;
        let digest = link.digest();
        let plain = format!(
            "SELECT COUNT(*) FROM password_resets WHERE link_digest = '{}' OR email LIKE '%{}%'",
            link.expose(),
            link.expose()
        );
        assert_eq!(world.count(Box::leak(plain.into_boxed_str())).await, 0);
        let hashed = format!(
            "SELECT COUNT(*) FROM password_resets WHERE link_digest = '{}'",
            digest.as_str()
        );
        assert_eq!(world.count(Box::leak(hashed.into_boxed_str())).await, 1, "{}", test.engine);
    }
}

#[tokio::test]
async fn links_that_ended_are_cleared_away() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        link(&world, ADA).await;
        let now = protekt::clock::Clock::now(&*world.clock);
        let mut tx = test.store.begin().await.unwrap();
        let purge = password_resets::purge;
        assert_eq!(purge(&mut tx, 10, now).await.unwrap(), 0);
        assert_eq!(purge(&mut tx, 10, now.plus(3_600)).await.unwrap(), 1, "{}", test.engine);
    }
}

/// Judging a password costs work: one link is not good for any number.
#[tokio::test]
async fn passwords_tried_with_one_link_are_limited() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let link = link(&world, ADA).await;
        for _ in 0..20 {
            let refused = reset(&world, &link, "12345678").await.unwrap_err();
            assert!(matches!(refused, PasswordResetRefusal::Password(_)), "{refused:?}");
        }
        let refused = reset(&world, &link, NEW).await.unwrap_err();
        assert!(matches!(refused, PasswordResetRefusal::Throttled { .. }), "{}", test.engine);
        world.clock.advance(900);
        reset(&world, &link, NEW).await.unwrap();
    }
}

/// Links that nobody was sent leave nothing behind.
#[tokio::test]
async fn a_made_up_link_is_not_counted() {
    for test in stores().await {
        let world = world(&test.store);
        for number in 0..5 {
            let link = PlainToken::new(&format!("made up {number}"));
            let (password, first) = (PASSWORD.into(), browser("first"));
            let ip = from("192.0.2.1");
            let tried = world.accounts.reset_password(&link, &password, (&first, None), &ip).await;
            assert!(matches!(tried, Err(PasswordResetRefusal::Unknown)), "{tried:?}");
            world.accounts.request_recovery(&link, ("Lost.", None), &ip).await.unwrap_err();
        }
        let rows = world.count("SELECT COUNT(*) FROM throttle_counters").await;
        assert_eq!(rows, 0, "{}", test.engine);
    }
}

/// Who was promised five days has five days; after that nothing stays.
#[tokio::test]
async fn a_sign_up_stays_as_long_as_a_link_to_its_password() {
    for test in stores().await {
        let world = world(&test.store);
        world.sign_up_as(ADA, "192.0.2.1").await.unwrap();
        let began = world.clock.now();
        let mut tx = test.store.begin().await.unwrap();
        let ada = users::find_credentials(&mut tx, ADA).await.unwrap().unwrap().user;
        let link = PlainToken::generate(LINK_PREFIX);
        let reset = PasswordReset::unasked(&ada, &link, (began, began.plus(5 * 86_400)), false);
        password_resets::insert(&mut tx, &reset).await.unwrap();
        tx.commit().await.unwrap();
        for (days, left) in [(3, 1), (4, 1), (6, 0)] {
            let before = began.plus(days * 86_400);
            let mut tx = test.store.begin().await.unwrap();
            unverified_users::purge_abandoned(&mut tx, 10, before).await.unwrap();
            email_verifications::purge(&mut tx, 10, before).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(
                world.count("SELECT COUNT(*) FROM users").await,
                left,
                "{} {days}",
                test.engine
            );
        }
    }
}
