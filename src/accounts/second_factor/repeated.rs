//! A set-up that is confirmed twice: by a double click, or a reload of the page that showed the
//! backup codes. Exactly one answer lets the factor count and shows the codes, and it may not have
//! arrived. The other must not say that anything is wrong (docs/decisions/0034).

use super::super::Accounts;
use super::super::one_time_code;
use super::super::sign_in::SignedIn;
use super::enrolment::{CodesOfFactor, ConfirmedFactor};
use crate::clock::Timestamp;
use crate::domain::second_factor::FactorKind;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::keys::Purpose;
use crate::store::{StoreError, Tx, backup_codes, passkeys, second_factors, sessions};

/// How long the answer that was lost may be asked for again, in seconds.
const REPEATABLE: i64 = 10 * 60;

/// What was sent a second time.
pub(in super::super) enum Repeated<'sent> {
    /// The code that the factor of this kind was confirmed by.
    Code(FactorKind, &'sent str),
    /// What an authenticator made, by the id of the credential.
    Passkey(&'sent str),
}

impl Accounts {
    /// What the first of two equal answers led to, where this is the second: the factor counts
    /// since a few minutes, and this very session has proved it.
    pub(in super::super) async fn confirmed_before(
        &self,
        (user, session): (&User, &Session),
        sent: Repeated<'_>,
    ) -> Result<Option<ConfirmedFactor>, StoreError> {
        let mut tx = self.store.read().await?;
        let Some((kind, since)) = self.counting_since(&mut tx, user, sent).await? else {
            return Ok(None);
        };
        let fresh = sessions::find(&mut tx, &session.sid).await?;
        // Of the generation that this cookie had: its owner may have taken the session along without it.
        let fresh = fresh.filter(|fresh| {
            fresh.generation == session.generation
                && fresh.generation == user.generation
                && fresh.level() >= kind.level()
        });
        let Some(session) = fresh.filter(|_| self.clock.now().since(since) <= REPEATABLE) else {
            return Ok(None);
        };
        let codes_at = backup_codes::made_at(&mut tx, &user.id).await?;
        let were_made = codes_at.is_some_and(|made_at| made_at >= since);
        Ok(Some(ConfirmedFactor {
            signed_in: SignedIn { session, user: user.clone() },
            codes: if were_made { CodesOfFactor::MadeBefore } else { CodesOfFactor::Kept },
        }))
    }

    /// Whether a factor of this kind counts since a few minutes: another window set it up.
    pub(super) async fn has_just_confirmed(
        &self,
        user: &User,
        kind: FactorKind,
    ) -> Result<bool, StoreError> {
        let found = second_factors::find(&mut self.store.read().await?, &user.id, kind).await?;
        let since = found.and_then(|factor| factor.confirmed_at);
        Ok(since.is_some_and(|since| self.clock.now().since(since) <= REPEATABLE))
    }

    /// The factor that counts by what was sent, and since when. Any other code is none of the first answer's:
    /// whoever sends one may have an old cookie and nothing else.
    async fn counting_since(
        &self,
        tx: &mut Tx,
        user: &User,
        sent: Repeated<'_>,
    ) -> Result<Option<(FactorKind, Timestamp)>, StoreError> {
        match sent {
            Repeated::Code(kind, typed) => {
                let factor = second_factors::find(tx, &user.id, kind).await?;
                let typed = one_time_code::digits(typed);
                let factor = factor.filter(|factor| {
                    let mac = factor.confirming_mac.as_deref();
                    let matches =
                        |mac| self.kek.mac_matches(Purpose::ShortCode, &factor.id, &typed, mac);
                    mac.is_some_and(matches)
                });
                Ok(factor.and_then(|factor| Some((kind, factor.confirmed_at?))))
            }
            Repeated::Passkey(credential_id) => {
                let passkey = passkeys::find_by_credential(tx, credential_id).await?;
                let own = passkey.filter(|passkey| passkey.user_id == user.id);
                Ok(own.map(|passkey| (FactorKind::Passkey, passkey.created_at)))
            }
        }
    }
}
