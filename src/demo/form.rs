//! The demo's own forms: a handler that takes [`OwnForm`] cannot forget the CSRF check.

use std::sync::Arc;

use axum::Form;
use axum::extract::{FromRequest, Request};
use serde::Deserialize;

use super::app::App;
use super::cookies;
use super::error::DemoError;
use super::sessions::{SignedIn, same};

/// A POST from one of our pages, by somebody who is signed in.
pub(super) struct OwnForm {
    /// The session's id.
    pub(super) id: String,
    /// The session as it was when the form arrived.
    pub(super) signed_in: SignedIn,
}

#[derive(Deserialize)]
struct Fields {
    csrf: String,
}

impl FromRequest<Arc<App>> for OwnForm {
    type Rejection = DemoError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, DemoError> {
        let id = cookies::session_id(request.headers()).ok_or(DemoError::NotSignedIn)?;
        let signed_in = app.sessions.signed_in(&id).ok_or(DemoError::NotSignedIn)?;
        let Form(fields) =
            Form::<Fields>::from_request(request, app).await.map_err(|_| DemoError::ForeignForm)?;
        if !same(&signed_in.csrf, &fields.csrf) {
            return Err(DemoError::ForeignForm);
        }
        Ok(Self { id, signed_in })
    }
}
