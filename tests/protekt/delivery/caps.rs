//! Limits on the messages that somebody can cause.

use std::sync::Arc;

use protekt::accounts::Destination;
use protekt::domain::{PhoneNumber, UserId};
use protekt::throttle::{Decision, Limit, SmsLimits, ThrottleLimits};

use crate::support::people::{World, from, settings, world_with};
use crate::support::stores::{TestStore, stores};

const HOUR: i64 = 3_600;
const MANY: Limit = Limit::new(1_000_000, HOUR);
/// Nothing is limited but what a test names.
const UNLIMITED: SmsLimits = SmsLimits {
    by_network: MANY,
    by_account: MANY,
    by_number: MANY,
    by_unconfirmed_number: MANY,
    by_country: MANY,
    hourly: MANY,
    daily: MANY,
};
const SHARED: &str = "SELECT COUNT(*) FROM audit_events WHERE kind = 'sms_limit_reached'";
const OWN: &str = "SELECT COUNT(*) FROM audit_events WHERE kind = 'throttled'";

fn world(test: &TestStore, sms: SmsLimits) -> World {
    let limits = ThrottleLimits { sms, ..ThrottleLimits::default() };
    world_with(&test.store, protekt::accounts::AccountSettings { limits, ..settings() })
}

async fn text(world: &World, number: &str, account: &str, ip: &str) -> Decision {
    let number: PhoneNumber = number.parse().unwrap();
    let account = UserId::from(account);
    let to = Destination::ConfirmedNumber(&number);
    world.accounts.count_sending(to, Some(&account), &from(ip)).await.unwrap()
}

/// The same to a number that somebody names.
async fn text_unconfirmed(world: &World, number: &str, account: &str, ip: &str) -> Decision {
    let number: PhoneNumber = number.parse().unwrap();
    let account = UserId::from(account);
    let to = Destination::Number(&number);
    world.accounts.count_sending(to, Some(&account), &from(ip)).await.unwrap()
}

const fn is_allowed(decision: Decision) -> bool {
    matches!(decision, Decision::Allowed { .. })
}

/// A number in the country with this code.
fn number(code: u32, n: i64) -> String {
    format!("+{code}{:08}", 30_000_000 + n)
}

#[tokio::test]
async fn one_number_gets_so_many_sms_whoever_asks() {
    for test in stores().await {
        let world = world(&test, SmsLimits { by_number: Limit::new(5, HOUR), ..UNLIMITED });
        for n in 0..5 {
            let (account, ip) = (format!("u{n}"), format!("192.0.2.{n}"));
            assert!(is_allowed(text(&world, &number(49, 1), &account, &ip).await));
        }
        let refused = text(&world, "+49 (30) 00 00 01", "u9", "192.0.2.9").await;
        let first = Decision::Refused { retry_after_seconds: HOUR, is_first: true };
        assert_eq!(refused, first, "{}", test.engine);
        assert!(is_allowed(text(&world, &number(49, 2), "u9", "192.0.2.9").await));
        world.clock.advance(HOUR);
        assert!(is_allowed(text(&world, &number(49, 1), "u9", "192.0.2.9").await));
        assert_eq!(world.count(OWN).await, 1, "{}", test.engine);
    }
}

/// Whoever names a number uses nothing of what its owner has.
#[tokio::test]
async fn a_number_that_nobody_confirmed_has_a_small_budget_of_its_own() {
    for test in stores().await {
        let world =
            world(&test, SmsLimits { by_number: Limit::new(5, HOUR), ..SmsLimits::default() });
        for n in 0..6 {
            let (account, ip) = (format!("u{n}"), format!("192.0.2.{n}"));
            let decision = text_unconfirmed(&world, &number(49, 1), &account, &ip).await;
            assert_eq!(is_allowed(decision), n < 3, "{} {n}", test.engine);
        }
        for n in 0..5 {
            let ip = format!("192.0.2.{n}");
            assert!(is_allowed(text(&world, &number(49, 1), "u1", &ip).await), "{}", test.engine);
        }
        world.clock.advance(HOUR);
        let later = text_unconfirmed(&world, &number(49, 1), "u9", "192.0.2.9").await;
        assert!(is_allowed(later), "{}", test.engine);
    }
}

