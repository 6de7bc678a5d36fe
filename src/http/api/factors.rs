//! `/api/auth/2fa/enable`, `confirm`, `disable` and `backup-codes`: the caller's own second factors.
//!
//! Who must have a second factor and has none sets up their first one with the `mfa_token` of the
//! sign-in, and gets tokens once it counts. That handle opens neither of these for anybody else.

use axum::extract::{FromRequestParts as _, State};
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::frame::Frame;
use super::answer::{issue, members as json_members, ok};
use super::body::Members;
use super::callers::{Bearer, Caller, TokenHolder};
use super::error::{ApiError, FieldMistake};
use super::proof::{Proof, factor_kind, proven};
use super::second_factor;
use crate::accounts::{BegunTotp, CodesOfFactor, EnrolmentRefusal, FirstCode};
use crate::domain::second_factor::FactorKind;
use crate::domain::token::MFA_PREFIX;
use crate::domain::{PlainToken, Requester};
use crate::oauth::api_access;

/// Who sets a factor up: signed in, or held back until they have one.
struct Owner {
    caller: Caller,
    /// The handle of who is held back.
    enrolment: Option<PlainToken>,
}

async fn owner(app: &App, mut parts: Parts) -> Result<Owner, ApiError> {
    let Bearer(token) = Bearer::from_request_parts(&mut parts, app).await?;
    if !token.expose().starts_with(MFA_PREFIX) {
        let TokenHolder(caller) = TokenHolder::from_request_parts(&mut parts, app).await?;
        return Ok(Owner { caller, enrolment: None });
    }
    let found = app.accounts.factor_enrolment(&token).await?.ok_or(ApiError::TokenInvalid)?;
    let client = api_access::app(&app.provider, &found.app).await?;
    let client = client.ok_or(ApiError::TokenInvalid)?;
    let caller = Caller { user: found.user, session: found.session, client };
    Ok(Owner { caller, enrolment: Some(token) })
}

/// Begins to set up a factor. Nothing is on before it was confirmed.
pub(crate) async fn enable(
    State(app): State<App>,
    frame: Frame,
    parts: Parts,
    mut members: Members,
) -> Result<Response, ApiError> {
    let owner = owner(&app, parts).await?;
    let kind = factor_kind(&mut members, "method");
    let phone = members.text("phone");
    let proof = Proof::read(&mut members, "password");
    match (kind, &phone) {
        (Some(FactorKind::Sms), None) => members.mistake("phone", "is missing"),
        (Some(FactorKind::Totp | FactorKind::Email), Some(_)) => {
            members.mistake("phone", "is for the method sms alone");
        }
        (None | Some(FactorKind::BackupCode | FactorKind::Passkey), _) => {
            members.mistake("method", "must be totp, sms or email");
        }
        (Some(_), _) => {}
    }
    members.finish()?;
    let kind = kind.ok_or(ApiError::Fault)?;
    let caller = proven(&app, owner.caller, proof, &frame.requester).await?;
    if app.accounts.holds(&caller.user, kind).await? {
        return Err(ApiError::AlreadyEnabled);
    }
    let of = (&caller.user, &caller.session);
    let told = (frame.locale(&app).lang(), &frame.requester);
    let begun = app.accounts.begin_factor_with_codes(of, (kind, phone.as_deref()), told).await;
    let codes = begun.map_err(refused)?;
    let mut data = Map::new();
    if kind == FactorKind::Totp {
        let begun = app.accounts.begun_totp(of).await?.ok_or(ApiError::NothingToConfirm)?;
        data = shown(&begun)?;
    }
    data.insert("backupCodes".to_owned(), json!(codes));
    let message = "2FA setup initiated successfully";
    Ok(ok(json_members(json!({ "message": message, "data": data }))))
}

fn shown(begun: &BegunTotp) -> Result<Map<String, Value>, ApiError> {
    let png = begun.png().ok_or(ApiError::Fault)?;
    let picture = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&*png));
    Ok(json_members(json!({
        "secret": begun.key.replace(' ', ""),
        "otpauth_uri": begun.address.as_str(),
        "qrCode": picture,
    })))
}

