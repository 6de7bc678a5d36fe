//! Signing with key pairs that are parsed once.
//!
//! jsonwebtoken parses the private key anew for each token, which costs more than the signature.
//! Its crypto provider is process-wide and made of plain functions, so the parsed pairs are kept
//! in a process-wide table, and an `EncodingKey` carries the handle of one instead of a key. All
//! else is the provider that jsonwebtoken brings along.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Once, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, aws_lc};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer};
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey};

type Pairs = HashMap<[u8; 8], Arc<RsaKeyPair>>;

static PAIRS: LazyLock<RwLock<Pairs>> = LazyLock::new(RwLock::default);
static NEXT_HANDLE: AtomicU64 = AtomicU64::new(1);
static INSTALL: Once = Once::new();
static PROVIDER: LazyLock<CryptoProvider> =
    LazyLock::new(|| CryptoProvider { signer_factory: signer, ..aws_lc::DEFAULT_PROVIDER.clone() });

/// A parsed private key, in the table as long as this lives.
pub(super) struct KeptPair {
    handle: [u8; 8],
    encoding_key: EncodingKey,
}

impl KeptPair {
    /// Keeps `pair`.
    pub(super) fn keep(pair: RsaKeyPair) -> Self {
        // Somebody may have installed a provider before us: then signing fails, never silently.
        INSTALL.call_once(|| {
            if LazyLock::force(&PROVIDER).install_default().is_err() {
                tracing::error!("another crypto provider of jsonwebtoken was installed first");
            }
        });
        let handle = NEXT_HANDLE.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        PAIRS.write().unwrap_or_else(PoisonError::into_inner).insert(handle, Arc::new(pair));
        Self { handle, encoding_key: EncodingKey::from_rsa_der(&handle) }
    }

    /// What `jsonwebtoken::encode` takes.
    pub(super) const fn encoding_key(&self) -> &EncodingKey {
        &self.encoding_key
    }
}

impl Drop for KeptPair {
    fn drop(&mut self) {
        PAIRS.write().unwrap_or_else(PoisonError::into_inner).remove(&self.handle);
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that the provider asks for")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    if *algorithm != Algorithm::RS256 || key.family() != AlgorithmFamily::Rsa {
        return (aws_lc::DEFAULT_PROVIDER.signer_factory)(algorithm, key);
    }
    let kept = <[u8; 8]>::try_from(key.as_bytes()).ok().and_then(|handle| {
        PAIRS.read().unwrap_or_else(PoisonError::into_inner).get(&handle).map(Arc::clone)
    });
    match kept {
        Some(pair) => Ok(Box::new(Rs256(pair))),
        None => Err(ErrorKind::InvalidKeyFormat.into()),
    }
}

struct Rs256(Arc<RsaKeyPair>);

impl JwtSigner for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

impl Signer<Vec<u8>> for Rs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign_digest(&RSA_PKCS1_SHA256, &digest(&SHA256, message), &mut signature)
            .map_err(signature::Error::from_source)?;
        Ok(signature)
    }
}