/// Half of what all share is left to people who confirmed their number.
#[tokio::test]
async fn numbers_that_nobody_confirmed_use_up_half_of_what_all_share() {
    let limits = [
        (SmsLimits { by_country: Limit::new(20, HOUR), ..UNLIMITED }, 10),
        (SmsLimits { hourly: Limit::new(12, HOUR), ..UNLIMITED }, 6),
        (SmsLimits { daily: Limit::new(8, HOUR), ..UNLIMITED }, 4),
    ];
    for (limits, half) in limits {
        for test in stores().await {
            let world = world(&test, limits);
            for n in 0..30 {
                let (account, ip) = (format!("u{n}"), format!("192.0.2.{n}"));
                let decision = text_unconfirmed(&world, &number(49, n), &account, &ip).await;
                assert_eq!(is_allowed(decision), n < half, "{} {n}", test.engine);
            }
            for n in 0..30 {
                let (account, ip) = (format!("o{n}"), format!("198.51.100.{n}"));
                let decision = text(&world, &number(49, n), &account, &ip).await;
                assert_eq!(is_allowed(decision), n < half, "{} {n}", test.engine);
            }
        }
    }
}

/// Ten times as many from one network to numbers that their owners have confirmed (decision 0032).
#[tokio::test]
async fn one_account_and_one_network_cause_so_many_sms_whatever_the_number() {
    let limits = [
        (SmsLimits { by_account: Limit::new(10, HOUR), ..UNLIMITED }, 10),
        (SmsLimits { by_network: Limit::new(10, HOUR), ..UNLIMITED }, 100),
    ];
    for ((limits, confirmed), is_by_account) in limits.into_iter().zip([true, false]) {
        for test in stores().await {
            let world = world(&test, limits);
            let who = |n: i64| {
                let other = n.to_string();
                if is_by_account {
                    ("u1".to_owned(), format!("192.0.2.{other}"))
                } else {
                    (format!("u{other}"), "192.0.2.1".to_owned())
                }
            };
            for n in 0..11 {
                let (account, ip) = who(n);
                let decision = text_unconfirmed(&world, &number(49, n), &account, &ip).await;
                assert_eq!(is_allowed(decision), n < 10, "{} {n}", test.engine);
            }
            for n in 0..=confirmed {
                let (account, ip) = who(n);
                let decision = text(&world, &number(49, n), &account, &ip).await;
                assert_eq!(is_allowed(decision), n < confirmed, "{} {n}", test.engine);
            }
            for send in [false, true] {
                let (to, account, ip) = (number(49, 99), "u999", "198.51.100.1");
                let others = if send {
                    text(&world, &to, account, ip).await
                } else {
                    text_unconfirmed(&world, &to, account, ip).await
                };
                assert!(is_allowed(others), "{}: others go on", test.engine);
            }
        }
    }
}