/// Lets a factor count: its first code was typed.
pub(crate) async fn confirm(
    State(app): State<App>,
    requester: Requester,
    parts: Parts,
    mut members: Members,
) -> Result<Response, ApiError> {
    let owner = owner(&app, parts).await?;
    let code = members.needed("token");
    let kind = factor_kind(&mut members, "method");
    let proof = Proof::read(&mut members, "password");
    members.finish()?;
    let caller = proven(&app, owner.caller, proof, &requester).await?;
    let begun = app.accounts.begun_kinds(&caller.session).await?;
    let kind = kind.or(begun.first().copied()).ok_or(ApiError::NothingToConfirm)?;
    let first = FirstCode { kind, code: &code, old_is_lost: false };
    let of = (&caller.user, &caller.session);
    let confirmed = app.accounts.confirm_factor(of, first, &requester).await.map_err(refused)?;
    let mut answer = json_members(json!({
        "message": "2FA enabled successfully", "enabled": true, "method": kind.as_str(),
    }));
    if let CodesOfFactor::Made(codes) = confirmed.codes {
        answer.insert("data".to_owned(), json!({ "backupCodes": codes }));
    }
    if let Some(handle) = owner.enrolment {
        // Of two answers with one handle, one gets the tokens.
        if !app.accounts.finish_enrolment(&handle).await? {
            return Err(ApiError::TokenInvalid);
        }
        let session = confirmed.signed_in.session;
        answer.extend(issue(&app, &Caller { session, ..caller }, &requester).await?);
    }
    Ok(ok(answer))
}

/// Removes one factor, or all that have codes. A proof comes with the call, however fresh the sign-in
/// is.
pub(crate) async fn disable(
    State(app): State<App>,
    requester: Requester,
    caller: Caller,
    mut members: Members,
) -> Result<Response, ApiError> {
    let kind = factor_kind(&mut members, "method");
    let proof = Proof::read(&mut members, "password");
    members.finish()?;
    if !proof.is_there() {
        return Err(ApiError::ReauthenticationRequired(None));
    }
    let caller = proven(&app, caller, proof, &requester).await?;
    let held = app.accounts.factors(&caller.user).await?;
    let kinds: Vec<FactorKind> = held
        .factors
        .iter()
        .map(|factor| factor.kind)
        .filter(|held| kind.is_none_or(|kind| kind == *held))
        .collect();
    if kinds.is_empty() {
        return Err(ApiError::NotEnabled);
    }
    let is_last = kinds.len() == held.factors.len() && held.passkeys.is_empty();
    if is_last && held.is_required {
        return Err(ApiError::FactorRequired);
    }
    let of = (&caller.user, &caller.session);
    for kind in kinds {
        let removed = app.accounts.remove_factor(of, kind, &requester).await;
        removed.map_err(refused)?;
    }
    Ok(ok(json_members(json!({ "message": "2FA disabled successfully" }))))
}

/// Makes a new set of codes on paper.
pub(crate) async fn backup_codes(
    State(app): State<App>,
    requester: Requester,
    caller: Caller,
    mut members: Members,
) -> Result<Response, ApiError> {
    let proof = Proof::read(&mut members, "password");
    members.finish()?;
    let caller = proven(&app, caller, proof, &requester).await?;
    let of = (&caller.user, &caller.session);
    let codes = match app.accounts.renew_backup_codes(of, &requester).await {
        Err(EnrolmentRefusal::NotOffered) => return Err(ApiError::NotEnabled),
        other => other.map_err(refused)?,
    };
    let message = "New backup codes. The old ones no longer count.";
    Ok(ok(json_members(json!({ "message": message, "data": { "backupCodes": codes } }))))
}

fn refused(refusal: EnrolmentRefusal) -> ApiError {
    let invalid = |field, message| ApiError::InvalidBody(vec![FieldMistake::new(field, message)]);
    match refusal {
        EnrolmentRefusal::NotOffered => invalid("method", "is not offered here"),
        EnrolmentRefusal::PhoneMalformed => {
            invalid("phone", "must be a number with a plus sign and the country's code")
        }
        EnrolmentRefusal::NotBegun => ApiError::NothingToConfirm,
        EnrolmentRefusal::EmailNotVerified => {
            ApiError::EmailNotVerified { verification_token: None }
        }
        EnrolmentRefusal::Code(refusal) => second_factor::refused(refusal),
        EnrolmentRefusal::LastOne => ApiError::FactorRequired,
        EnrolmentRefusal::NotThere | EnrolmentRefusal::TooManyPasskeys => ApiError::NotEnabled,
        EnrolmentRefusal::SessionOver => ApiError::TokenInvalid,
        EnrolmentRefusal::TooSoon { retry_after_seconds, .. }
        | EnrolmentRefusal::Throttled { retry_after_seconds } => {
            ApiError::Throttled { retry_after: retry_after_seconds }
        }
        EnrolmentRefusal::Fault(fault) => fault.into(),
    }
}
