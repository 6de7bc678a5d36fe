//! People from another system.

use protekt::accounts::import::{ImportLine, ImportOutcome, LineProblem, Rehearsal};
use protekt::clock::Timestamp;
use protekt::domain::imported_person::ImportedPerson;
use protekt::domain::{PasswordHash, UserId};
use protekt::store::users;

use crate::support::app::{TestApp, apps};
use crate::support::people::{World, world};
use crate::support::stores::stores;

/// Made from the usual password by other programs; see the tests of `accounts::password`.
const HASHES: [&str; 8] = [
    "$2b$05$HZ7AS3VaR4mQ7wzJeWl3u.3YHVROzHbTvFpNBd.Bq3/22HzKb9Za6",
    "$pbkdf2-sha256$1000$npPSei8F4Hyv9Z5TqnUOAQ$RwgfVUYD.KIww.Ab3X2CCYTOEnYokDOs0zuwxOTS1bE",
    "pbkdf2_sha256$1000$seasalt2$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI=",
    "$scrypt$ln=10,r=8,p=2$p9R6r1XqHYOw9h5jLIXwfg$HC8IxvYNRfRe0IY4hhyFJQP0xtILu5+/953HKt9Zpec",
    "$6$aJ5Jda198KGnTpYO$FaiyoNW9NS5bq.f35ebE2EpTUbNsE6lH6T9zX7c.tasgH/lf/sO0Mz4D5xjDwKw5f5Z23NLSKtPhVvDD16kia.",
    "$argon2i$v=19$m=64,t=2,p=2$2bjacJlXlWtNq9RJJQSeTQ$RwAB7oyT0VRkqouMoYpAWvrR1DG+FhQi63+ONHKSqI0",
    "$argon2d$v=19$m=64,t=2,p=2$akKzH1rj+nTGDMYbS8ckMQ$nbH9A3EqMZpe2ybEKfbXbJE3Bb07DY3nFZH+NkDscTk",
    "$argon2id$v=16$m=64,t=2,p=1$c29tZXNhbHQ$aRthCIdKBE3bl/w5KRWlhW9/I+U33IKk2OStTDnnnaw",
];
/// With a ligature and a Roman numeral, which we hash otherwise than others do.
const UNUSUAL: &str = "straße-ﬁnch-Ⅳ";
const OF_UNUSUAL: [&str; 2] = [
    "$2b$05$SIy3zgjeaIPpGYhO6mj9DeOHrllgp2m9AVfxDRKpoV5nalUtJnehG",
    "$argon2id$v=19$m=64,t=2,p=2$7PTBk6nvWFCTy+LVEH9Utw$i1G/vGLk7aUp6eeRAdg9jYbqAgD6YrsCXXBvIQl76Ng",
];

fn person(json: &str) -> ImportedPerson {
    ImportLine::parse(json.as_bytes(), Timestamp(2_000_000_000)).unwrap().person
}

fn with_hash(n: usize, hash: &str) -> ImportedPerson {
    let email = format!("p{n}@example.com");
    let line = serde_json::json!({
        "id": format!("auth0|{n}"), "email": email, "email_verified": true, "password_hash": hash,
    });
    person(&line.to_string())
}

async fn stored_hash(app: &TestApp, id: &str) -> PasswordHash {
    let mut tx = app.store.store.read().await.unwrap();
    let found = users::find_credentials_by_id(&mut tx, &UserId::from(id)).await.unwrap();
    found.unwrap().password_hash.unwrap()
}

