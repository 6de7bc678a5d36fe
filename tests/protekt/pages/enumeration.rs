//! Who has an account here? Nobody is told.

use std::cmp::Ordering;
use std::time::Instant;

use protekt::accounts::{HashingCapacity, HashingCost, PasswordHasher};
use protekt::throttle::Limit;

use super::steps::{changed, count, enter, execute, headers, normal};
use super::strangers::with_settings;
use crate::support::app::{PASSWORD, Wishes, apps, apps_with, authorize_url};
use crate::support::skips::is_slow;

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
            ("ban@example.com", PASSWORD),
            ("nil@example.com", "wrong-password-1"),
            ("eve@example.com", "wrong-password-1"),
            ("no address at all", "wrong-password-1"),
        ];
        for start in ["/login".to_owned(), authorize_url(&[])] {
            let mut seen = Vec::new();
            for (name, password) in cases {
                let mut browser = app.browser();
                let page = browser.open(&start).await;
                // From the second on the answer advises, for everybody.
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

/// EN-01, down to the last try: whoever has an account of whatever kind, and who has none, meets
/// the same answers, the same limit after the same number of tries, and the same time to wait.
#[tokio::test]
async fn the_limit_comes_after_the_same_tries_with_the_same_words_for_everybody() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.person("two@example.com").await;
        let mut two = app.browser();
        two.sign_in("two@example.com").await;
        crate::support::factors::set_up_totp(&app, &mut two).await;
        app.person("off@example.com").await;
        let now = app.app.now().0;
        let leaving = format!(
            "UPDATE users SET deletion_due_at = {} WHERE email = 'off@example.com'",
            now + 90 * 86_400
        );
        execute(&app, &leaving).await;
        app.unverified_person("new@example.com").await;
        let imported = "$pbkdf2-sha256$1000$npPSei8F4Hyv9Z5TqnUOAQ$RwgfVUYD.KIww.Ab3X2CCYTOEnYokDOs0zuwxOTS1bE";
        app.person("old@example.com").await;
        let set = format!(
            "UPDATE users SET password_hash = '{imported}' WHERE email = 'old@example.com'"
        );
        execute(&app, &set).await;
        let mut all: Vec<Vec<_>> = Vec::new();
        for name in ["eve", "ada", "two", "off", "new", "old"] {
            // Another window of the network's own limit.
            app.clock.advance(3_600);
            let name = format!("{name}@example.com");
            let mut browser = app.browser();
            let page = browser.open("/login").await;
            let mut seen = Vec::new();
            for _ in 0..14 {
                let answer = enter(&mut browser, &page, &name, "wrong-password-1").await;
                seen.push((
                    answer.status,
                    normal(&answer).replace(&name, "NAME"),
                    headers(&answer),
                ));
            }
            assert!(seen.iter().any(|(status, ..)| *status == 429), "{name} {}", app.engine);
            all.push(seen);
        }
        let (nobody, others) = all.split_first().unwrap();
        for other in others {
            assert_eq!(other, nobody, "{}", app.engine);
        }
    }
}

/// EN-02, with the real cost of hashing.
#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    for app in apps_with(CALM).await {
        let capacity = HashingCapacity { running: 1, waiting: 100 };
        let hasher = PasswordHasher::new(HashingCost::default(), capacity).unwrap();
        let mut browser = changed(&app, |app| app.accounts.hasher = hasher.clone());
        let user = app.person("ada@example.com").await;
        let ticket = hasher.admit().unwrap();
        let hash = hasher.hash(ticket, &PASSWORD.into()).await.unwrap();
        let id = user.id.as_str();
        execute(&app, &format!("UPDATE users SET password_hash = '{}' WHERE id = '{id}'", hash.0))
            .await;
        let page = browser.open("/login").await;
        let compared = compare(async |is_known| {
            let name = if is_known { "ada@example.com" } else { "eve@example.com" };
            let answer = enter(&mut browser, &page, name, "wrong-password-1").await;
            assert_eq!(answer.status, 422);
        });
        compared.await.assert_alike(app.engine);
    }
}

/// EN-05: the mail is written, not sent, while the person waits, and as much is written where nobody
/// has the address.
#[tokio::test]
async fn a_reset_takes_as_long_for_an_unknown_address() {
    for app in apps_with(CALM).await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        let compared = compare(async |is_known| {
            let email = if is_known { "ada@example.com" } else { "eve@example.com" };
            let answer = browser.submit(&page, "forgot-form", &[("email", email)]).await;
            assert_eq!(answer.status, 303);
        });
        compared.await.assert_alike(app.engine);
    }
}

