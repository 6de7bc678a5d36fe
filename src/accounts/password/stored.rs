//! Reading stored hashes: our own, and those that came with people from other systems.
//!
//! | written as | from |
//! | --- | --- |
//! | `$argon2id$…`, `$argon2i$…`, `$argon2d$…` | ours, and everybody's; Django's with `argon2` before it |
//! | `$2a$…`, `$2b$…`, `$2y$…` | bcrypt; Django's with `bcrypt$` before it |
//! | `$scrypt$ln=…,r=…,p=…$salt$hash` | the PHC format |
//! | `$pbkdf2-sha256$…`, `-sha512`, `-sha1`, `$pbkdf2$…` | passlib, and the PHC format |
//! | `pbkdf2_sha256$…`, `pbkdf2_sha1$…` | Django |
//! | `$6$…`, `$5$…` | crypt(3) with SHA-512 and SHA-256 |
//!
//! What would cost more than a sign-in should is refused here, at the import and at the sign-in
//! alike: otherwise a row could keep a core busy for minutes.

use std::num::NonZeroU32;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::{Algorithm, Params, Version};
use aws_lc_rs::pbkdf2;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use sha_crypt::{PasswordVerifier as _, ShaCrypt};
use subtle::ConstantTimeEq as _;

use crate::domain::PasswordHash;

/// bcrypt: each step doubles the time; 15 takes some seconds.
const MOST_BCRYPT_COST: u32 = 15;
/// In KiB: 256 MiB.
const MOST_ARGON2_MEMORY: u32 = 256 * 1024;
/// KiB times passes.
const MOST_ARGON2_WORK: u64 = 1024 * 1024;
const MOST_ARGON2_LANES: u32 = 16;
/// Blocks of 128 bytes: 128 MiB.
const MOST_SCRYPT_BLOCKS: u64 = 1 << 20;
/// Blocks times lanes.
const MOST_SCRYPT_WORK: u64 = 1 << 21;
const MOST_PBKDF2_ITERATIONS: u64 = 5_000_000;
const MOST_SHA_CRYPT_ROUNDS: u32 = 1_000_000;
/// What crypt(3) takes at most.
const MOST_SHA_CRYPT_PASSWORD: usize = 512;
/// Shorter outputs are found by chance.
const LEAST_OUTPUT: usize = 16;
const MOST_OUTPUT: usize = 64;
const MOST_SALT: usize = 256;

/// Padded or not; passlib writes `.` for `+`.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a hash cannot be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashProblem {
    /// Nothing that we can check.
    #[error(
        "the format is not known. Known are argon2, bcrypt ($2a$, $2b$, $2y$), scrypt and PBKDF2 in \
         their PHC forms, Django's PBKDF2, bcrypt and argon2, and crypt(3) with SHA-512 or SHA-256"
    )]
    Unknown,
    /// It begins like a known format, and goes on otherwise.
    #[error("this is not a whole {0} hash")]
    Damaged(&'static str),
    /// Checking it would keep a core busy for too long.
    #[error("this {format} hash costs too much to check: {most} at most")]
    TooCostly {
        /// Which format.
        format: &'static str,
        /// What is allowed.
        most: &'static str,
    },
}

/// A hash that a password can be compared with.
pub(super) enum StoredHash {
    Argon2(Box<Argon2Hash>),
    Foreign(ForeignHash),
}

/// Of whichever kind and version.
pub(super) struct Argon2Hash {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) params: Params,
    pub(super) phc: Phc,
}

/// A hash of another kind than ours.
pub(super) enum ForeignHash {
    Bcrypt(String),
    ShaCrypt(String),
    Scrypt { params: scrypt::Params, salt: Vec<u8>, output: Vec<u8> },
    Pbkdf2 { algorithm: pbkdf2::Algorithm, iterations: NonZeroU32, salt: Vec<u8>, output: Vec<u8> },
}

/// Checks a hash from another system and gives it as it will be stored.
///
/// # Errors
///
/// With why it cannot be used.
pub fn importable_hash(text: &str) -> Result<PasswordHash, HashProblem> {
    let text = without_django_prefix(text.trim());
    StoredHash::parse(text)?;
    Ok(PasswordHash(text.to_owned()))
}

impl StoredHash {
    pub(super) fn parse(text: &str) -> Result<Self, HashProblem> {
        if text.len() > 1024 || text.contains('\0') {
            return Err(HashProblem::Unknown);
        }
        let foreign = match text.split('$').collect::<Vec<_>>().as_slice() {
            ["", "argon2id" | "argon2i" | "argon2d", ..] => {
                return Argon2Hash::parse(text).map(|hash| Self::Argon2(Box::new(hash)));
            }
            ["", "2a" | "2b" | "2y", cost, _] => bcrypt(text, cost),
            ["", "5" | "6", rest @ ..] => sha_crypt(text, rest),
            ["", "scrypt", params, salt, output] => scrypt(params, salt, output),
            ["", "pbkdf2" | "pbkdf2-sha1", rest @ ..] => pbkdf2(pbkdf2::PBKDF2_HMAC_SHA1, 20, rest),
            ["", "pbkdf2-sha256", rest @ ..] => pbkdf2(pbkdf2::PBKDF2_HMAC_SHA256, 32, rest),
            ["", "pbkdf2-sha512", rest @ ..] => pbkdf2(pbkdf2::PBKDF2_HMAC_SHA512, 64, rest),
            ["pbkdf2_sha1", rest @ ..] => django_pbkdf2(pbkdf2::PBKDF2_HMAC_SHA1, 20, rest),
            ["pbkdf2_sha256", rest @ ..] => django_pbkdf2(pbkdf2::PBKDF2_HMAC_SHA256, 32, rest),
            _ => Err(HashProblem::Unknown),
        };
        foreign.map(Self::Foreign)
    }
}

