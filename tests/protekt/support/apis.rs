//! APIs, and clients that may ask them.

use axum::body::Body;
use axum::http::Request;
use protekt::accounts::{Giver, NewRole, PermissionChange};
use protekt::clock::Clock as _;
use protekt::domain::client::ClientKind;
use protekt::domain::client_grant::SubjectType;
use protekt::domain::permission::Permission;
use protekt::domain::resource_server::{ApiScope, ResourceServer};
use protekt::domain::{ClientId, PlainToken};
use protekt::oauth::client_grants::GrantWish;
use protekt::oauth::clients::NewClient;
use protekt::oauth::resource_servers::{
    NewResourceServer, ResourceServerChange, ResourceServerProblem,
};

use super::answer::Answer;
use super::app::{SECRET, TestApp, form};

/// The API of most tests.
pub const ORDERS: &str = "https://orders.example/";
/// Another one.
pub const BILLS: &str = "https://bills.example/";

/// Permissions, each an API and a scope.
pub fn permissions(list: &[(&str, &str)]) -> Vec<Permission> {
    let permission =
        |&(api, scope): &(&str, &str)| Permission { api: api.to_owned(), scope: scope.to_owned() };
    list.iter().map(permission).collect()
}

impl TestApp {
    /// Registers an API with `read`, "See it", and `write`, "Change it".
    pub async fn api(&self, identifier: &str, name: &str) -> ResourceServer {
        let scope = |value: &str, description: &str, changes| ApiScope {
            value: value.to_owned(),
            description: description.to_owned(),
            changes,
        };
        let new = NewResourceServer {
            identifier: identifier.to_owned(),
            name: name.to_owned(),
            scopes: vec![scope("read", "See it", false), scope("write", "Change it", true)],
            access_token_lifetime: None,
            permissions_required: false,
            introspectors: Vec::new(),
        };
        let (store, issuer) = (&self.app.provider.store, &self.app.provider.settings.issuer);
        let by = (Giver::Operator, self.clock.now());
        let made = protekt::oauth::resource_servers::register(store, new, issuer, by);
        made.await.unwrap()
    }

    /// Changes an API.
    pub async fn change_api(&self, identifier: &str, change: ResourceServerChange) {
        let store = &self.app.provider.store;
        let by = (Giver::Operator, self.clock.now());
        let change = (change, |_: &_, _: &[_]| true);
        protekt::oauth::resource_servers::update(store, identifier, change, by).await.unwrap();
    }

    /// Gives a role permissions, each an API and a scope.
    pub async fn permit_role(&self, role: &str, given: &[(&str, &str)]) {
        let change = PermissionChange { add: permissions(given), ..PermissionChange::default() };
        self.app.accounts.change_role_permissions(role, &change).await.unwrap();
    }

    /// Takes permissions from a role.
    pub async fn forbid_role(&self, role: &str, taken: &[(&str, &str)]) {
        let change = PermissionChange { remove: permissions(taken), ..PermissionChange::default() };
        self.app.accounts.change_role_permissions(role, &change).await.unwrap();
    }

    /// Gives a person permissions of their own.
    pub async fn permit(&self, login: &str, given: &[(&str, &str)]) {
        let change = PermissionChange { add: permissions(given), ..PermissionChange::default() };
        self.app.accounts.change_user_permissions(login, &change).await.unwrap();
    }

    /// Takes permissions of their own from a person.
    pub async fn forbid(&self, login: &str, taken: &[(&str, &str)]) {
        let change = PermissionChange { remove: permissions(taken), ..PermissionChange::default() };
        self.app.accounts.change_user_permissions(login, &change).await.unwrap();
    }

    /// Makes the role, where there is none of this name, and gives it to a person.
    pub async fn give_role(&self, login: &str, role: &str) {
        let new = NewRole { name: role.to_owned(), ..NewRole::default() };
        if self.app.accounts.role(role).await.is_err() {
            self.app.accounts.create_role(new).await.unwrap();
        }
        self.app.accounts.change_roles(login, &[role.to_owned()], &[]).await.unwrap();
    }

    /// Takes a role from a person.
    pub async fn take_role(&self, login: &str, role: &str) {
        self.app.accounts.change_roles(login, &[], &[role.to_owned()]).await.unwrap();
    }

    /// Lets people have what apps get for them at the API only as permissions, or not.
    pub async fn require_permissions(&self, identifier: &str, are_required: bool) {
        let permissions_required = Some(are_required);
        let change = ResourceServerChange { permissions_required, ..Default::default() };
        self.change_api(identifier, change).await;
    }

    /// Lets the clients ask what tokens for the API are worth.
    pub async fn introspectors(&self, identifier: &str, clients: &[&str]) {
        let change = ResourceServerChange {
            add_introspectors: clients.iter().map(|&id| ClientId::from(id)).collect(),
            ..ResourceServerChange::default()
        };
        self.change_api(identifier, change).await;
    }

    /// Registers a machine with the usual secret.
    pub async fn machine(&self, id: &str) -> ClientId {
        let new = NewClient {
            id: Some(id.into()),
            secret: Some(PlainToken::new(SECRET)),
            ..NewClient::new("Billing", ClientKind::Machine)
        };
        self.client(new).await
    }

    /// Lets a client ask an API for `scopes`.
    pub async fn grant(
        &self,
        client: &str,
        (identifier, subject_type): (&str, SubjectType),
        scopes: &str,
    ) -> Result<(), ResourceServerProblem> {
        let wish = GrantWish {
            client_id: client.into(),
            identifier: identifier.to_owned(),
            subject_type,
            scopes: Some(scopes.parse().unwrap()),
        };
        let store = &self.app.provider.store;
        protekt::oauth::client_grants::grant(store, wish, (Giver::Operator, self.clock.now()))
            .await
            .map(|_| ())
    }

    /// Takes away what a client may ask an API for itself.
    pub async fn ungrant(&self, client: &str, (identifier, subject): (&str, SubjectType)) {
        let store = &self.app.provider.store;
        let (id, by) = (ClientId::from(client), (Giver::Operator, self.clock.now()));
        let at = (identifier, subject);
        protekt::oauth::client_grants::revoke_grant(store, &id, at, by).await.unwrap();
    }

    /// Asks for a token of a machine's own.
    pub async fn machine_token(&self, client: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("grant_type", "client_credentials")], fields].concat();
        self.token(Some((client, SECRET)), &fields).await
    }

    /// Sends a form to one of the other endpoints for clients.
    pub async fn ask(
        &self,
        path: &str,
        basic: Option<(&str, &str)>,
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        if let Some((id, secret)) = basic {
            use base64::Engine as _;
            let text = base64::prelude::BASE64_STANDARD.encode(format!("{id}:{secret}"));
            request = request.header("authorization", format!("Basic {text}"));
        }
        self.send(request.body(Body::from(form(fields))).unwrap()).await
    }

    /// What a token is worth to a client.
    pub async fn introspect(&self, client: &str, token: &str) -> serde_json::Value {
        let basic = Some((client, SECRET));
        let answer = self.ask("/oauth/introspect", basic, &[("token", token)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
        answer.json()
    }
}
