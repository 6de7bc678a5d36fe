//! `/account/activity`: what happened, in words, and "that was not me".

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::flow::see_other;
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::sessions::BrowserSession;
use super::super::views::{
    self, AccountNotice, AccountPlace, ActivityEvent, ActivityNotice, ActivityPage, Shell,
};
use super::super::{App, paths};
use super::account::done;
use super::proof::{GraveAction, give_factor, owner_at, to_proof_again};
use super::second_factor::AfterFactor;
use crate::accounts::{BY_MACHINE, Disowned};
use crate::domain::audit_trail::TrailRow;
use crate::domain::email_address::masked;
use crate::domain::second_factor::FactorKind;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::oauth::response::with_query;
use crate::texts::Key;

/// Events on a page, which stays small.
const EVENTS: usize = 12;
/// Events among other things.
const RECENT: usize = 5;

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_ACTIVITY).await?;
    let before = query.get("before").filter(|id| is_event_id(id));
    let (events, next) = told(&app, &frame, &owner.user, (before, EVENTS)).await?;
    let older = next.map(|id| with_query(paths::ACCOUNT_ACTIVITY, [("before", &*id)]));
    let earlier = app.accounts.earlier_address(&owner.user.id).await?;
    let page = ActivityPage {
        moved_from: earlier.map(|address| masked(&address)),
        shell: frame.shell(&app),
        account: frame::account_view(&owner.user),
        here: AccountPlace::Activity,
        is_first: before.is_none(),
        events,
        older,
        notice: query.get("notice").and_then(ActivityNotice::named),
    };
    Ok(Page::ok(page).into_response())
}

/// The last few events, for another page of the account.
pub(super) async fn recent(
    app: &App,
    frame: &Frame,
    user: &User,
) -> Result<Vec<ActivityEvent>, Instead> {
    Ok(told(app, frame, user, (None, RECENT)).await?.0)
}

/// Events in words, and the one before which the rest lies.
async fn told(
    app: &App,
    frame: &Frame,
    user: &User,
    part: (Option<&str>, usize),
) -> Result<(Vec<ActivityEvent>, Option<String>), Instead> {
    let is_told = |row: &TrailRow| sentence(row).is_some();
    let activity = app.accounts.activity(&user.id, part, is_told).await?;
    let app_of = |row: &TrailRow| {
        let known = activity.apps.iter().find(|(id, _)| row.client_id.as_ref() == Some(id));
        known.filter(|_| is_about_app(row)).map(|(_, name)| name.clone())
    };
    let events = activity.events.iter().filter_map(|row| event(app, frame, row, app_of(row)));
    let events = events.collect();
    Ok((events, activity.next))
}

/// "That was not me": signs everything else out, takes away what was added, and leads to a new
/// password.
pub(crate) async fn not_me(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_ACTIVITY).await?;
    let event = form.text("event");
    let own = (&owner.session, &owner.user);
    let from = (&frame.browser.digest(), &frame.requester);
    match app.accounts.disown(own, &event, from).await? {
        Disowned::Done(followed) => {
            session.begin(&followed).await?;
            Ok(done(paths::ACCOUNT_PASSWORD, AccountNotice::Disowned))
        }
        Disowned::LinkSent(followed) => {
            told_of(&session, &followed, ActivityNotice::LinkSent).await
        }
        Disowned::LinksSentBefore(followed) => {
            told_of(&session, &followed, ActivityNotice::LinksSentBefore).await
        }
        Disowned::ForOperator(followed) => {
            told_of(&session, &followed, ActivityNotice::ForOperator).await
        }
        Disowned::FactorAddedLately(followed) => {
            told_of(&session, &followed, ActivityNotice::FactorAddedLately).await
        }
        Disowned::AddressChangedLately(followed) => {
            told_of(&session, &followed, ActivityNotice::AddressChangedLately).await
        }
        Disowned::ProofMissing => {
            let next = AfterFactor { flow: None, to: Some(GraveAction::Disown) };
            give_factor(&app, &frame, &owner, next).await?;
            Ok(to_proof_again(GraveAction::Disown))
        }
    }
}

/// What was added is still there: the page says what takes it away.
async fn told_of(
    session: &BrowserSession,
    followed: &Session,
    notice: ActivityNotice,
) -> Result<Response, Instead> {
    session.begin(followed).await?;
    Ok(see_other(&with_query(paths::ACCOUNT_ACTIVITY, [("notice", notice.name())])))
}