/// Django writes the name of its hasher before hashes that have a form of their own.
fn without_django_prefix(text: &str) -> &str {
    text.strip_prefix("bcrypt$")
        .or_else(|| text.strip_prefix("argon2"))
        .filter(|rest| rest.starts_with('$'))
        .unwrap_or(text)
}

impl Argon2Hash {
    fn parse(text: &str) -> Result<Self, HashProblem> {
        let damaged = || HashProblem::Damaged("argon2");
        // Each parameter once and in its order; a key of the other system's would be needed too.
        let params = text.rsplit('$').nth(2).and_then(|params| numbers(params, ["m", "t", "p"]));
        params.ok_or_else(damaged)?;
        let phc = Phc::new(text).map_err(|_| damaged())?;
        let algorithm = Algorithm::try_from(phc.algorithm.as_str()).map_err(|_| damaged())?;
        // Before it said so, the version was 1.0.
        let version = phc.version.map_or(Ok(Version::V0x10), Version::try_from);
        let version = version.map_err(|_| damaged())?;
        let params = Params::try_from(&phc).map_err(|_| damaged())?;
        let is_whole = phc.salt.is_some()
            && phc.hash.as_ref().is_some_and(|output| output.len() >= LEAST_OUTPUT);
        if !is_whole {
            return Err(damaged());
        }
        let work = u64::from(params.m_cost()).saturating_mul(params.t_cost().into());
        if params.m_cost() > MOST_ARGON2_MEMORY
            || work > MOST_ARGON2_WORK
            || params.p_cost() > MOST_ARGON2_LANES
        {
            let most = "256 MiB, 16 lanes, and memory times passes of 1 GiB";
            return Err(HashProblem::TooCostly { format: "argon2", most });
        }
        Ok(Self { algorithm, version, params, phc })
    }
}

impl ForeignHash {
    /// Whether this is the hash of `password`; takes as long as the other system chose.
    pub(super) fn is_of(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(hash) => {
                // Bytes from the 73rd on do not count, as everywhere. A NUL ends the password in
                // some systems and not in others: with one, none is right.
                let is_equal = bcrypt::verify(password, hash).unwrap_or(false);
                is_equal && !password.contains(&0)
            }
            Self::ShaCrypt(hash) => {
                password.len() <= MOST_SHA_CRYPT_PASSWORD
                    && !password.contains(&0)
                    && ShaCrypt::SHA512.verify_password(password, hash.as_str()).is_ok()
            }
            Self::Scrypt { params, salt, output } => {
                let mut found = vec![0; output.len()];
                let done = scrypt::scrypt(password, salt, params, &mut found);
                done.is_ok() && found.ct_eq(output).into()
            }
            Self::Pbkdf2 { algorithm, iterations, salt, output } => {
                // Compares in constant time.
                pbkdf2::verify(*algorithm, *iterations, salt, password, output).is_ok()
            }
        }
    }
}

fn bcrypt(text: &str, cost: &str) -> Result<ForeignHash, HashProblem> {
    let damaged = || HashProblem::Damaged("bcrypt");
    text.parse::<bcrypt::HashParts>().map_err(|_| damaged())?;
    match cost.parse::<u32>() {
        _ if cost.len() != 2 || cost.starts_with('+') => Err(damaged()),
        Ok(4..=MOST_BCRYPT_COST) => Ok(ForeignHash::Bcrypt(text.to_owned())),
        Ok(16..) => Err(HashProblem::TooCostly { format: "bcrypt", most: "a cost of 15" }),
        _ => Err(damaged()),
    }
}

fn sha_crypt(text: &str, rest: &[&str]) -> Result<ForeignHash, HashProblem> {
    let damaged = || HashProblem::Damaged("crypt(3)");
    let (rounds, salt, output) = match rest {
        [salt, output] => ("5000", salt, output),
        [rounds, salt, output] => {
            (rounds.strip_prefix("rounds=").ok_or_else(damaged)?, salt, output)
        }
        _ => return Err(damaged()),
    };
    let rounds = number(rounds).ok_or_else(damaged)?;
    // Rounds given twice, or without a salt: those who read it do not agree on which is which.
    if salt.starts_with("rounds=") {
        return Err(damaged());
    }
    let length = if text.starts_with("$6$") { 86 } else { 43 };
    let is_output =
        output.len() == length && output.bytes().all(|byte| is_in(&alphabet::CRYPT, byte));
    if rounds < 1_000 || salt.is_empty() || salt.len() > MOST_SALT || !is_output {
        return Err(damaged());
    }
    if rounds > MOST_SHA_CRYPT_ROUNDS {
        return Err(HashProblem::TooCostly { format: "crypt(3)", most: "1,000,000 rounds" });
    }
    Ok(ForeignHash::ShaCrypt(text.to_owned()))
}

