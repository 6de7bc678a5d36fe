//! How many wrong passwords there can be, and who is not shut out by those of others.

use std::sync::Arc;

use protekt::accounts::{AccountSettings, ForgottenPassword, SignIn, SignInRefusal};
use protekt::delivery::MailTemplate;
use protekt::domain::TokenDigest;
use protekt::store::{Store, known_devices};
use protekt::throttle::{Limit, ThrottleLimits};

use crate::support::people::{PASSWORD, World, browser, from, settings, world, world_with};
use crate::support::stores::{TestStore, stores};

const ADA: &str = "ada@example.org";
const NEW: &str = "quite another 7 words";
const DAY: i64 = 24 * 60 * 60;

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    In,
    Compared,
    Throttled,
    ResetAdvised,
}

fn came<T>(tried: Result<T, SignInRefusal>) -> Came {
    match tried {
        Ok(_) => Came::In,
        Err(SignInRefusal::WrongCredentials { .. }) => Came::Compared,
        Err(SignInRefusal::Throttled { .. }) => Came::Throttled,
        Err(SignInRefusal::NotCompared { .. }) => Came::ResetAdvised,
        Err(SignInRefusal::TooManyInARow { retry_after_seconds }) => {
            assert!((1..=30 * DAY).contains(&retry_after_seconds), "{retry_after_seconds}");
            Came::ResetAdvised
        }
        Err(other) => panic!("{other:?}"),
    }
}

async fn try_in(world: &World, login: &str, password: &str, known: &TokenDigest) -> Came {
    let form = SignIn {
        tells_unclaimed: false,
        login: login.to_owned(),
        password: password.into(),
        remember: false,
        browser_digest: Some(known.clone()),
        trust_digest: None,
    };
    came(world.accounts.sign_in(form, &from("192.0.2.1")).await)
}

/// As many wrong passwords as there may be, with patience and from many networks.
async fn guess_patiently(world: &World, login: &str) -> usize {
    let mut compared = 0;
    for turn in 0..20 {
        for number in 0..10 {
            let ip = format!("198.51.{turn}.{number}");
            let tried = came(world.sign_in(login, "wrong", &ip).await);
            compared += usize::from(tried == Came::Compared);
        }
        world.clock.advance(900);
    }
    compared
}

async fn reset(world: &World, password: &str) {
    let form = ForgottenPassword {
        email: ADA.to_owned(),
        browser_digest: browser("forgetful"),
        request_handle: None,
        locale: "en".to_owned(),
        locale_was_asked_for: false,
    };
    world.accounts.forgot_password(form, &from("192.0.2.7")).await.unwrap();
    let mails = world.mail().await;
    let mail = mails.into_iter().find(|mail| mail.template == MailTemplate::ResetPassword);
    let (link, browser) = (mail.unwrap().link, browser("forgetful"));
    let password = password.into();
    world
        .accounts
        .reset_password(&link, &password, (&browser, None), &from("192.0.2.7"))
        .await
        .unwrap();
}

async fn with_username(test: &TestStore) -> World {
    let world = world(&test.store);
    world.person(ADA).await;
    test.run("UPDATE users SET username = 'Ada L', username_canonical = 'ada l'").await;
    world
}

/// BF-01, EN-01
#[tokio::test]
async fn after_forty_wrong_passwords_in_a_row_only_a_new_one_helps_known_or_not() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        for login in [ADA, "nobody@example.org", "no name at all"] {
            assert_eq!(guess_patiently(&world, login).await, 40, "{login} {}", test.engine);
            let late = came(world.sign_in(login, PASSWORD, "203.0.113.9").await);
            assert_eq!(late, Came::ResetAdvised, "{login} {}", test.engine);
        }
        let trail = "SELECT COUNT(*) FROM audit_events WHERE detail LIKE '%in_a_row%'";
        assert_eq!(world.count(trail).await, 3, "a line for each name, not for each try");
        reset(&world, NEW).await;
        assert_eq!(came(world.sign_in(ADA, NEW, "203.0.113.9").await), Came::In);
        let other = came(world.sign_in("nobody@example.org", NEW, "203.0.113.9").await);
        assert_eq!(other, Came::ResetAdvised, "{}", test.engine);
    }
}

