//! Clients and the counters that tell of their changes.

use protekt::accounts::Giver;
use protekt::clock::Timestamp;
use protekt::domain::client::{AuthMethod, Client, ClientKind};
use protekt::domain::{ClientId, PlainToken};
use protekt::oauth::clients::{ClientProblem, NewClient, Registered, register, update};
use protekt::store::{Store, change_counters, clients};

use crate::support::stores::{TestStore, stores};

const NOW: Timestamp = Timestamp(1_800_000_000);

fn web(id: &str) -> NewClient {
    NewClient {
        id: Some(id.into()),
        owner: Some("Northwind".to_owned()),
        token_endpoint_auth_method: Some(AuthMethod::ClientSecretBasic),
        redirect_uris: vec!["https://app.example/cb".to_owned()],
        web_origins: vec![format!("https://{id}.example")],
        access_token_lifetime: Some(600),
        ..NewClient::new("Northwind Notes", ClientKind::Web)
    }
}

async fn registered(store: &Store, new: NewClient) -> Result<Registered, ClientProblem> {
    register(store, new, "https://id.example/", (Giver::Operator, NOW)).await
}

async fn changes(store: &Store) -> i64 {
    let mut tx = store.read().await.unwrap();
    change_counters::read(&mut tx, change_counters::CLIENTS).await.unwrap()
}

#[tokio::test]
async fn a_registered_client_is_found_as_it_was_registered() {
    for TestStore { store, engine, .. } in stores().await {
        for (id, kind) in [("web", ClientKind::Web), ("app", ClientKind::Native)] {
            let method = (kind == ClientKind::Web).then_some(AuthMethod::ClientSecretPost);
            let new = NewClient { kind, token_endpoint_auth_method: method, ..web(id) };
            let made = registered(&store, new).await.unwrap();
            let mut tx = store.read().await.unwrap();
            let found = clients::find(&mut tx, &made.client.id).await.unwrap();
            assert_eq!(found, Some(made.client), "{engine}");
        }
        let mut tx = store.read().await.unwrap();
        assert_eq!(
            clients::find(&mut tx, &ClientId::from("none")).await.unwrap(),
            None,
            "{engine}"
        );
    }
}

#[tokio::test]
async fn only_the_digest_of_a_secret_is_stored() {
    for TestStore { store, engine, .. } in stores().await {
        let made = registered(&store, web("a")).await.unwrap();
        let secret = made.secret.unwrap();
        assert!(secret.expose().starts_with("ptk_cs_"), "{engine}");
        assert_eq!(made.client.secret_digest, Some(secret.digest()), "{engine}");

        let own = PlainToken::generate("");
        let made = registered(&store, NewClient { secret: Some(own.clone()), ..web("b") }).await;
        let made = made.unwrap();
        assert!(made.secret.is_none(), "{engine}: a secret that was brought is not told again");
        assert_eq!(made.client.secret_digest, Some(own.digest()), "{engine}");
    }
}

#[tokio::test]
async fn a_taken_id_changes_nothing() {
    for TestStore { store, engine, .. } in stores().await {
        assert_eq!(changes(&store).await, 0, "{engine}");
        let first = registered(&store, web("a")).await.unwrap().client;
        assert_eq!(changes(&store).await, 1, "{engine}");
        let again = registered(&store, NewClient { first_party: true, ..web("a") }).await;
        assert!(matches!(again, Err(ClientProblem::IdTaken(_))), "{engine}");
        assert_eq!(changes(&store).await, 1, "{engine}");
        let mut tx = store.read().await.unwrap();
        assert_eq!(clients::find(&mut tx, &first.id).await.unwrap(), Some(first), "{engine}");
    }
}

#[tokio::test]
async fn a_refused_client_leaves_no_row() {
    for TestStore { store, engine, .. } in stores().await {
        let new = NewClient { redirect_uris: vec!["javascript:x".to_owned()], ..web("a") };
        assert!(registered(&store, new).await.is_err(), "{engine}");
        let mut tx = store.read().await.unwrap();
        assert_eq!(clients::list(&mut tx, None, 10).await.unwrap(), [], "{engine}");
    }
}

