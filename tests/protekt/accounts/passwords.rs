//! Hashing.

use std::time::{Duration, Instant};

use protekt::accounts::{Busy, HashingCapacity, HashingCost, PasswordHasher};
use secrecy::SecretString;

use crate::support::people::CHEAP;

fn hasher(cost: HashingCost) -> PasswordHasher {
    PasswordHasher::new(cost, HashingCapacity { running: 1, waiting: 1 }).unwrap()
}

async fn is_right(hasher: &PasswordHasher, typed: &str, stored: &str) -> bool {
    let stored = hasher.hash(hasher.admit().unwrap(), &stored.into()).await.unwrap();
    let typed: SecretString = typed.into();
    let ticket = hasher.admit().unwrap();
    hasher.verify(ticket, &typed, Some(&stored)).await.unwrap().is_right
}

/// PR-12
#[tokio::test]
async fn a_password_is_compared_exactly_but_for_the_keyboard_it_was_typed_on() {
    let hasher = hasher(CHEAP);
    assert!(is_right(&hasher, " Größe ", " Größe ").await);
    assert!(is_right(&hasher, "Gro\u{308}ße", "Gr\u{f6}ße").await, "composed or not");
    assert!(!is_right(&hasher, "Größe", " Größe ").await, "spaces count");
    assert!(!is_right(&hasher, "größe", "Größe").await, "case counts");
    assert!(!is_right(&hasher, &"x".repeat(100), &"x".repeat(101)).await);
}

/// DO-02
#[tokio::test]
async fn a_password_of_a_megabyte_is_refused_before_it_is_hashed() {
    let hasher = hasher(HashingCost { memory: 65_536, iterations: 3, parallelism: 1 });
    let long: SecretString = "x".repeat(1 << 20).into();
    let asked = Instant::now();
    let verdict = hasher.verify(hasher.admit().unwrap(), &long, None).await.unwrap();
    assert!(!verdict.is_right);
    assert!(hasher.hash(hasher.admit().unwrap(), &long).await.is_err());
    assert!(asked.elapsed() < Duration::from_millis(20), "{:?}", asked.elapsed());
}

/// EN-02
#[tokio::test]
async fn a_person_who_does_not_exist_costs_as_much_as_one_who_does() {
    let hasher = hasher(HashingCost { memory: 16_384, iterations: 2, parallelism: 1 });
    let password: SecretString = "whatever it is".into();
    let stored = hasher.hash(hasher.admit().unwrap(), &password).await.unwrap();
    let mut spent = [Duration::ZERO; 2];
    for _ in 0..12 {
        for (total, stored) in spent.iter_mut().zip([None, Some(&stored)]) {
            let asked = Instant::now();
            hasher.verify(hasher.admit().unwrap(), &"wrong".into(), stored).await.unwrap();
            *total += asked.elapsed();
        }
    }
    let [nobody, somebody] = spent.map(|spent| spent.as_secs_f64());
    assert!((0.5..2.0).contains(&(nobody / somebody)), "{spent:?}");
}

/// DO-03
#[tokio::test]
async fn a_full_queue_turns_away_at_once_and_empties_again() {
    let hasher = hasher(CHEAP);
    let (one, _two) = (hasher.admit().unwrap(), hasher.admit().unwrap());
    assert_eq!(hasher.admit().unwrap_err(), Busy);
    hasher.verify(one, &"x".into(), None).await.unwrap();
    hasher.admit().unwrap();
}

/// DO-03
#[tokio::test]
async fn a_client_that_goes_away_does_not_free_its_core_early() {
    let hasher = hasher(HashingCost { memory: 65_536, iterations: 4, parallelism: 1 });
    let ticket = hasher.admit().unwrap();
    let password = "x".into();
    let leaving = hasher.verify(ticket, &password, None);
    assert!(tokio::time::timeout(Duration::from_millis(5), leaving).await.is_err());
    let _waiting = hasher.admit().unwrap();
    assert_eq!(hasher.admit().unwrap_err(), Busy, "the first hash is still being made");
}

#[tokio::test]
async fn a_hash_of_another_cost_asks_to_be_made_again() {
    let old = hasher(CHEAP);
    let password: SecretString = "whatever it is".into();
    let stored = old.hash(old.admit().unwrap(), &password).await.unwrap();
    assert!(stored.0.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{}", stored.0);
    for (cost, wants_rehash) in [(CHEAP, false), (HashingCost { iterations: 2, ..CHEAP }, true)] {
        let hasher = hasher(cost);
        let ticket = hasher.admit().unwrap();
        let verdict = hasher.verify(ticket, &password, Some(&stored)).await.unwrap();
        assert!(verdict.is_right);
        assert_eq!(verdict.wants_rehash, wants_rehash);
    }
}
