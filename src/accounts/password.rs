//! Hashing passwords without giving a flood of sign-ins the whole machine.
//!
//! 1. [`PasswordHasher::admit`] gives a place in a bounded queue, or says `Busy` at once.
//! 2. Hashing waits for a core; place and core move into the blocking task, so that a client that
//!    goes away does not free them early.
//! 3. Each core's block of memory is kept and used again.
//! 4. Hashes that came with people from other systems (`stored`) are checked in the same queue,
//!    and replaced by ours at the first right password.

mod stored;

pub use stored::{HashProblem, importable_hash};

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use self::stored::{Argon2Hash, StoredHash};
use crate::domain::PasswordHash;
use crate::random;

/// Longer passwords are refused before anything is hashed.
pub const MOST_PASSWORD_BYTES: usize = 1024;

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingCost {
    /// In KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for HashingCost {
    /// The least that OWASP recommends for argon2id.
    fn default() -> Self {
        Self { memory: 19 * 1024, iterations: 2, parallelism: 1 }
    }
}

/// How much is hashed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingCapacity {
    /// Hashes at once: the number of cores.
    pub running: usize,
    /// Requests that may wait for one.
    pub waiting: usize,
}

/// Hashes passwords with argon2id, and verifies them by whatever they were hashed with. Cheap to
/// clone.
#[derive(Clone)]
pub struct PasswordHasher(Arc<Inner>);

struct Inner {
    params: Params,
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    memory: Mutex<Vec<Vec<Block>>>,
    capacity: HashingCapacity,
    refused: AtomicU64,
    /// What the password of a person who does not exist is compared with.
    nobody: Argon2Hash,
}

/// A place in the queue.
#[derive(Debug)]
pub struct HashingTicket {
    #[expect(dead_code, reason = "held until the hash is done, never read")]
    place: OwnedSemaphorePermit,
}

/// How busy the hasher is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingLoad {
    /// Hashes that run.
    pub running: usize,
    /// Requests that wait for one.
    pub waiting: usize,
    /// Requests that found no place to wait, since the start.
    pub refused: u64,
}

/// The queue is full; come back in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked just now")]
pub struct Busy;

/// Hashing failed; never the person's fault.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HasherFault {
    /// The cost makes no sense.
    #[error("the cost of password hashing makes no sense: {0}")]
    Cost(String),
    /// The task was stopped, or the algorithm refused.
    #[error("a password could not be hashed: {0}")]
    Failed(String),
}

/// What came of comparing a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// It is the right one.
    pub is_right: bool,
    /// It is right, and its hash is of another kind or cost than today's.
    pub wants_rehash: bool,
}

impl PasswordHasher {
    /// A hasher of this cost and capacity.
    ///
    /// # Errors
    ///
    /// If the algorithm does not allow the cost.
    pub fn new(cost: HashingCost, capacity: HashingCapacity) -> Result<Self, HasherFault> {
        let wrong = |error: &dyn std::fmt::Display| HasherFault::Cost(error.to_string());
        let params = Params::new(
            cost.memory,
            cost.iterations,
            cost.parallelism,
            Some(Params::DEFAULT_OUTPUT_LEN),
        )
        .map_err(|error| wrong(&error))?;
        let phc = compose(&params, &random::bytes::<16>(), &random::bytes::<32>())
            .map_err(|error| wrong(&error))?;
        let nobody = Argon2Hash {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: params.clone(),
            phc,
        };
        let running = capacity.running.max(1);
        Ok(Self(Arc::new(Inner {
            params,
            admitted: Arc::new(Semaphore::new(running.saturating_add(capacity.waiting))),
            running: Arc::new(Semaphore::new(running)),
            memory: Mutex::new(Vec::new()),
            capacity: HashingCapacity { running, ..capacity },
            refused: AtomicU64::new(0),
            nobody,
        })))
    }

    /// A place in the queue. Ask for it before anything is counted or written, so that whoever is
    /// turned away lost nothing.
    ///
    /// # Errors
    ///
    /// If the queue is full.
    pub fn admit(&self) -> Result<HashingTicket, Busy> {
        Arc::clone(&self.0.admitted)
            .try_acquire_owned()
            .map(|place| HashingTicket { place })
            .map_err(|_| {
                self.0.refused.fetch_add(1, Ordering::Relaxed);
                Busy
            })
    }

    /// How busy it is at this moment.
    #[must_use]
    pub fn load(&self) -> HashingLoad {
        let HashingCapacity { running, waiting } = self.0.capacity;
        let places = running.saturating_add(waiting);
        let admitted = places.saturating_sub(self.0.admitted.available_permits());
        let running = running.saturating_sub(self.0.running.available_permits());
        HashingLoad {
            running,
            waiting: admitted.saturating_sub(running),
            refused: self.0.refused.load(Ordering::Relaxed),
        }
    }

    /// Hashes a password that the policy has let through.
    ///
    /// # Errors
    ///
    /// If it is longer than [`MOST_PASSWORD_BYTES`], or the task fails.
    pub async fn hash(
        &self,
        ticket: HashingTicket,
        password: &SecretString,
    ) -> Result<PasswordHash, HasherFault> {
        let password = normalised(password)
            .ok_or_else(|| HasherFault::Failed("the password is too long".to_owned()))?;
        let salt = random::bytes::<16>();
        self.run(ticket, move |inner| {
            let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
            let kind = (Algorithm::Argon2id, Version::V0x13, &inner.params);
            inner.fill(kind, (password.as_bytes(), &salt), &mut output)?;
            compose(&inner.params, &salt, &output)
                .map(|hash| PasswordHash(hash.to_string()))
                .map_err(|error| HasherFault::Failed(error.to_string()))
        })
        .await
    }

