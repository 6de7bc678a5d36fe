//! Every kind of event, and who it says was meant.

use std::collections::BTreeSet;

use protekt::domain::audit_event::AuditKind;
use strum::VariantArray as _;

use super::super::logs::holds;
use super::super::steps::{count, texts};
use super::{UNLIMITED, leave, live};
use crate::support::app::apps_with;

/// By an operator's command or a job: from nowhere.
const FROM_NOWHERE: [AuditKind; 36] = [
    AuditKind::UserBlocked,
    AuditKind::UserUnblocked,
    AuditKind::ResourceServerCreated,
    AuditKind::ResourceServerUpdated,
    AuditKind::ResourceServerDeleted,
    AuditKind::ClientGrantSet,
    AuditKind::ClientGrantRemoved,
    AuditKind::WebhookDisabled,
    AuditKind::UserCreated,
    AuditKind::UserInvited,
    AuditKind::UserImported,
    AuditKind::ImportFinished,
    AuditKind::PasswordSet,
    AuditKind::NewPasswordRequired,
    AuditKind::NewPasswordWaived,
    AuditKind::RecoveryApproved,
    AuditKind::RecoveryEnded,
    AuditKind::ClientCreated,
    AuditKind::ClientUpdated,
    AuditKind::ClientDeleted,
    AuditKind::SecondFactorsReset,
    AuditKind::RoleCreated,
    AuditKind::RoleUpdated,
    AuditKind::RoleDeleted,
    AuditKind::RolePermissionAdded,
    AuditKind::RolePermissionRemoved,
    AuditKind::UserPermissionAdded,
    AuditKind::UserPermissionRemoved,
    AuditKind::RoleAssigned,
    AuditKind::RoleRemoved,
    AuditKind::AccountDeleted,
    AuditKind::SigningKeyCreated,
    AuditKind::SigningKeyRotated,
    AuditKind::SigningKeyWithdrawn,
    AuditKind::DeliveryFailed,
    AuditKind::DeliveryRetried,
];

/// About no account, or about one that is none.
const ABOUT_NOBODY: [AuditKind; 29] = [
    AuditKind::WebhookCreated,
    AuditKind::WebhookUpdated,
    AuditKind::WebhookDeleted,
    AuditKind::WebhookSecretRotated,
    AuditKind::WebhookResent,
    AuditKind::WebhookDisabled,
    AuditKind::JobCreated,
    AuditKind::JobDeleted,
    AuditKind::ExportFetched,
    AuditKind::ResourceServerCreated,
    AuditKind::ResourceServerUpdated,
    AuditKind::ResourceServerDeleted,
    AuditKind::ClientGrantSet,
    AuditKind::ClientGrantRemoved,
    AuditKind::MachineTokenIssued,
    AuditKind::TokenRevoked,
    AuditKind::ImportFinished,
    AuditKind::ClientCreated,
    AuditKind::ClientUpdated,
    AuditKind::ClientDeleted,
    AuditKind::ClientAuthenticationFailed,
    AuditKind::RoleCreated,
    AuditKind::RoleUpdated,
    AuditKind::RoleDeleted,
    AuditKind::RolePermissionAdded,
    AuditKind::RolePermissionRemoved,
    AuditKind::SigningKeyCreated,
    AuditKind::SigningKeyRotated,
    AuditKind::SigningKeyWithdrawn,
];

const OF_CLIENTS: [AuditKind; 21] = [
    AuditKind::JobCreated,
    AuditKind::JobDeleted,
    AuditKind::ExportFetched,
    AuditKind::ClientGrantSet,
    AuditKind::ClientGrantRemoved,
    AuditKind::MachineTokenIssued,
    AuditKind::TokenRevoked,
    AuditKind::ConsentGiven,
    AuditKind::ConsentRefused,
    AuditKind::CodeIssued,
    AuditKind::CodeExchanged,
    AuditKind::CodeReplayed,
    AuditKind::TokensIssued,
    AuditKind::TokenRefreshed,
    AuditKind::RefreshTokenReplayed,
    AuditKind::ClientAuthenticationFailed,
    AuditKind::AccessRemoved,
    AuditKind::ClientCreated,
    AuditKind::ClientUpdated,
    AuditKind::ClientDeleted,
    AuditKind::SignedIn,
];

/// LG-02: each kind of event that there is comes out of something that happens, and says who, what,
/// from where, and how it ended.
#[tokio::test]
async fn every_kind_of_event_happens_and_says_what_it_must_without_a_secret() {
    for app in apps_with(UNLIMITED).await {
        let secrets = live(&app).await;
        let mut missing: BTreeSet<&str> =
            AuditKind::VARIANTS.iter().map(|kind| kind.as_str()).collect();
        missing.remove(AuditKind::AccountDeleted.as_str());
        // In `audit/beginning.rs`: it takes a database of an earlier version.
        missing.remove(AuditKind::TrailTakenOver.as_str());
        for kind in texts(&app, "SELECT DISTINCT kind FROM audit_events").await {
            missing.remove(&*kind);
        }
        assert!(missing.is_empty(), "nothing records {missing:?} {}", app.engine);
        for kind in AuditKind::VARIANTS {
            let lacks = |what: &str| {
                let kind = kind.as_str();
                format!("SELECT COUNT(*) FROM audit_events WHERE kind = '{kind}' AND ({what})")
            };
            let mut must = vec!["at IS NULL OR outcome NOT IN ('success', 'failure')"];
            if !FROM_NOWHERE.contains(kind) {
                must.push("ip IS NULL OR request_id IS NULL");
            }
            if !ABOUT_NOBODY.contains(kind) && *kind != AuditKind::SignUpOfRegisteredAddress {
                must.push("outcome = 'success' AND user_id IS NULL");
            }
            if OF_CLIENTS.contains(kind) && *kind != AuditKind::SignedIn {
                must.push("client_id IS NULL");
            }
            for what in must {
                assert_eq!(count(&app, &lacks(what)).await, 0, "{kind:?} {what} {}", app.engine);
            }
        }
        let told = texts(
            &app,
            "SELECT detail || ' ' || COALESCE(client_id, '') || ' ' || COALESCE(user_agent, '')
                || ' ' || COALESCE(sid, '') || ' ' || COALESCE(request_id, '')
             FROM audit_events",
        )
        .await;
        assert!(told.len() > 60, "{}", told.len());
        for (name, secret) in &secrets {
            let found = told.iter().find(|row| holds(row, secret));
            assert_eq!(found, None, "{name} {secret} {}", app.engine);
        }
        leave(&app).await;
        let gone = "SELECT COUNT(*) FROM audit_events WHERE kind = 'account_deleted'";
        assert_eq!(count(&app, gone).await, 1, "{}", app.engine);
    }
}
