//! Why an API cannot be registered, or a client cannot be let ask it.

use crate::domain::{ClientGrantId, ClientId};
use crate::store::StoreError;

/// A rule that is broken. Each text says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ResourceServerProblem {
    /// No URI.
    #[error(
        "the identifier {0:?} must be an absolute URI without a fragment, such as \
         https://orders.example.com: its tokens carry it as their audience"
    )]
    Identifier(String),
    /// One of our own addresses.
    #[error("the identifier {0:?} is kept for Protekt itself: take an address of the API")]
    IdentifierOfOurs(String),
    /// Another API stands where Protekt's own has to be.
    #[error(
        "an API is registered as {0}, which is the address of Protekt's own here: delete it with \
         protekt resource-server delete {0}, and register it under an address of its own"
    )]
    NeededByUs(String),
    /// It is the one that Protekt itself answers.
    #[error("{0} is Protekt's own API: it is neither changed nor deleted, but granted to machines")]
    BuiltIn(String),
    /// No person's tokens are for it.
    #[error(
        "{0} is Protekt's own API, which takes tokens of machines alone: grant it to a client of the kind \
         machine, for itself"
    )]
    MachinesOnly(String),
    /// Another API has it.
    #[error("there is already an API with the identifier {0}: protekt resource-server update")]
    Taken(String),
    /// No API has it.
    #[error("there is no API with the identifier {0}: protekt resource-server list shows them all")]
    Unknown(String),
    /// The name is empty, too long, or has control characters.
    #[error("the name must have 1 to 100 characters, none of them a control character")]
    Name,
    /// Not one word.
    #[error(
        "the scope {0:?} must be one word of at most 200 printable ASCII characters without quotes, \
         such as read:orders"
    )]
    Scope(String),
    /// One of the scopes that every client knows.
    #[error("the scope {0} is Protekt's own: choose another word, such as read:{0}")]
    ScopeOfOurs(String),
    /// It stands twice.
    #[error("the scope {0} is given twice")]
    Twice(String),
    /// The sentence cannot be shown.
    #[error("the sentence of {0} may have 200 characters at most, on one line")]
    Sentence(String),
    /// Too many.
    #[error("an API may have 500 scopes at most")]
    TooManyScopes,
    /// The API does not know it.
    #[error("the API has no scope {0}: protekt resource-server list shows those it has")]
    NoSuchScope(String),
    /// Too short or too long.
    #[error("the lifetime of access tokens must lie between 1 minute and 24 hours")]
    AccessTokenLifetime,
    /// No client has the id.
    #[error("there is no client with the id {0}. protekt client list shows them all")]
    NoSuchClient(ClientId),
    /// It has no secret to prove itself with.
    #[error("the client {0} has no secret: only a web or machine client can ask about tokens")]
    PublicIntrospector(ClientId),
    /// It could not ask anyway.
    #[error("the client {0} does not ask about tokens for this API")]
    NoIntrospector(ClientId),
    /// It may not ask in this way at all.
    #[error("the client {client_id} may not use the grant {grant}: protekt client update says how")]
    GrantTypeMissing {
        /// Which client.
        client_id: ClientId,
        /// Which grant.
        grant: &'static str,
    },
    /// A client could go on asking for it.
    #[error(
        "{identifier} is the default audience of the client {client_id}: take that away first, with \
         protekt client update {client_id} --default-audience ''"
    )]
    OwnOf {
        /// The API.
        identifier: String,
        /// Which client.
        client_id: ClientId,
    },
    /// It may ask there already, for the same.
    #[error("the client {0} was granted something there already")]
    AlreadyGranted(ClientId),
    /// No client was granted anything by this id.
    #[error("there is no grant with the id {0}")]
    NoSuchGrant(ClientGrantId),
    /// Nobody gives more at the management API than they may do there: this scope is missing.
    #[error("nobody gives more than they may do themselves: this needs {0}")]
    BeyondGiver(String),
    /// A machine that may not do this itself knows the client's secret, or chose its addresses.
    #[error(
        "the client {client_id} cannot be given {scope} at Protekt's own API: a machine that may not do that \
         made it or changed it, and could be that client. Look at it, then say by command that it is yours: \
         protekt client update {client_id} --vouch --new-secret"
    )]
    ClientLimited {
        /// Which client.
        client_id: ClientId,
        /// For what.
        scope: String,
    },
    /// It is not as it was when whoever changes it looked at it.
    #[error("the API changed since")]
    ChangedMeanwhile,
    /// Nothing to take away.
    #[error("the client {0} was granted nothing there: protekt client grants shows what it was")]
    NotGranted(ClientId),
    /// Ours.
    #[error(transparent)]
    Store(#[from] StoreError),
}
