//! Second factors of the caller's own: setting up, removing, and codes on paper.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::App;
use super::super::frame::Frame;
use super::super::oauth::token::json_answer;
use super::body::Body;
use super::caller::ApiCaller;
use super::error::ApiError;
use super::factor_problem::{FactorProblem, field};
use super::proof::proven;
use crate::accounts::{CodesOfFactor, FirstCode};
use crate::domain::second_factor::FactorKind;
use crate::domain::session::Session;
use crate::domain::user::User;

/// The kinds that are set up and removed here.
const KINDS: [FactorKind; 3] = [FactorKind::Totp, FactorKind::Sms, FactorKind::Email];

/// The kind that a body names; `None` where it names none.
fn kind(body: &mut Body) -> Result<Option<FactorKind>, ApiError> {
    let method = body.optional("method");
    body.check()?;
    let Some(method) = method else { return Ok(None) };
    let kind = FactorKind::named(&method).filter(|kind| KINDS.contains(kind));
    kind.map(Some).ok_or_else(|| field("method", "must be totp, sms or email"))
}

fn done(message: &str, data: &Value) -> Response {
    json_answer(StatusCode::OK, &json!({ "message": message, "data": data }))
}

/// `POST /api/auth/2fa/enable`: begins to set a factor up; it counts once its first code was given.
pub(crate) async fn enable(
    State(app): State<App>,
    frame: Frame,
    ApiCaller(caller): ApiCaller,
    mut body: Body,
) -> Result<Response, ApiError> {
    let kind = kind(&mut body)?.ok_or_else(|| field("method", "is missing"))?;
    let phone = body.optional("phone");
    if kind == FactorKind::Sms && phone.is_none() {
        body.refuse("phone", "is missing");
    }
    let (user, session) = proven(&app, caller, &mut body, &frame.requester).await?;
    if kind == FactorKind::Totp {
        return enable_totp(&app, (&user, &session)).await;
    }
    frame.reader.is(&user);
    let locale = frame.locale(&app).lang();
    let phone = phone.as_deref().filter(|_| kind == FactorKind::Sms);
    let owner = (&user, &session);
    app.accounts.begin_code_factor(owner, phone, locale, &frame.requester).await?;
    let begun = app.accounts.begun_code_factor(owner, kind).await?;
    let begun = begun.ok_or(FactorProblem::NotBegun)?;
    let data = json!({ "method": kind.as_str(), "sent_to": begun.sent_to });
    Ok(done("A code was sent. Confirm with it.", &data))
}

async fn enable_totp(app: &App, owner: (&User, &Session)) -> Result<Response, ApiError> {
    app.accounts.begin_totp(owner).await?;
    let begun = app.accounts.begun_totp(owner).await?.ok_or(FactorProblem::NotBegun)?;
    let picture = begun.png().map(|png| BASE64_STANDARD.encode(&*png));
    let data = json!({
        "method": FactorKind::Totp.as_str(),
        "secret": begun.key.replace(' ', ""),
        "otpauth_uri": begun.address.as_str(),
        "qrCode": picture.map(|png| format!("data:image/png;base64,{png}")),
    });
    Ok(done("Set up an authenticator app, and confirm with its first code.", &data))
}

/// `POST /api/auth/2fa/confirm`: the first code of what was set up.
pub(crate) async fn confirm(
    State(app): State<App>,
    frame: Frame,
    ApiCaller(caller): ApiCaller,
    mut body: Body,
) -> Result<Response, ApiError> {
    let named = kind(&mut body)?;
    let typed = body.required("token");
    let (user, session) = proven(&app, caller, &mut body, &frame.requester).await?;
    let owner = (&user, &session);
    let kind = match named {
        Some(kind) => kind,
        None => begun(&app, owner).await?,
    };
    let first = FirstCode { kind, code: &typed, old_is_lost: false, sent: None };
    let confirmed = app.accounts.confirm_factor(owner, first, &frame.requester).await?;
    Ok(match confirmed.codes {
        CodesOfFactor::Made(codes) => done(
            "The second factor is on. Keep the backup codes: they are shown this once.",
            &json!({ "method": kind.as_str(), "backupCodes": codes }),
        ),
        CodesOfFactor::MadeBefore => done(
            "The second factor is on. Its backup codes were sent before; make new ones if they were \
             lost.",
            &json!({ "method": kind.as_str() }),
        ),
        CodesOfFactor::Kept => done(
            "The second factor is on. The backup codes stay as they are.",
            &json!({ "method": kind.as_str() }),
        ),
    })
}

/// What waits for its first code, where nobody says which.
async fn begun(app: &App, owner: (&User, &Session)) -> Result<FactorKind, ApiError> {
    if app.accounts.begun_totp(owner).await?.is_some() {
        return Ok(FactorKind::Totp);
    }
    for kind in [FactorKind::Sms, FactorKind::Email] {
        if app.accounts.begun_code_factor(owner, kind).await?.is_some() {
            return Ok(kind);
        }
    }
    Err(FactorProblem::NotBegun.into())
}

/// `DELETE /api/auth/2fa/disable`: removes a factor; of several, the one that is named.
pub(crate) async fn disable(
    State(app): State<App>,
    frame: Frame,
    ApiCaller(caller): ApiCaller,
    mut body: Body,
) -> Result<Response, ApiError> {
    let named = kind(&mut body)?;
    let (user, session) = proven(&app, caller, &mut body, &frame.requester).await?;
    let held = app.accounts.factors(&user).await?.factors;
    let kind = match (named, held.as_slice()) {
        (Some(kind), _) => kind,
        (None, [only]) => only.kind,
        (None, []) => return Err(FactorProblem::NotThere.into()),
        (None, _) => return Err(field("method", "is missing: there is more than one")),
    };
    app.accounts.remove_factor((&user, &session), kind, &frame.requester).await?;
    let has_others = app.accounts.ways_to_prove(&user).await?.has_factor;
    let data = json!({ "method": kind.as_str(), "has_second_factor": has_others });
    Ok(done("The second factor is off.", &data))
}

/// `POST /api/auth/2fa/backup-codes`: new codes on paper; the old ones no longer count.
pub(crate) async fn renew_backup_codes(
    State(app): State<App>,
    frame: Frame,
    ApiCaller(caller): ApiCaller,
    mut body: Body,
) -> Result<Response, ApiError> {
    let (user, session) = proven(&app, caller, &mut body, &frame.requester).await?;
    let codes = app.accounts.renew_backup_codes((&user, &session), &frame.requester).await?;
    let data = json!({ "backupCodes": codes });
    Ok(done(
        "Keep the new codes: they are shown this once, and the old ones no longer count.",
        &data,
    ))
}
