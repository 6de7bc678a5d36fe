//! What is asked of one person beside their password. Whoever wants to know asks here, each time,
//! so that a change of a role, a client or a setting is felt at the person's next step.

use super::Accounts;
use super::admission::has_second_factor;
use crate::domain::UserId;
use crate::domain::client::Client;
use crate::domain::second_factor::{AuthenticationLevel, FactorKind, FactorPolicy};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::{StoreError, Tx, clients, roles};

/// Whether a session proved what is asked of its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorStanding {
    /// It did.
    Enough,
    /// They have a second factor, and did not give it in this session.
    ToGive,
    /// They have no second factor, and must.
    ToSetUp,
}

impl Accounts {
    /// What is asked of a person at an application, or in their own account where there is none.
    /// A client's own policy stands in the place of the installation's; a role that requires a
    /// second factor goes before both.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn factor_policy(
        &self,
        tx: &mut Tx,
        user_id: &UserId,
        client: Option<&Client>,
    ) -> Result<FactorPolicy, StoreError> {
        let own = client.and_then(|client| client.second_factor);
        let general = own.unwrap_or(self.settings.factors.policy);
        if general == FactorPolicy::Required || !roles::require_second_factor(tx, user_id).await? {
            return Ok(general);
        }
        Ok(FactorPolicy::Required)
    }

    /// What a person can set up: nothing where second factors are off, as long as no role of theirs
    /// and no application asks for one.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub(super) async fn offered_factors(
        &self,
        tx: &mut Tx,
        user_id: &UserId,
    ) -> Result<Vec<FactorKind>, StoreError> {
        let is_off = self.factor_policy(tx, user_id, None).await? == FactorPolicy::Off;
        if is_off && !clients::require_second_factor(tx).await? {
            return Ok(Vec::new());
        }
        let can_be_used =
            |kind: &FactorKind| *kind != FactorKind::Passkey || self.relying_party.is_some();
        Ok(self.settings.factors.offered.iter().copied().filter(can_be_used).collect())
    }

    /// Whether the person can set up a factor of this kind.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn offers(&self, user: &User, kind: FactorKind) -> Result<bool, StoreError> {
        let mut tx = self.store.read().await?;
        Ok(self.offered_factors(&mut tx, &user.id).await?.contains(&kind))
    }

    /// Whether a session may go on in the account of its person, or what comes first.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn factor_standing(
        &self,
        session: &Session,
        user: &User,
    ) -> Result<FactorStanding, StoreError> {
        self.factor_standing_at(session, user, None).await
    }

    /// The same at an application.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn factor_standing_at(
        &self,
        session: &Session,
        user: &User,
        client: Option<&Client>,
    ) -> Result<FactorStanding, StoreError> {
        let mut tx = self.store.read().await?;
        if self.factor_policy(&mut tx, &user.id, client).await? != FactorPolicy::Required {
            return Ok(FactorStanding::Enough);
        }
        if !has_second_factor(&mut tx, user).await? {
            return Ok(FactorStanding::ToSetUp);
        }
        // A browser that is trusted gave one not long ago.
        Ok(if session.level() < AuthenticationLevel::RememberedBrowser {
            FactorStanding::ToGive
        } else {
            FactorStanding::Enough
        })
    }
}