/// BF-01: an account has two names, and browsers that know it.
#[tokio::test]
async fn an_account_stands_a_hundred_wrong_passwords_in_a_row_by_all_its_names_and_browsers() {
    for test in stores().await {
        let world = with_username(&test).await;
        let mut compared = 0;
        for login in [ADA, " ADA@Example.org", "ada l", "Ada\u{a0}L"] {
            compared += guess_patiently(&world, login).await;
        }
        assert_eq!(compared, 80, "{}", test.engine);
        let mine = browser("first");
        for _ in 0..5 {
            for _ in 0..20 {
                let tried = try_in(&world, ADA, "wrong", &mine).await;
                compared += usize::from(tried == Came::Compared);
            }
            world.clock.advance(900);
        }
        assert_eq!(compared, 100, "{}", test.engine);
        assert_eq!(try_in(&world, ADA, PASSWORD, &mine).await, Came::ResetAdvised);
    }
}

/// BF-01
#[tokio::test]
async fn wrong_passwords_in_a_row_are_forgotten_thirty_days_after_the_last_that_counted() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        assert_eq!(guess_patiently(&world, ADA).await, 40);
        // What is refused does not prolong it.
        for _ in 0..29 {
            world.clock.advance(DAY);
            let tried = came(world.sign_in(ADA, PASSWORD, "203.0.113.9").await);
            assert_eq!(tried, Came::ResetAdvised, "{}", test.engine);
        }
        world.clock.advance(DAY);
        assert_eq!(came(world.sign_in(ADA, PASSWORD, "203.0.113.9").await), Came::In);
    }
}

#[tokio::test]
async fn a_right_password_forgets_the_wrong_ones_by_every_name() {
    for test in stores().await {
        let world = with_username(&test).await;
        for login in [ADA, "ada l"] {
            for number in 0..30 {
                let tried = world.sign_in(login, "wrong", &format!("198.51.100.{number}")).await;
                assert_eq!(came(tried), Came::Compared, "{}", test.engine);
            }
        }
        world.clock.advance(900);
        assert_eq!(came(world.sign_in(ADA, PASSWORD, "203.0.113.9").await), Came::In);
        let rows = "SELECT COUNT(*) FROM throttle_counters WHERE key LIKE 'password_row%'";
        assert_eq!(world.count(rows).await, 0, "{}", test.engine);
    }
}

#[tokio::test]
async fn a_password_that_an_operator_sets_forgets_the_wrong_ones_too() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        guess_patiently(&world, ADA).await;
        world.accounts.set_password(ADA, &NEW.into()).await.unwrap();
        assert_eq!(came(world.sign_in(ADA, NEW, "203.0.113.9").await), Came::In);
    }
}

/// BF-01: where the account was used before, its owner gets in, whatever strangers do.
#[tokio::test]
async fn strangers_do_not_shut_the_owner_out_of_a_browser_that_knows_the_account() {
    for test in stores().await {
        let world = with_username(&test).await;
        let mine = browser("first");
        // In the owner's own network too.
        for number in 0..60 {
            let tried = world.sign_in(&format!("p{number}@x.example"), "wrong", "192.0.2.1").await;
            assert_eq!(came(tried), Came::Compared, "{}", test.engine);
        }
        for login in [ADA, "ada l"] {
            guess_patiently(&world, login).await;
        }
        assert_eq!(try_in(&world, ADA, PASSWORD, &browser("other")).await, Came::ResetAdvised);
        assert_eq!(try_in(&world, "ADA L", PASSWORD, &mine).await, Came::In, "{}", test.engine);
        // And that forgets what strangers did.
        assert_eq!(try_in(&world, ADA, PASSWORD, &browser("other")).await, Came::In);
    }
}

