//! Links that a machine is given instead of a mail: to choose a password, or to verify an address.
//!
//! Whoever has the link is taken for the person. A machine therefore gets one only for who may do no more than
//! itself, and says so itself where the link is to prove an address.

use super::admission::has_second_factor;
use super::giver::{management_api, opens_beyond};
use super::managed_users::ManagedBy;
use super::verification_stage::take_turn;
use super::{Accounts, AccountsFault, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::AuditKind;
use crate::domain::email_address::canonical_login_name;
use crate::domain::token::LINK_PREFIX;
use crate::domain::user::User;
use crate::domain::{ClientId, PlainToken, Scopes, UserId};
use crate::store::password_resets::{self, PasswordReset};
use crate::store::{StoreError, Tx, client_grants, unverified_users, users};

/// The scope that a machine makes links with.
const MAKE_LINKS: &str = "create:user_tickets";
/// The scope that it takes second factors with.
const DELETE_FACTORS: &str = "delete:authentication_methods";

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
    /// Anybody may have signed up with the address, and chosen the password.
    #[error("nobody has claimed the account")]
    Unclaimed,
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
        let row = PasswordReset {
            machine_id: Some(by.client_id.clone()),
            machine_scopes: by.scopes.cloned(),
            proves_address,
            ..unasked
        };
        if let Some(scopes) = by.scopes
            && loses_factors(&mut tx, &user, scopes).await?
        {
            return Err(TicketRefusal::BeyondCaller(DELETE_FACTORS.to_owned()));
        }
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
        if user.is_unclaimed() {
            return Err(TicketRefusal::Unclaimed);
        }
        let link = self.verification_link(&mut tx, &user, (lifetime, by), now).await?;
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

/// Whether a link that a machine made still leads somewhere: the machine may make links, and do as much as the person.
/// True of a link in a mail.
pub(super) async fn still_good(
    tx: &mut Tx,
    user: &User,
    of_machine: Option<(&ClientId, &Scopes)>,
) -> Result<bool, StoreError> {
    let Some((client_id, could)) = of_machine else { return Ok(true) };
    let scopes = client_grants::scopes_at(tx, client_id, &management_api()).await?;
    let scopes = scopes.intersection(could);
    Ok(scopes.contains(MAKE_LINKS)
        && opens_beyond(tx, &user.id, &scopes).await?.is_none()
        && !loses_factors(tx, user, &scopes).await?)
}

/// Whether second factors would go, by somebody who may not take them: those of an account whose address was never
/// verified go with whoever proves to have it.
async fn loses_factors(tx: &mut Tx, user: &User, scopes: &Scopes) -> Result<bool, StoreError> {
    let was_verified = user.email_verified_at.is_some() || user.was_verified;
    Ok(!was_verified && !scopes.contains(DELETE_FACTORS) && has_second_factor(tx, user).await?)
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