#[tokio::test]
async fn an_imported_password_opens_the_account_and_is_then_hashed_as_ours_are() {
    for app in apps().await {
        app.web_client().await;
        let people: Vec<_> =
            HASHES.iter().enumerate().map(|(n, hash)| with_hash(n, hash)).collect();
        let outcomes = app.app.accounts.import(&people).await.unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == ImportOutcome::Imported));
        for (n, hash) in HASHES.iter().enumerate() {
            let (id, email) = (format!("auth0|{n}"), format!("p{n}@example.com"));
            let mut browser = app.browser();
            let page = browser.open("/login").await;
            let wrong = [("username", &*email), ("password", "walnut-harbour-98")];
            assert_eq!(browser.submit(&page, "login-form", &wrong).await.status, 422, "{hash}");
            assert_eq!(stored_hash(&app, &id).await.0, *hash, "{}", app.engine);

            let code = browser.code(&email).await;
            let tokens = app.exchange(&code).await;
            let claims = crate::support::app::claims(&tokens.text("id_token"));
            assert_eq!(claims["sub"], id, "{}", app.engine);
            let ours = stored_hash(&app, &id).await;
            assert!(ours.0.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}: {}", ours.0);
            app.browser().code(&email).await;
            assert_eq!(stored_hash(&app, &id).await, ours, "once");
        }
    }
}

