//! Making an account.

use std::sync::Arc;

use protekt::accounts::{FieldProblem, PasswordProblem, SignUp, SignUpOutcome, SignUpRefusal};
use protekt::delivery::MailTemplate;

use crate::support::people::{PASSWORD, browser, from, settings, world, world_with};
use crate::support::stores::{TestStore, stores};

const USERS: &str = "SELECT COUNT(*) FROM users";

fn form(name: &str, email: &str, password: &str) -> SignUp {
    SignUp {
        name: Some(name.to_owned()),
        username: None,
        email: email.to_owned(),
        password: password.into(),
        browser_digest: browser("second"),
        request_handle: None,
        locale: "en".to_owned(),
    }
}

#[tokio::test]
async fn every_mistake_in_the_form_is_named_with_its_field() {
    for test in stores().await {
        let world = world(&test.store);
        let short = FieldProblem::Password(PasswordProblem::TooShort { least: 8 });
        for (form, expected) in [
            (
                form(" ", "", ""),
                vec![
                    FieldProblem::NameMissing,
                    FieldProblem::EmailMissing,
                    FieldProblem::PasswordMissing,
                ],
            ),
            (
                form("A\0da", "ada", "123456"),
                vec![FieldProblem::NameMalformed, FieldProblem::EmailMalformed, short],
            ),
            (form(&"x".repeat(201), "a@b.example", PASSWORD), vec![FieldProblem::NameTooLong]),
        ] {
            let refusal = world.accounts.sign_up(form, &from("192.0.2.1")).await.unwrap_err();
            let SignUpRefusal::Invalid(problems) = refusal else { panic!("{refusal:?}") };
            assert_eq!(problems, expected, "{}", test.engine);
        }
        assert_eq!(world.count(USERS).await, 0);
    }
}

/// EN-06
#[tokio::test]
async fn a_taken_address_gets_the_same_answer_and_its_owner_a_mail() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let handle = world.sign_up_as("ADA@example.org", "198.51.100.1").await.unwrap();
        let fresh = world.sign_up_as("new@example.org", "198.51.100.1").await.unwrap();
        let mut views = Vec::new();
        for handle in [&handle, &fresh] {
            let mut view = world.accounts.verification(handle).await.unwrap().unwrap();
            view.email = view.email.to_lowercase().replace("ada", "new");
            views.push(view);
        }
        assert_eq!(views[0], views[1], "{}", test.engine);
        let mails = world.mail().await;
        let to = |address| mails.iter().find(|mail| mail.recipient == address).unwrap();
        assert_eq!(to("ada@example.org").template, MailTemplate::AlreadyRegistered);
        assert_eq!(to("new@example.org").template, MailTemplate::VerifyEmail);
        world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap();
    }
}

/// EN-06: an owner is not buried in mail, and nobody is told.
#[tokio::test]
async fn the_owner_of_a_taken_address_gets_a_few_mails_a_day() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        for n in 0..10 {
            let ip = format!("198.51.100.{n}");
            world.sign_up_as("ada@example.org", &ip).await.unwrap();
        }
        assert_eq!(world.mail().await.len(), 3, "{}", test.engine);
        world.clock.advance(86_400);
        world.sign_up_as("ada@example.org", "198.51.100.1").await.unwrap();
        assert_eq!(world.mail().await.len(), 1, "{}", test.engine);
    }
}

#[tokio::test]
async fn the_last_sign_up_of_an_unverified_address_counts() {
    for test in stores().await {
        let world = world(&test.store);
        let first = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let first_code = world.mail().await.pop().unwrap().code;
        let again = form("Countess", "ada@example.org", "another good one 7");
        let again = world.accounts.sign_up(again, &from("192.0.2.1")).await.unwrap();
        let SignUpOutcome::Verify(again) = again else { panic!("{again:?}") };
        let code = world.mail().await.pop().unwrap().code;
        let (mine, ip) = (browser("second"), from("192.0.2.1"));
        let old = world.accounts.enter_code(&first, &first_code, &browser("first"), &ip).await;
        assert!(old.is_err(), "{}: the earlier sign-up is superseded", test.engine);
        world.accounts.enter_code(&again.0, &code, &mine, &ip).await.unwrap();
        assert_eq!(world.count(USERS).await, 1);
        world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap_err();
        let user = world.sign_in("ada@example.org", "another good one 7", "192.0.2.1").await;
        assert_eq!(user.unwrap().user.name.as_deref(), Some("Countess"));
    }
}

