//! What a ceremony waits with. The library has one type for passkeys, which verify their owner, and
//! one for security keys, which need not (decision 0031).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, AuthenticatorAttachment, CreationChallengeResponse, CredentialID,
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, SecurityKey, SecurityKeyAuthentication, SecurityKeyRegistration,
    Webauthn, WebauthnError,
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::super::AccountsFault;
use super::{broken, stored};
use crate::domain::user::User;
use crate::keys::SealError;
use crate::store::passkeys::Passkey;

/// What somebody adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewKey {
    /// A passkey: it verifies its owner, and can be the whole sign-in.
    Passkey,
    /// A security key: good after a password, and never alone.
    SecurityKey,
}

/// One that is being added.
#[derive(Serialize, Deserialize)]
pub(super) enum Registration {
    Passkey(PasskeyRegistration),
    SecurityKey(SecurityKeyRegistration),
}

/// One whose authenticator has signed for it.
pub(super) struct Registered {
    pub(super) id: CredentialID,
    /// As it is stored.
    pub(super) credential: String,
    pub(super) is_second_only: bool,
}

impl Registration {
    pub(super) fn begin(
        party: &Webauthn,
        new: NewKey,
        (user, handle): (&User, Uuid),
        known: Vec<CredentialID>,
    ) -> Result<(Self, CreationChallengeResponse), AccountsFault> {
        let (email, name, known) = (&user.email, user.display_name(), Some(known));
        let begun = match new {
            NewKey::Passkey => {
                party.start_passkey_registration(handle, email, name, known).map(|begun| {
                    let (mut options, state) = begun;
                    // The library asks for none, and a passkey without one cannot be the whole
                    // sign-in.
                    if let Some(selection) = &mut options.public_key.authenticator_selection {
                        selection.resident_key = Some(ResidentKeyRequirement::Preferred);
                    }
                    (Self::Passkey(state), options)
                })
            }
            NewKey::SecurityKey => {
                let apart = Some(AuthenticatorAttachment::CrossPlatform);
                party.start_securitykey_registration(handle, email, name, known, None, apart).map(
                    |(mut options, state)| {
                        // With it, Chromium makes none: what verifies nobody cannot protect itself by it.
                        if let Some(extensions) = &mut options.public_key.extensions {
                            extensions.cred_protect = None;
                        }
                        (Self::SecurityKey(state), options)
                    },
                )
            }
        };
        begun.map_err(|error| broken(&error))
    }

    /// # Errors
    ///
    /// Where the authenticator did not sign for it; where it cannot be written.
    pub(super) fn finish(
        &self,
        party: &Webauthn,
        response: &RegisterPublicKeyCredential,
    ) -> Result<Result<Registered, WebauthnError>, SealError> {
        Ok(match self {
            Self::Passkey(state) => match party.finish_passkey_registration(response, state) {
                Ok(key) => Ok(registered(key.cred_id(), &key, false)?),
                Err(error) => Err(error),
            },
            Self::SecurityKey(state) => {
                match party.finish_securitykey_registration(response, state) {
                    Ok(key) => Ok(registered(key.cred_id(), &key, true)?),
                    Err(error) => Err(error),
                }
            }
        })
    }
}

fn registered(
    id: &CredentialID,
    key: &impl Serialize,
    is_second_only: bool,
) -> Result<Registered, SealError> {
    let credential = serde_json::to_string(key).map_err(|_| SealError)?;
    Ok(Registered { id: id.clone(), credential, is_second_only })
}

/// A second factor that is asked for.
#[derive(Serialize, Deserialize)]
pub(super) enum Asked {
    Passkeys(PasskeyAuthentication),
    WithSecurityKeys(SecurityKeyAuthentication),
}

impl Asked {
    /// Asks for any of those that somebody holds, which must be some.
    pub(super) fn begin(
        party: &Webauthn,
        held: &[Passkey],
    ) -> Result<(Self, RequestChallengeResponse), AccountsFault> {
        if held.iter().all(|passkey| !passkey.is_second_only) {
            let begun = party.start_passkey_authentication(&all(held)?);
            return begun
                .map(|(options, state)| (Self::Passkeys(state), options))
                .map_err(|error| broken(&error));
        }
        // Both types are kept in one form, together with what was asked when they were made: a
        // passkey has to verify its owner here as well.
        let keys: Vec<SecurityKey> = all(held)?;
        let begun = party.start_securitykey_authentication(&keys);
        let (mut options, state) = begun.map_err(|error| broken(&error))?;
        if held.iter().any(|passkey| !passkey.is_second_only) {
            options.public_key.hints = None;
        }
        Ok((Self::WithSecurityKeys(state), options))
    }

    pub(super) fn finish(
        &self,
        party: &Webauthn,
        response: &PublicKeyCredential,
    ) -> Result<AuthenticationResult, WebauthnError> {
        match self {
            Self::Passkeys(state) => party.finish_passkey_authentication(response, state),
            Self::WithSecurityKeys(state) => {
                party.finish_securitykey_authentication(response, state)
            }
        }
    }
}

fn all<T: DeserializeOwned>(held: &[Passkey]) -> Result<Vec<T>, AccountsFault> {
    Ok(held.iter().map(stored).collect::<Result<_, _>>()?)
}

/// Which model an authenticator says it is (WebAuthn Level 3 §6.5.1); `None` for one that does not
/// say.
pub(super) fn model_of(response: &RegisterPublicKeyCredential) -> Option<String> {
    /// Behind the hash of the site's name, the flags and the counter (WebAuthn Level 3 §6.1).
    const AAGUID: std::ops::Range<usize> = 37..53;

    let object = response.response.attestation_object.as_ref();
    let serde_cbor_2::Value::Map(parts) = serde_cbor_2::from_slice(object).ok()? else {
        return None;
    };
    let serde_cbor_2::Value::Bytes(data) =
        parts.get(&serde_cbor_2::Value::Text("authData".to_owned()))?
    else {
        return None;
    };
    let model = Uuid::from_slice(data.get(AAGUID)?).ok()?;
    (!model.is_nil()).then(|| model.to_string())
}
