//! Signing in.

use std::sync::Arc;

use protekt::accounts::{HashingCapacity, HashingCost, PasswordHasher, SignIn, SignInRefusal};

use crate::support::people::{CHEAP, PASSWORD, browser, from, settings, world, world_with};
use crate::support::stores::stores;

#[tokio::test]
async fn the_right_password_signs_in_by_every_spelling_of_the_name() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        for login in ["ada@example.org", " ADA@Example.org "] {
            let signed_in = world.sign_in(login, PASSWORD, "192.0.2.1").await.unwrap();
            assert_eq!(signed_in.user.email, "ada@example.org", "{}", test.engine);
            assert_eq!(signed_in.session.amr.iter().collect::<Vec<_>>(), ["pwd"]);
        }
    }
}

/// EN-01
#[tokio::test]
async fn unknown_wrong_blocked_and_without_password_are_one_refusal_and_one_cost() {
    const ROWS: &str = "SELECT (SELECT COUNT(*) FROM throttle_counters)
        + (SELECT COUNT(*) FROM audit_events)";
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let mut written = Vec::new();
        for (login, ip) in [
            ("ada@example.org", "198.51.100.1"),
            ("nobody@example.org", "198.51.100.2"),
            ("no name at all \0", "198.51.100.3"),
            (&"x".repeat(10_000), "198.51.100.4"),
        ] {
            let before = world.count(ROWS).await;
            let refusal = world.sign_in(login, "not the password", ip).await.unwrap_err();
            assert!(
                matches!(refusal, SignInRefusal::WrongCredentials { advise_reset: false }),
                "{}: {refusal:?}",
                test.engine
            );
            written.push(world.count(ROWS).await - before);
        }
        assert_eq!(written[..3], [5, 5, 5], "{}", test.engine);
    }
}

/// BF-01
#[tokio::test]
async fn forty_wrong_passwords_on_one_name_are_throttled_known_or_not() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        for (login, ip) in
            [("ada@example.org", "198.51.100.1"), ("nobody@x.example", "198.51.100.2")]
        {
            let mut seen = Vec::new();
            for _ in 0..40 {
                seen.push(match world.sign_in(login, "wrong", ip).await.unwrap_err() {
                    SignInRefusal::WrongCredentials { advise_reset } => {
                        if advise_reset {
                            "advice"
                        } else {
                            "wrong"
                        }
                    }
                    SignInRefusal::Throttled { retry_after_seconds: 900 } => "throttled",
                    other => panic!("{other:?}"),
                });
            }
            assert_eq!(seen[..3], ["wrong", "advice", "advice"], "{login}");
            assert_eq!(seen.iter().filter(|s| **s != "throttled").count(), 10, "{login}");
        }
        // The right one does not help either, until the window is over.
        let late = world.sign_in("ada@example.org", PASSWORD, "198.51.100.1").await;
        assert!(matches!(late, Err(SignInRefusal::Throttled { .. })), "{}", test.engine);
        world.sign_in("ada@example.org", PASSWORD, "203.0.113.9").await.unwrap();
        world.clock.advance(900);
        world.sign_in("ada@example.org", PASSWORD, "198.51.100.1").await.unwrap();
    }
}

/// BF-01: from a hundred addresses.
#[tokio::test]
async fn wrong_passwords_from_many_networks_are_throttled_by_the_name() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let mut compared = 0;
        for n in 0..100 {
            let ip = format!("198.51.100.{n}");
            let refusal = world.sign_in("ada@example.org", "wrong", &ip).await.unwrap_err();
            compared += i32::from(matches!(refusal, SignInRefusal::WrongCredentials { .. }));
        }
        assert_eq!(compared, 30, "{}", test.engine);
    }
}

/// BF-06
#[tokio::test]
async fn one_password_on_five_hundred_accounts_is_throttled_by_the_network() {
    for test in stores().await {
        let world = world(&test.store);
        let mut compared = 0;
        for n in 0..500 {
            let login = format!("person{n}@example.org");
            let refusal = world.sign_in(&login, PASSWORD, "198.51.100.1").await.unwrap_err();
            compared += i32::from(matches!(refusal, SignInRefusal::WrongCredentials { .. }));
        }
        assert_eq!(compared, 60, "{}", test.engine);
        let throttled = "SELECT COUNT(*) FROM audit_events WHERE kind = 'throttled'";
        assert_eq!(world.count(throttled).await, 1, "one line a window, however many tries");
    }
}

/// BF-01: tries at once cannot pass the limit together.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tries_at_once_are_counted_one_by_one() {
    for test in stores().await {
        let world = Arc::new(world(&test.store));
        let tries: Vec<_> = (0..40)
            .map(|_| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let tried = world.sign_in("ada@example.org", "wrong", "198.51.100.1").await;
                    i32::from(matches!(tried, Err(SignInRefusal::WrongCredentials { .. })))
                })
            })
            .collect();
        let mut compared = 0;
        for tried in tries {
            compared += tried.await.unwrap();
        }
        assert_eq!(compared, 10, "{}", test.engine);
    }
}

#[tokio::test]
async fn a_right_password_forgets_the_wrong_ones_before_it() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        // Nine in each network, where ten are allowed; thirty by a name.
        for round in 0..3 {
            for _ in 0..9 {
                world.sign_in("ada@example.org", "wrong", "198.51.100.1").await.unwrap_err();
            }
            let right = world.sign_in("ada@example.org", PASSWORD, "198.51.100.1").await;
            assert!(right.is_ok(), "{round} {}: {right:?}", test.engine);
        }
    }
}

