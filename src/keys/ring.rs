//! The signing keys of an installation, kept in memory and true to the store.
//!
//! 1. A key begins as *next*: the JWKS shows it, nothing is signed with it yet.
//! 2. Once every verifier must have seen it (the JWKS may be cached for `jwks_max_age`), it may
//!    become *current* and sign. Its predecessor is then *retiring*: its private half is erased,
//!    its public half stays in the JWKS until the last token that it signed has expired.
//! 3. Then it is *gone*.
//!
//! Each change raises a counter; whoever signs reads the counter first, so that all instances
//! follow at once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::DecodingKey;
use tokio::sync::Notify;

use super::signing_key::{self, ALGORITHM, GeneratedKey, PublicJwk, SigningKey};
use super::{KeyEncryptionKey, KeyError, Purpose, Sealed};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::LONGEST_ACCESS_TOKEN_LIFETIME;
use crate::domain::signing_key::{KeyState, SigningKeySummary};
use crate::domain::{ClientId, Requester, TokenDigest};
use crate::store::change_counters::{self, SIGNING_KEYS};
use crate::store::signing_keys::{self, NewKey, PublishedKey};
use crate::store::{Store, Tx};

/// When keys change, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySchedule {
    /// How long a key signs before the next takes over.
    pub rotation_interval: i64,
    /// How long others may cache the JWKS.
    pub jwks_max_age: i64,
    /// The longest life of a token, where a client has none of its own.
    pub longest_token_lifetime: i64,
}

/// More than any instance may lag behind.
const SAFETY_MARGIN: i64 = 60;

/// The keys, shared by everything that signs, verifies or publishes.
#[derive(Clone, Debug)]
pub struct KeyRing {
    store: Store,
    key_encryption_key: Arc<KeyEncryptionKey>,
    schedule: KeySchedule,
    keys: Arc<RwLock<Arc<KeySet>>>,
    missing: Arc<Notify>,
}

/// The machine that changes keys, and from where; absent where an operator does so by command, or nobody.
pub type ByMachine<'call> = Option<(&'call ClientId, &'call Requester)>;

/// The published keys at one moment.
pub struct KeySet {
    version: i64,
    current: Option<SigningKey>,
    verifying: HashMap<String, DecodingKey>,
    /// The JWKS document (RFC 7517 §5).
    pub jwks: String,
    /// Its entity tag.
    pub jwks_etag: String,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("KeySet").field("version", &self.version).finish_non_exhaustive()
    }
}

impl KeySet {
    /// The key that signs.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn current(&self) -> Result<&SigningKey, KeyError> {
        self.current.as_ref().ok_or(KeyError::NoCurrentKey)
    }

    /// The public key by its `kid`.
    #[must_use]
    pub fn verifying(&self, kid: &str) -> Option<&DecodingKey> {
        self.verifying.get(kid)
    }
}

impl KeyRing {
    /// Opens the ring; makes the first two keys of a new installation.
    ///
    /// # Errors
    ///
    /// If the store fails, or the keys cannot be opened with this key-encryption key.
    pub async fn open(
        store: Store,
        key_encryption_key: Arc<KeyEncryptionKey>,
        schedule: KeySchedule,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let nothing = KeySet {
            version: -1,
            current: None,
            verifying: HashMap::new(),
            jwks: String::new(),
            jwks_etag: String::new(),
        };
        let ring = Self {
            store,
            key_encryption_key,
            schedule,
            keys: Arc::new(RwLock::new(Arc::new(nothing))),
            missing: Arc::default(),
        };
        ring.make_missing(now).await?;
        ring.refreshed().await?;
        Ok(ring)
    }