#[tokio::test]
async fn a_password_counts_as_it_was_typed_into_the_other_system() {
    for test in stores().await {
        let world = world(&test.store);
        let people: Vec<_> =
            OF_UNUSUAL.iter().enumerate().map(|(n, hash)| with_hash(n, hash)).collect();
        world.accounts.import(&people).await.unwrap();
        for n in 0..OF_UNUSUAL.len() {
            for _ in 0..2 {
                let email = format!("p{n}@example.com");
                world.sign_in(&email, UNUSUAL, "192.0.2.1").await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn an_imported_person_keeps_what_was_known_of_them() {
    for test in stores().await {
        let world = world(&test.store);
        let line = r#"{"id":"auth0|5f7c","email":"Ada@Example.org","email_verified":true,
            "username":"Countess","name":"Ada Lovelace","given_name":"Ada","family_name":"Lovelace",
            "nickname":"ada","picture":"https://a.example/a.png","phone_number":"+4930123456",
            "phone_number_verified":true,"locale":"en","zoneinfo":"Europe/London","blocked":true,
            "created_at":1582974000}"#;
        world.accounts.import(&[person(line)]).await.unwrap();
        let user = world.accounts.user(&"auth0|5f7c".into()).await.unwrap().unwrap();
        assert_eq!(user.email, "Ada@Example.org", "{}", test.engine);
        assert!(user.email_verified_at.is_some() && user.phone_number_verified_at.is_some());
        assert!(user.is_blocked() && !user.self_registered);
        assert_eq!(user.created_at, Timestamp(1_582_974_000));
        let texts = [
            user.username,
            user.name,
            user.given_name,
            user.family_name,
            user.nickname,
            user.picture,
            user.phone_number,
            user.locale,
            user.zoneinfo,
        ];
        assert_eq!(
            texts.map(Option::unwrap),
            [
                "Countess",
                "Ada Lovelace",
                "Ada",
                "Lovelace",
                "ada",
                "https://a.example/a.png",
                "+4930123456",
                "en",
                "Europe/London"
            ]
        );
        let events = "SELECT COUNT(*) FROM audit_events WHERE kind = 'user_imported'
                      AND user_id = 'auth0|5f7c'";
        assert_eq!(world.count(events).await, 1);
    }
}

/// Lines, and what becomes of each after those before it.
fn story() -> Vec<(ImportedPerson, Option<&'static str>)> {
    let line = |id: &str, email: &str, username: &str| {
        person(&format!("{{\"id\":\"{id}\",\"email\":\"{email}\",\"username\":\"{username}\"}}"))
    };
    vec![
        (line("u1", "a@example.org", "ada"), Some("imported")),
        (line("u1", "A@EXAMPLE.org", "other"), Some("unchanged")),
        (line("", "a@example.org", ""), Some("unchanged")),
        (line("u1", "b@example.org", ""), Some("id")),
        (line("u2", "a@example.org", ""), Some("email")),
        (line("u3", "c@example.org", "ADA"), Some("username")),
        (line("", "d@example.org", ""), Some("imported")),
        (line("", "d@example.org", ""), Some("unchanged")),
        (line("u4", "d@example.org", ""), Some("email")),
        (line("u5", "e@example.org", "eve"), Some("imported")),
    ]
}

fn told(outcomes: &[ImportOutcome]) -> Vec<Option<&'static str>> {
    let name = |outcome: &ImportOutcome| match outcome {
        ImportOutcome::Imported => Some("imported"),
        ImportOutcome::Unchanged => Some("unchanged"),
        ImportOutcome::Refused(LineProblem { field, .. }) => *field,
    };
    outcomes.iter().map(name).collect()
}

#[tokio::test]
async fn a_rehearsal_tells_what_the_import_then_does_and_a_second_import_changes_nothing() {
    let (people, expected): (Vec<_>, Vec<_>) = story().into_iter().unzip();
    for test in stores().await {
        let world = world(&test.store);
        for batch in [1, 3, 100] {
            let (mut rehearsal, mut outcomes) = (Rehearsal::default(), Vec::new());
            for part in people.chunks(batch) {
                let part = world.accounts.rehearse_import(&mut rehearsal, part).await.unwrap();
                outcomes.extend(part);
            }
            assert_eq!(told(&outcomes), expected, "{} by {batch}", test.engine);
            assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 0);
        }
        let outcomes = world.accounts.import(&people).await.unwrap();
        assert_eq!(told(&outcomes), expected, "{}", test.engine);
        let before = world.accounts.list_users(None, 100).await.unwrap();
        world.clock.advance(100);
        let again = world.accounts.import(&people).await.unwrap();
        let second = expected.iter().map(|told| match told {
            Some("imported") => Some("unchanged"),
            other => *other,
        });
        assert_eq!(told(&again), second.collect::<Vec<_>>(), "{}", test.engine);
        assert_eq!(world.accounts.list_users(None, 100).await.unwrap(), before);
        let mut rehearsal = Rehearsal::default();
        let rehearsed = world.accounts.rehearse_import(&mut rehearsal, &people).await.unwrap();
        assert_eq!(rehearsed, again, "{}", test.engine);
    }
}

/// What a stranger began with an address keeps nobody from having it.
#[tokio::test]
async fn a_sign_up_that_nobody_completed_gives_way_to_an_imported_person() {
    for test in stores().await {
        let world: World = world(&test.store);
        world.sign_up_as("ada@example.org", "198.51.100.1").await.unwrap();
        let ada = person(r#"{"id":"u1","email":"ada@example.org","email_verified":true}"#);
        let people = [ada];
        let mut rehearsal = Rehearsal::default();
        let told = world.accounts.rehearse_import(&mut rehearsal, &people).await.unwrap();
        assert_eq!(told, [ImportOutcome::Imported], "{}", test.engine);
        assert_eq!(world.accounts.import(&people).await.unwrap(), told, "{}", test.engine);
        assert_eq!(world.count("SELECT COUNT(*) FROM users WHERE id = 'u1'").await, 1);
        // A verified one stays.
        world.person("bea@example.org").await;
        let bea = [person(r#"{"id":"u2","email":"bea@example.org"}"#)];
        let told = world.accounts.import(&bea).await.unwrap();
        assert!(matches!(&*told, [ImportOutcome::Refused(_)]), "{told:?}");
    }
}

/// Two operators, or one who was impatient.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_imports_at_once_each_person_is_imported_once() {
    for test in stores().await {
        let world = world(&test.store);
        for round in 0..20 {
            let people: Vec<_> = (0..10)
                .map(|n| {
                    person(&format!(
                        "{{\"id\":\"r{round}-{n}\",\"email\":\"r{round}-{n}@a.example\"}}"
                    ))
                })
                .collect();
            let tasks = (0..8).map(|_| {
                let (accounts, people) = (world.accounts.clone(), people.clone());
                tokio::spawn(async move { accounts.import(&people).await.unwrap() })
            });
            let outcomes: Vec<_> = futures_util::future::join_all(tasks)
                .await
                .into_iter()
                .flat_map(Result::unwrap)
                .collect();
            let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
            assert_eq!(count(ImportOutcome::Imported), 10, "{}", test.engine);
            assert_eq!(count(ImportOutcome::Unchanged), 70, "{}", test.engine);
        }
        let twice = "SELECT COUNT(*) FROM audit_events WHERE kind = 'user_imported'";
        assert_eq!(world.count(twice).await, 200);
    }
}
