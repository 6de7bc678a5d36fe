//! `/account/picture`: setting and removing one's picture; `/pictures/{id}`: showing it.

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::form::{PageForm, PageUpload, UploadedFile};
use super::super::frame::Frame;
use super::super::instead::Instead;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{AccountNotice, PictureProblem};
use super::super::way_back::signed_out_meanwhile;
use super::super::{App, paths};
use super::account::done;
use super::profile;
use super::proof::owner_at;
use crate::accounts::PictureRefusal;

/// A picture of a person never changes under its address.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    // Applications show it.
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
];

/// A file, or an address to fetch one from.
pub(crate) async fn set(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    upload: PageUpload,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_PROFILE).await?;
    let address = upload.form.text("picture_url");
    let (own, requester) = ((&owner.session, &owner.user), &frame.requester);
    let set = match upload.file {
        Some(UploadedFile::TooLarge) => {
            let problem = (PictureProblem::TooLarge, StatusCode::PAYLOAD_TOO_LARGE);
            return Ok(profile::with_picture_problem(&app, &frame, &owner, problem, address));
        }
        Some(UploadedFile::Whole(bytes)) if !bytes.is_empty() => {
            app.accounts.set_picture(own, bytes, requester).await
        }
        _ if address.trim().is_empty() => Err(PictureRefusal::Missing),
        _ => app.accounts.set_picture_from(own, &address, requester).await,
    };
    let problem = match set {
        Ok(()) => return Ok(done(paths::ACCOUNT_PROFILE, AccountNotice::ProfileSaved)),
        Err(PictureRefusal::Fault(fault)) => return Err(fault.into()),
        Err(PictureRefusal::SessionIsOver) => return Ok(signed_out_meanwhile()),
        Err(PictureRefusal::Busy) => return Err(PageError::Busy.into()),
        Err(PictureRefusal::Throttled { retry_after_seconds }) => {
            return Err(PageError::Throttled { retry_after: retry_after_seconds }.into());
        }
        Err(PictureRefusal::Missing) => PictureProblem::Missing,
        Err(PictureRefusal::AddressRefused) => PictureProblem::AddressRefused,
        Err(PictureRefusal::TooLarge) => PictureProblem::TooLarge,
        Err(PictureRefusal::NotAnImage) => PictureProblem::NotAnImage,
        Err(PictureRefusal::Unreachable(reason)) => {
            tracing::info!(reason, "a picture cannot be fetched");
            PictureProblem::Unreachable
        }
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(profile::with_picture_problem(&app, &frame, &owner, (problem, status), address))
}

/// Takes the picture away.
pub(crate) async fn remove(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_PROFILE).await?;
    app.accounts.remove_picture(&owner.session, &frame.requester).await?;
    Ok(done(paths::ACCOUNT_PROFILE, AccountNotice::ProfileSaved))
}

/// The picture.
pub(crate) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Instead> {
    if id.contains('\0') {
        return Err(PageError::NotFound.into());
    }
    let picture = app.accounts.picture(&id).await?.ok_or(PageError::NotFound)?;
    let kind = HeaderValue::from_str(&picture.media_type)
        .map_err(|_| PageError::Fault("a picture has a strange type"))?;
    Ok((StatusCode::OK, HEADERS, [(header::CONTENT_TYPE, kind)], picture.bytes).into_response())
}
