//! Verifying an address.

use std::sync::Arc;

use protekt::accounts::{
    BeginVerification, SignInRefusal, VerificationRefusal, VerificationStage, Verified,
};
use protekt::domain::PlainToken;

use crate::support::people::{PASSWORD, World, browser, from, world};
use crate::support::stores::stores;

const USERS: &str = "SELECT COUNT(*) FROM users";

async fn enter(world: &World, handle: &PlainToken, code: &str) -> Result<Verified, String> {
    let (first, ip) = (browser("first"), from("192.0.2.1"));
    let entered = world.accounts.enter_code(handle, code, &first, &ip).await;
    entered.map_err(|refusal| format!("{refusal:?}"))
}

fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn the_code_signs_the_first_window_in_and_hands_its_request_on() {
    for test in stores().await {
        let world = world(&test.store);
        let handle = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let code = world.mail().await.pop().unwrap().code;
        let (left, right) = code.split_at(3);
        let typed = format!(" {left}-{right} ");
        let verified = enter(&world, &handle, &typed).await.unwrap();
        let Verified::Here { admission, request_handle } = verified else { panic!("elsewhere") };
        let signed_in = admission.signed_in().unwrap();
        assert_eq!(request_handle.unwrap().expose(), "request", "{}", test.engine);
        assert_eq!(signed_in.session.user_id, signed_in.user.id);
        assert!(signed_in.user.email_verified_at.is_some());
        assert_eq!(enter(&world, &handle, &code).await.unwrap_err(), "Used");
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 1);
    }
}

/// EN-06: every answer is the same where the address was registered before.
#[tokio::test]
async fn five_wrong_codes_are_counted_alike_known_or_not() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let mut answers = Vec::new();
        for address in ["ada@example.org", "new@example.org"] {
            let handle = world.sign_up_as(address, "192.0.2.1").await.unwrap();
            let code = world.mail().await.pop().unwrap().code;
            let mut seen = Vec::new();
            for _ in 0..7 {
                seen.push(enter(&world, &handle, other_than(&code)).await.unwrap_err());
            }
            world.clock.advance(60);
            world.accounts.resend_verification(&handle, &from("192.0.2.1")).await.unwrap();
            let soon = world.accounts.resend_verification(&handle, &from("192.0.2.1")).await;
            seen.push(format!("{soon:?}"));
            world.mail().await;
            world.clock.advance(900);
            seen.push(enter(&world, &handle, "123456").await.unwrap_err());
            world.clock.advance(86_400);
            seen.push(enter(&world, &handle, "123456").await.unwrap_err());
            answers.push(seen);
        }
        assert_eq!(answers[0], answers[1], "{}", test.engine);
        assert_eq!(
            answers[0],
            [
                "WrongCode { tries_left: 4 }",
                "WrongCode { tries_left: 3 }",
                "WrongCode { tries_left: 2 }",
                "WrongCode { tries_left: 1 }",
                "WrongCode { tries_left: 0 }",
                "TooManyTries",
                "TooManyTries",
                "Err(TooSoon { retry_after_seconds: 60 })",
                "CodeExpired",
                "Expired",
            ]
        );
    }
}

#[tokio::test]
async fn the_right_code_does_not_help_after_five_wrong_ones() {
    for test in stores().await {
        let world = world(&test.store);
        let handle = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let code = world.mail().await.pop().unwrap().code;
        for _ in 0..5 {
            enter(&world, &handle, other_than(&code)).await.unwrap_err();
        }
        assert_eq!(enter(&world, &handle, &code).await.unwrap_err(), "TooManyTries");
    }
}

