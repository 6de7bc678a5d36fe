//! What happened, for the trail.

use super::second_factor::FactorKind;
use super::{ClientId, Requester, SessionId, UserId};

/// Every security event that leaves a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum AuditKind {
    /// Somebody asked for an account.
    SignedUp,
    /// Somebody asked for an account with a registered address.
    SignUpOfRegisteredAddress,
    /// An address was verified.
    EmailVerified,
    /// A wrong code for an address.
    EmailVerificationFailed,
    /// An unverified account was removed by the address's owner.
    UnverifiedAccountRemoved,
    /// A sign-in, good or bad.
    SignedIn,
    /// The first proof of a sign-in was right; a second factor, or another password, is asked for.
    SignInBegun,
    /// Tries were refused for their number.
    Throttled,
    /// A session ended at its owner's wish.
    SignedOut,
    /// A person allowed a client something.
    ConsentGiven,
    /// A person refused a client.
    ConsentRefused,
    /// A code was made.
    CodeIssued,
    /// A code was exchanged.
    CodeExchanged,
    /// A code came a second time; its grant was revoked.
    CodeReplayed,
    /// A sign-in at the authentication API was given tokens.
    TokensIssued,
    /// A refresh token was used.
    TokenRefreshed,
    /// A spent refresh token came again; its family was revoked.
    RefreshTokenReplayed,
    /// A client was given a token of its own.
    MachineTokenIssued,
    /// A client gave a token back.
    TokenRevoked,
    /// A client could not prove who it is.
    ClientAuthenticationFailed,
    /// An operator made an account.
    UserCreated,
    /// An operator invited somebody, or did so again.
    UserInvited,
    /// An account came with an import.
    UserImported,
    /// A machine made a link to choose a password, or to verify an address.
    TicketCreated,
    /// A machine, or who looks after people, changed an account.
    UserUpdated,
    /// A person is kept out from now on.
    UserBlocked,
    /// A person is let in again.
    UserUnblocked,
    /// An import came to its end.
    ImportFinished,
    /// A machine let something be done with many people, or told somebody to verify their address.
    JobCreated,
    /// A machine removed such a job.
    JobDeleted,
    /// A machine fetched what an export told of all people.
    ExportFetched,
    /// An operator set a password.
    PasswordSet,
    /// An operator registered a client.
    ClientCreated,
    /// An operator changed a client.
    ClientUpdated,
    /// An operator deleted a client.
    ClientDeleted,
    /// An operator registered an API.
    ResourceServerCreated,
    /// An operator changed an API.
    ResourceServerUpdated,
    /// An operator removed an API.
    ResourceServerDeleted,
    /// An operator said what a client may ask an API for.
    ClientGrantSet,
    /// An operator took from a client what it may ask an API for.
    ClientGrantRemoved,
    /// A link to a new password was asked for.
    PasswordResetRequested,
    /// A password was chosen by such a link.
    PasswordReset,
    /// A second factor was given, or refused.
    SecondFactorGiven,
    /// A second factor was set up.
    SecondFactorAdded,
    /// A second factor was removed by its owner.
    SecondFactorRemoved,
    /// A browser is not asked for a second factor for a while.
    BrowserTrusted,
    /// Every browser is asked again.
    TrustedBrowsersForgotten,
    /// Second factors of a person went at once: by an operator, or since the address proved more.
    SecondFactorsReset,
    /// An operator made a role.
    RoleCreated,
    /// An operator changed a role.
    RoleUpdated,
    /// An operator deleted a role; nobody has it any more.
    RoleDeleted,
    /// An operator gave a role a permission.
    RolePermissionAdded,
    /// An operator took a permission from a role.
    RolePermissionRemoved,
    /// An operator gave a person a permission of their own.
    UserPermissionAdded,
    /// An operator took from a person a permission of their own.
    UserPermissionRemoved,
    /// An operator gave a person a role.
    RoleAssigned,
    /// An operator took a role from a person.
    RoleRemoved,
    /// A signed-in person chose another password.
    PasswordChanged,
    /// A password has to go at the next sign-in: an operator wants it, or it has leaked.
    NewPasswordRequired,
    /// An operator lets a password stay after all.
    NewPasswordWaived,
    /// A link was asked for by who lost every second factor.
    RecoveryLinkRequested,
    /// By such a link somebody asked for a way back into the account.
    RecoveryRequested,
    /// An operator approved that.
    RecoveryApproved,
    /// That was done, refused or stopped.
    RecoveryEnded,
    /// A person ended one of their other sessions.
    SessionEnded,
    /// A person ended every session but their own.
    SignedOutElsewhere,
    /// A person took back what they allowed a client.
    AccessRemoved,
    /// A person changed what is known about them.
    ProfileUpdated,
    /// A person proved to read messages at their number.
    PhoneVerified,
    /// A code to change the address was asked for.
    EmailChangeRequested,
    /// A wrong code to change the address.
    EmailChangeFailed,
    /// The address was changed.
    EmailChanged,
    /// A change of the address was taken back from the old one.
    EmailChangeUndone,
    /// A person said that something in their activity was not them.
    ActivityDisowned,
    /// A person took their data away.
    DataExported,
    /// A person asked to have their account deleted.
    AccountDeletionRequested,
    /// A person took that back.
    AccountDeletionUndone,
    /// An account was deleted for good.
    AccountDeleted,
    /// A signing key was made.
    SigningKeyCreated,
    /// The signing key changed.
    SigningKeyRotated,
    /// A signing key was withdrawn.
    SigningKeyWithdrawn,
    /// An operator had the events of an earlier version taken over.
    TrailTakenOver,
    /// A limit on SMS that all share was reached: nobody is sent any for a while.
    SmsLimitReached,
    /// A message could not be delivered.
    DeliveryFailed,
    /// An operator let a dead message be sent again.
    DeliveryRetried,
    /// An operator had events told at an address.
    WebhookCreated,
    /// An operator changed a webhook.
    WebhookUpdated,
    /// An operator removed a webhook.
    WebhookDeleted,
    /// A webhook was given a new secret.
    WebhookSecretRotated,
    /// A webhook that did not answer for days, or is gone, gets nothing more.
    WebhookDisabled,
    /// An operator had an event told once more.
    WebhookResent,
}