/// BF-01: whoever stole a browser's cookie can try ten passwords, for this account alone.
#[tokio::test]
async fn a_browser_that_knows_the_account_has_a_small_allowance_of_its_own() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        world.person("grace@example.org").await;
        let mine = browser("mine");
        assert_eq!(try_in(&world, ADA, PASSWORD, &mine).await, Came::In);
        for number in 0..12 {
            let expected = if number < 10 { Came::Compared } else { Came::Throttled };
            assert_eq!(try_in(&world, ADA, "wrong", &mine).await, expected, "{}", test.engine);
            let grace = try_in(&world, "grace@example.org", "wrong", &mine).await;
            assert_eq!(grace, expected, "as any stranger: {}", test.engine);
        }
        // Those of strangers are untouched, and the other way round.
        assert_eq!(came(world.sign_in(ADA, "wrong", "203.0.113.9").await), Came::Compared);
        world.clock.advance(900);
        assert_eq!(try_in(&world, ADA, PASSWORD, &mine).await, Came::In);
    }
}

/// BF-01: a new password, or signing out everywhere, takes the allowance away.
#[tokio::test]
async fn what_ends_every_session_ends_the_allowance_of_known_browsers() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let mine = browser("first");
        guess_patiently(&world, ADA).await;
        test.run("UPDATE users SET generation = generation + 1").await;
        assert_eq!(try_in(&world, ADA, PASSWORD, &mine).await, Came::ResetAdvised);
        reset(&world, NEW).await;
        guess_patiently(&world, ADA).await;
        assert_eq!(try_in(&world, ADA, NEW, &mine).await, Came::ResetAdvised, "{}", test.engine);
        let there = browser("forgetful");
        assert_eq!(try_in(&world, ADA, NEW, &there).await, Came::In, "where it was set");
    }
}

/// BF-01: two instances, thirty tries at once, and no more than the limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tries_in_a_row_at_once_are_counted_one_by_one_by_all_instances() {
    let many = Limit::new(1_000_000, 900);
    let limits = ThrottleLimits {
        passwords_by_account_and_network: many,
        passwords_by_account: many,
        passwords_by_network: many,
        passwords_by_known_browser: many,
        ..ThrottleLimits::default()
    };
    for test in stores().await {
        let instance = |store: &Store| {
            let settings = AccountSettings { limits, ..settings() };
            Arc::new(world_with(store, settings))
        };
        let other = test.again().await;
        let instances = [instance(&test.store), instance(&other.store)];
        instances[0].person(ADA).await;
        for round in 0..5 {
            for (known, most) in [(None, 40), (Some(browser("first")), 20)] {
                let compared = all_at_once(&instances, known).await;
                assert_eq!(compared, most, "round {round} {}", test.engine);
            }
            instances[0].accounts.set_password(ADA, &PASSWORD.into()).await.unwrap();
            // A new password ends what browsers know.
            let tried = try_in(&instances[1], ADA, PASSWORD, &browser("first")).await;
            assert_eq!(tried, Came::In, "{}", test.engine);
        }
    }
}

async fn all_at_once(instances: &[Arc<World>; 2], known: Option<TokenDigest>) -> usize {
    let tries: Vec<_> = (0..60)
        .map(|number| {
            let (world, browser_digest) = (Arc::clone(&instances[number % 2]), known.clone());
            tokio::spawn(async move {
                let form = SignIn {
                    tells_unclaimed: false,
                    login: ADA.to_owned(),
                    password: "wrong".into(),
                    remember: false,
                    browser_digest,
                    trust_digest: None,
                };
                came(world.accounts.sign_in(form, &from("192.0.2.1")).await)
            })
        })
        .collect();
    let mut compared = 0;
    for tried in tries {
        compared += usize::from(tried.await.unwrap() == Came::Compared);
    }
    compared
}