/// Tries at once cannot pass the limit together, nor two right ones sign in twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn codes_at_once_are_counted_one_by_one() {
    for test in stores().await {
        for round in 0..20 {
            let world = Arc::new(world(&test.store));
            let address = format!("ada{round}@example.org");
            let handle = world.sign_up_as(&address, "192.0.2.1").await.unwrap();
            let code = world.mail().await.pop().unwrap().code;
            let code = if round % 2 == 0 { other_than(&code).to_owned() } else { code };
            let senders: Vec<_> = (0..8)
                .map(|n| {
                    let (world, handle, code) = (Arc::clone(&world), handle.clone(), code.clone());
                    tokio::spawn(async move {
                        let requester = from(&format!("10.1.{round}.{n}"));
                        let first = browser("first");
                        world.accounts.enter_code(&handle, &code, &first, &requester).await
                    })
                })
                .collect();
            let (mut right, mut wrong) = (0, 0);
            for sender in senders {
                match sender.await.unwrap() {
                    Ok(Verified::Here { .. }) => right += 1,
                    Err(VerificationRefusal::WrongCode { .. }) => wrong += 1,
                    Ok(Verified::Elsewhere { .. }) => panic!("elsewhere"),
                    Err(VerificationRefusal::Fault(fault)) => panic!("{fault}"),
                    Err(_) => {}
                }
            }
            let expected = if round % 2 == 0 { (0, 5) } else { (1, 0) };
            assert_eq!((right, wrong), expected, "{}", test.engine);
        }
    }
}

/// RC-04: whatever happens to one address at once, nothing waits for itself and one account is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sign_ups_codes_links_and_corrections_at_once_do_not_block_one_another() {
    for test in stores().await {
        for round in 0..20 {
            let world = Arc::new(world(&test.store));
            let address = format!("ada{round}@example.org");
            let handle = world.sign_up_as(&address, "192.0.2.1").await.unwrap();
            let mail = world.mail().await.pop().unwrap();
            world.clock.advance(60);
            let senders: Vec<_> = (0..12)
                .map(|n| {
                    let (world, handle, mail) = (Arc::clone(&world), handle.clone(), mail.clone());
                    tokio::spawn(async move {
                        let (first, ip) = (browser("first"), from(&format!("10.2.{round}.{n}")));
                        let accounts = &world.accounts;
                        let refusal = match n % 6 {
                            0 => accounts.enter_code(&handle, &mail.code, &first, &ip).await.err(),
                            1 => accounts.confirm_link(&mail.link, &first, &ip).await.err(),
                            2 => accounts.resend_verification(&handle, &ip).await.err(),
                            3 => accounts
                                .change_address(&handle, &mail.recipient, &first, &ip)
                                .await
                                .err(),
                            4 => accounts.not_me(&mail.link, &ip).await.err(),
                            _ => {
                                let sent =
                                    world.sign_up_as(&mail.recipient, &format!("10.3.{n}.1")).await;
                                return sent.err().map(|refusal| format!("{refusal:?}"));
                            }
                        };
                        refusal.map(|refusal| format!("{refusal:?}"))
                    })
                })
                .collect();
            for sender in senders {
                let refusal = sender.await.unwrap().unwrap_or_default();
                assert!(!refusal.contains("Fault"), "{}: {refusal}", test.engine);
            }
            let live = "SELECT COUNT(*) FROM (SELECT user_id FROM email_verifications
                WHERE superseded_at IS NULL AND verified_at IS NULL AND user_id IS NOT NULL
                GROUP BY user_id HAVING COUNT(*) > 1) AS doubled";
            assert_eq!(world.count(live).await, 0, "{}", test.engine);
        }
    }
}

