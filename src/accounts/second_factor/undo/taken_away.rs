//! Taking factors away that somebody else added, and telling of each.

use super::super::super::notice::asked;
use super::super::super::{Accounts, admission};
use super::kind_of;
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::MailTemplate;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::second_factor::FactorKind;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::domain::{ClientId, Requester};
use crate::store::factor_additions::{self, FactorAddition};
use crate::store::{
    StoreError, Tx, backup_codes, consents, passkeys, second_factors, sign_in_challenges,
    trusted_browsers,
};

impl Accounts {
    /// Takes away whatever was added at `since` or later, the addition among it; what gave way comes
    /// back.
    pub(super) async fn take_away(
        &self,
        tx: &mut Tx,
        user: &User,
        (addition, since): (&FactorAddition, Timestamp),
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = &user.id;
        let mut kinds = vec![kind_of(addition)?];
        for kind in factor_additions::kinds_since(tx, id, since).await? {
            kinds.extend(FactorKind::named(&kind).filter(|kind| !kinds.contains(kind)));
        }
        second_factors::remove_since(tx, id, since).await?;
        passkeys::remove_since(tx, id, since).await?;
        backup_codes::remove_since(tx, id, since).await?;
        factor_additions::restore_replaced(tx, id, since).await?;
        if !admission::has_second_factor(tx, user).await? {
            backup_codes::remove_all(tx, id).await?;
        }
        trusted_browsers::forget_all(tx, id).await?;
        sign_in_challenges::end_all_of(tx, id).await?;
        for kind in kinds {
            self.tell_of_removal(tx, (user, kind), requester, now).await?;
        }
        Ok(())
    }

    /// Takes back what an application was allowed, whose tokens have ended with everything else: it has to
    /// ask anew.
    pub(super) async fn take_back_consent(
        &self,
        tx: &mut Tx,
        own: &Session,
        app: &ClientId,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if consents::take_back(tx, &own.user_id, app).await? {
            let event = AuditEvent::success(AuditKind::AccessRemoved).of(&own.user_id);
            let event = event.by_client(app).in_session(&own.sid);
            audit::record(tx, event.from(requester), now).await?;
        }
        Ok(())
    }

    /// Records that a factor is gone, and tells its owner, also where one of its kind came back.
    async fn tell_of_removal(
        &self,
        tx: &mut Tx,
        (user, kind): (&User, FactorKind),
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let is_restored = second_factors::find(tx, &user.id, kind).await?.is_some();
        let name = kind.as_str();
        let parameters = asked(requester, now).with("factor", name);
        let (detail, parameters) = if is_restored {
            let detail = serde_json::json!({ "factor": name, "restored": true });
            (detail, parameters.with("restored", "yes"))
        } else {
            (serde_json::json!({ "factor": name }), parameters)
        };
        let event = AuditEvent::success(AuditKind::SecondFactorRemoved).of(&user.id);
        audit::record(tx, event.from(requester).with(detail), now).await?;
        let removed = (MailTemplate::FactorRemoved, parameters);
        self.notify_of_factor(tx, user, removed, now).await
    }
}
