//! Passkeys (WebAuthn Level 3): adding one, signing in with one, and one as second factor.
//!
//! A ceremony has two halves. The first makes a challenge and keeps what its answer is checked
//! against, sealed, for five minutes and one browser. The second takes that away, once, before
//! anything of the answer is looked at. The authenticator of a passkey always has to verify its
//! user, so that it is two proofs in one. A security key need not, and is a second factor alone.

mod ceremonies;
mod discovery;

pub use ceremonies::NewKey;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, CredentialID, Passkey as Credential, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::second_factor::{
    ConfirmedFactor, EnrolmentRefusal, FactorRefusal, Repeated, hold_owner,
};
use super::{Accounts, AccountsFault};
use crate::domain::authenticator_model;
use crate::domain::second_factor::{FactorKind, FactorPolicy};
use crate::domain::session::{RepeatableForm, Session};
use crate::domain::token::FLOW_PREFIX;
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, TokenDigest, UserId};
use crate::keys::{Purpose, SealError, Sealed};
use crate::random;
use crate::store::passkeys::{self, Ceremony, Passkey};
use crate::store::{StoreError, users};
use ceremonies::{Asked, Registration, model_of};

/// How long a ceremony waits for its authenticator, in seconds.
const CEREMONY_LIFETIME: i64 = 5 * 60;
/// Ceremonies of one person that wait in one browser beside the newest: every page that asks for a passkey begins
/// one.
const MOST_CEREMONIES: i64 = 20;
/// The longest answer of an authenticator, in bytes.
const LONGEST_ANSWER: usize = 16 * 1024;
/// The longest name of a passkey, in characters.
const LONGEST_NAME: usize = 60;
/// How many passkeys one person may have.
const MOST_PASSKEYS: i64 = 20;

/// What this installation is to authenticators.
#[derive(Clone, Debug)]
pub struct RelyingParty(Webauthn);

impl RelyingParty {
    /// The installation at `issuer`. `None` where the address has no name that passkeys could be
    /// bound to: an IP address, for instance.
    #[must_use]
    pub fn of(issuer: &str, brand: &str) -> Option<Self> {
        let origin = url::Url::parse(issuer).ok()?;
        let host = origin.domain()?;
        let builder = WebauthnBuilder::new(host, &origin).ok()?;
        builder.rp_name(brand).build().ok().map(Self)
    }
}

/// The first half of a ceremony, for the browser.
#[derive(Clone, Debug)]
pub struct BegunCeremony {
    /// How long it waits for the second half, in seconds.
    pub lifetime: i64,
    /// Names it in the second half.
    pub handle: PlainToken,
    /// What `navigator.credentials` is to be called with, as JSON.
    pub options: String,
}

/// What a browser sends back.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Which ceremony.
    pub handle: PlainToken,
    /// The credential, as JSON (WebAuthn Level 3 §5.1).
    pub credential: String,
}

/// A passkey whose signature is right, with what is to be kept of its use.
pub(super) struct PresentedPasskey {
    pub(super) passkey: Passkey,
    pub(super) credential: String,
}

/// What came of what somebody's passkey signed.
pub(super) enum CheckedAssertion {
    /// It is right.
    Right(Box<PresentedPasskey>),
    /// It is not.
    Wrong,
    /// What it had to sign no longer counts.
    Over,
}

/// The first half of a ceremony failed, which is a fault of ours.
fn broken(error: &WebauthnError) -> AccountsFault {
    tracing::error!(%error, "a passkey ceremony cannot begin");
    AccountsFault::Store(StoreError::Corrupt("a passkey ceremony cannot begin".to_owned()))
}

fn read<T: DeserializeOwned>(json: &str) -> Option<T> {
    if json.len() > LONGEST_ANSWER {
        return None;
    }
    serde_json::from_str(json).ok()
}

/// A passkey in a type of the library.
fn stored<T: DeserializeOwned>(passkey: &Passkey) -> Result<T, StoreError> {
    serde_json::from_str(&passkey.credential)
        .map_err(|_| StoreError::Corrupt("a passkey cannot be read".to_owned()))
}

/// The ways in which the authenticator of a passkey is reached, as it named them (WebAuthn Level 3
/// §5.8.4); none where it did not.
pub(super) fn transports(passkey: &Passkey) -> Vec<String> {
    let credential: serde_json::Value =
        serde_json::from_str(&passkey.credential).unwrap_or_default();
    let named = credential.pointer("/cred/transports").and_then(serde_json::Value::as_array);
    let texts = named.into_iter().flatten().filter_map(serde_json::Value::as_str);
    texts.map(str::to_lowercase).collect()
}

