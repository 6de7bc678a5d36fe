//! Proving again who one is, before something grave.

use super::super::App;
use super::body::Body;
use super::error::ApiError;
use super::factor_problem::FactorProblem;
use crate::accounts::{FactorAnswer, Passed, no_browser};
use crate::domain::Requester;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::oauth::authentication_api::Caller;

/// Digits of the code of an app; codes on paper are longer.
const APP_CODE_DIGITS: usize = 6;

/// The caller, who proved who they are lately: by this call, with `password` and `code` in its body, or
/// by one within the last ten minutes. A password alone is never enough for who has a second factor
/// (ASVS 5.0 7.5.1).
///
/// # Errors
///
/// `ProofMissing`; `OfBrowser` where the session has a cookie; as for a sign-in, where what was sent is not right.
pub(super) async fn proven(
    app: &App,
    Caller { user, session, .. }: Caller,
    body: &mut Body,
    requester: &Requester,
) -> Result<(User, Session), ApiError> {
    let (code, password) = (body.optional("code"), body.optional("password"));
    body.check()?;
    // A proof counts for a session: one given in the browser is none of the app's, nor the other way.
    if app.accounts.is_of_browser(&session).await? {
        return Err(FactorProblem::OfBrowser.into());
    }
    let mut session = session;
    if let Some(code) = code {
        session = by_code(app, &session, code, requester).await?;
    }
    if let Some(password) = password {
        let proved =
            app.accounts.prove_by_password(&session, (&password.into(), None), requester).await;
        session = proved.map_err(refused)?.session;
    }
    if app.accounts.must_step_up(&session, &user).await? || !app.accounts.is_proven(&session) {
        return Err(FactorProblem::ProofMissing.into());
    }
    Ok((user, session))
}

/// The access token is good all the same: a 401 would have programs throw it away.
fn refused(refusal: impl Into<ApiError>) -> ApiError {
    match refusal.into() {
        ApiError::WrongCredentials => ApiError::WrongProof,
        other => other,
    }
}

/// A code of an app, or one on paper: what the caller has without asking for it.
async fn by_code(
    app: &App,
    session: &Session,
    code: String,
    requester: &Requester,
) -> Result<Session, ApiError> {
    let is_of_app = code.chars().filter(char::is_ascii_alphanumeric).count() == APP_CODE_DIGITS;
    let answer = if is_of_app { FactorAnswer::Totp(code) } else { FactorAnswer::BackupCode(code) };
    let browser = no_browser();
    let begun = app.accounts.step_up(session, &browser, requester).await?;
    let handle = begun.ok_or(FactorProblem::NotUsable)?;
    match app.accounts.answer_challenge(&handle, answer, (&browser, None), requester).await? {
        Passed::SignedIn(passed) => Ok(passed.signed_in.session),
        Passed::NewPassword { .. } => Err(ApiError::NewPasswordMissing),
    }
}