/// RC-03: one link, and its "this was not me", from eight browsers at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_is_used_once_and_what_it_verified_is_not_removed() {
    for test in stores().await {
        let world = Arc::new(world(&test.store));
        for round in 0..20 {
            let address = format!("ada{round}@example.org");
            world.sign_up_as(&address, &format!("10.5.{round}.1")).await.unwrap();
            let link = world.mail().await.pop().unwrap().link;
            let before = world.count(USERS).await;
            let senders: Vec<_> = (0..8)
                .map(|n| {
                    let (world, link) = (Arc::clone(&world), link.clone());
                    tokio::spawn(async move {
                        let ip = from(&format!("10.4.{round}.{n}"));
                        let other = browser(&format!("browser {n}"));
                        if n % 2 == 0 {
                            world.accounts.confirm_link(&link, &other, &ip).await.map(|_| (1, 0))
                        } else {
                            world.accounts.not_me(&link, &ip).await.map(|()| (0, 1))
                        }
                    })
                })
                .collect();
            let (mut verified, mut removed) = (0, 0);
            for sender in senders {
                match sender.await.unwrap() {
                    Ok((one, other)) => {
                        verified += one;
                        removed += other;
                    }
                    Err(VerificationRefusal::Fault(fault)) => panic!("{fault}"),
                    Err(_) => {}
                }
            }
            assert_eq!(verified + removed, 1, "{} round {round}", test.engine);
            assert_eq!(before - world.count(USERS).await, removed, "{}", test.engine);
        }
    }
}

/// PR-06
#[tokio::test]
async fn looking_at_a_link_does_not_use_it_up() {
    for test in stores().await {
        let world = world(&test.store);
        world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let link = world.mail().await.pop().unwrap().link;
        for _ in 0..3 {
            let view = world.accounts.look_up_link(&link, None).await.unwrap();
            assert_eq!(view.email, "ada@example.org", "{}", test.engine);
            assert!(!view.is_same_browser);
        }
        let first = browser("first");
        assert!(world.accounts.look_up_link(&link, Some(&first)).await.unwrap().is_same_browser);
        world.accounts.confirm_link(&link, &first, &from("192.0.2.1")).await.unwrap();
        let again = world.accounts.look_up_link(&link, None).await.unwrap_err();
        assert!(matches!(again, VerificationRefusal::Used), "{}: {again:?}", test.engine);
    }
}

#[tokio::test]
async fn in_another_browser_the_link_only_verifies_and_the_first_window_goes_on_once() {
    for test in stores().await {
        let world = world(&test.store);
        let handle = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let link = world.mail().await.pop().unwrap().link;
        let (first, other, ip) = (browser("first"), browser("other"), from("192.0.2.1"));
        let early = world.accounts.continue_verified(&handle, &first, &ip).await;
        assert!(early.is_err(), "{}: not before it is verified", test.engine);
        let verified = world.accounts.confirm_link(&link, &other, &ip).await.unwrap();
        assert!(matches!(verified, Verified::Elsewhere { .. }), "{}", test.engine);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 0);
        let view = world.accounts.verification(&handle).await.unwrap().unwrap();
        assert_eq!(view.stage, VerificationStage::Verified);
        world.accounts.continue_verified(&handle, &other, &ip).await.unwrap_err();
        let here = world.accounts.continue_verified(&handle, &first, &ip).await.unwrap();
        assert!(matches!(here, Verified::Here { .. }), "{}", test.engine);
        world.accounts.continue_verified(&handle, &first, &ip).await.unwrap_err();
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 1);
    }
}

#[tokio::test]
async fn a_verification_from_another_browser_goes_stale() {
    for test in stores().await {
        let world = world(&test.store);
        let handle = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let link = world.mail().await.pop().unwrap().link;
        let ip = from("192.0.2.1");
        world.accounts.confirm_link(&link, &browser("other"), &ip).await.unwrap();
        world.clock.advance(86_400);
        world.accounts.continue_verified(&handle, &browser("first"), &ip).await.unwrap_err();
    }
}

/// PR-02
#[tokio::test]
async fn a_new_mail_supersedes_code_and_link_of_the_one_before() {
    for test in stores().await {
        let world = world(&test.store);
        let handle = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let old = world.mail().await.pop().unwrap();
        let ip = from("192.0.2.1");
        let soon = world.accounts.resend_verification(&handle, &ip).await.unwrap_err();
        assert!(matches!(soon, VerificationRefusal::TooSoon { .. }), "{}: {soon:?}", test.engine);
        world.clock.advance(60);
        world.accounts.resend_verification(&handle, &ip).await.unwrap();
        let new = world.mail().await.pop().unwrap();
        let dead = world.accounts.look_up_link(&old.link, None).await.unwrap_err();
        assert!(matches!(dead, VerificationRefusal::Superseded), "{}: {dead:?}", test.engine);
        if old.code != new.code {
            enter(&world, &handle, &old.code).await.unwrap_err();
        }
        enter(&world, &handle, &new.code).await.unwrap();
    }
}

