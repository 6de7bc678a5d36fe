//! Who has an account here? Nobody is told.

use std::cmp::Ordering;
use std::time::Instant;

use protekt::accounts::{HashingCapacity, HashingCost, PasswordHasher};

use super::steps::{changed, enter, execute, headers, normal};
use crate::support::app::{Wishes, apps, apps_with, authorize_url};

/// EN-01
#[tokio::test]
async fn an_unknown_name_a_wrong_password_and_a_blocked_person_look_the_same() {
    for app in apps().await {
        for email in ["ada@example.com", "ban@example.com", "nil@example.com"] {
            app.person(email).await;
        }
        let now = app.app.now().0;
        let block = format!("UPDATE users SET blocked_at = {now} WHERE email = 'ban@example.com'");
        execute(&app, &block).await;
        execute(&app, "UPDATE users SET password_hash = NULL WHERE email = 'nil@example.com'")
            .await;
        app.web_client().await;
        let cases = [
            ("ada@example.com", "wrong-password-1"),
            ("ban@example.com", crate::support::app::PASSWORD),
            ("nil@example.com", "wrong-password-1"),
            ("eve@example.com", "wrong-password-1"),
            ("no address at all", "wrong-password-1"),
        ];
        for start in ["/login".to_owned(), authorize_url(&[])] {
            let mut seen = Vec::new();
            for (name, password) in cases {
                let mut browser = app.browser();
                let page = browser.open(&start).await;
                // The fifth answer advises, for everybody.
                for _ in 0..5 {
                    let answer = enter(&mut browser, &page, name, password).await;
                    assert_eq!(answer.status, 422, "{name} {}", app.engine);
                    seen.push((normal(&answer).replace(name, "NAME"), headers(&answer)));
                }
            }
            for others in seen.chunks(5).skip(1) {
                assert_eq!(others, &seen[..5], "{}", app.engine);
            }
        }
    }
}

/// EN-02, with the real cost of hashing. Fails only if the medians differ by more than 2 ms and a
/// rank-sum test sees it too.
#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    const TRIES: usize = 40;
    let wishes = Wishes { unlimited_tries: true, ..Wishes::default() };
    for app in apps_with(wishes).await {
        let capacity = HashingCapacity { running: 1, waiting: 100 };
        let hasher = PasswordHasher::new(HashingCost::default(), capacity).unwrap();
        let mut browser = changed(&app, |app| app.accounts.hasher = hasher.clone());
        let user = app.person("ada@example.com").await;
        let ticket = hasher.admit().unwrap();
        let hash = hasher.hash(ticket, &crate::support::app::PASSWORD.into()).await.unwrap();
        let id = user.id.as_str();
        execute(&app, &format!("UPDATE users SET password_hash = '{}' WHERE id = '{id}'", hash.0))
            .await;
        let page = browser.open("/login").await;
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for attempt in 0..2 * TRIES {
            let is_known = attempt % 2 == 0;
            let name = if is_known { "ada@example.com" } else { "eve@example.com" };
            let begun = Instant::now();
            let answer = enter(&mut browser, &page, name, "wrong-password-1").await;
            let taken = begun.elapsed().as_secs_f64() * 1_000.0;
            assert_eq!(answer.status, 422);
            if is_known { known.push(taken) } else { unknown.push(taken) }
        }
        let difference = (median(&known) - median(&unknown)).abs();
        let z = rank_sum(&known, &unknown).abs();
        // 3.29 is p = 0.001, two-sided.
        assert!(difference < 2.0 || z < 3.29, "{difference} ms, z = {z}, {}", app.engine);
    }
}

/// EN-05. As above: the mail is written, not sent, while the person waits, and as much is written
/// where nobody has the address.
#[tokio::test]
async fn a_reset_takes_as_long_for_an_unknown_address() {
    const TRIES: usize = 100;
    let wishes = Wishes { unlimited_tries: true, ..Wishes::default() };
    for app in apps_with(wishes).await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for attempt in 0..2 * TRIES {
            let is_known = attempt % 2 == 0;
            let email = if is_known { "ada@example.com" } else { "eve@example.com" };
            let begun = Instant::now();
            let answer = browser.submit(&page, "forgot-form", &[("email", email)]).await;
            let taken = begun.elapsed().as_secs_f64() * 1_000.0;
            assert_eq!(answer.status, 303);
            if is_known { known.push(taken) } else { unknown.push(taken) }
        }
        let difference = (median(&known) - median(&unknown)).abs();
        let z = rank_sum(&known, &unknown).abs();
        assert!(difference < 2.0 || z < 3.29, "{difference} ms, z = {z}, {}", app.engine);
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// How many standard deviations the rank sum of `one` is off (Mann and Whitney, 1947).
#[expect(clippy::cast_precision_loss, reason = "a few dozen values")]
fn rank_sum(one: &[f64], other: &[f64]) -> f64 {
    let pairs = one.iter().flat_map(|left| other.iter().map(move |right| (left, right)));
    let twice_the_wins: usize = pairs
        .map(|(left, right)| match left.total_cmp(right) {
            Ordering::Greater => 2,
            Ordering::Equal => 1,
            Ordering::Less => 0,
        })
        .sum();
    let wins = twice_the_wins as f64 / 2.0;
    let (n, m) = (one.len() as f64, other.len() as f64);
    (wins - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

#[test]
fn the_rank_sum_tells_two_populations_apart() {
    let low: Vec<f64> = (0..40).map(f64::from).collect();
    let high: Vec<f64> = (0..40).map(|value| f64::from(value) + 30.0).collect();
    assert!(rank_sum(&low, &high) < -3.29);
    assert!(rank_sum(&low, &low).abs() < 0.1);
}