/// RC-04
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifteen_sign_ups_of_one_address_at_once_make_one_account() {
    for test in stores().await {
        let world = Arc::new(world(&test.store));
        for round in 0..20 {
            let senders: Vec<_> = (0..15)
                .map(|sender| {
                    let world = Arc::clone(&world);
                    tokio::spawn(async move {
                        let name = if sender % 2 == 0 { "ada" } else { "ADA" };
                        let ip = format!("10.0.{round}.{sender}");
                        world.sign_up_as(&format!("{name}{round}@example.org"), &ip).await
                    })
                })
                .collect();
            for sender in senders {
                sender.await.unwrap().unwrap();
            }
            assert_eq!(world.count(USERS).await, round + 1, "{}", test.engine);
            let live = "SELECT COUNT(*) FROM email_verifications WHERE superseded_at IS NULL";
            assert_eq!(world.count(live).await, round + 1, "{}", test.engine);
        }
    }
}

#[tokio::test]
async fn sign_ups_are_throttled_by_network_and_by_address() {
    for test in stores().await {
        let world = world(&test.store);
        let mut refused = 0;
        for n in 0..61 {
            let address = format!("person{n}@example.org");
            let sent = world.sign_up_as(&address, "198.51.100.1").await;
            refused += i32::from(matches!(sent, Err(SignUpRefusal::Throttled { .. })));
        }
        assert_eq!(refused, 1, "{}", test.engine);
        world.person("ada@example.org").await;
        world.sign_up_as("eve@example.org", "192.0.2.9").await.unwrap();
        for (address, ip) in [
            ("ada@example.org", "203.0.113.1"),
            ("eve@example.org", "203.0.113.2"),
            ("nobody@example.org", "203.0.113.3"),
        ] {
            let mut refused = 0;
            for _ in 0..21 {
                let sent = world.sign_up_as(address, ip).await;
                refused += i32::from(matches!(sent, Err(SignUpRefusal::Throttled { .. })));
            }
            assert_eq!(refused, 1, "{} {address}: what others did does not count", test.engine);
        }
    }
}

/// From however many networks: one mailbox gets so many mails, and nobody is told that it is full.
#[tokio::test]
async fn one_mailbox_gets_so_many_mails_of_sign_ups_and_then_one_an_hour() {
    for test in stores().await {
        let world = world(&test.store);
        let mut mails = 0;
        for n in 0..30 {
            let spelling = ["ada@example.org", "ADA@Example.ORG"][n % 2];
            world.sign_up_as(spelling, &format!("203.0.113.{n}")).await.unwrap();
            mails += world.mail().await.len();
        }
        assert_eq!(mails, 21, "{}", test.engine);
        // Who really signs up waits an hour at most.
        world.clock.advance(3_600);
        let handle = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let mail = world.mail().await.pop().unwrap();
        let (first, ip) = (browser("first"), from("192.0.2.1"));
        world.accounts.enter_code(&handle, &mail.code, &first, &ip).await.unwrap();
    }
}

#[tokio::test]
async fn without_verification_an_account_is_ready_and_cannot_be_taken_over() {
    let mut chosen = settings();
    chosen.email_verification_is_required = false;
    for test in stores().await {
        let world = world_with(&test.store, chosen.clone());
        world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let thief = form("Thief", "ada@example.org", "another good one 7");
        let outcome = world.accounts.sign_up(thief, &from("198.51.100.1")).await.unwrap();
        assert!(matches!(outcome, SignUpOutcome::Ready), "{}", test.engine);
        world.sign_in("ada@example.org", "another good one 7", "192.0.2.1").await.unwrap_err();
        world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap();
        let mails: Vec<_> = world.mail().await.into_iter().map(|mail| mail.template).collect();
        assert_eq!(mails, [MailTemplate::AlreadyRegistered]);
    }
}

