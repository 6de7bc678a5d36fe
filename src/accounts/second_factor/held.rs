//! What a person signs in with, for their own eyes.

use super::super::Accounts;
use super::super::admission::has_second_factor;
use crate::clock::Timestamp;
use crate::domain::PhoneNumber;
use crate::domain::second_factor::{FactorKind, FactorPolicy, SecondFactor};
use crate::domain::user::User;
use crate::store::passkeys::Passkey;
use crate::store::{
    StoreError, Tx, backup_codes, passkeys, second_factors, trusted_browsers, users,
};

/// A factor of a person, for their own eyes.
#[derive(Clone, Debug)]
pub struct HeldFactor {
    /// Its kind.
    pub kind: FactorKind,
    /// The telephone, masked.
    pub phone: Option<String>,
    /// Since when it counts.
    pub confirmed_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Everything a person signs in with.
#[derive(Clone, Debug)]
pub struct FactorsView {
    /// Apps, telephones and mail.
    pub factors: Vec<HeldFactor>,
    /// Passkeys.
    pub passkeys: Vec<Passkey>,
    /// How many backup codes can still be used.
    pub backup_codes_left: i64,
    /// How many browsers are not asked for a second factor.
    pub trusted_browsers: i64,
    /// What can be set up here.
    pub offered: Vec<FactorKind>,
    /// Whether the last factor must stay.
    pub is_required: bool,
    /// Whether there is a password.
    pub has_password: bool,
}

/// What somebody who is signed in can prove who they are with.
#[derive(Clone, Copy, Debug)]
pub struct WaysToProve {
    /// Whether there is a password.
    pub has_password: bool,
    /// Whether there is a passkey or another second factor.
    pub has_factor: bool,
}

impl Accounts {
    /// What the person can prove who they are with.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn ways_to_prove(&self, user: &User) -> Result<WaysToProve, StoreError> {
        let mut tx = self.store.read().await?;
        Ok(WaysToProve {
            has_password: has_password(&mut tx, user).await?,
            has_factor: has_second_factor(&mut tx, user).await?,
        })
    }

    /// Everything the person signs in with.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn factors(&self, user: &User) -> Result<FactorsView, StoreError> {
        let mut tx = self.store.read().await?;
        let factors = second_factors::list(&mut tx, &user.id).await?;
        let policy = self.factor_policy(&mut tx, &user.id, None).await?;
        Ok(FactorsView {
            has_password: has_password(&mut tx, user).await?,
            factors: factors.into_iter().filter_map(held).collect(),
            passkeys: passkeys::list(&mut tx, &user.id).await?,
            backup_codes_left: backup_codes::count_left(&mut tx, &user.id).await?,
            trusted_browsers: trusted_browsers::count(&mut tx, user, self.clock.now()).await?,
            offered: self.offered_factors(&mut tx, &user.id).await?,
            is_required: policy == FactorPolicy::Required,
        })
    }

    /// Whether a factor of this kind counts already: one that is set up takes its place.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn holds(&self, user: &User, kind: FactorKind) -> Result<bool, StoreError> {
        Ok(second_factors::find(&mut self.store.read().await?, &user.id, kind).await?.is_some())
    }
}

async fn has_password(tx: &mut Tx, user: &User) -> Result<bool, StoreError> {
    let credentials = users::find_credentials_by_id(tx, &user.id).await?;
    Ok(credentials.is_some_and(|found| found.password_hash.is_some()))
}

fn held(factor: SecondFactor) -> Option<HeldFactor> {
    let phone = factor.phone_number.and_then(|number| number.parse::<PhoneNumber>().ok());
    Some(HeldFactor {
        kind: FactorKind::named(&factor.kind)?,
        phone: phone.map(|phone| phone.masked()),
        confirmed_at: factor.confirmed_at?,
        last_used_at: factor.last_used_at,
    })
}
