//! A machine's part of a whole life: an API, what it may ask there, and a token that it gives back.

use protekt::accounts::{Giver, ManagedBy, TicketOwner};
use protekt::domain::Scopes;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::resource_servers::ResourceServerChange;

use super::{GRACE, Seen};
use crate::delivery::webhooks::whole_life;
use crate::support::apis::ORDERS;
use crate::support::app::{SECRET, TestApp};

/// From registering the API to deleting it.
pub(super) async fn machines(app: &TestApp, seen: &mut Seen) {
    app.api(ORDERS, "Orders").await;
    let name = Some("Orders and more".to_owned());
    app.change_api(ORDERS, ResourceServerChange { name, ..Default::default() }).await;
    app.machine("billing").await;
    let at = (ORDERS, SubjectType::Client);
    app.grant("billing", at, "read").await.unwrap();
    let token = app.machine_token("billing", &[]).await.text("access_token");
    let fields = [("token", token.as_str())];
    let given_back = app.ask("/oauth/revoke", Some(("billing", SECRET)), &fields).await;
    assert_eq!(given_back.status, 200, "{given_back:?}");
    seen.add("machine's token", token);
    let requester = super::somebody();
    let billing = "billing".into();
    let by = ManagedBy {
        client_id: &billing,
        session: None,
        scopes: Some(&Scopes::default()),
        requester: &requester,
    };
    let owner = TicketOwner::Email(GRACE.to_owned());
    let ticket = app.app.accounts.create_password_ticket(&owner, (60, true), by).await.unwrap();
    seen.add("ticket", super::token(&ticket));
    app.ungrant("billing", at).await;
    export(app, seen).await;
    let (store, now) = (&app.app.provider.store, app.app.provider.now());
    protekt::oauth::resource_servers::delete(store, (ORDERS, |_, _| true), (Giver::Operator, now))
        .await
        .unwrap();
}

/// Tells of everybody, fetches that, has it forgotten, and has events told for a while.
async fn export(app: &TestApp, seen: &mut Seen) {
    let scopes = "read:users read:logs create:webhooks update:webhooks delete:webhooks";
    let token = app.manager_token(scopes).await;
    let begin = ("POST", "/api/v2/jobs/users-exports");
    let job = app.call_with(begin, Some(&token), &serde_json::json!({})).await.text("id");
    while app.app.accounts.work_on_jobs().await.unwrap() {}
    let path = format!("/api/v2/jobs/{job}");
    let file = app.call("GET", &format!("{path}/download"), Some(&token)).await;
    assert_eq!(file.status, 200, "{file:?}");
    assert_eq!(app.call("DELETE", &path, Some(&token)).await.status, 204);
    for secret in whole_life(app, &token).await {
        seen.add("webhook's secret", secret);
    }
    seen.add("manager's token", token);
}