fn credential_id(id: &CredentialID) -> String {
    let bytes: &[u8] = id.as_ref();
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl Accounts {
    /// Whether somebody may sign in with a passkey: where they are offered to people in general, or
    /// somebody has had one since before they no longer were.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn has_passkeys(&self) -> Result<bool, StoreError> {
        if self.relying_party.is_none() {
            return Ok(false);
        }
        let settings = &self.settings.factors;
        let is_offered = settings.offered.contains(&FactorKind::Passkey);
        if is_offered && settings.policy != FactorPolicy::Off {
            return Ok(true);
        }
        passkeys::has_whole(&mut self.store.read().await?).await
    }

    fn relying_party(&self) -> Option<&Webauthn> {
        self.relying_party.as_deref().map(|party| &party.0)
    }

    async fn keep_ceremony(
        &self,
        kind: &str,
        user_id: Option<&UserId>,
        browser: &TokenDigest,
        (state, options): (&impl serde::Serialize, &impl serde::Serialize),
    ) -> Result<BegunCeremony, AccountsFault> {
        let handle = PlainToken::generate(FLOW_PREFIX);
        let handle_digest = handle.digest();
        let state = serde_json::to_vec(state).map_err(|_| SealError)?;
        let options = serde_json::to_string(options).map_err(|_| SealError)?;
        let sealed = self.kek.seal(Purpose::PasskeyCeremony, handle_digest.as_str(), &state)?;
        let ceremony = Ceremony {
            handle_digest,
            kind: kind.to_owned(),
            user_id: user_id.cloned(),
            browser_digest: browser.clone(),
            state_sealed: sealed.0,
            expires_at: self.clock.now().plus(CEREMONY_LIFETIME),
        };
        let mut tx = self.store.begin().await?;
        passkeys::begin_ceremony(&mut tx, &ceremony).await?;
        if let Some(user_id) = user_id {
            let of = (user_id, browser);
            let newest = &ceremony.handle_digest;
            passkeys::keep_newest_ceremonies(&mut tx, of, newest, MOST_CEREMONIES).await?;
        }
        tx.commit().await?;
        Ok(BegunCeremony { lifetime: CEREMONY_LIFETIME, handle, options })
    }

    /// Takes away what an answer is checked against; `None` where it was taken before, its time is
    /// over, or it was begun for something else.
    async fn take_ceremony<T: DeserializeOwned>(
        &self,
        kind: &str,
        (handle, browser): (&PlainToken, &TokenDigest),
        user_id: Option<&UserId>,
    ) -> Result<Option<T>, AccountsFault> {
        let digest = handle.digest();
        let mut tx = self.store.begin().await?;
        let taken = passkeys::take_ceremony(&mut tx, &digest, browser, self.clock.now()).await?;
        tx.commit().await?;
        let fits = taken.filter(|taken| taken.kind == kind && taken.user_id.as_ref() == user_id);
        let Some(ceremony) = fits else { return Ok(None) };
        let sealed = Sealed(ceremony.state_sealed);
        let state = self.kek.open(Purpose::PasskeyCeremony, digest.as_str(), &sealed)?;
        Ok(Some(serde_json::from_slice(&state).map_err(|_| SealError)?))
    }

    /// Begins to add a passkey or a security key.
    ///
    /// # Errors
    ///
    /// `NotOffered` where passkeys cannot be used, `TooManyPasskeys` where the person has as many as
    /// there can be.
    pub async fn begin_passkey(
        &self,
        user: &User,
        new: NewKey,
        browser: &TokenDigest,
    ) -> Result<BegunCeremony, EnrolmentRefusal> {
        let party = self.relying_party().ok_or(EnrolmentRefusal::NotOffered)?;
        if !self.offers(user, FactorKind::Passkey).await? {
            return Err(EnrolmentRefusal::NotOffered);
        }
        let offered = Uuid::from_bytes(random::bytes()).to_string();
        let mut tx = self.store.begin().await?;
        let handle = passkeys::handle_of(&mut tx, &user.id, &offered).await?;
        let held = passkeys::list(&mut tx, &user.id).await?;
        let has_room = passkeys::count(&mut tx, &user.id).await? < MOST_PASSKEYS;
        tx.commit().await?;
        if !has_room {
            return Err(EnrolmentRefusal::TooManyPasskeys);
        }
        let handle = handle.and_then(|handle| Uuid::parse_str(&handle).ok());
        let handle = handle.ok_or(EnrolmentRefusal::NotThere)?;
        let known: Vec<CredentialID> = held
            .iter()
            .filter_map(|passkey| BASE64_URL_SAFE_NO_PAD.decode(&passkey.credential_id).ok())
            .collect();
        let (state, options) = Registration::begin(party, new, (user, handle), known)?;
        let halves = (&state, &options);
        Ok(self.keep_ceremony("registration", Some(&user.id), browser, halves).await?)
    }

    /// Adds what was begun: it counts as soon as its authenticator has signed for it. It is called
    /// what its owner typed, else after its provider, else `otherwise`.
    ///
    /// # Errors
    ///
    /// `Code(Wrong)` where it did not, `NotBegun` where its time was over.
    pub async fn add_passkey(
        &self,
        owner: (&User, &Session),
        answer: &Assertion,
        names: (&str, &str),
        (browser, sent): (&TokenDigest, Option<&RepeatableForm>),
        requester: &Requester,
    ) -> Result<ConfirmedFactor, EnrolmentRefusal> {
        let done = self.add_made(owner, answer, names, (browser, sent), requester).await;
        // The same form, sent twice, may have been faster.
        let Err(refusal @ (EnrolmentRefusal::NotBegun | EnrolmentRefusal::SessionOver)) = done
        else {
            return done;
        };
        let Some(response) = read::<RegisterPublicKeyCredential>(&answer.credential) else {
            return Err(refusal);
        };
        let credential = credential_id(&response.raw_id);
        let before = self.confirmed_before(owner, Repeated::Passkey(&credential)).await?;
        before.ok_or(refusal)
    }

    async fn add_made(
        &self,
        (user, session): (&User, &Session),
        answer: &Assertion,
        (typed, otherwise): (&str, &str),
        (browser, sent): (&TokenDigest, Option<&RepeatableForm>),
        requester: &Requester,
    ) -> Result<ConfirmedFactor, EnrolmentRefusal> {
        let wrong = || EnrolmentRefusal::Code(FactorRefusal::Wrong);
        let party = self.relying_party().ok_or(EnrolmentRefusal::NotOffered)?;
        if answer.credential.is_empty() {
            return Err(EnrolmentRefusal::NotBegun);
        }
        let place = (&answer.handle, browser);
        let state: Option<Registration> =
            self.take_ceremony("registration", place, Some(&user.id)).await?;
        let state = state.ok_or(EnrolmentRefusal::NotBegun)?;
        let response: RegisterPublicKeyCredential = read(&answer.credential).ok_or_else(wrong)?;
        let registered = state.finish(party, &response)?.map_err(|error| {
            tracing::info!(%error, "a passkey was not added");
            wrong()
        })?;
        let aaguid = model_of(&response);
        let now = self.clock.now();
        let passkey = Passkey {
            id: random::ulid(now),
            user_id: user.id.clone(),
            credential_id: credential_id(&registered.id),
            credential: registered.credential,
            uses: 0,
            name: first_name(typed, aaguid.as_deref(), otherwise),
            created_at: now,
            last_used_at: None,
            aaguid,
            is_second_only: registered.is_second_only,
        };
        let codes = self.first_backup_codes();
        let mut tx = self.store.begin().await?;
        // Of many ceremonies that were begun at once.
        hold_owner(&mut tx, session).await?;
        if passkeys::count(&mut tx, &user.id).await? >= MOST_PASSKEYS {
            return Err(EnrolmentRefusal::TooManyPasskeys);
        }
        let wish = (FactorKind::Passkey, Some(passkey.id.as_str()));
        let addition = self.note_addition(&mut tx, user, wish, now).await?;
        if !passkeys::insert(&mut tx, &passkey).await? {
            return Err(wrong());
        }
        let confirmed = self
            .factor_was_added(&mut tx, (user, session), (addition, codes, sent), requester, now)
            .await?
            .ok_or(EnrolmentRefusal::SessionOver)?;
        tx.commit().await?;
        self.bell.ring();
        Ok(confirmed)
    }

    /// Gives a passkey another name.
    ///
    /// # Errors
    ///
    /// `NotThere`, or a fault.
    pub async fn rename_passkey(
        &self,
        session: &Session,
        id: &str,
        name: &str,
    ) -> Result<(), EnrolmentRefusal> {
        let mut tx = self.store.begin().await?;
        hold_owner(&mut tx, session).await?;
        if !passkeys::rename(&mut tx, &session.user_id, id, &passkey_name(name)).await? {
            return Err(EnrolmentRefusal::NotThere);
        }
        Ok(tx.commit().await?)
    }

    /// Removes a passkey.
    ///
    /// # Errors
    ///
    /// `LastOne` where a second factor is required and this is the last, `LastWayIn` where the person could
    /// not sign in any more: they have no password, and no other passkey.
    pub async fn remove_passkey(
        &self,
        (user, session): (&User, &Session),
        id: &str,
        requester: &Requester,
    ) -> Result<(), EnrolmentRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        hold_owner(&mut tx, session).await?;
        passkeys::remove(&mut tx, &user.id, id).await?.ok_or(EnrolmentRefusal::NotThere)?;
        if passkeys::count_whole(&mut tx, &user.id).await? == 0 {
            let credentials = users::find_credentials_by_id(&mut tx, &user.id).await?;
            if credentials.is_none_or(|found| found.password_hash.is_none()) {
                return Err(EnrolmentRefusal::LastWayIn);
            }
        }
        self.factor_was_removed(&mut tx, user, FactorKind::Passkey, requester, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// Begins to ask for one of the person's passkeys.
    ///
    /// # Errors
    ///
    /// `NotUsable` where they have none.
    pub async fn begin_assertion(
        &self,
        user: &User,
        browser: &TokenDigest,
    ) -> Result<BegunCeremony, FactorRefusal> {
        let party = self.relying_party().ok_or(FactorRefusal::NotUsable)?;
        let held = passkeys::list(&mut self.store.read().await?, &user.id).await?;
        if held.is_empty() {
            return Err(FactorRefusal::NotUsable);
        }
        let (state, options) = Asked::begin(party, &held)?;
        Ok(self.keep_ceremony("assertion", Some(&user.id), browser, (&state, &options)).await?)
    }

    /// Checks what one of the person's passkeys signed.
    pub(super) async fn check_assertion(
        &self,
        user: &User,
        answer: &Assertion,
        browser: &TokenDigest,
    ) -> Result<CheckedAssertion, FactorRefusal> {
        let party = self.relying_party().ok_or(FactorRefusal::NotUsable)?;
        let place = (&answer.handle, browser);
        let state: Option<Asked> = self.take_ceremony("assertion", place, Some(&user.id)).await?;
        let Some(state) = state else { return Ok(CheckedAssertion::Over) };
        let response: Option<PublicKeyCredential> = read(&answer.credential);
        let result = response.and_then(|response| accepted(state.finish(party, &response)));
        let Some(result) = result else { return Ok(CheckedAssertion::Wrong) };
        let id = credential_id(result.cred_id());
        let found = passkeys::find_by_credential(&mut self.store.read().await?, &id).await?;
        let own = found
            .filter(|passkey| passkey.user_id == user.id)
            .filter(|passkey| result.user_verified() || passkey.is_second_only);
        Ok(match own {
            Some(passkey) => CheckedAssertion::Right(Box::new(presented(passkey, &result)?)),
            None => CheckedAssertion::Wrong,
        })
    }
}

fn accepted(done: Result<AuthenticationResult, WebauthnError>) -> Option<AuthenticationResult> {
    match done {
        Ok(result) => Some(result),
        Err(error) => {
            tracing::info!(%error, "a passkey was not taken");
            None
        }
    }
}

fn presented(
    passkey: Passkey,
    result: &AuthenticationResult,
) -> Result<PresentedPasskey, AccountsFault> {
    let mut credential: Credential = stored(&passkey)?;
    credential.update_credential(result);
    let credential = serde_json::to_string(&credential).map_err(|_| SealError)?;
    Ok(PresentedPasskey { passkey, credential })
}

/// What a new one is called.
fn first_name(typed: &str, aaguid: Option<&str>, otherwise: &str) -> String {
    let typed = Some(typed).filter(|typed| !typed.trim().is_empty());
    let provider = || aaguid.and_then(authenticator_model::name_of);
    passkey_name(typed.or_else(provider).unwrap_or(otherwise))
}

/// One line, neither empty nor long.
fn passkey_name(typed: &str) -> String {
    let name: String =
        typed.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    if name.is_empty() { "Passkey".to_owned() } else { name }
}