    /// Compares a password with what is stored; takes as long where nothing is.
    ///
    /// # Errors
    ///
    /// If the task fails.
    pub async fn verify(
        &self,
        ticket: HashingTicket,
        password: &SecretString,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict, HasherFault> {
        const WRONG: Verdict = Verdict { is_right: false, wants_rehash: false };
        let Some(spellings) = Spellings::of(password) else {
            return Ok(WRONG);
        };
        let stored = stored.and_then(parse);
        self.run(ticket, move |inner| match stored {
            None => inner.compare(&spellings, &inner.nobody).map(|_| WRONG),
            Some(StoredHash::Argon2(hash)) => inner.compare(&spellings, &hash),
            Some(StoredHash::Foreign(hash)) => {
                let is_right = spellings.iter().any(|password| hash.is_of(password.as_bytes()));
                Ok(Verdict { is_right, wants_rehash: is_right })
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        ticket: HashingTicket,
        work: impl FnOnce(&Inner) -> Result<T, HasherFault> + Send + 'static,
    ) -> Result<T, HasherFault> {
        let failed = |error: &dyn std::fmt::Display| HasherFault::Failed(error.to_string());
        let core =
            Arc::clone(&self.0.running).acquire_owned().await.map_err(|error| failed(&error))?;
        let inner = Arc::clone(&self.0);
        let task = tokio::task::spawn_blocking(move || {
            let (_place, _core) = (ticket, core);
            work(&inner)
        });
        task.await.map_err(|error| failed(&error))?
    }
}

impl std::fmt::Debug for PasswordHasher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PasswordHasher").field("params", &self.0.params).finish()
    }
}

impl Inner {
    /// Runs argon2 in a block of memory that an earlier hash has left.
    fn fill(
        &self,
        (algorithm, version, params): (Algorithm, Version, &Params),
        (password, salt): (&[u8], &[u8]),
        output: &mut [u8],
    ) -> Result<(), HasherFault> {
        let kept = self.memory.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = kept.unwrap_or_default();
        if memory.len() < params.block_count() {
            memory.resize(params.block_count(), Block::default());
        }
        let done = Argon2::new(algorithm, version, params.clone())
            .hash_password_into_with_memory(password, salt, output, &mut memory)
            .map_err(|error| HasherFault::Failed(error.to_string()));
        // A hash of a higher cost leaves no larger block behind.
        if memory.len() == self.params.block_count() {
            self.memory.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        }
        done
    }

    fn compare(&self, spellings: &Spellings, hash: &Argon2Hash) -> Result<Verdict, HasherFault> {
        let damaged = || HasherFault::Failed("a stored password hash is damaged".to_owned());
        let expected = hash.phc.hash.as_ref().ok_or_else(damaged)?;
        let salt = hash.phc.salt.as_ref().ok_or_else(damaged)?;
        let kind = (hash.algorithm, hash.version, &hash.params);
        let mut found = vec![0; expected.len()];
        for (n, password) in spellings.iter().enumerate() {
            self.fill(kind, (password.as_bytes(), salt), &mut found)?;
            if found.ct_eq(expected.as_bytes()).into() {
                let is_todays =
                    n == 0 && kind == (Algorithm::Argon2id, Version::V0x13, &self.params);
                return Ok(Verdict { is_right: true, wants_rehash: !is_todays });
            }
        }
        Ok(Verdict { is_right: false, wants_rehash: false })
    }
}

/// A password as we hash it and, where that differs, as it was typed: other systems hash what was
/// typed.
struct Spellings {
    normalised: Zeroizing<String>,
    typed: Option<Zeroizing<String>>,
}

impl Spellings {
    /// `None` where it is too long.
    fn of(password: &SecretString) -> Option<Self> {
        let normalised = normalised(password)?;
        let typed = Zeroizing::new(password.expose_secret().to_owned());
        let typed = (*typed != *normalised).then_some(typed);
        Some(Self { normalised, typed })
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.normalised).chain(&self.typed).map(|spelling| spelling.as_str())
    }
}

fn compose(
    params: &Params,
    salt: &[u8],
    output: &[u8],
) -> Result<Phc, argon2::password_hash::Error> {
    Ok(Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)?,
        salt: Some(Salt::new(salt)?),
        hash: Some(Output::new(output)?),
    })
}

/// A hash that cannot be read counts as none: nobody gets in, and the log says why.
fn parse(stored: &PasswordHash) -> Option<StoredHash> {
    StoredHash::parse(&stored.0)
        .inspect_err(|problem| {
            tracing::error!(%problem, "a stored password hash cannot be used; its owner cannot sign in");
        })
        .ok()
}

/// NFKC, so that the same password typed on two keyboards is the same bytes (SP 800-63B §3.1.1.2);
/// nothing else is changed, spaces included. `None` where it is too long.
pub(super) fn normalised(password: &SecretString) -> Option<Zeroizing<String>> {
    let password = password.expose_secret();
    (password.len() <= MOST_PASSWORD_BYTES).then(|| Zeroizing::new(password.nfkc().collect()))
}
