//! Links that a machine is given instead of a mail: to choose a password, or to verify an address.
//!
//! Whoever has the link is taken for the person. A machine therefore gets one only for who may do no more than
//! itself, and says so itself where the link is to prove an address.

use super::giver::opens_beyond;
use super::managed_users::ManagedBy;
use super::verification_stage::take_turn;
use super::{Accounts, AccountsFault, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::AuditKind;
use crate::domain::email_address::canonical_login_name;
use crate::domain::token::LINK_PREFIX;
use crate::domain::user::User;
use crate::domain::{PlainToken, UserId};
use crate::store::password_resets::{self, PasswordReset};
use crate::store::{StoreError, Tx, unverified_users, users};

/// Whose ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketOwner {
    /// The person with this id.
    Id(UserId),
    /// Whoever has this address.
    Email(String),
}

/// Why there is no ticket.
#[derive(Debug, thiserror::Error)]
pub enum TicketRefusal {
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// Nobody gets into it.
    #[error("the account is blocked")]
    Blocked,
    /// Its address is not verified, and the machine does not say that the link shows it to be its owner's.
    #[error("the address is not verified")]
    Unverified,
    /// Its address is verified already.
    #[error("the address is verified already")]
    Verified,
    /// The person may do this, and the machine may not.
    #[error("the person may do {0}")]
    BeyondCaller(String),
    /// Ours.
    #[error(transparent)]
    Fault(AccountsFault),
}
faults_into!(TicketRefusal);

impl Accounts {
    /// A link by which a person chooses a password, as by the mail of a forgotten one: it is good for `lifetime`
    /// seconds, and no stranger who asks for a mail takes it away. Where it `proves_address`, the address is verified
    /// by it.
    ///
    /// # Errors
    ///
    /// With why there is none.
    pub async fn create_password_ticket(
        &self,
        owner: &TicketOwner,
        (lifetime, proves_address): (i64, bool),
        by: ManagedBy<'_>,
    ) -> Result<String, TicketRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let user = held_owner(&mut tx, owner, by).await?;
        if user.email_verified_at.is_none() && !proves_address {
            return Err(TicketRefusal::Unverified);
        }
        let link = PlainToken::generate(LINK_PREFIX);
        let unasked = PasswordReset::unasked(&user, &link, (now, now.plus(lifetime)), false);
        let row = PasswordReset { machine_scopes: by.scopes.cloned(), ..unasked };
        password_resets::insert(&mut tx, &row).await?;
        record(&mut tx, &user, "password", by, now).await?;
        tx.commit().await?;
        Ok(self.hosted_reset_link(&link))
    }

    /// A link by which a person verifies their address, as by the mail of a sign-up. It is good for `lifetime`
    /// seconds, or until another mail asks for the same.
    ///
    /// # Errors
    ///
    /// With why there is none.
    pub async fn create_verification_ticket(
        &self,
        id: &UserId,
        lifetime: i64,
        by: ManagedBy<'_>,
    ) -> Result<String, TicketRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let user = held_owner(&mut tx, &TicketOwner::Id(id.clone()), by).await?;
        if user.email_verified_at.is_some() {
            return Err(TicketRefusal::Verified);
        }
        let link = self.verification_link(&mut tx, &user, lifetime, now).await?;
        record(&mut tx, &user, "email", by, now).await?;
        tx.commit().await?;
        Ok(link)
    }
}

/// Whoever the ticket is for, held until the end of the unit of work.
async fn held_owner(
    tx: &mut Tx,
    owner: &TicketOwner,
    by: ManagedBy<'_>,
) -> Result<User, TicketRefusal> {
    let id = match owner {
        TicketOwner::Id(id) => id.clone(),
        TicketOwner::Email(email) => {
            let found = users::find_credentials(tx, &canonical_login_name(email)).await?;
            found.ok_or(TicketRefusal::NoSuchUser)?.user.id
        }
    };
    let found = users::find(tx, &id).await?.ok_or(TicketRefusal::NoSuchUser)?;
    // Addresses before accounts, as everywhere.
    take_turn(tx, &canonical_login_name(&found.email)).await?;
    unverified_users::hold(tx, Some(&id)).await?;
    let user = users::find(tx, &id).await?.filter(|user| user.email == found.email);
    let user = user.ok_or(TicketRefusal::NoSuchUser)?;
    if user.is_blocked() {
        return Err(TicketRefusal::Blocked);
    }
    if let Some(scopes) = by.scopes
        && let Some(beyond) = opens_beyond(tx, &id, scopes).await?
    {
        return Err(TicketRefusal::BeyondCaller(beyond));
    }
    Ok(user)
}

async fn record(
    tx: &mut Tx,
    user: &User,
    what: &str,
    by: ManagedBy<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let detail = std::iter::once(("for".to_owned(), what.into())).collect();
    audit::record(tx, by.event(AuditKind::TicketCreated, &user.id, detail), now).await
}