/// EN-05: also where so many were asked for that no other goes out, unless its owner used the last.
#[tokio::test]
async fn a_reset_beyond_its_budget_takes_as_long_for_an_unknown_address() {
    for app in apps_with(CALM).await {
        app.person("ada@example.com").await;
        let none = Limit::new(0, 3_600);
        let mut browser = with_settings(&app, |settings| settings.limits.resets_by_address = none);
        let page = browser.open("/password/forgot").await;
        // One is spare.
        browser.submit(&page, "forgot-form", &[("email", "eve@example.com")]).await;
        let sent = browser.submit(&page, "forgot-form", &[("email", "eve@example.com")]).await;
        let told = browser.follow(sent).await;
        assert!(told.body.contains("Use the newest email"), "{}", told.body);
        let compared = compare(async |is_known| {
            let email = if is_known { "ada@example.com" } else { "eve@example.com" };
            execute(&app, "UPDATE password_resets SET used_at = 1 WHERE used_at IS NULL").await;
            let answer = browser.submit(&page, "forgot-form", &[("email", email)]).await;
            assert_eq!(answer.status, 303);
        });
        compared.await.assert_alike(app.engine);
        let written = "SELECT COUNT(*) FROM outbox WHERE template = 'reset_password'";
        assert!(count(&app, written).await >= 100, "{}", app.engine);
    }
}

/// EN-04, EN-05: the same for the way back of who lost every second factor.
#[tokio::test]
async fn a_way_back_takes_as_long_for_an_unknown_address() {
    for app in apps_with(CALM).await {
        app.person("ada@example.com").await;
        let mut owner = app.browser();
        owner.sign_in("ada@example.com").await;
        crate::support::factors::set_up_totp(&app, &mut owner).await;
        let mut browser = app.browser();
        let page = browser.open("/recover").await;
        let compared = compare(async |is_known| {
            let email = if is_known { "ada@example.com" } else { "eve@example.com" };
            let answer = browser.submit(&page, "recover-form", &[("email", email)]).await;
            assert_eq!(answer.status, 303);
        });
        compared.await.assert_alike(app.engine);
        let written = "SELECT COUNT(*) FROM outbox
            WHERE template = 'recovery_link' AND state = 'pending'";
        assert!(count(&app, written).await >= 100, "{}", app.engine);
    }
}

/// EN-06: an address that is taken, and a new one each time.
#[tokio::test]
async fn a_sign_up_takes_as_long_for_a_taken_address() {
    for app in apps_with(CALM).await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        let mut number = 0;
        let compared = compare(async |is_known| {
            number += 1;
            let free = format!("eve{number}@example.com");
            let email = if is_known { "ada@example.com" } else { &*free };
            let fields = [("name", "Ada"), ("email", email), ("password", PASSWORD)];
            let answer = browser.submit(&page, "signup-form", &fields).await;
            assert_eq!(answer.status, 303);
        });
        compared.await.assert_alike(app.engine);
    }
}

/// Limits that are never met.
const CALM: Wishes = Wishes {
    refresh_overlap: 10,
    email_verification: true,
    unlimited_tries: true,
    factor_policy: protekt::domain::second_factor::FactorPolicy::Optional,
};

/// How long each try took, in milliseconds.
struct Compared {
    known: Vec<f64>,
    unknown: Vec<f64>,
}

/// Tries in turn with what is known and what is not, each first as often as the other: 1,000 of
/// each where there is time.
async fn compare(mut attempt: impl AsyncFnMut(bool)) -> Compared {
    let pairs = if is_slow() { 1_000 } else { 100 };
    let mut compared = Compared { known: Vec::new(), unknown: Vec::new() };
    for pair in 0..pairs {
        for is_known in [pair % 2 == 0, pair % 2 == 1] {
            let begun = Instant::now();
            attempt(is_known).await;
            let taken = begun.elapsed().as_secs_f64() * 1_000.0;
            if is_known { compared.known.push(taken) } else { compared.unknown.push(taken) }
        }
    }
    compared
}

impl Compared {
    /// Fails only if the medians differ by more than 2 ms and a rank-sum test sees it too.
    #[track_caller]
    fn assert_alike(&self, engine: &str) {
        let (known, unknown) = (median(&self.known), median(&self.unknown));
        let z = rank_sum(&self.known, &self.unknown).abs();
        // 3.29 is p = 0.001, two-sided.
        assert!((known - unknown).abs() < 2.0 || z < 3.29, "{known} {unknown} {z} {engine}");
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// How many standard deviations the rank sum of `one` is off (Mann and Whitney, 1947).
#[expect(clippy::cast_precision_loss, reason = "a thousand values")]
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