async fn mail_of(world: &World, (to, account): (Destination<'_>, &UserId), ip: &str) -> bool {
    is_allowed(world.accounts.count_sending(to, Some(account), &from(ip)).await.unwrap())
}

/// Mails to addresses that somebody names use up nothing of what the account itself has, and one
/// network sends so many whoever they are for.
#[tokio::test]
async fn mails_to_named_addresses_have_budgets_of_their_own() {
    for test in stores().await {
        let world = world(&test, UNLIMITED);
        let own = UserId::from("u1");
        for n in 0..21 {
            let (to, ip) = (format!("n{n}@example.com"), format!("192.0.2.{n}"));
            let sent = mail_of(&world, (Destination::Address(&to), &own), &ip).await;
            assert_eq!(sent, n < 20, "of one account: {} {n}", test.engine);
        }
        for n in 0..21 {
            let sent = mail_of(&world, (Destination::OwnAddress, &own), "192.0.2.1").await;
            assert_eq!(sent, n < 20, "its own: {} {n}", test.engine);
        }
        for n in 0..61 {
            let to = format!("m{n}@example.com");
            let to = Destination::Address(&to);
            let account = UserId::from(format!("m{n}").as_str());
            let sent = mail_of(&world, (to, &account), "198.51.100.1").await;
            assert_eq!(sent, n < 60, "of one network: {} {n}", test.engine);
        }
    }
}

/// Pumping: many accounts in many networks, each within its own limits, to dear numbers of one
/// country. The operator is told once.
#[tokio::test]
async fn the_numbers_of_one_country_get_so_many_sms_and_the_operator_is_told_once() {
    for test in stores().await {
        let world = world(&test, SmsLimits { by_country: Limit::new(20, HOUR), ..UNLIMITED });
        for n in 0..25 {
            let (account, ip) = (format!("u{n}"), format!("192.0.2.{n}"));
            let decision = text(&world, &number(371, n), &account, &ip).await;
            assert_eq!(is_allowed(decision), n < 20, "{} {n}", test.engine);
        }
        let elsewhere = text(&world, &number(49, 1), "u99", "198.51.100.1").await;
        assert!(is_allowed(elsewhere), "{}: other countries go on", test.engine);
        assert_eq!(world.count(SHARED).await, 1, "{}", test.engine);
        assert_eq!(world.count(OWN).await, 0, "{}", test.engine);
    }
}

#[tokio::test]
async fn all_sms_together_are_limited_within_the_hour_and_the_day() {
    for test in stores().await {
        let (hourly, daily) = (Limit::new(10, HOUR), Limit::new(15, 24 * HOUR));
        let world = world(&test, SmsLimits { hourly, daily, ..UNLIMITED });
        let mut sent = 0;
        for hour in 0..3 {
            for n in 0..12 {
                let number = number(30 + u32::try_from(n % 5).unwrap(), n);
                let (account, ip) = (format!("u{n}"), format!("192.0.2.{n}"));
                sent += i64::from(is_allowed(text(&world, &number, &account, &ip).await));
            }
            assert_eq!(sent, if hour == 0 { 10 } else { 15 }, "{} {hour}", test.engine);
            world.clock.advance(HOUR);
        }
        // Each of the three hours once, and the day once.
        assert_eq!(world.count(SHARED).await, 4, "{}", test.engine);
    }
}

#[tokio::test]
async fn a_signed_in_person_causes_so_many_mails_whatever_the_address() {
    for test in stores().await {
        let world = world(&test, UNLIMITED);
        for n in 0..21 {
            let address = format!("Ada{n}@example.org");
            let (to, account) = (Destination::Address(&address), UserId::from("u1"));
            let ip = format!("192.0.2.{n}");
            let decision = world.accounts.count_sending(to, Some(&account), &from(&ip)).await;
            assert_eq!(is_allowed(decision.unwrap()), n < 20, "{} {n}", test.engine);
        }
    }
}

/// Two spellings of an address are one mailbox. What others cause is not told.
#[tokio::test]
async fn one_network_causes_so_many_mails_to_an_address_however_it_is_spelt() {
    for test in stores().await {
        let world = world(&test, UNLIMITED);
        for n in 0..21 {
            let address = ["ada@example.org", "ADA@Example.ORG"][n % 2];
            let to = Destination::Address(address);
            let decision = world.accounts.count_sending(to, None, &from("192.0.2.1")).await;
            assert_eq!(is_allowed(decision.unwrap()), n < 20, "{} {n}", test.engine);
        }
        let to = Destination::Address("ada@example.org");
        let elsewhere = world.accounts.count_sending(to, None, &from("192.0.2.2")).await;
        assert!(is_allowed(elsewhere.unwrap()), "{}", test.engine);
        // Nor does it touch the codes of the owner, who causes so many and no more.
        let owner = UserId::from("u1");
        for n in 0..21 {
            let to = Destination::OwnAddress;
            let decision = world.accounts.count_sending(to, Some(&owner), &from("192.0.2.1")).await;
            assert_eq!(is_allowed(decision.unwrap()), n < 20, "{} {n}", test.engine);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_senders_at_once_stay_within_the_limit() {
    for test in stores().await {
        let limits = SmsLimits { by_number: Limit::new(5, HOUR), ..UNLIMITED };
        let world = Arc::new(world(&test, limits));
        for round in 0..20 {
            let senders: Vec<_> = (0..8)
                .map(|n| {
                    let world = Arc::clone(&world);
                    tokio::spawn(async move {
                        let account = format!("u{n}");
                        text(&world, &number(49, round), &account, "192.0.2.1").await
                    })
                })
                .collect();
            let mut allowed = 0;
            for sender in senders {
                allowed += usize::from(is_allowed(sender.await.unwrap()));
            }
            assert_eq!(allowed, 5, "{} round {round}", test.engine);
        }
    }
}