/// BF-01: the way by which a signed-in person proves who they are.
#[tokio::test]
async fn proving_again_who_one_is_has_the_same_small_allowance() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        guess_patiently(&world, ADA).await;
        let form = SignIn {
            tells_unclaimed: false,
            login: ADA.to_owned(),
            password: PASSWORD.into(),
            remember: false,
            browser_digest: Some(browser("first")),
            trust_digest: None,
        };
        let admission = world.accounts.sign_in(form, &from("192.0.2.1")).await.unwrap();
        let signed_in = admission.signed_in().unwrap();
        let mut seen = Vec::new();
        for _ in 0..12 {
            let (session, requester) = (&signed_in.session, from("192.0.2.1"));
            let (wrong, first) = ("wrong".into(), browser("first"));
            let tried = world
                .accounts
                .reauthenticate(session, (&wrong, None), (&first, None), &requester)
                .await;
            seen.push(came(tried));
        }
        assert_eq!(seen[..10], [Came::Compared; 10], "{}", test.engine);
        assert_eq!(seen[10..], [Came::Throttled; 2], "{}", test.engine);
        assert_eq!(came(world.sign_in(ADA, "wrong", "203.0.113.9").await), Came::Compared);
    }
}

#[tokio::test]
async fn an_account_knows_fifty_browsers_and_each_for_as_long_as_it_is_used() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        for number in 0..55 {
            world.clock.advance(900);
            let fresh = browser(&format!("browser {number}"));
            assert_eq!(try_in(&world, ADA, PASSWORD, &fresh).await, Came::In);
        }
        let rows = "SELECT COUNT(*) FROM known_devices";
        assert_eq!(world.count(rows).await, 50, "{}", test.engine);
        let mut tx = test.store.begin().await.unwrap();
        let names = [("browser 54", true), ("browser 5", true), ("browser 4", false)];
        for (name, is_known) in names {
            let found = known_devices::find_account(&mut tx, &browser(name), ADA).await.unwrap();
            assert_eq!(found.is_some(), is_known, "{name} {}", test.engine);
        }
        let now = protekt::clock::Clock::now(&*world.clock);
        let before = now.plus(-900);
        assert_eq!(known_devices::purge(&mut tx, 500, before).await.unwrap(), 49);
        tx.commit().await.unwrap();
        assert_eq!(world.count(rows).await, 1, "{}", test.engine);
    }
}

/// Without mail no reset leads back in: a stranger who guesses keeps nobody out for longer than a day.
#[tokio::test]
async fn without_mail_wrong_passwords_in_a_row_are_forgotten_after_a_day() {
    for test in stores().await {
        for (sends_mail, expected) in [(true, Came::ResetAdvised), (false, Came::In)] {
            let world = world_with(&test.store, AccountSettings { sends_mail, ..settings() });
            let name = format!("{sends_mail}@example.org");
            world.unverified_person(&name).await;
            test.run("UPDATE users SET email_verified_at = created_at").await;
            assert_eq!(guess_patiently(&world, &name).await, 40, "{}", test.engine);
            let late = came(world.sign_in(&name, PASSWORD, "203.0.113.9").await);
            assert_eq!(late, Came::ResetAdvised, "{}", test.engine);
            world.clock.advance(DAY);
            let tried = came(world.sign_in(&name, PASSWORD, "203.0.113.9").await);
            assert_eq!(tried, expected, "{sends_mail} {}", test.engine);
        }
    }
}

/// EN-01: what is advised after wrong passwords tells nobody whether the owner signed in meanwhile.
#[tokio::test]
async fn the_advice_to_reset_tells_of_no_sign_in_elsewhere() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let advised = async |login: &str| match world.sign_in(login, "wrong", "198.51.100.1").await
        {
            Err(SignInRefusal::WrongCredentials { advise_reset }) => advise_reset,
            other => panic!("{other:?}"),
        };
        for login in [ADA, "nobody@example.org"] {
            for number in 1..=3 {
                assert_eq!(advised(login).await, number >= 2, "{login} {number} {}", test.engine);
            }
        }
        assert_eq!(came(world.sign_in(ADA, PASSWORD, "203.0.113.9").await), Came::In);
        for login in [ADA, "nobody@example.org"] {
            assert!(advised(login).await, "{login} {}", test.engine);
        }
    }
}