#[tokio::test]
async fn clients_are_listed_page_by_page_in_the_same_order_everywhere() {
    for TestStore { store, engine, .. } in stores().await {
        for id in ["b", "B", "a_1", "a-1", "A", "z"] {
            let new = NewClient { web_origins: Vec::new(), ..web(id) };
            registered(&store, new).await.unwrap();
        }
        let mut tx = store.read().await.unwrap();
        let mut ids: Vec<String> = Vec::new();
        loop {
            let after = ids.last().map(|id| ClientId(id.clone()));
            let page = clients::list(&mut tx, after.as_ref(), 4).await.unwrap();
            if page.is_empty() {
                break;
            }
            ids.extend(page.into_iter().map(|client| client.id.0));
        }
        assert_eq!(ids, ["A", "B", "a-1", "a_1", "b", "z"], "{engine}");
    }
}

#[tokio::test]
async fn the_origins_of_all_clients_are_one_set() {
    for TestStore { store, engine, .. } in stores().await {
        for id in ["a", "b"] {
            registered(&store, web(id)).await.unwrap();
        }
        let origins = vec!["https://a.example".to_owned()];
        registered(&store, NewClient { web_origins: origins, ..web("c") }).await.unwrap();
        registered(&store, NewClient { web_origins: Vec::new(), ..web("d") }).await.unwrap();
        let mut tx = store.read().await.unwrap();
        let origins: Vec<String> = clients::origins(&mut tx).await.unwrap().into_iter().collect();
        assert_eq!(origins, ["https://a.example", "https://b.example"], "{engine}");
    }
}

#[tokio::test]
async fn one_of_many_that_register_an_id_at_once_gets_it() {
    for TestStore { store, engine, .. } in stores().await {
        let tries = (0..8).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { registered(&store, web("same")).await.is_ok() })
        });
        let results = futures_util::future::join_all(tries).await;
        let winners = results.into_iter().filter(|result| *result.as_ref().unwrap()).count();
        assert_eq!(winners, 1, "{engine}");
    }
}

#[tokio::test]
async fn a_change_of_a_client_is_kept_and_counted() {
    for TestStore { store, engine, .. } in stores().await {
        let made = registered(&store, web("a")).await.unwrap().client;
        let uris = ["https://new.example/cb"].into_iter().collect();
        let changed = Client { redirect_uris: uris, owner: None, updated_at: NOW.plus(5), ..made };
        let mut tx = store.begin().await.unwrap();
        assert!(clients::update(&mut tx, &changed).await.unwrap(), "{engine}");
        let unknown = Client { id: "unknown".into(), ..changed.clone() };
        assert!(!clients::update(&mut tx, &unknown).await.unwrap(), "{engine}");
        tx.commit().await.unwrap();
        assert_eq!(changes(&store).await, 2, "{engine}");
        let mut tx = store.read().await.unwrap();
        assert_eq!(clients::find(&mut tx, &changed.id).await.unwrap(), Some(changed), "{engine}");
    }
}

#[tokio::test]
async fn of_two_changes_at_once_neither_undoes_the_other() {
    for TestStore { store, engine, .. } in stores().await {
        let id = registered(&store, web("a")).await.unwrap().client.id;
        for round in 0..20 {
            let (name, owner) = (format!("Name {round}"), format!("Owner {round}"));
            let issuer = "https://id.example/";
            let (new_name, new_owner) = (name.clone(), owner.clone());
            let rename = |_: &_, new: &mut NewClient| {
                new.name = new_name;
                Ok(())
            };
            let hand_over = |_: &_, new: &mut NewClient| {
                new.owner = Some(new_owner);
                Ok(())
            };
            let by = (Giver::Operator, NOW);
            let one = update(&store, &id, rename, issuer, by);
            let other = update(&store, &id, hand_over, issuer, by);
            let (one, other) = tokio::join!(one, other);
            one.unwrap();
            other.unwrap();
            let mut tx = store.read().await.unwrap();
            let found = clients::find(&mut tx, &id).await.unwrap().unwrap();
            assert_eq!((found.name, found.owner), (name, Some(owner)), "{engine}, {round}");
        }
    }
}
