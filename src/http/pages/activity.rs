//! `/account/activity`: what happened, in words, and "that was not me".

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::flow::see_other;
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::sessions::BrowserSession;
use super::super::views::{AccountPlace, ActivityEvent, ActivityPage};
use super::super::{App, paths};
use super::proof::owner_at;
use crate::accounts::EndSessionsRefusal;
use crate::domain::audit_trail::TrailRow;
use crate::oauth::response::with_query;
use crate::texts::Key;

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_ACTIVITY).await?;
    let before = query.get("before").filter(|id| is_event_id(id));
    let is_told = |row: &TrailRow| sentence(row).is_some();
    let activity = app.accounts.activity(&owner.user.id, before, is_told).await?;
    let older = activity.next.map(|id| with_query(paths::ACCOUNT_ACTIVITY, [("before", &*id)]));
    let page = ActivityPage {
        shell: frame.shell(&app),
        account: frame::account_view(&owner.user),
        here: AccountPlace::Activity,
        is_first: before.is_none(),
        events: activity.events.iter().filter_map(|row| event(&app, &frame, row)).collect(),
        older,
    };
    Ok(Page::ok(page).into_response())
}

/// "That was not me": signs everything else out, and leads to a new password.
pub(crate) async fn not_me(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_ACTIVITY).await?;
    let event = form.text("event");
    match app.accounts.disown(&owner.session, &event, &frame.requester).await {
        Ok(followed) => {
            session.begin(&followed).await?;
            Ok(see_other(paths::ACCOUNT_PASSWORD))
        }
        Err(EndSessionsRefusal::SessionIsOver) => Ok(see_other(paths::LOGIN)),
        Err(EndSessionsRefusal::Fault(fault)) => Err(fault.into()),
    }
}

/// A ULID.
fn is_event_id(id: &str) -> bool {
    id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn event(app: &App, frame: &Frame, row: &TrailRow) -> Option<ActivityEvent> {
    let shell = frame.shell(app);
    Some(ActivityEvent {
        id: row.id.clone(),
        what: shell.t(sentence(row)?),
        succeeded: row.outcome == "success",
        at: frame::moment_view(&shell, row.at),
        device: frame::software_in_words(&shell, row.personal.user_agent.as_deref()),
        place: frame::place_in_words(app, row.personal.ip.as_deref()),
        by_person: row.personal.ip.is_some(),
    })
}

/// What is told of an event; `None` for steps between applications and us.
fn sentence(row: &TrailRow) -> Option<Key> {
    let succeeded = row.outcome == "success";
    Some(match (&*row.kind, succeeded) {
        ("signed_in", true) => Key("activity-signed-in"),
        ("signed_in", false) => Key("activity-sign-in-refused"),
        ("signed_out", _) => Key("activity-signed-out"),
        ("session_ended", _) => Key("activity-session-ended"),
        ("signed_out_elsewhere", _) => Key("activity-signed-out-elsewhere"),
        ("second_factor_given", true) => Key("activity-factor-given"),
        ("second_factor_given", false) => Key("activity-factor-refused"),
        ("second_factor_added", _) => Key("activity-factor-added"),
        ("second_factor_removed", _) => Key("activity-factor-removed"),
        ("second_factors_reset", _) => Key("activity-factors-reset"),
        ("role_assigned", _) => Key("activity-role-assigned"),
        ("role_removed", _) => Key("activity-role-removed"),
        ("signed_up" | "user_created" | "user_imported", _) => Key("activity-signed-up"),
        ("user_invited", _) => Key("activity-invited"),
        ("sign_up_of_registered_address", _) => Key("activity-sign-up-again"),
        ("email_verified", _) => Key("activity-email-verified"),
        ("email_verification_failed" | "email_change_failed", _) => Key("activity-code-refused"),
        ("password_set", _) => Key("activity-password-set"),
        ("password_changed", _) => Key("activity-password-changed"),
        ("new_password_required", _) => Key("activity-new-password-required"),
        ("new_password_waived", _) => Key("activity-new-password-waived"),
        ("recovery_link_requested" | "recovery_requested", _) => Key("activity-recovery-requested"),
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
    const UNTOLD: [&str; 21] = [
        "role_created",
        "role_updated",
        "role_deleted",
        "import_finished",
        "sms_limit_reached",
        "delivery_retried",
        "unverified_account_removed",
        "throttled",
        "code_issued",
        "code_exchanged",
        "token_refreshed",
        "client_authentication_failed",
        "grant_revoked",
        "client_created",
        "client_updated",
        "client_deleted",
        "signing_key_created",
        "signing_key_rotated",
        "signing_key_withdrawn",
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
            };
            assert_ne!(sentence(&row).is_some(), UNTOLD.contains(&kind), "{kind}");
        }
    }
}