#[tokio::test]
async fn a_sign_up_causes_a_bounded_number_of_mails() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        for address in ["ada@example.org", "new@example.org"] {
            let handle = world.sign_up_as(address, "192.0.2.1").await.unwrap();
            let mut sent = 1;
            let refusal = loop {
                world.clock.advance(60);
                match world.accounts.resend_verification(&handle, &from("192.0.2.1")).await {
                    Ok(()) => sent += 1,
                    Err(refusal) => break refusal,
                }
            };
            assert!(matches!(refusal, VerificationRefusal::TooManySends), "{refusal:?}");
            assert_eq!(sent, 8, "{}", test.engine);
        }
    }
}

#[tokio::test]
async fn a_mistyped_address_is_corrected_with_what_was_typed_before() {
    for test in stores().await {
        let world = world(&test.store);
        let (first, ip) = (browser("first"), from("192.0.2.1"));
        world.person("taken@example.org").await;
        // The address typed first may be registered: the page cannot tell.
        for (wrong, right) in
            [("adda@example.org", "ada@example.org"), ("taken@example.org", "bea@example.org")]
        {
            let handle = world.sign_up_as(wrong, "192.0.2.1").await.unwrap();
            let dead = world.mail().await.pop().unwrap();
            let other = browser("other");
            let change = world.accounts.change_address(&handle, right, &other, &ip).await;
            assert!(matches!(change, Err(VerificationRefusal::Unknown)), "{}", test.engine);
            world.accounts.change_address(&handle, right, &first, &ip).await.unwrap();
            let mail = world.mail().await.pop().unwrap();
            assert_eq!(mail.recipient, right);
            world.accounts.look_up_link(&dead.link, None).await.unwrap_err();
            enter(&world, &handle, &mail.code).await.unwrap();
            let signed_in = world.sign_in(right, PASSWORD, "192.0.2.1").await.unwrap();
            assert_eq!(signed_in.user.name.as_deref(), Some("Ada Lovelace"));
        }
        let gone = world.sign_in("adda@example.org", PASSWORD, "192.0.2.1").await;
        assert!(matches!(gone, Err(SignInRefusal::WrongCredentials { .. })), "{}", test.engine);
        world.sign_in("taken@example.org", PASSWORD, "192.0.2.1").await.unwrap();
    }
}

/// EN-06
#[tokio::test]
async fn a_correction_to_a_taken_address_is_answered_alike() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("taken@example.org").await;
        let handle = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        world.mail().await;
        let (first, ip) = (browser("first"), from("192.0.2.1"));
        world.accounts.change_address(&handle, "taken@example.org", &first, &ip).await.unwrap();
        let view = world.accounts.verification(&handle).await.unwrap().unwrap();
        assert_eq!(view.email, "taken@example.org", "{}", test.engine);
        assert_eq!(view.stage, VerificationStage::Waiting);
        assert!(view.may_change_address);
        assert_eq!(world.count(USERS).await, 1, "the mistyped account is gone");
    }
}

