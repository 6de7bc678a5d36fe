//! People's accounts.

use super::UserId;
use crate::clock::Timestamp;

/// Why a password has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "snake_case", type_name = "TEXT")]
pub enum NewPasswordReason {
    /// An operator wants another one.
    Operator,
    /// It is on lists of leaked passwords.
    Leaked,
}

impl NewPasswordReason {
    /// The name in storage and in the trail.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Leaked => "leaked",
        }
    }
}

/// An account as stored. The password hash is not part of it: only sign-in asks for that.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    /// The `sub` claim.
    pub id: UserId,
    /// The address as typed.
    pub email: String,
    /// When its owner proved to read mail there.
    pub email_verified_at: Option<Timestamp>,
    /// Whether a machine took that away again, or gave the account another address.
    pub was_verified: bool,
    /// An optional second name to sign in with; `preferred_username`.
    pub username: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The nickname.
    pub nickname: Option<String>,
    /// An https URL.
    pub picture: Option<String>,
    /// In E.164.
    pub phone_number: Option<String>,
    /// When its owner proved to read messages there.
    pub phone_number_verified_at: Option<Timestamp>,
    /// The `address` claim, a JSON object (OpenID Connect Core §5.1.1).
    pub address: Option<String>,
    /// A BCP 47 tag.
    pub locale: Option<String>,
    /// A name of the tz database.
    pub zoneinfo: Option<String>,
    /// Made by a sign-up, not by an operator.
    pub self_registered: bool,
    /// Raised when everything that hangs on a sign-in must end.
    pub generation: i64,
    /// Since when an operator keeps this person out.
    pub blocked_at: Option<Timestamp>,
    /// When the account is deleted for good, where its owner wants that.
    pub deletion_due_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When a claim last changed.
    pub updated_at: Timestamp,
    /// The last sign-in.
    pub last_login_at: Option<Timestamp>,
    /// From where that was.
    pub last_ip: Option<String>,
    /// How often they signed in.
    pub logins_count: i64,
    /// What machines keep with the account and its owner may know, as JSON.
    pub user_metadata: Option<String>,
    /// What machines keep with the account for themselves, as JSON.
    pub app_metadata: Option<String>,
    /// Since when the password is one that was chosen by the link of a mail, where no other proof
    /// than the mailbox came with it yet.
    pub password_by_mail_at: Option<Timestamp>,
    /// Why the password has to go, where it has to.
    pub new_password_reason: Option<NewPasswordReason>,
}

impl User {
    /// How the pages address this person.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.email)
    }

    /// What the person is called and signs in by: none of it makes a password.
    #[must_use]
    pub fn own_words(&self) -> Vec<&str> {
        let local_part = self.email.rsplit_once('@').map(|(local_part, _)| local_part);
        let names = [
            self.username.as_deref(),
            self.name.as_deref(),
            self.given_name.as_deref(),
            self.family_name.as_deref(),
            self.nickname.as_deref(),
            local_part,
        ];
        names.into_iter().flatten().chain([self.email.as_str()]).collect()
    }

    /// Whether anybody may have made this account: its address was never verified, and it was never
    /// used.
    #[must_use]
    pub const fn is_unclaimed(&self) -> bool {
        self.self_registered && self.email_verified_at.is_none() && self.last_login_at.is_none()
    }

    /// Whether the account waits to be deleted, and cannot be used.
    #[must_use]
    pub const fn is_leaving(&self) -> bool {
        self.deletion_due_at.is_some()
    }

    /// Whether an operator keeps this person out.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        self.blocked_at.is_some()
    }
}
