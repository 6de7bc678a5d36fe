//! Which messages there are, and what each wants to be told.

/// Which mail.
///
/// Every one takes `asked_at` and `asked_from` (when and from where it was caused) and, where it
/// greets its reader, `name`. Moments are kept as they are and put into words, in the reader's
/// language and zone, when the mail is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTemplate {
    /// "Is this address yours?" Parameters: `code`, `code_until`, `link`, `link_until`.
    VerifyEmail,
    /// "You already have an account." Parameters: `name`, `link`.
    AlreadyRegistered,
    /// The link to a new password. Parameters: `name`, `link`, `link_until`.
    ResetPassword,
    /// The password was changed. Parameters: `name`, `link` (to a reset).
    PasswordChanged,
    /// A code to the person's own address. Parameters: `name`, `purpose` (a [`CodePurpose`]),
    /// `code`, `code_until`.
    OneTimeCode,
    /// To a new address, before it counts: "is this address yours?" Parameters: `code`,
    /// `code_until`.
    ChangeEmailCode,
    /// To the old address: somebody wants another. Parameters: `name`, `new_email` (whole; the
    /// mail masks it), `link` (to a reset).
    EmailChangeRequested,
    /// To the old address: another one counts now. Parameters: `name`, `new_email` (whole; the
    /// mail masks it), `link` (gives the old address back).
    EmailChanged,
    /// To the new address: it is the account's now. Parameters: `name`, `link` (to a reset).
    EmailTaken,
    /// To an address that the account has left for one it had before. Parameters: `name`,
    /// `new_email` (whole; the mail masks it).
    EmailReturned,
    /// To the old address: the people who run the installation gave the account another one.
    /// Parameters: `name`, `new_email` (whole; the mail masks it).
    EmailReplaced,
    /// A second step was set up. Parameters: `name`, `factor` (`totp`, `sms`, `email`, `webauthn`
    /// or `backup`), `link` (to a reset).
    FactorAdded,
    /// A second step was removed. Parameters: `name`, `factor` (as above), `link` (to a reset).
    FactorRemoved,
    /// An administrator removed every second step. Parameters: `name`, `link` (to a reset).
    FactorsReset,
    /// A backup code was used. Parameters: `name`, `left` (how many there are still, in digits),
    /// `link` (to a reset).
    BackupCodeUsed,
    /// A sign-in from a device that was never seen before. Parameters: `name`, `device`, `link` (to
    /// the recent activity).
    NewSignIn,
    /// A refresh token was used twice. Parameters: `name`, `client_name`, `link` (to the apps that
    /// have access).
    RefreshTokenReused,
    /// An application got access to the account. Parameters: `name`, `client_name`, `link` (to the
    /// apps that have access).
    AppAccessGranted,
    /// A copy of somebody's data was taken away. Parameters: `name`, `link` (to a reset).
    DataExported,
    /// Somebody was given an account, and chooses its password. Parameters: `name`, `link`,
    /// `link_until`.
    Invitation,
    /// The link to the form of who lost every second step. Parameters: `name`, `link`, `link_until`.
    RecoveryLink,
    /// An administrator approved that every second step goes. Parameters: `name`, `due_at`, `link`
    /// (stops it).
    RecoveryApproved,
    /// An administrator refused that. Parameters: `name`.
    RecoveryRefused,
    /// Nobody decided it in time. Parameters: `name`.
    RecoveryUnanswered,
    /// Every second step is gone. Parameters: `name`, `link` (to a new password), `link_until`.
    RecoveryDone,
    /// The account will be deleted. Parameters: `name`, `deletion_at`, `link` (keeps the account).
    AccountDeletionRequested,
    /// The account stays. Parameters: `name`, `link` (to a reset).
    AccountDeletionUndone,
    /// The account is gone. Parameters: `name`.
    AccountDeleted,
}

/// What a code is for that goes to the person's own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePurpose {
    /// The second step of a sign-in.
    SignIn,
    /// Who is signed in shows again that it is them.
    Proof,
    /// Codes by mail become a second step.
    SetUp,
}

impl CodePurpose {
    const ALL: [Self; 3] = [Self::SignIn, Self::Proof, Self::SetUp];

    /// The name among the parameters of a message.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Proof => "proof",
            Self::SetUp => "set_up",
        }
    }

    /// The purpose of this name; a message of an earlier version has none, and is for a sign-in.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == name).unwrap_or(Self::SignIn)
    }
}

impl MailTemplate {
    /// Every one.
    pub const ALL: [Self; 28] = [
        Self::VerifyEmail,
        Self::AlreadyRegistered,
        Self::ResetPassword,
        Self::PasswordChanged,
        Self::OneTimeCode,
        Self::ChangeEmailCode,
        Self::EmailChangeRequested,
        Self::EmailChanged,
        Self::EmailTaken,
        Self::EmailReturned,
        Self::EmailReplaced,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::FactorsReset,
        Self::BackupCodeUsed,
        Self::NewSignIn,
        Self::RefreshTokenReused,
        Self::AppAccessGranted,
        Self::DataExported,
        Self::Invitation,
        Self::RecoveryLink,
        Self::RecoveryApproved,
        Self::RecoveryRefused,
        Self::RecoveryUnanswered,
        Self::RecoveryDone,
        Self::AccountDeletionRequested,
        Self::AccountDeletionUndone,
        Self::AccountDeleted,
    ];

    /// The name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::AlreadyRegistered => "already_registered",
            Self::ResetPassword => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::OneTimeCode => "one_time_code",
            Self::ChangeEmailCode => "change_email_code",
            Self::EmailChangeRequested => "email_change_requested",
            Self::EmailChanged => "email_changed",
            Self::EmailTaken => "email_taken",
            Self::EmailReturned => "email_returned",
            Self::EmailReplaced => "email_replaced",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::FactorsReset => "factors_reset",
            Self::BackupCodeUsed => "backup_code_used",
            Self::NewSignIn => "new_sign_in",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::AppAccessGranted => "app_access_granted",
            Self::DataExported => "data_exported",
            Self::Invitation => "invitation",
            Self::RecoveryLink => "recovery_link",
            Self::RecoveryApproved => "recovery_approved",
            Self::RecoveryRefused => "recovery_refused",
            Self::RecoveryUnanswered => "recovery_unanswered",
            Self::RecoveryDone => "recovery_done",
            Self::AccountDeletionRequested => "account_deletion_requested",
            Self::AccountDeletionUndone => "account_deletion_undone",
            Self::AccountDeleted => "account_deleted",
        }
    }

    /// The template of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.as_str() == name)
    }
}

/// Which SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsTemplate {
    /// A code to be typed, which a browser may also read out of the message for the page of the
    /// issuer alone (origin-bound one-time codes). Parameters: `code`.
    Code,
}

impl SmsTemplate {
    /// Every one.
    pub const ALL: [Self; 1] = [Self::Code];

    /// The name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "sms_code",
        }
    }

    /// The template of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.as_str() == name)
    }
}