fn is_in(alphabet: &alphabet::Alphabet, byte: u8) -> bool {
    alphabet.as_str().as_bytes().contains(&byte)
}

fn scrypt(params: &str, salt: &str, output: &str) -> Result<ForeignHash, HashProblem> {
    let damaged = || HashProblem::Damaged("scrypt");
    let [log_n, r, p] = numbers(params, ["ln", "r", "p"]).ok_or_else(damaged)?;
    let blocks = 1_u64.checked_shl(log_n).unwrap_or(u64::MAX).saturating_mul(r.into());
    let is_too_much = log_n >= 32
        || blocks > MOST_SCRYPT_BLOCKS
        || blocks.saturating_mul(p.into()) > MOST_SCRYPT_WORK;
    if is_too_much {
        let most = "128 MiB (N times r of 2^20), and N times r times p of 2^21";
        return Err(HashProblem::TooCostly { format: "scrypt", most });
    }
    // N must be larger than 1 (RFC 7914 §6).
    if log_n == 0 {
        return Err(damaged());
    }
    let log_n = u8::try_from(log_n).map_err(|_| damaged())?;
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| damaged())?;
    let (salt, output) = (decoded(salt), decoded(output).filter(|output| is_output(output)));
    let (salt, output) = salt.zip(output).ok_or_else(damaged)?;
    Ok(ForeignHash::Scrypt { params, salt, output })
}

/// What follows the name: the iterations (`29000`, or `i=29000` with or without a length), salt and
/// output.
fn pbkdf2(
    algorithm: pbkdf2::Algorithm,
    block: usize,
    rest: &[&str],
) -> Result<ForeignHash, HashProblem> {
    let damaged = || HashProblem::Damaged("PBKDF2");
    let [iterations, salt, output] = rest else { return Err(damaged()) };
    let (salt, output) = decoded(salt).zip(decoded(output)).ok_or_else(damaged)?;
    let params = iterations.strip_prefix("i=").unwrap_or(iterations);
    let iterations = match iterations.strip_prefix("i=").and_then(|params| params.split_once(",l="))
    {
        None => params,
        Some((iterations, length)) => {
            let length = number(length).ok_or_else(damaged)?;
            if usize::try_from(length) != Ok(output.len()) {
                return Err(damaged());
            }
            iterations
        }
    };
    checked_pbkdf2((algorithm, block), iterations, salt, output)
}

/// Django's salt is used as it is written.
fn django_pbkdf2(
    algorithm: pbkdf2::Algorithm,
    block: usize,
    rest: &[&str],
) -> Result<ForeignHash, HashProblem> {
    let damaged = || HashProblem::Damaged("PBKDF2");
    let [iterations, salt, output] = rest else { return Err(damaged()) };
    let output = decoded(output).ok_or_else(damaged)?;
    checked_pbkdf2((algorithm, block), iterations, salt.as_bytes().to_vec(), output)
}

fn checked_pbkdf2(
    (algorithm, block): (pbkdf2::Algorithm, usize),
    iterations: &str,
    salt: Vec<u8>,
    output: Vec<u8>,
) -> Result<ForeignHash, HashProblem> {
    let damaged = || HashProblem::Damaged("PBKDF2");
    let iterations = number(iterations).and_then(NonZeroU32::new).ok_or_else(damaged)?;
    if !is_output(&output) || salt.len() > MOST_SALT {
        return Err(damaged());
    }
    // Each block of the output costs all iterations again.
    let blocks = u64::try_from(output.len().div_ceil(block)).unwrap_or(u64::MAX);
    if blocks.saturating_mul(iterations.get().into()) > MOST_PBKDF2_ITERATIONS {
        let most = "5,000,000 iterations for all blocks of the output";
        return Err(HashProblem::TooCostly { format: "PBKDF2", most });
    }
    Ok(ForeignHash::Pbkdf2 { algorithm, iterations, salt, output })
}

fn is_output(output: &[u8]) -> bool {
    (LEAST_OUTPUT..=MOST_OUTPUT).contains(&output.len())
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.replace('.', "+")).ok()?;
    (bytes.len() <= MOST_SALT).then_some(bytes)
}

/// `ln=15,r=8,p=1`, in this order.
fn numbers<const N: usize>(text: &str, names: [&str; N]) -> Option<[u32; N]> {
    let mut parts = text.split(',');
    let mut found = [0; N];
    for (place, name) in found.iter_mut().zip(names) {
        *place = number(parts.next()?.strip_prefix(name)?.strip_prefix('=')?)?;
    }
    parts.next().is_none().then_some(found)
}

/// Digits alone, and none in front that counts for nothing.
fn number(text: &str) -> Option<u32> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests;
