//! What we know of a person, for that person to take away: no secret, and nothing of others.

use serde_json::{Value, json};

use super::notice::asked;
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::MailTemplate;
use crate::domain::Requester;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::audit_trail::TrailRow;
use crate::domain::permission::Permission;
use crate::domain::second_factor::SecondFactor;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::consents::{self, ApiConsent, ConnectedApp};
use crate::store::passkeys::{self, Passkey};
use crate::store::permissions::HeldPermission;
use crate::store::sessions::{self, ListedSession};
use crate::store::users::{self, Credentials};
use crate::store::{
    StoreError, Tx, audit_events, backup_codes, browser_accounts, known_devices, permissions,
    roles, second_factors, trusted_browsers,
};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// Copies that one person may have made.
const EXPORTS: Limit = Limit::new(10, 60 * 60);
/// Mails that tell one person of them.
const NOTICES: Limit = Limit::new(1, 60 * 60);
/// Rows of the trail that one question reads.
const ROWS: i64 = 1_000;
/// Rows of the trail in one copy: some ten megabytes.
const MOST_ROWS: usize = 50_000;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum ExportRefusal {
    /// The person has to prove who they are first.
    #[error("the last proof is too old")]
    ProofMissing,
    /// The session ended meanwhile.
    #[error("the session is over")]
    SessionIsOver,
    /// Too many copies.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(ExportRefusal);

impl Accounts {
    /// Everything that is known of the person, as JSON.
    ///
    /// # Errors
    ///
    /// With why it cannot be had.
    pub async fn export(
        &self,
        session: &Session,
        requester: &Requester,
    ) -> Result<Value, ExportRefusal> {
        if !self.is_proven(session) {
            return Err(ExportRefusal::ProofMissing);
        }
        let id = &session.user_id;
        let tries = [(ThrottleKey::new("export", id.as_str()), EXPORTS)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(ExportRefusal::Throttled { retry_after_seconds });
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if !sessions::hold(&mut tx, session).await? {
            return Err(ExportRefusal::SessionIsOver);
        }
        let event = AuditEvent::success(AuditKind::DataExported).of(id).from(requester);
        audit::record(&mut tx, event.in_session(&session.sid), now).await?;
        let owner = users::find(&mut tx, id).await?.ok_or(ExportRefusal::SessionIsOver)?;
        self.tell_of_export(&mut tx, &owner, requester, now).await?;
        tx.commit().await?;
        self.bell.ring();
        let mut tx = self.store.read().await?;
        let found = users::find_credentials_by_id(&mut tx, id).await?;
        let found = found.ok_or(ExportRefusal::SessionIsOver)?;
        let sessions = sessions::list_of_user(&mut tx, id, now).await?;
        let apps = consents::list_of_user(&mut tx, id, None, now).await?;
        let at_apis = consents::at_apis(&mut tx, id, None).await?;
        let roles = roles::of_user(&mut tx, id).await?;
        let permissions = permissions::of_user(&mut tx, id).await?;
        Ok(json!({
            "exported_at": now.to_rfc3339(),
            "service": self.settings.issuer,
            "account": account(&found.user),
            "sign_in": sign_in(&mut tx, &found, now).await?,
            "sessions": sessions.iter().map(session_value).collect::<Vec<_>>(),
            "roles": roles.iter().map(|role| &role.name).collect::<Vec<_>>(),
            "permissions": permissions.iter().map(permission_value).collect::<Vec<_>>(),
            "apps": apps.iter().map(|app| app_value(app, &at_apis)).collect::<Vec<_>>(),
            "activity": activity(&mut tx, &found.user).await?,
        }))
    }

    /// A copy is what somebody with a stolen session takes: its owner hears of it, once an hour.
    async fn tell_of_export(
        &self,
        tx: &mut Tx,
        user: &User,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = ThrottleKey::new("notice:export", user.id.as_str());
        if let Decision::Refused { .. } = throttle::check_and_count(tx, &key, NOTICES, now).await? {
            return Ok(());
        }
        let parameters = asked(requester, now).with("link", self.reset_address());
        self.notify(tx, user, MailTemplate::DataExported, (parameters, now)).await
    }
}

/// How the person signs in: no secret, and nothing that a secret could be found by.
async fn sign_in(tx: &mut Tx, found: &Credentials, now: Timestamp) -> Result<Value, StoreError> {
    let user = &found.user;
    let factors = second_factors::list(tx, &user.id).await?;
    let passkeys = passkeys::list(tx, &user.id).await?;
    let trusted = trusted_browsers::list(tx, user, now).await?;
    let known = known_devices::list(tx, &user.id).await?;
    let listed = browser_accounts::last_uses(tx, &user.id).await?;
    Ok(json!({
        "password": found.password_hash.is_some(),
        "second_factors": factors.iter().map(factor_value).collect::<Vec<_>>(),
        "passkeys": passkeys.iter().map(passkey_value).collect::<Vec<_>>(),
        "backup_codes_left": backup_codes::count_left(tx, &user.id).await?,
        "browsers_without_second_step": trusted.iter().map(|browser| json!({
            "since": time(browser.created_at),
            "until": time(browser.expires_at),
        })).collect::<Vec<_>>(),
        "known_browsers": known.iter().map(|browser| json!({
            "first_seen_at": time(browser.first_seen_at),
            "last_seen_at": time(browser.last_seen_at),
        })).collect::<Vec<_>>(),
        "browsers_that_list_the_account": listed.into_iter().map(|last_used_at| json!({
            "last_used_at": time(last_used_at),
        })).collect::<Vec<_>>(),
    }))
}

fn factor_value(factor: &SecondFactor) -> Value {
    json!({
        "kind": factor.kind,
        "phone_number": factor.phone_number,
        "added_at": time(factor.created_at),
        "confirmed_at": optional_time(factor.confirmed_at),
        "last_used_at": optional_time(factor.last_used_at),
    })
}

fn passkey_value(passkey: &Passkey) -> Value {
    json!({
        "name": passkey.name,
        "added_at": time(passkey.created_at),
        "last_used_at": optional_time(passkey.last_used_at),
        "transports": super::passkeys::transports(passkey),
    })
}

fn time(at: Timestamp) -> Value {
    json!(at.to_rfc3339())
}

fn optional_time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, time)
}

