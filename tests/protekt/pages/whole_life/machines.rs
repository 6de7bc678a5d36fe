//! A machine's part of a whole life: an API, what it may ask there, and a token that it gives back.

use protekt::accounts::Giver;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::resource_servers::ResourceServerChange;

use super::Seen;
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
    app.ungrant("billing", at).await;
    let (store, now) = (&app.app.provider.store, app.app.provider.now());
    protekt::oauth::resource_servers::delete(store, ORDERS, (Giver::Operator, now)).await.unwrap();
}
