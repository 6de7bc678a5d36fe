//! Who changes what others may do, and how much of that is theirs to give (decision 0049).

use crate::domain::audit_event::AuditEvent;
use crate::domain::client::Client;
use crate::domain::resource_server::ResourceServer;
use crate::domain::role::{ADMIN, Role};
use crate::domain::{ClientId, Requester, ResourceServerId, Scopes, UserId};
use crate::store::{StoreError, Tx, client_grants, permissions, resource_servers};

/// Who changes roles, permissions, and what is registered.
#[derive(Clone, Copy, Debug)]
pub enum Giver<'call> {
    /// The operator, by command: everything is theirs to give.
    Operator,
    /// A machine, which gives nobody more at the management API than it may do there itself.
    Machine {
        /// Which one.
        client_id: &'call ClientId,
        /// From where.
        requester: &'call Requester,
        /// What it may do at the management API.
        scopes: &'call Scopes,
    },
}

impl Giver<'_> {
    /// Who did it, in an event.
    #[must_use]
    pub fn told_in(self, event: AuditEvent) -> AuditEvent {
        match self {
            Self::Operator => event,
            Self::Machine { client_id, requester, .. } => {
                event.by_client(client_id).from(requester)
            }
        }
    }

    /// What a role opens at the management API that is not this one's to give; `None` where there is nothing.
    pub(super) async fn lacks_of_role(
        self,
        tx: &mut Tx,
        role: &Role,
    ) -> Result<Option<String>, StoreError> {
        let Self::Machine { scopes, .. } = self else { return Ok(None) };
        Ok(beyond(&opened_by(tx, role).await?, scopes))
    }

    /// What a client opens at the management API, for itself or for people who use it, that is not this one's to
    /// give; `None` where there is nothing. Whoever has its secret, or its addresses, has that.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn lacks_of_client(
        self,
        tx: &mut Tx,
        client: &Client,
    ) -> Result<Option<String>, StoreError> {
        let Self::Machine { scopes, .. } = self else { return Ok(None) };
        let for_people = client.scopes.intersection(&every_scope(tx).await?);
        let own = client_grants::scopes_at(tx, &client.id, &management_api()).await?;
        Ok(beyond(&for_people.union(&own), scopes))
    }

    /// What a client may be given at the management API once this one made or changed it, that could be given
    /// `before` at most. Who has the secret and the addresses that a machine knows or chose may be that machine.
    #[must_use]
    pub fn limit(self, before: Option<&Scopes>) -> Option<Scopes> {
        match (self, before) {
            (Self::Operator, before) => before.cloned(),
            (Self::Machine { scopes, .. }, None) => Some(scopes.clone()),
            (Self::Machine { scopes, .. }, Some(before)) => Some(before.intersection(scopes)),
        }
    }

    /// What a client opens at the management API to people who use it, beyond what it may be given; `None`
    /// where there is nothing.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn lent_beyond_limit(
        tx: &mut Tx,
        client: &Client,
    ) -> Result<Option<String>, StoreError> {
        let Some(limit) = &client.limited_to else { return Ok(None) };
        let lent = client.scopes.intersection(&every_scope(tx).await?);
        Ok(beyond(&lent, limit))
    }

    /// Whether a permission is one at the management API that is not this one's to give.
    #[must_use]
    pub fn lacks(self, api: &ResourceServer, scope: &str) -> bool {
        match self {
            Self::Operator => false,
            Self::Machine { scopes, .. } => api.id == management_api() && !scopes.contains(scope),
        }
    }
}

/// What a person may do at the management API that whoever has `scopes` may not; `None` where there is
/// nothing.
pub(super) async fn opens_beyond(
    tx: &mut Tx,
    id: &UserId,
    scopes: &Scopes,
) -> Result<Option<String>, StoreError> {
    let held = permissions::entitlements(tx, id, Some(&management_api())).await?;
    let opened = if held.roles.iter().any(|role| role == ADMIN) {
        every_scope(tx).await?
    } else {
        held.permissions
    };
    Ok(beyond(&opened, scopes))
}

/// Whether a role opens anything at the management API.
pub(super) async fn opens_anything(tx: &mut Tx, role: &Role) -> Result<bool, StoreError> {
    Ok(role.name == ADMIN || !opened_by(tx, role).await?.is_empty())
}

/// What a role opens at the management API.
async fn opened_by(tx: &mut Tx, role: &Role) -> Result<Scopes, StoreError> {
    if role.name == ADMIN {
        every_scope(tx).await
    } else {
        permissions::of_role_at(tx, &role.id, &management_api()).await
    }
}

fn beyond(opened: &Scopes, scopes: &Scopes) -> Option<String> {
    opened.iter().find(|scope| !scopes.contains(scope)).map(str::to_owned)
}

/// Everything that the management API opens.
async fn every_scope(tx: &mut Tx) -> Result<Scopes, StoreError> {
    let own = resource_servers::find_by_id(tx, &management_api()).await?;
    Ok(own.map(|own| own.scopes.values()).unwrap_or_default())
}

pub(super) fn management_api() -> ResourceServerId {
    ResourceServerId(ResourceServer::MANAGEMENT_API.to_owned())
}
