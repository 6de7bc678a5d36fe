//! Signing keys that every test shares.

use std::sync::Arc;

use protekt::keys::{KeyEncryptionKey, KeyRing, KeySchedule};

use super::app::START;
use super::stores::TestStore;

/// Two keys that every test shares: making RSA keys takes most of a second.
static KEYS: tokio::sync::OnceCell<(Arc<KeyEncryptionKey>, Vec<SharedKey>)> =
    tokio::sync::OnceCell::const_new();

struct SharedKey {
    kid: String,
    private_key_sealed: String,
    public_jwk: String,
}

async fn make_keys() -> (Arc<KeyEncryptionKey>, Vec<SharedKey>) {
    let kek = Arc::new(KeyEncryptionKey::generate());
    let store = super::stores::sqlite().await;
    let schedule = schedule();
    KeyRing::open(store.store.clone(), Arc::clone(&kek), schedule, START).await.unwrap();
    let mut tx = store.store.read().await.unwrap();
    let keys = protekt::store::signing_keys::published(&mut tx).await.unwrap();
    let shared = keys.into_iter().map(|key| SharedKey {
        kid: key.kid,
        private_key_sealed: key.private_key_sealed.unwrap(),
        public_jwk: key.public_jwk,
    });
    (kek, shared.collect())
}

/// Puts them into a store; gives the key that they are sealed with.
pub async fn plant(store: &TestStore) -> &'static Arc<KeyEncryptionKey> {
    use protekt::domain::signing_key::KeyState;
    use protekt::store::signing_keys::{NewKey, insert};

    let (kek, keys) = KEYS.get_or_init(make_keys).await;
    let mut tx = store.store.begin().await.unwrap();
    for (key, state) in keys.iter().zip([KeyState::Current, KeyState::Next]) {
        let new = NewKey {
            kid: &key.kid,
            algorithm: "RS256",
            state,
            private_key_sealed: &key.private_key_sealed,
            public_jwk: &key.public_jwk,
        };
        insert(&mut tx, &new, START).await.unwrap();
    }
    tx.commit().await.unwrap();
    kek
}

/// When keys change places.
pub fn schedule() -> KeySchedule {
    KeySchedule {
        rotation_interval: 90 * 24 * 3_600,
        jwks_max_age: 300,
        longest_token_lifetime: 3_600,
    }
}