#[tokio::test]
async fn an_account_that_is_in_use_is_not_taken_over_when_verification_is_switched_on() {
    let mut without = settings();
    without.email_verification_is_required = false;
    for test in stores().await {
        let before = world_with(&test.store, without.clone());
        before.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        before.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap();
        let mut world = world(&test.store);
        world.accounts.kek = Arc::clone(&before.accounts.kek);
        let thief = form("Thief", "ada@example.org", "another good one 7");
        world.accounts.sign_up(thief, &from("198.51.100.1")).await.unwrap();
        let owner = world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await;
        assert!(
            matches!(owner, Err(protekt::accounts::SignInRefusal::EmailNotVerified { .. })),
            "{}: the password is still hers",
            test.engine
        );
    }
}

#[tokio::test]
async fn closed_sign_up_makes_no_account() {
    let mut chosen = settings();
    chosen.sign_up_is_allowed = false;
    for test in stores().await {
        let world = world_with(&test.store, chosen.clone());
        let refusal = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap_err();
        assert!(matches!(refusal, SignUpRefusal::Closed), "{}", test.engine);
    }
}

/// PR-14, LG-05
#[tokio::test]
async fn the_database_holds_no_password_code_or_link_in_clear() {
    for test in stores().await {
        let world = world(&test.store);
        let handle = world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let before = dump(&test.store).await;
        let mail = world.mail().await.pop().unwrap();
        let after = dump(&test.store).await;
        for dump in [&before, &after] {
            assert!(dump.contains("ada@example.org"), "{}: the dump is one", test.engine);
            for secret in [PASSWORD, mail.code.as_str(), mail.link.expose(), handle.expose()] {
                assert!(!dump.contains(secret), "{}: {secret}", test.engine);
            }
        }
        let kept = "SELECT COUNT(*) FROM outbox WHERE parameters_sealed IS NOT NULL";
        assert_eq!(world.count(kept).await, 0, "erased when sent");
    }
}

/// Every text column of the tables that could hold something.
async fn dump(store: &protekt::store::Store) -> String {
    const TEXTS: &str = "
        SELECT 'u' || ' ' || email || ' ' || COALESCE(name, '') || ' ' || password_hash FROM users
        UNION ALL SELECT 'v' || ' ' || handle_digest || ' ' || email || ' '
            || COALESCE(pending_name, '') || ' ' || COALESCE(pending_password_hash, '') || ' '
            || COALESCE(request_handle_sealed, '') || ' ' || link_digest || ' ' || code_mac
            FROM email_verifications
        UNION ALL SELECT 'o' || ' ' || recipient || ' ' || COALESCE(parameters_sealed, '') || ' '
            || COALESCE(last_error, '') FROM outbox
        UNION ALL SELECT 'a' || ' ' || detail FROM audit_events
        UNION ALL SELECT 't' || ' ' || key FROM throttle_counters";
    let rows: Vec<String> = match store {
        protekt::store::Store::Sqlite { readers, .. } => {
            sqlx::query_scalar(TEXTS).fetch_all(readers).await.unwrap()
        }
        protekt::store::Store::Postgres { pool, .. } => {
            sqlx::query_scalar(TEXTS).fetch_all(pool).await.unwrap()
        }
    };
    rows.join("\n")
}

/// EN-06. Whoever signs up and then in must not see which of the two it was.
#[tokio::test]
async fn an_account_that_nobody_claimed_yet_is_as_none_at_sign_in() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("taken@example.org").await;
        let mut answers = Vec::new();
        for email in ["taken@example.org", "free@example.org"] {
            let form = form("Mallory", email, "another good one 7");
            world.accounts.sign_up(form, &from("198.51.100.1")).await.unwrap();
            for _ in 0..7 {
                let refusal = world.sign_in(email, "another good one 7", "198.51.100.1").await;
                answers.push(format!("{}: {:?}", email.len(), refusal.unwrap_err()));
            }
        }
        let (taken, free) = answers.split_at(7);
        let said = |answer: &String| answer.split_once(": ").unwrap().1.to_owned();
        assert!(taken.iter().map(said).eq(free.iter().map(said)), "{}: {answers:?}", test.engine);
        assert!(taken[0].contains("WrongCredentials"), "{answers:?}");
    }
}