impl AuditKind {
    /// The name in storage and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One row of the trail, before it has an id and a time.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// What.
    pub kind: AuditKind,
    /// Whether it was let through.
    pub succeeded: bool,
    /// Whose account.
    pub user_id: Option<UserId>,
    /// Which application.
    pub client_id: Option<ClientId>,
    /// In which session.
    pub sid: Option<SessionId>,
    /// From where; absent for the command line and jobs.
    pub requester: Option<Requester>,
    /// More, never a secret.
    pub detail: serde_json::Value,
    /// Whose account it was that is no more: told to webhooks once, and never recorded.
    pub former_user: Option<UserId>,
}

impl AuditEvent {
    /// Something that was let through.
    #[must_use]
    pub const fn success(kind: AuditKind) -> Self {
        Self {
            kind,
            succeeded: true,
            user_id: None,
            client_id: None,
            sid: None,
            requester: None,
            detail: serde_json::Value::Null,
            former_user: None,
        }
    }

    /// Something that was refused.
    #[must_use]
    pub fn failure(kind: AuditKind) -> Self {
        Self { succeeded: false, ..Self::success(kind) }
    }

    /// Names the account.
    #[must_use]
    pub fn of(mut self, user_id: &UserId) -> Self {
        self.user_id = Some(user_id.clone());
        self
    }

    /// Names the application.
    #[must_use]
    pub fn by_client(mut self, client_id: &ClientId) -> Self {
        self.client_id = Some(client_id.clone());
        self
    }

    /// Names the session.
    #[must_use]
    pub fn in_session(mut self, sid: &SessionId) -> Self {
        self.sid = Some(sid.clone());
        self
    }

    /// Names where it came from.
    #[must_use]
    pub fn from(mut self, requester: &Requester) -> Self {
        self.requester = Some(requester.clone());
        self
    }

    /// Says which second factor it is about.
    #[must_use]
    pub fn about_factor(self, kind: FactorKind) -> Self {
        self.with(serde_json::json!({ "factor": kind.as_str() }))
    }

    /// Adds what else there is to know.
    #[must_use]
    pub fn with(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}
