//! Proving again who it is, before something grave: what the pages ask for on a page of its own comes
//! with the call.

use secrecy::SecretString;

use super::super::App;
use super::body::Members;
use super::callers::{self, Caller};
use super::error::{ApiError, FieldMistake};
use super::sign_in;
use crate::accounts::{FactorAnswer, FactorRefusal, SignInRefusal};
use crate::domain::Requester;
use crate::domain::second_factor::FactorKind;

/// What a body brings as proof.
pub(super) struct Proof {
    password: Option<(&'static str, SecretString)>,
    code: Option<(FactorKind, String)>,
}

impl Proof {
    /// Reads `code` with its `code_method` (`totp` unless given), and the password under this name.
    pub(super) fn read(members: &mut Members, password: &'static str) -> Self {
        let code = members.text("code");
        let kind = factor_kind(members, "code_method");
        Self {
            password: members.secret(password).map(|secret| (password, secret)),
            code: code.map(|code| (kind.unwrap_or(FactorKind::Totp), code)),
        }
    }

    /// Whether there is any.
    pub(super) const fn is_there(&self) -> bool {
        self.password.is_some() || self.code.is_some()
    }
}

/// A method that a member names, where it is one that has codes.
pub(super) fn factor_kind(members: &mut Members, name: &str) -> Option<FactorKind> {
    let named = members.text(name)?;
    let kind = FactorKind::named(&named).filter(|kind| *kind != FactorKind::Passkey);
    if kind.is_none() {
        members.mistake(name, "must be totp, sms, email or backup");
    }
    kind
}

/// The caller, having proved lately enough who they are. A password alone is never enough for who
/// has a second factor (ASVS 5.0 7.5.1).
///
/// # Errors
///
/// `ReauthenticationRequired`, and why a proof was not taken.
pub(super) async fn proven(
    app: &App,
    caller: Caller,
    proof: Proof,
    requester: &Requester,
) -> Result<Caller, ApiError> {
    let caller = take(app, caller, proof, requester).await?;
    let Caller { user, session, .. } = &caller;
    let is_enough = !app.accounts.must_step_up(session, user).await?;
    if is_enough && app.accounts.is_proven(session) {
        return Ok(caller);
    }
    let wish = if app.accounts.has_second_factor(user).await? {
        Some(callers::factor_to_give(app, &caller, requester).await?)
    } else {
        None
    };
    Err(ApiError::ReauthenticationRequired(wish))
}

async fn take(
    app: &App,
    mut caller: Caller,
    proof: Proof,
    requester: &Requester,
) -> Result<Caller, ApiError> {
    let Caller { user, session, client } = &caller;
    if let Some((kind, code)) = proof.code {
        let answer = FactorAnswer::code(kind, code).ok_or(ApiError::Fault)?;
        let of = (user, session);
        let proved = app.accounts.prove_by_factor(of, answer, &client.id, requester).await;
        caller.session = proved.map_err(code_refused)?;
    } else if let Some((name, password)) = proof.password {
        let proved = app.accounts.prove_by_password(session, &password, requester).await;
        caller.session = proved.map_err(|refusal| password_refused(name, refusal))?.session;
    }
    Ok(caller)
}

fn password_refused(name: &str, refusal: SignInRefusal) -> ApiError {
    match refusal {
        SignInRefusal::WrongCredentials { .. } => {
            ApiError::ProofRefused(FieldMistake::new(name, "is not right"))
        }
        other => sign_in::refused(other),
    }
}

fn code_refused(refusal: FactorRefusal) -> ApiError {
    match refusal {
        FactorRefusal::Throttled { retry_after_seconds } => {
            ApiError::Throttled { retry_after: retry_after_seconds }
        }
        FactorRefusal::Fault(fault) => fault.into(),
        FactorRefusal::NotUsable => {
            ApiError::ProofRefused(FieldMistake::new("code_method", "cannot be used here"))
        }
        FactorRefusal::Over
        | FactorRefusal::Missing
        | FactorRefusal::Wrong
        | FactorRefusal::WrongAgain
        | FactorRefusal::Used
        | FactorRefusal::CodeOver => {
            ApiError::ProofRefused(FieldMistake::new("code", "is not right"))
        }
    }
}
