//! Why a client cannot be registered.

use std::fmt;

use crate::domain::ClientId;
use crate::domain::client::ClientKind;
use crate::domain::redirect_uri::RedirectUriProblem;
use crate::store::StoreError;

/// What is registered of a client as a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientList {
    /// Where answers may be sent.
    RedirectUris,
    /// Where people may be sent after signing out.
    PostLogoutRedirectUris,
    /// Origins whose scripts may read our answers.
    WebOrigins,
    /// The grants it may use.
    GrantTypes,
    /// What it may ask for.
    Scopes,
}

impl fmt::Display for ClientList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::RedirectUris => "the redirect URIs",
            Self::PostLogoutRedirectUris => "the post-logout redirect URIs",
            Self::WebOrigins => "the web origins",
            Self::GrantTypes => "the grant types",
            Self::Scopes => "the scopes",
        })
    }
}

/// A rule that the wished client breaks. Each text says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ClientProblem {
    /// The name is empty, too long, or has control characters.
    #[error("the name must have 1 to 100 characters, none of them a control character")]
    Name,
    /// The owner is too long, or has control characters.
    #[error("the owner must have at most 100 characters, none of them a control character")]
    Owner,
    /// The id has characters that headers or URLs read differently.
    #[error("the id must have 1 to 128 characters out of A-Z, a-z, 0-9, dot, dash and underscore")]
    Id,
    /// Another client has it, or a person.
    #[error("there is already a client or a person with the id {0}. Choose another id")]
    IdTaken(ClientId),
    /// No client has it.
    #[error("there is no client with the id {0}. protekt client list shows them all")]
    Unknown(ClientId),
    /// A redirect URI breaks a rule.
    #[error("the redirect URI {uri:?} cannot be registered: {problem}")]
    RedirectUri {
        /// Which one.
        uri: String,
        /// Which rule.
        problem: RedirectUriProblem,
    },
    /// A post-logout redirect URI breaks a rule.
    #[error("the post-logout redirect URI {uri:?} cannot be registered: {problem}")]
    PostLogoutRedirectUri {
        /// Which one.
        uri: String,
        /// Which rule.
        problem: RedirectUriProblem,
    },
    /// No place to send the answer to.
    #[error("an application that people sign in to needs at least one redirect URI")]
    NoRedirectUri,
    /// A machine has no people to redirect.
    #[error("a machine client has no people to redirect: give it no redirect URIs")]
    MachineWithRedirectUri,
    /// Something is listed twice.
    #[error("{0:?} is given twice")]
    Duplicate(String, ClientList),
    /// A list or an item of it is too long.
    #[error("{0} may have at most 100 items of at most 2000 characters")]
    TooMuch(ClientList),
    /// Not an origin.
    #[error(
        "{0:?} is not a web origin: write scheme, host and port alone, such as https://app.example"
    )]
    WebOrigin(String),
    /// The public kinds keep no secret.
    #[error(
        "a {} client keeps no secret: leave out the secret and the authentication method \
         (or register it as a web client)", .0.as_str()
    )]
    PublicWithSecret(ClientKind),
    /// The confidential kinds have one.
    #[error(
        "a {} client authenticates with its secret: the method must be client_secret_basic or \
         client_secret_post (register an app without a secret as spa or native)", .0.as_str()
    )]
    ConfidentialWithoutSecret(ClientKind),
    /// Guessable.
    #[error(
        "the secret is too easy to guess: it needs at least 32 random printable ASCII characters \
         without spaces (for instance from: openssl rand -base64 32)"
    )]
    WeakSecret,
    /// RFC 9700 §2.1.1.
    #[error("PKCE is optional for web clients only; the others cannot do without it")]
    PkceNotRequired,
    /// Not a grant that we have, or none that fits the kind.
    #[error("{grant:?} is not a grant of a {} client. It may have: {allowed}", .kind.as_str())]
    GrantType {
        /// Which one.
        grant: String,
        /// The kind.
        kind: ClientKind,
        /// What fits.
        allowed: String,
    },
    /// A link that people or browsers are sent to.
    #[error("{name} must be an https URL, not {uri:?}")]
    Link {
        /// Which one.
        name: &'static str,
        /// What was given.
        uri: String,
    },
    /// RFC 8707 §2.
    #[error("the default audience {0:?} must be an absolute URI without a fragment")]
    Audience(String),
    /// Our own APIs are not for third parties.
    #[error(
        "the audience {0:?} is Protekt's own: its APIs are for first-party clients and granted machines \
         only, the rest for nobody"
    )]
    AudienceOfOurs(String),
    /// Who signs people in by that API sees their passwords.
    #[error(
        "the authentication API is for apps of your own that people sign in to: it needs \
         first-party, and no machine"
    )]
    AuthenticationApiOfOthers,
    /// Not a lifetime.
    #[error("the lifetime of an access token must be 60 to 86400 seconds")]
    AccessTokenLifetime,
    /// Nobody gives a client more at the management API than they may do there: this scope is missing.
    #[error("nobody gives more than they may do themselves: this needs {0}")]
    BeyondGiver(String),
    /// A machine that may not do this itself knows its secret, or chose its addresses.
    #[error(
        "the client {client_id} cannot be given {scope} at Protekt's own API: a machine that may not do that \
         made it or changed it, and could be that client. Look at it and its addresses, then say that it is yours with \
         protekt client update {client_id} --vouch, for one that has a secret with --new-secret"
    )]
    Limited {
        /// Which client.
        client_id: ClientId,
        /// For what.
        scope: String,
    },
    /// Somebody may know the secret that it has.
    #[error("--vouch needs --new-secret: a machine may know the secret that this client has")]
    VouchedWithOldSecret,
    /// It is not as it was when whoever changes it looked at it.
    #[error("the client changed since")]
    ChangedMeanwhile,
    /// The database failed; nothing is wrong with the wish.
    #[error(transparent)]
    Store(#[from] StoreError),
}
