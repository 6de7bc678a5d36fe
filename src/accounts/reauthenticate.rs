//! Proving again who one is (`prompt=login`, `max_age`, before something grave).

use secrecy::SecretString;

use super::sign_in::TryKeys;
use super::{Accounts, SignInRefusal, SignedIn};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::canonical_login_name;
use crate::domain::session::{ACR_PASSWORD, AMR_PASSWORD, Session};
use crate::domain::{JsonList, Requester};
use crate::store::{sessions, users};

impl Accounts {
    /// Checks the password of the person who is signed in, and makes now their `auth_time`. The
    /// caller gives the session another cookie.
    ///
    /// # Errors
    ///
    /// As for [`Self::sign_in`]; `WrongCredentials` also where the session ended meanwhile.
    pub async fn reauthenticate(
        &self,
        session: &Session,
        password: &SecretString,
        requester: &Requester,
    ) -> Result<SignedIn, SignInRefusal> {
        let ticket = self.hasher.admit()?;
        let id = &session.user_id;
        let found = users::find_credentials_by_id(&mut self.store.read().await?, id).await?;
        let Some(found) = found else {
            return Err(SignInRefusal::WrongCredentials { advise_reset: false });
        };
        let keys = TryKeys::new(&canonical_login_name(&found.user.email), requester);
        let tries = self.count_password(&keys, requester).await?;
        let stored = found.password_hash.as_ref();
        let verdict = self.hasher.verify(ticket, password, stored).await?;
        let user = found.user;
        if !verdict.is_right {
            return Err(self.refuse(Some(&user), tries, requester).await?);
        }
        let now = self.clock.now();
        let proof = (ACR_PASSWORD, &JsonList::from_iter([AMR_PASSWORD]));
        let mut tx = self.store.begin().await?;
        keys.forget(&mut tx).await?;
        // Compares generation and block again: the password was checked a moment ago.
        let Some(session) = sessions::reauthenticate(&mut tx, &session.sid, proof, now).await?
        else {
            return Err(SignInRefusal::WrongCredentials { advise_reset: false });
        };
        let event = AuditEvent::success(AuditKind::SignedIn).of(&user.id).from(requester);
        let event = event.in_session(&session.sid);
        let event = event.with(serde_json::json!({ "reauthenticated": true }));
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        Ok(SignedIn { session, user })
    }
}