#[tokio::test]
async fn this_was_not_me_removes_an_unverified_account_and_no_other() {
    for test in stores().await {
        let world = world(&test.store);
        let ip = from("198.51.100.1");
        let handle = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let link = world.mail().await.pop().unwrap().link;
        world.accounts.not_me(&link, &ip).await.unwrap();
        assert_eq!(world.count(USERS).await, 0, "{}", test.engine);
        // The window stays as it would be if the address had been registered: no code is right.
        let view = world.accounts.verification(&handle).await.unwrap().unwrap();
        assert_eq!(view.stage, VerificationStage::Waiting, "{}", test.engine);
        enter(&world, &handle, "").await.unwrap_err();
        // A new code that is asked for there is sent, and good: as after signing up once more.
        world.clock.advance(61);
        world.accounts.resend_verification(&handle, &from("192.0.2.1")).await.unwrap();
        let mail = world.mail().await.pop().unwrap();
        assert_eq!(mail.recipient, "ada@example.org", "{}", test.engine);
        world.accounts.not_me(&mail.link, &ip).await.unwrap();
        world.clock.advance(61);
        world.accounts.resend_verification(&handle, &from("192.0.2.1")).await.unwrap();
        let mail = world.mail().await.pop().unwrap();
        enter(&world, &handle, &mail.code).await.unwrap();
        assert_eq!(world.count(USERS).await, 1, "{}", test.engine);
        test.run("DELETE FROM users").await;

        world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let link = world.mail().await.pop().unwrap().link;
        world.accounts.confirm_link(&link, &browser("first"), &ip).await.unwrap();
        let late = world.accounts.not_me(&link, &ip).await.unwrap_err();
        assert!(matches!(late, VerificationRefusal::Used), "{}: {late:?}", test.engine);
        assert_eq!(world.count(USERS).await, 1, "{}", test.engine);
    }
}

/// Ada, whose account an operator made, signs in and is asked to verify first.
async fn made_by_operator(world: &World) -> PlainToken {
    world.unverified_person("ada@example.org").await;
    let refusal = world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap_err();
    let SignInRefusal::EmailNotVerified { user } = refusal else { panic!("{refusal:?}") };
    let begin = BeginVerification {
        user: &user,
        browser_digest: browser("first"),
        request_handle: None,
        locale: "en".to_owned(),
    };
    world.accounts.begin_verification(begin, &from("192.0.2.1")).await.unwrap().0
}

/// An account that an operator made is kept, with its id and roles: only its password goes.
#[tokio::test]
async fn this_was_not_me_keeps_an_account_that_an_operator_made() {
    for test in stores().await {
        let world = world(&test.store);
        let handle = made_by_operator(&world).await;
        let mail = world.mail().await.remove(0);
        world.accounts.not_me(&mail.link, &from("198.51.100.1")).await.unwrap();
        assert_eq!(world.count(USERS).await, 1, "{}", test.engine);
        enter(&world, &handle, &mail.code).await.unwrap_err();
        let refusal = world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap_err();
        assert!(matches!(refusal, SignInRefusal::WrongCredentials { .. }), "{refusal:?}");
    }
}

#[tokio::test]
async fn whoever_signs_in_unverified_can_verify_then() {
    for test in stores().await {
        let world = world(&test.store);
        let handle = made_by_operator(&world).await;
        let mails = world.mail().await;
        assert_eq!(mails.len(), 1, "{}", test.engine);
        enter(&world, &handle, &mails[0].code).await.unwrap();
        world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap();
    }
}

#[tokio::test]
async fn an_abandoned_sign_up_leaves_nothing_behind() {
    use protekt::clock::Clock as _;
    use protekt::store::{email_verifications, outbox, throttle_counters, unverified_users};

    for test in stores().await {
        let world = world(&test.store);
        world.person("kept@example.org").await;
        world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        world.mail().await;
        world.clock.advance(2 * 86_400);
        let now = world.clock.now();
        let mut tx = test.store.begin().await.unwrap();
        assert_eq!(
            unverified_users::purge_abandoned(&mut tx, 10, now).await.unwrap(),
            1,
            "{}",
            test.engine
        );
        email_verifications::purge(&mut tx, 10, now).await.unwrap();
        outbox::purge(&mut tx, 10, now).await.unwrap();
        throttle_counters::purge(&mut tx, 100, now).await.unwrap();
        tx.commit().await.unwrap();
        for (left, sql) in [
            (1, USERS),
            (0, "SELECT COUNT(*) FROM email_verifications"),
            (0, "SELECT COUNT(*) FROM outbox"),
            (0, "SELECT COUNT(*) FROM throttle_counters"),
        ] {
            assert_eq!(world.count(sql).await, left, "{}: {sql}", test.engine);
        }
    }
}