    /// The keys as they are now, read in a unit of work that is open anyway.
    ///
    /// # Errors
    ///
    /// If the store fails or a key cannot be opened.
    pub async fn current(&self, tx: &mut Tx) -> Result<Arc<KeySet>, KeyError> {
        let version = change_counters::read(tx, SIGNING_KEYS).await?;
        let known = self.remembered();
        if known.version == version {
            return Ok(known);
        }
        let published = signing_keys::published(tx).await?;
        let keys = Arc::new(self.key_set(version, &published)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
        Ok(keys)
    }

    /// The keys as they are now.
    ///
    /// # Errors
    ///
    /// As [`Self::current`].
    pub async fn refreshed(&self) -> Result<Arc<KeySet>, KeyError> {
        let mut tx = self.store.read().await?;
        self.current(&mut tx).await
    }

    /// The keys as last seen, for when the store cannot be asked.
    #[must_use]
    pub fn remembered(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every key there ever was, the newest first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn list(&self) -> Result<Vec<SigningKeySummary>, KeyError> {
        let mut tx = self.store.read().await?;
        Ok(signing_keys::list(&mut tx).await?)
    }

    /// How long others may cache the JWKS, in seconds.
    #[must_use]
    pub const fn jwks_max_age(&self) -> i64 {
        self.schedule.jwks_max_age
    }

    /// Lets the next key take over now. Answers the `kid` that signs. The one after it has yet to be made, which
    /// takes a while: [`Self::make_missing`].
    ///
    /// # Errors
    ///
    /// [`KeyError::TooEarly`] while the next key may be unknown to a verifier.
    pub async fn rotate(&self, by: ByMachine<'_>, now: Timestamp) -> Result<String, KeyError> {
        let published_by = now.plus(-self.schedule.jwks_max_age - SAFETY_MARGIN);
        let mut tx = self.store.begin().await?;
        let Some(kid) = signing_keys::promote(&mut tx, published_by, now).await? else {
            drop(tx);
            return Err(self.too_early(now).await?);
        };
        audit::record(&mut tx, event(AuditKind::SigningKeyRotated, &kid, by), now).await?;
        tx.commit().await?;
        self.missing.notify_one();
        self.refreshed().await?;
        Ok(kid)
    }

    /// Withdraws a key at once, because it may be known to others: what it signed no longer
    /// verifies. Where it was the current one, the next takes over in the same moment. The one that is missing
    /// then has yet to be made: [`Self::make_missing`].
    ///
    /// # Errors
    ///
    /// [`KeyError::Unknown`] where no such key is published; [`KeyError::NextMissing`] where none could take
    /// over; or the store fails.
    pub async fn withdraw(
        &self,
        kid: &str,
        by: ByMachine<'_>,
        now: Timestamp,
    ) -> Result<(), KeyError> {
        let mut tx = self.store.begin().await?;
        let Some(had) = signing_keys::withdraw(&mut tx, kid, now).await? else {
            return Err(KeyError::Unknown { kid: kid.to_owned() });
        };
        if had == KeyState::Current && signing_keys::promote(&mut tx, now, now).await?.is_none() {
            return Err(KeyError::NextMissing);
        }
        audit::record(&mut tx, event(AuditKind::SigningKeyWithdrawn, kid, by), now).await?;
        tx.commit().await?;
        self.missing.notify_one();
        self.refreshed().await?;
        Ok(())
    }

    /// Waits until a key took over or was withdrawn here, so that another is missing.
    pub async fn one_is_missing(&self) {
        self.missing.notified().await;
    }

    /// What is due: a missing next key, a rotation by schedule, keys whose tokens have expired.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn maintain(&self, now: Timestamp) -> Result<(), KeyError> {
        self.make_missing(now).await?;
        let mut tx = self.store.begin().await?;
        let longest = self.schedule.longest_token_lifetime.max(LONGEST_ACCESS_TOKEN_LIFETIME);
        let retired_by = now.plus(-longest - SAFETY_MARGIN);
        for kid in signing_keys::forget_retired(&mut tx, retired_by, now).await? {
            tracing::info!(kid, "a retired signing key is gone");
        }
        let published = signing_keys::published(&mut tx).await?;
        tx.commit().await?;
        let is_due = published.iter().any(|key| {
            let since = key.current_since.unwrap_or(key.created_at);
            key.state == KeyState::Current && now.since(since) >= self.schedule.rotation_interval
        });
        if !is_due {
            return Ok(());
        }
        match self.rotate(None, now).await {
            Ok(_) => self.make_missing(now).await,
            // The next key is young; the following round will do.
            Err(KeyError::TooEarly { .. }) => Ok(()),
            Err(other) => Err(other),
        }
    }

    async fn too_early(&self, now: Timestamp) -> Result<KeyError, KeyError> {
        let mut tx = self.store.read().await?;
        let published = signing_keys::published(&mut tx).await?;
        let wait = published
            .iter()
            .find(|key| key.state == KeyState::Next)
            .map(|key| self.schedule.jwks_max_age + SAFETY_MARGIN - now.since(key.created_at));
        Ok(match wait {
            Some(seconds) => KeyError::TooEarly { seconds: seconds.max(1) },
            None => KeyError::NextMissing,
        })
    }

    /// Makes the keys that are missing: of a new installation both, otherwise the next one.
    ///
    /// # Errors
    ///
    /// If no key can be made, or the store fails.
    pub async fn make_missing(&self, now: Timestamp) -> Result<(), KeyError> {
        for place in [KeyState::Current, KeyState::Next] {
            let mut tx = self.store.read().await?;
            let published = signing_keys::published(&mut tx).await?;
            drop(tx);
            if published.iter().all(|key| key.state != place) {
                self.add(place, now).await?;
            }
        }
        Ok(())
    }

    async fn add(&self, state: KeyState, now: Timestamp) -> Result<(), KeyError> {
        let generated: Result<GeneratedKey, KeyError> =
            tokio::task::spawn_blocking(signing_key::generate)
                .await
                .map_err(|error| KeyError::Generation(error.to_string()))?;
        let key = generated?;
        let sealed =
            self.key_encryption_key.seal(Purpose::SigningKey, &key.kid, &key.private_pkcs8)?;
        let public = serde_json::to_string(&key.public)
            .map_err(|error| KeyError::Generation(error.to_string()))?;
        let new = NewKey {
            kid: &key.kid,
            algorithm: ALGORITHM,
            state,
            private_key_sealed: &sealed.0,
            public_jwk: &public,
        };
        let mut tx = self.store.begin().await?;
        // Where another instance was faster its key stands, and this one is forgotten.
        if signing_keys::insert(&mut tx, &new, now).await? {
            let event = AuditEvent::success(AuditKind::SigningKeyCreated);
            let detail = serde_json::json!({ "kid": key.kid, "state": state });
            audit::record(&mut tx, event.with(detail), now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    fn key_set(&self, version: i64, published: &[PublishedKey]) -> Result<KeySet, KeyError> {
        let mut jwks = Vec::with_capacity(published.len());
        let mut verifying = HashMap::new();
        let mut current = None;
        for key in published {
            let unusable = || KeyError::Unusable { kid: key.kid.clone() };
            let public: PublicJwk =
                serde_json::from_str(&key.public_jwk).map_err(|_| unusable())?;
            let decoding =
                DecodingKey::from_rsa_components(&public.n, &public.e).map_err(|_| unusable())?;
            verifying.insert(key.kid.clone(), decoding);
            jwks.push(public);
            if key.state == KeyState::Current {
                current = Some(self.opened(key)?);
            }
        }
        let jwks = serde_json::json!({ "keys": jwks }).to_string();
        let jwks_etag = format!("\"{}\"", TokenDigest::of(jwks.as_bytes()).as_str());
        Ok(KeySet { version, current, verifying, jwks, jwks_etag })
    }

    fn opened(&self, key: &PublishedKey) -> Result<SigningKey, KeyError> {
        let sealed = key.private_key_sealed.clone().map(Sealed);
        let sealed = sealed.ok_or_else(|| KeyError::Unusable { kid: key.kid.clone() })?;
        let private = self.key_encryption_key.open(Purpose::SigningKey, &key.kid, &sealed)?;
        SigningKey::parse(&key.kid, &private)
    }
}

fn event(what: AuditKind, kid: &str, by: ByMachine<'_>) -> AuditEvent {
    let event = AuditEvent::success(what).with(serde_json::json!({ "kid": kid }));
    match by {
        Some((client_id, requester)) => event.by_client(client_id).from(requester),
        None => event,
    }
}