/// EN-01: whoever guesses from many networks does not see by their own waiting that somebody has the name,
/// and was just there.
#[tokio::test]
async fn a_sign_in_of_its_owner_leaves_the_window_of_a_name_as_it_is() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let mut seen = Vec::new();
        for (name, has_owner) in [("ada@example.org", true), ("nobody@example.org", false)] {
            for n in 0..28 {
                let ip = format!("203.0.113.{}", n / 7);
                world.sign_in(name, "wrong", &ip).await.unwrap_err();
            }
            if has_owner {
                world.sign_in(name, PASSWORD, "198.51.100.1").await.unwrap();
            }
            let mut waits = Vec::new();
            for n in 0..6 {
                let refusal =
                    world.sign_in(name, "wrong", &format!("192.0.2.{n}")).await.unwrap_err();
                waits.push(matches!(refusal, SignInRefusal::Throttled { .. }));
            }
            seen.push(waits);
        }
        assert_eq!(seen[0], seen[1], "{}", test.engine);
        assert_eq!(seen[0], [false, false, true, true, true, true], "{}", test.engine);
    }
}

#[tokio::test]
async fn a_full_hasher_turns_away_before_the_try_counts() {
    for test in stores().await {
        let mut world = world(&test.store);
        let capacity = HashingCapacity { running: 1, waiting: 0 };
        world.accounts.hasher = PasswordHasher::new(CHEAP, capacity).unwrap();
        let ticket = world.accounts.hasher.admit().unwrap();
        let refusal = world.sign_in("ada@example.org", "x", "198.51.100.1").await.unwrap_err();
        assert!(matches!(refusal, SignInRefusal::Busy), "{refusal:?}");
        drop(ticket);
        assert_eq!(world.count("SELECT COUNT(*) FROM throttle_counters").await, 0);
    }
}

#[tokio::test]
async fn a_hash_of_old_cost_is_made_anew_at_the_next_sign_in() {
    const DEAR: &str =
        "SELECT COUNT(*) FROM users WHERE password_hash LIKE '$argon2id$v=19$m=16,%'";
    for test in stores().await {
        let mut world = world(&test.store);
        world.person("ada@example.org").await;
        let capacity = HashingCapacity { running: 1, waiting: 4 };
        world.accounts.hasher =
            PasswordHasher::new(HashingCost { memory: 16, ..CHEAP }, capacity).unwrap();
        world.sign_in("ada@example.org", "wrong", "192.0.2.1").await.unwrap_err();
        assert_eq!(world.count(DEAR).await, 0, "{}", test.engine);
        for _ in 0..2 {
            world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap();
            assert_eq!(world.count(DEAR).await, 1, "{}", test.engine);
        }
    }
}

#[tokio::test]
async fn an_unverified_address_is_told_to_the_owner_of_the_password_alone() {
    for test in stores().await {
        let world = world(&test.store);
        world.unverified_person("ada@example.org").await;
        let wrong = world.sign_in("ada@example.org", "wrong", "192.0.2.1").await.unwrap_err();
        assert!(matches!(wrong, SignInRefusal::WrongCredentials { .. }), "{}", test.engine);
        let right = world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap_err();
        assert!(matches!(right, SignInRefusal::EmailNotVerified { .. }), "{}", test.engine);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 0);
    }
}

/// EN-01. A counter that two names share would tell that they belong together.
#[tokio::test]
async fn guesses_at_one_name_do_not_show_at_another_name_of_the_account() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        test.run("UPDATE users SET username = 'ada', username_canonical = 'ada'").await;
        for _ in 0..11 {
            world.sign_in("ada", "wrong", "192.0.2.1").await.unwrap_err();
        }
        let shut_out = world.sign_in("ada", PASSWORD, "192.0.2.1").await.unwrap_err();
        assert!(matches!(shut_out, SignInRefusal::Throttled { .. }), "{shut_out:?}");
        for name in ["ada@example.org", "nobody@example.org"] {
            let refusal = world.sign_in(name, "wrong", "192.0.2.1").await.unwrap_err();
            assert!(matches!(refusal, SignInRefusal::WrongCredentials { .. }), "{refusal:?}");
        }
    }
}

#[tokio::test]
async fn a_browser_keeps_accounts_only_where_the_person_asked_to_be_kept() {
    for test in stores().await {
        let world = world_with(&test.store, settings());
        world.person("ada@example.org").await;
        let mine = browser("mine");
        for (remember, kept) in [(false, 0), (true, 1)] {
            let form = SignIn {
                tells_unclaimed: false,
                login: "ada@example.org".to_owned(),
                password: PASSWORD.into(),
                remember,
                browser_digest: Some(mine.clone()),
                trust_digest: None,
            };
            let signed_in = world.accounts.sign_in(form, &from("192.0.2.1")).await.unwrap();
            let signed_in = signed_in.signed_in().unwrap();
            assert_eq!(signed_in.session.remembered, remember);
            assert_eq!(world.accounts.accounts_of_browser(&mine).await.unwrap().len(), kept);
            assert!(
                world.accounts.accounts_of_browser(&browser("other")).await.unwrap().is_empty()
            );
            if remember {
                let id = &signed_in.user.id;
                world.accounts.forget_account_of_browser((&mine, None), id).await.unwrap();
                assert!(world.accounts.accounts_of_browser(&mine).await.unwrap().is_empty());
            }
        }
    }
}
