//! Signing out at a client's wish (OpenID Connect RP-Initiated Logout 1.0).

use super::verify::{self, IdTokenHint};
use super::{Parameters, Provider};
use crate::clock::Timestamp;
use crate::domain::client::Client;
use crate::domain::session::Session;
use crate::domain::{ClientId, SessionId};
use crate::keys::{KeyError, KeySet};
use crate::store::{StoreError, clients};

/// A checked wish to sign out.
#[derive(Clone, Debug)]
pub struct LogoutRequest {
    /// The client that asks, where it is known.
    pub client: Option<Client>,
    /// Where the person goes afterwards: registered for that client, with `state` added.
    pub return_to: Option<String>,
    /// The client proved that it knows this very session.
    is_trusted_for: Trust,
}

/// A checked wish, short enough to travel sealed through the browser.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LogoutWish {
    client_id: Option<ClientId>,
    return_to: Option<String>,
    is_trusted_for: Trust,
    wished_at: Timestamp,
}

/// How long a wish stays good, in seconds.
const WISH_LIFETIME: i64 = 60 * 60;

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Trust {
    /// Ask the person.
    Nobody,
    /// An ID token of this session, or of this person where it names none.
    Hint(IdTokenHint),
    /// The client's registration says that its name is enough.
    ClientId,
}

impl LogoutRequest {
    /// Whether this session may be ended without asking the person: a page elsewhere can make
    /// any browser come here.
    #[must_use]
    pub fn may_end(&self, session: &Session) -> bool {
        match &self.is_trusted_for {
            Trust::Nobody => false,
            Trust::ClientId => true,
            Trust::Hint(hint) => {
                let is_same_session =
                    hint.sid.as_ref().is_none_or(|sid: &SessionId| *sid == session.sid);
                hint.subject == session.user_id && is_same_session
            }
        }
    }

    /// The wish, to be sealed.
    #[must_use]
    pub fn wish(&self, now: Timestamp) -> LogoutWish {
        LogoutWish {
            client_id: self.client.as_ref().map(|client| client.id.clone()),
            return_to: self.return_to.clone(),
            is_trusted_for: self.is_trusted_for.clone(),
            wished_at: now,
        }
    }

    /// Nobody's wish but the person's.
    #[must_use]
    pub const fn of_the_person() -> Self {
        Self { client: None, return_to: None, is_trusted_for: Trust::Nobody }
    }

    /// Whether the person may be sent on though nobody is signed in here.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.is_trusted_for != Trust::Nobody
    }
}

/// A fault while checking.
#[derive(Debug, thiserror::Error)]
pub enum LogoutFault {
    /// Of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Of the keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// Checks a request. What is wrong in it is left out: a person who wants to leave is never held
/// back by a client's mistake, they are only not sent on.
///
/// # Errors
///
/// Faults of ours only.
pub async fn check(
    provider: &Provider,
    parameters: &Parameters,
) -> Result<LogoutRequest, LogoutFault> {
    let mut tx = provider.store.read().await?;
    let keys = provider.keys.current(&mut tx).await?;
    let named = parameters.get("client_id").map(ClientId::from);
    let hint = read_hint(provider, &keys, parameters, named.as_ref());
    let client_id = named.or_else(|| hint.as_ref().map(|hint| hint.client_id.clone()));
    let client = match &client_id {
        Some(id) => clients::find(&mut tx, id).await?,
        None => None,
    };
    let trusts_name = client.as_ref().is_some_and(|client| client.trusts_logout_by_client_id);
    let is_trusted_for = match hint {
        Some(hint) if client.is_some() => Trust::Hint(hint),
        _ if trusts_name => Trust::ClientId,
        _ => Trust::Nobody,
    };
    let return_to = client.as_ref().and_then(|client| return_to(client, parameters));
    Ok(LogoutRequest { client, return_to, is_trusted_for })
}

/// A wish that was checked before, if its client is still registered and its time not over.
///
/// # Errors
///
/// Faults of ours only.
pub async fn recall(provider: &Provider, wish: LogoutWish) -> Result<LogoutRequest, LogoutFault> {
    let is_old = provider.now().since(wish.wished_at) > WISH_LIFETIME;
    let (false, Some(client_id)) = (is_old, &wish.client_id) else {
        return Ok(LogoutRequest::of_the_person());
    };
    let mut tx = provider.store.read().await?;
    let client = clients::find(&mut tx, client_id).await?;
    Ok(match client {
        None => LogoutRequest::of_the_person(),
        // What an operator withdrew since then counts no more.
        Some(client) => LogoutRequest {
            return_to: wish.return_to.filter(|url| is_registered(&client, url)),
            is_trusted_for: match wish.is_trusted_for {
                Trust::ClientId if !client.trusts_logout_by_client_id => Trust::Nobody,
                trust => trust,
            },
            client: Some(client),
        },
    })
}

/// Whether a URL is a registered one, with or without the `state` that was added to it.
fn is_registered(client: &Client, url: &str) -> bool {
    client.post_logout_redirect_uris.iter().any(|registered| {
        url == registered
            || url.starts_with(&super::response::with_query(registered, [("state", "")]))
    })
}

fn read_hint(
    provider: &Provider,
    keys: &KeySet,
    parameters: &Parameters,
    client_id: Option<&ClientId>,
) -> Option<IdTokenHint> {
    verify::id_token_hint(provider, keys, parameters.get("id_token_hint")?, client_id)
}

/// Only a registered URL, compared by the byte (RP-Initiated Logout §3).
fn return_to(client: &Client, parameters: &Parameters) -> Option<String> {
    let asked =
        parameters.get("post_logout_redirect_uri").or_else(|| parameters.get("returnTo"))?;
    if !client.post_logout_redirect_uris.contains(asked) {
        return None;
    }
    Some(match parameters.get("state") {
        Some(state) => super::response::with_query(asked, [("state", state)]),
        None => asked.to_owned(),
    })
}