fn account(user: &User) -> Value {
    let address: Option<Value> =
        user.address.as_deref().and_then(|address| serde_json::from_str(address).ok());
    json!({
        "id": user.id,
        "email": user.email,
        "email_verified_at": optional_time(user.email_verified_at),
        "username": user.username,
        "name": user.name,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "nickname": user.nickname,
        "picture": user.picture,
        "phone_number": user.phone_number,
        "phone_number_verified_at": optional_time(user.phone_number_verified_at),
        "address": address,
        "locale": user.locale,
        "zoneinfo": user.zoneinfo,
        "created_at": time(user.created_at),
        "updated_at": time(user.updated_at),
        "last_sign_in_at": optional_time(user.last_login_at),
        "sign_ins": user.logins_count,
        "last_ip": user.last_ip,
        "user_metadata": metadata(user.user_metadata.as_deref()),
        "app_metadata": metadata(user.app_metadata.as_deref()),
    })
}

fn metadata(json: Option<&str>) -> Option<Value> {
    json.and_then(|json| serde_json::from_str(json).ok())
}

fn session_value(listed: &ListedSession) -> Value {
    json!({
        "id": listed.session.sid,
        "ip": listed.ip,
        "user_agent": listed.user_agent,
        "began_at": time(listed.session.created_at),
        "last_seen_at": time(listed.session.last_seen_at),
        "expires_at": time(listed.session.expires_at),
    })
}

fn app_value(app: &ConnectedApp, at_apis: &[ApiConsent]) -> Value {
    let of_app = at_apis.iter().filter(|consent| consent.client_id == app.client_id);
    let of_app = of_app.map(|consent| {
        json!({ "api": consent.audience, "scopes": consent.scopes.iter().collect::<Vec<_>>() })
    });
    json!({
        "id": app.client_id,
        "name": app.name,
        "scopes": app.scopes.iter().collect::<Vec<_>>(),
        "at_apis": of_app.collect::<Vec<_>>(),
        "granted_at": time(app.granted_at),
        "last_used_at": optional_time(app.last_used_at),
    })
}

fn permission_value(held: &HeldPermission) -> Value {
    let Permission { api, scope } = &held.permission;
    json!({ "api": api, "permission": scope, "by_role": held.role })
}

async fn activity(tx: &mut Tx, user: &User) -> Result<Vec<Value>, StoreError> {
    let mut events = Vec::new();
    let mut before: Option<String> = None;
    loop {
        let rows = audit_events::list_of(tx, &user.id, before.as_deref(), ROWS).await?;
        let Some(last) = rows.last() else { return Ok(events) };
        before = Some(last.id.clone());
        events.extend(rows.iter().map(event_value));
        if events.len() >= MOST_ROWS {
            return Ok(events);
        }
    }
}

fn event_value(row: &TrailRow) -> Value {
    let detail: Value = serde_json::from_str(&row.personal.detail).unwrap_or_default();
    json!({
        "at": time(row.at),
        "kind": row.kind,
        "outcome": row.outcome,
        "app": row.client_id,
        "ip": row.personal.ip,
        "user_agent": row.personal.user_agent,
        "detail": detail,
    })
}