/// EN-06. What an earlier window says must not tell either.
#[tokio::test]
async fn a_second_sign_up_ends_the_first_window_alike_for_every_address() {
    for (test, first) in stores().await.into_iter().flat_map(in_either_browser) {
        let world = world(&test.store);
        let (ip, own) = (from("198.51.100.1"), browser("second"));
        let taken = format!("taken-{first}@example.org");
        world.person(&taken).await;
        let mut told = Vec::new();
        for email in [taken, format!("Free-{first}@example.org")] {
            let mut handles = Vec::new();
            for (typed, name) in [(email.clone(), first), (email.to_uppercase(), "second")] {
                let form = form("Mallory", &typed, "another good one 7");
                let form = SignUp { browser_digest: browser(name), ..form };
                let outcome = world.accounts.sign_up(form, &ip).await.unwrap();
                let SignUpOutcome::Verify(handle) = outcome else { panic!("{outcome:?}") };
                handles.push(handle.0);
            }
            let mut answers = Vec::new();
            for handle in &handles {
                let view = world.accounts.verification(handle).await.unwrap().unwrap();
                answers.push(format!("{:?} {}", view.stage, view.may_change_address));
                let accounts = &world.accounts;
                let code = accounts.enter_code(handle, "000000", &own, &ip).await;
                answers.push(format!("{:?}", code.unwrap_err()));
                let again = accounts.resend_verification(handle, &ip).await;
                answers.push(format!("{:?}", again.unwrap_err()));
                let another = accounts.change_address(handle, "x", &own, &ip).await;
                answers.push(format!("{:?}", another.unwrap_err()));
            }
            let elsewhere = format!("elsewhere-{}", email.to_lowercase());
            let moved = world.accounts.change_address(&handles[0], &elsewhere, &own, &ip).await;
            answers.push(format!("{moved:?}"));
            told.push(answers);
        }
        assert_eq!(told[0], told[1], "{} {first}", test.engine);
        // In one browser, the first window goes on with what was mailed last.
        let is_over = told[0][1].contains("Superseded");
        assert_eq!(is_over, first != "second", "{told:?}");
    }
}

/// The browser in which the first window is, where the second one is in the browser "second".
fn in_either_browser(test: TestStore) -> [(Arc<TestStore>, &'static str); 2] {
    let test = Arc::new(test);
    [(Arc::clone(&test), "first"), (test, "second")]
}

/// Where addresses are not verified: an address that an account is just leaving can be taken back to,
/// also where the sign-up looked before that was so.
#[tokio::test]
async fn an_address_that_an_account_is_leaving_is_not_to_be_had() {
    use protekt::clock::Clock as _;
    use protekt::store::email_changes::{self, EmailReturn};
    use protekt::store::users;

    for test in stores().await {
        let mut without = settings();
        without.email_verification_is_required = false;
        let world = Arc::new(world_with(&test.store, without));
        world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
        let now = world.clock.now();
        let mut leaving = test.store.begin().await.unwrap();
        let found = users::find_credentials(&mut leaving, "ada@example.org").await.unwrap();
        let ada = found.unwrap().user;
        let new = ("new@example.org", "new@example.org");
        email_changes::set_address(&mut leaving, &ada.id, ada.generation, new, now).await.unwrap();
        let back = EmailReturn {
            id: "1".to_owned(),
            user_id: ada.id.clone(),
            link_digest: browser("link"),
            email: ada.email.clone(),
            email_canonical: ada.email.clone(),
            created_at: now,
            expires_at: now.plus(60),
            used_at: None,
        };
        email_changes::insert_return(&mut leaving, &back).await.unwrap();
        let signing_up = tokio::spawn({
            let world = Arc::clone(&world);
            let form = form("Eve", "ada@example.org", PASSWORD);
            async move { world.accounts.sign_up(form, &from("192.0.2.1")).await }
        });
        // On PostgreSQL it comes as far as the insertion, and waits there.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        leaving.commit().await.unwrap();
        signing_up.await.unwrap().unwrap();
        assert_eq!(world.count(USERS).await, 1, "{}", test.engine);
        world.clock.advance(61);
        let form = form("Eve", "ada@example.org", PASSWORD);
        world.accounts.sign_up(form, &from("192.0.2.1")).await.unwrap();
        assert_eq!(world.count(USERS).await, 2, "{}", test.engine);
    }
}
