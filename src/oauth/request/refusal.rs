//! Why an authorization request is refused, and who gets to read it.

use crate::oauth::params::UnusableParameter;
use crate::oauth::response::AuthorizationResponse;
use crate::store::StoreError;

/// Why a request is refused.
#[derive(Debug)]
pub enum Refusal {
    /// The person reads it; no redirect URI can be trusted.
    Page(PageRefusal),
    /// The client reads it.
    Client(AuthorizationResponse),
    /// A fault of ours.
    Store(StoreError),
}

/// A refusal for people, with a part for the developer of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRefusal {
    /// The `error` value.
    pub error: &'static str,
    /// The parameter at fault.
    pub parameter: &'static str,
    /// What was received.
    pub received: Option<String>,
    /// The client, as named in the request.
    pub client_id: Option<String>,
    /// The name of the client, where it is known.
    pub client_name: Option<String>,
    /// Which rule was broken.
    pub problem: PageProblem,
}

/// The rules whose breach is shown on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageProblem {
    /// `client_id` is missing.
    ClientMissing,
    /// `client_id` is not registered.
    ClientUnknown,
    /// `client_id` or `redirect_uri` stands twice.
    Repeated,
    /// `redirect_uri` is missing and more than one is registered, or OpenID is asked for.
    RedirectUriMissing,
    /// `redirect_uri` is not registered.
    RedirectUriUnknown,
    /// `client_id` or `redirect_uri` is no text.
    Malformed,
}

impl From<UnusableParameter> for PageProblem {
    fn from(unusable: UnusableParameter) -> Self {
        match unusable {
            UnusableParameter::Repeated(_) => Self::Repeated,
            UnusableParameter::Malformed(_) => Self::Malformed,
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
