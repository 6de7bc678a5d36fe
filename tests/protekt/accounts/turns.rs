//! Several who sign up with, or correct to, the same addresses at once.

use std::sync::Arc;

use crate::support::people::{World, browser, from, world};
use crate::support::stores::{TestStore, stores};

/// Two windows at the two addresses, each of which is corrected to the other's, at once.
async fn swap(test: &TestStore, world: &Arc<World>, [first, second]: [&str; 2], round: usize) {
    let ip = format!("10.6.{round}.1");
    let handles =
        [world.sign_up_as(first, &ip).await.unwrap(), world.sign_up_as(second, &ip).await.unwrap()];
    let senders: Vec<_> = handles
        .into_iter()
        .zip([second.to_owned(), first.to_owned()])
        .map(|(handle, address)| {
            let world = Arc::clone(world);
            tokio::spawn(async move {
                let (first, ip) = (browser("first"), from(&format!("10.7.{round}.1")));
                world.accounts.change_address(&handle, &address, &first, &ip).await.err()
            })
        })
        .collect();
    for sender in senders {
        let refusal = format!("{:?}", sender.await.unwrap());
        assert!(!refusal.contains("Fault"), "{round} {}: {refusal}", test.engine);
    }
}

/// RC-04, EN-06: nor does it tell whether the addresses are registered.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_that_swap_addresses_do_not_block_one_another() {
    for test in stores().await {
        let world = Arc::new(world(&test.store));
        for round in 0..30 {
            let names = [format!("ada{round}@example.org"), format!("bea{round}@example.org")];
            if round % 3 > 0 {
                world.person(&names[0]).await;
            }
            if round % 3 > 1 {
                world.person(&names[1]).await;
            }
            swap(&test, &world, [&names[0], &names[1]], round).await;
        }
    }
}

/// RC-04, EN-06: of two windows that sign up at once the last counts, be the address registered or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_sign_ups_at_once_one_window_is_live_registered_or_not() {
    for test in stores().await {
        let world = Arc::new(world(&test.store));
        for round in 0..30 {
            let address = format!("ada{round}@example.org");
            if round % 2 > 0 {
                world.person(&address).await;
            }
            let senders: Vec<_> = (0..2)
                .map(|n| {
                    let (world, address) = (Arc::clone(&world), address.clone());
                    let ip = format!("10.8.{round}.{n}");
                    tokio::spawn(async move { world.sign_up_as(&address, &ip).await.err() })
                })
                .collect();
            for sender in senders {
                let refusal = sender.await.unwrap();
                assert!(refusal.is_none(), "{round} {}: {refusal:?}", test.engine);
            }
            let live = format!(
                "SELECT COUNT(*) FROM email_verifications
                WHERE email_canonical = '{address}' AND superseded_at IS NULL
                    AND verified_at IS NULL"
            );
            assert_eq!(world.count(&live).await, 1, "{round} {}", test.engine);
        }
    }
}
