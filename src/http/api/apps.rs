//! Which application a call comes from.

use super::super::App;
use super::error::ApiError;
use crate::domain::ClientId;
use crate::domain::client::Client;
use crate::oauth::api_access;

/// What the operator decided about the API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiSettings {
    /// The application of calls that name none.
    pub default_client: Option<ClientId>,
    /// Whether a sign-up answers alike whether an address has an account or not.
    pub neutral_sign_up: bool,
}

/// The application that a call names, or the one of calls that name none.
pub(super) async fn named(app: &App, client_id: Option<String>) -> Result<Client, ApiError> {
    let default = app.settings.api.as_ref().and_then(|api| api.default_client.clone());
    let id = client_id.map(ClientId).or(default).ok_or(ApiError::UnknownApp)?;
    api_access::app(&app.provider, &id).await?.ok_or(ApiError::UnknownApp)
}