/// A ULID.
fn is_event_id(id: &str) -> bool {
    id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn event(
    app: &App,
    frame: &Frame,
    row: &TrailRow,
    app_name: Option<String>,
) -> Option<ActivityEvent> {
    let shell = frame.shell(app);
    Some(ActivityEvent {
        id: row.id.clone(),
        what: shell.t(sentence(row)?),
        about: app_name.unwrap_or_else(|| factor_of(&shell, row)),
        succeeded: row.outcome == "success",
        at: frame::moment_view(&shell, row.at),
        device: frame::software_in_words(&shell, row.personal.user_agent.as_deref()),
        place: frame::place_in_words(app, row.personal.ip.as_deref()),
        by_person: row.personal.ip.is_some() && !is_by_operator(row),
    })
}

/// Whether an event tells what became of an application, and not through which one something was done.
fn is_about_app(row: &TrailRow) -> bool {
    // A machine that takes back what was allowed is named itself.
    !is_by_machine(row)
        && matches!(
            &*row.kind,
            "consent_given"
                | "consent_refused"
                | "access_removed"
                | "refresh_token_replayed"
                | "code_replayed"
        )
}

/// The factor that an event is about; empty for others.
fn factor_of(shell: &Shell, row: &TrailRow) -> String {
    let detail = detail_of(row);
    let kind = detail.get("factor").and_then(|name| FactorKind::named(name.as_str()?));
    kind.map(|kind| shell.t(views::title_of(kind))).unwrap_or_default()
}

/// Whether a factor took the place of another of its kind.
fn replaces(row: &TrailRow) -> bool {
    detail_of(row).get("replaces").is_some()
}

/// Whether a factor gave way again to the one that it had replaced.
fn restores(row: &TrailRow) -> bool {
    detail_of(row).get("restored").is_some()
}

/// Whether somebody who was signed in proved again who they are.
fn is_proof(row: &TrailRow) -> bool {
    detail_of(row).get("reauthenticated").is_some()
}

/// Whether a machine of the people who run the service did what people do themselves, too.
fn is_by_machine(row: &TrailRow) -> bool {
    detail_of(row).get(BY_MACHINE).is_some()
}

/// Where a link leads that a machine made.
fn link_made(row: &TrailRow) -> Key {
    match detail_of(row).get("for").and_then(serde_json::Value::as_str) {
        Some("password") => Key("activity-password-link"),
        _ => Key("activity-verification-link"),
    }
}

/// Whether the people who run the service did it, be it by a machine, which comes from somewhere.
fn is_by_operator(row: &TrailRow) -> bool {
    is_by_machine(row)
        || matches!(
            &*row.kind,
            "user_created"
                | "user_invited"
                | "user_updated"
                | "ticket_created"
                | "user_blocked"
                | "user_unblocked"
                | "role_assigned"
                | "role_removed"
                | "user_permission_added"
                | "user_permission_removed"
        )
}

fn detail_of(row: &TrailRow) -> serde_json::Value {
    serde_json::from_str(&row.personal.detail).unwrap_or_default()
}

/// Why second factors went at once.
fn factors_reset(row: &TrailRow) -> Key {
    let detail = detail_of(row);
    match detail.get("because").and_then(serde_json::Value::as_str) {
        Some("email_return") => Key("activity-factors-returned"),
        Some("unverified_address") => Key("activity-factors-unverified"),
        _ => Key("activity-factors-reset"),
    }
}

/// What is told of an event; `None` for steps between applications and us.
fn sentence(row: &TrailRow) -> Option<Key> {
    let succeeded = row.outcome == "success";
    Some(match (&*row.kind, succeeded) {
        ("signed_in", true) if is_proof(row) => Key("activity-proved"),
        ("signed_in", true) => Key("activity-signed-in"),
        ("signed_in", false) => Key("activity-sign-in-refused"),
        ("sign_in_begun", _) => Key("activity-sign-in-begun"),
        ("signed_out", _) => Key("activity-signed-out"),
        ("session_ended" | "signed_out_elsewhere", _) if is_by_machine(row) => {
            Key("activity-signed-out-by-operator")
        }
        ("session_ended", _) => Key("activity-session-ended"),
        ("signed_out_elsewhere", _) => Key("activity-signed-out-elsewhere"),
        ("second_factor_given", true) => Key("activity-factor-given"),
        ("second_factor_given", false) => Key("activity-factor-refused"),
        ("second_factor_added", _) if replaces(row) => Key("activity-factor-replaced"),
        ("second_factor_added", _) => Key("activity-factor-added"),
        ("second_factor_removed", _) if restores(row) => Key("activity-factor-restored"),
        ("second_factor_removed", _) => Key("activity-factor-removed"),
        ("browser_trusted", _) => Key("activity-browser-trusted"),
        ("trusted_browsers_forgotten", _) => Key("activity-browsers-forgotten"),
        ("second_factors_reset", _) => factors_reset(row),
        ("user_updated", _) => Key("activity-updated"),
        ("user_blocked", _) => Key("activity-blocked"),
        ("user_unblocked", _) => Key("activity-unblocked"),
        ("role_assigned", _) => Key("activity-role-assigned"),
        ("role_removed", _) => Key("activity-role-removed"),
        ("user_permission_added", _) => Key("activity-permission-added"),
        ("user_permission_removed", _) => Key("activity-permission-removed"),
        ("signed_up" | "user_created" | "user_imported", _) => Key("activity-signed-up"),
        ("ticket_created", _) => link_made(row),
        ("user_invited", _) => Key("activity-invited"),
        ("sign_up_of_registered_address", _) => Key("activity-sign-up-again"),
        ("email_verified", _) => Key("activity-email-verified"),
        ("email_verification_failed" | "email_change_failed", _) => Key("activity-code-refused"),
        ("password_set", _) => Key("activity-password-set"),
        ("password_changed", _) => Key("activity-password-changed"),
        ("new_password_required", _) => Key("activity-new-password-required"),
        ("new_password_waived", _) => Key("activity-new-password-waived"),
        ("recovery_link_requested", _) => Key("activity-recovery-link-requested"),
        ("recovery_requested", _) => Key("activity-recovery-requested"),
        ("recovery_approved", _) => Key("activity-recovery-approved"),
        ("recovery_ended", _) => Key("activity-recovery-ended"),
        ("password_reset_requested", _) => Key("activity-reset-requested"),
        ("password_reset", _) => Key("activity-password-reset"),
        ("email_change_requested", _) => Key("activity-email-change-requested"),
        ("email_changed", _) => Key("activity-email-changed"),
        ("email_change_undone", _) => Key("activity-email-change-undone"),
        ("profile_updated", _) => Key("activity-profile-updated"),
        ("phone_verified", _) => Key("activity-phone-verified"),
        ("consent_given", _) => Key("activity-consent-given"),
        ("consent_refused", _) => Key("activity-consent-refused"),
        ("access_removed", _) if is_by_machine(row) => Key("activity-access-removed-by-operator"),
        ("access_removed", _) => Key("activity-access-removed"),
        ("refresh_token_replayed" | "code_replayed", _) => Key("activity-token-replayed"),
        ("activity_disowned", _) => Key("activity-disowned"),
        ("data_exported", _) => Key("activity-data-exported"),
        ("account_deletion_requested", _) => Key("activity-deletion-requested"),
        ("account_deletion_undone", _) => Key("activity-deletion-undone"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::audit_event::AuditKind;
    use crate::domain::audit_trail::PersonalFields;

    /// Steps between applications and us, and what concerns nobody's account.
    const UNTOLD: [&str; 40] = [
        "job_created",
        "job_deleted",
        "export_fetched",
        "webhook_created",
        "webhook_updated",
        "webhook_deleted",
        "webhook_secret_rotated",
        "webhook_disabled",
        "webhook_resent",
        "resource_server_created",
        "resource_server_updated",
        "resource_server_deleted",
        "client_grant_set",
        "client_grant_removed",
        "machine_token_issued",
        "token_revoked",
        "role_created",
        "role_updated",
        "role_deleted",
        "role_permission_added",
        "role_permission_removed",
        "import_finished",
        "sms_limit_reached",
        "delivery_retried",
        "unverified_account_removed",
        "throttled",
        "code_issued",
        "code_exchanged",
        "tokens_issued",
        "token_refreshed",
        "client_authentication_failed",
        "client_created",
        "client_updated",
        "client_deleted",
        "signing_key_created",
        "signing_key_rotated",
        "signing_key_withdrawn",
        "trail_taken_over",
        "delivery_failed",
        "account_deleted",
    ];

    #[test]
    fn every_kind_of_event_has_a_sentence_or_is_left_out_on_purpose() {
        for kind in AuditKind::VARIANTS.iter().map(|kind| kind.as_str()) {
            let row = TrailRow {
                id: String::new(),
                at: Timestamp(0),
                kind: kind.to_owned(),
                outcome: "success".to_owned(),
                client_id: None,
                request_id: None,
                personal: PersonalFields {
                    user_id: None,
                    sid: None,
                    ip: None,
                    user_agent: None,
                    detail: String::new(),
                },
                personal_salt: None,
                personal_digest: String::new(),
                seq: None,
                chain_mac: None,
                recorded_mac: None,
                erased_mac: None,
            };
            assert_ne!(sentence(&row).is_some(), UNTOLD.contains(&kind), "{kind}");
        }
    }
}
