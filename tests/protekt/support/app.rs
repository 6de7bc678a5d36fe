//! The whole provider in memory, on each engine, with a clock that tests move.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use protekt::accounts::operator::NewUser;
use protekt::accounts::{AccountSettings, Giver};
use protekt::clock::{Clock, FixedClock, Timestamp};
use protekt::delivery::{
    Bell, Delivery, DeliverySettings, SmsTransport, Transport, WebhookClient, Webhooks, Words,
};
use protekt::domain::client::{AuthMethod, ClientKind};
use protekt::domain::second_factor::{FactorKind, FactorPolicy};
use protekt::domain::user::User;
use protekt::domain::{ClientId, PlainToken};
use protekt::http::metrics::Monitoring;
use protekt::http::{AllowedOrigins, App, HttpSettings, router};
use protekt::oauth::ProviderSettings;
use protekt::oauth::clients::{NewClient, register};
use protekt::texts::Locale;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::answer::Answer;
use super::app_parts::{accounts, http_settings, provider};
use super::browser::Browser;
use super::keys;
use super::stores::{TestStore, stores};

/// Where time begins.
pub const START: Timestamp = Timestamp(1_800_000_000);
/// The issuer of every test.
pub const ISSUER: &str = "https://id.example.com/";
/// The password of every person.
pub const PASSWORD: &str = "walnut-harbour-97";
/// The secret of every confidential client.
pub const SECRET: &str = "ptk_cs_0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
/// A PKCE verifier, and below its challenge (RFC 7636 Appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The S256 challenge of [`VERIFIER`].
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The provider on one engine.
pub struct TestApp {
    /// For messages.
    pub engine: &'static str,
    /// What handlers reach.
    pub app: App,
    /// The time.
    pub clock: Arc<FixedClock>,
    /// Sends mail into [`Self::mails`].
    pub delivery: Delivery,
    router: Router,
    /// The store; the same as in `app`.
    pub store: TestStore,
    mail_folder: TempDir,
}

/// What a test wants otherwise than usual.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    /// Seconds during which a spent refresh token gets its successor again.
    pub refresh_overlap: i64,
    /// Whether an address must be verified.
    pub email_verification: bool,
    /// Whether the limits on tries are so high that they are never met.
    pub unlimited_tries: bool,
    /// What is asked of people beside their password.
    pub factor_policy: FactorPolicy,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            refresh_overlap: 10,
            email_verification: true,
            unlimited_tries: false,
            factor_policy: FactorPolicy::Optional,
        }
    }
}

/// The provider on each engine, with nobody and nothing in it but keys.
pub async fn apps() -> Vec<TestApp> {
    apps_with(Wishes::default()).await
}

/// The same, with wishes.
pub async fn apps_with(wishes: Wishes) -> Vec<TestApp> {
    let mut apps = Vec::new();
    for store in stores().await {
        apps.push(TestApp::over(store, wishes).await);
    }
    apps
}

impl TestApp {
    /// A provider over a store; several over one store are several instances.
    pub async fn over(store: TestStore, wishes: Wishes) -> Self {
        let clock = Arc::new(FixedClock::new(START));
        Self::over_with_clock(store, wishes, clock).await
    }

    /// The same with a given clock.
    pub async fn over_with_clock(store: TestStore, wishes: Wishes, clock: Arc<FixedClock>) -> Self {
        let kek = keys::plant(&store).await;
        let dyn_clock: Arc<dyn Clock> = Arc::<FixedClock>::clone(&clock);
        let bell = Bell::default();
        let accounts = accounts(&store, kek, &dyn_clock, &bell, wishes);
        let provider = provider(&store, (kek, &bell), &dyn_clock, wishes).await;
        let mail_folder = tempfile::tempdir().unwrap();
        let delivery = Delivery {
            store: store.store.clone(),
            clock: dyn_clock,
            kek: Arc::clone(kek),
            renderer: Arc::new(Words {
                brand: "Example ID".to_owned(),
                host: "id.example.com".to_owned(),
                default_language: Locale::English,
            }),
            transport: Arc::new(Transport::Folder(mail_folder.path().to_owned())),
            sms: Arc::new(SmsTransport::Folder(mail_folder.path().to_owned())),
            settings: DeliverySettings {
                from: "Example ID <no-reply@id.example.com>".parse().unwrap(),
                host: "id.example.com".to_owned(),
                patience: protekt::delivery::PATIENCE,
            },
            bell,
        };
        let app = App {
            provider,
            accounts,
            key_encryption_key: Arc::clone(kek),
            webhooks: WebhookClient::new(&["127.0.0.1/32".parse().unwrap()]).unwrap(),
            settings: Arc::new(http_settings()),
            origins: AllowedOrigins::default(),
            monitoring: Monitoring::default(),
            started_at: START,
        };
        let router = router(app.clone());
        Self { engine: store.engine, app, clock, delivery, router, store, mail_folder }
    }

    /// Tells events to webhooks at this machine.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks {
            store: self.store.store.clone(),
            clock: Arc::clone(&self.app.provider.clock),
            kek: Arc::clone(&self.app.key_encryption_key),
            client: self.app.webhooks.clone(),
        }
    }

    /// The same where no mail can be sent.
    pub fn without_mail(mut self) -> Self {
        let mut accounts = (*self.app.accounts.settings).clone();
        accounts.sends_mail = false;
        accounts.factors.offered.retain(|kind| *kind != FactorKind::Email);
        let mut pages = (*self.app.settings).clone();
        pages.reset_minutes = None;
        self.app.accounts.settings = Arc::new(accounts);
        self.app.provider.notices.sends_mail = false;
        self.app.settings = Arc::new(pages);
        self.delivery.transport = Arc::new(Transport::Unconfigured);
        self.router = router(self.app.clone());
        self
    }

    /// The same with other settings of the provider.
    pub fn with_settings(mut self, change: impl FnOnce(&mut ProviderSettings)) -> Self {
        let mut settings = (*self.app.provider.settings).clone();
        change(&mut settings);
        self.app.provider.settings = Arc::new(settings);
        self.router = router(self.app.clone());
        self
    }

    /// The same with other settings of what people do.
    pub fn with_accounts(mut self, change: impl FnOnce(&mut AccountSettings)) -> Self {
        let mut settings = (*self.app.accounts.settings).clone();
        change(&mut settings);
        self.app.accounts.settings = Arc::new(settings);
        self.router = router(self.app.clone());
        self
    }

    /// The same with other settings of the wire.
    pub fn with_http(mut self, change: impl FnOnce(&mut HttpSettings)) -> Self {
        let mut settings = (*self.app.settings).clone();
        change(&mut settings);
        self.app.settings = Arc::new(settings);
        self.router = router(self.app.clone());
        self
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// Makes a verified account with [`PASSWORD`].
    pub async fn person(&self, email: &str) -> User {
        self.make_person(email, true).await
    }

    /// The same without a verified address.
    pub async fn unverified_person(&self, email: &str) -> User {
        self.make_person(email, false).await
    }

    async fn make_person(&self, email: &str, email_is_verified: bool) -> User {
        let new = NewUser {
            id: None,
            email: email.to_owned(),
            username: None,
            name: Some("Ada Okafor".to_owned()),
            password: Some(PASSWORD.into()),
            email_is_verified,
        };
        self.app.accounts.create_user(new).await.unwrap()
    }

    /// Registers a client; its secret, where it has one, is [`SECRET`].
    pub async fn client(&self, new: NewClient) -> ClientId {
        let now = self.clock.now();
        register(self.app.store(), new, ISSUER, (Giver::Operator, now)).await.unwrap().client.id
    }

    /// Registers the usual confidential third-party client: `notes`, back at
    /// `https://notes.example/cb`.
    pub async fn web_client(&self) -> ClientId {
        self.client(web_client("notes", "https://notes.example")).await
    }

    /// Registers the usual public client: `spa`, back at `https://spa.example/cb`.
    pub async fn public_client(&self) -> ClientId {
        let new = NewClient {
            id: Some("spa".into()),
            redirect_uris: vec!["https://spa.example/cb".to_owned()],
            post_logout_redirect_uris: vec!["https://spa.example/bye".to_owned()],
            ..NewClient::new("Single Page", ClientKind::Spa)
        };
        self.client(new).await
    }

    /// Sends one request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Sends a form to the token endpoint, with HTTP Basic where a secret is given.
    pub async fn token(&self, basic: Option<(&str, &str)>, fields: &[(&str, &str)]) -> Answer {
        let mut request = Request::post("/oauth/token")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some((id, secret)) = basic {
            let encoded = BASE64_STANDARD.encode(format!("{id}:{secret}"));
            request = request.header("authorization", format!("Basic {encoded}"));
        }
        self.send(request.body(Body::from(form(fields))).unwrap()).await
    }

    /// Exchanges a code of the usual confidential client.
    pub async fn exchange(&self, code: &str) -> Answer {
        self.token(Some(("notes", SECRET)), &exchange_fields(code)).await
    }

    /// Uses a refresh token of the usual confidential client.
    pub async fn refresh(&self, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(Some(("notes", SECRET)), &fields).await
    }

    /// Asks `/userinfo` with a bearer token.
    pub async fn userinfo(&self, token: &str) -> Answer {
        let request = Request::get("/userinfo").header("authorization", format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends what waits in the outbox and gives back every mail so far, the oldest first.
    pub async fn mails(&self) -> Vec<String> {
        let show = |mail: &mail_parser::Message<'_>| {
            let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address());
            format!(
                "To: {}\nSubject: {}\n\n{}",
                to.unwrap_or_default(),
                mail.subject().unwrap_or_default(),
                mail.body_text(0).unwrap_or_default()
            )
        };
        self.read_mails(show).await
    }

    /// Sends what waits in the outbox and gives back every SMS so far, its number first.
    pub async fn texts(&self) -> Vec<String> {
        self.delivery.deliver_due(1_000).await.unwrap();
        let files = std::fs::read_dir(self.mail_folder.path()).unwrap();
        let mut paths: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.to_string_lossy().ends_with(protekt::delivery::SMS_FILE_SUFFIX));
        paths.sort();
        let read = |path| {
            let sms: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            format!("To: {}\n\n{}", sms["to"].as_str().unwrap(), sms["text"].as_str().unwrap())
        };
        paths.into_iter().map(read).collect()
    }

    /// The HTML part of every mail so far.
    pub async fn html_mails(&self) -> Vec<String> {
        self.read_mails(|mail| mail.body_html(0).unwrap().into_owned()).await
    }

    async fn read_mails(&self, show: impl Fn(&mail_parser::Message<'_>) -> String) -> Vec<String> {
        self.delivery.deliver_due(1_000).await.unwrap();
        let mut paths: Vec<_> = std::fs::read_dir(self.mail_folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        paths.sort();
        let read = |path| {
            let bytes = std::fs::read(path).unwrap();
            show(&mail_parser::MessageParser::default().parse(&bytes).unwrap())
        };
        paths.into_iter().map(read).collect()
    }
}

/// The usual confidential third-party client at `origin`.
pub fn web_client(id: &str, origin: &str) -> NewClient {
    NewClient {
        id: Some(id.into()),
        owner: Some("Northwind Ltd".to_owned()),
        secret: Some(PlainToken::new(SECRET)),
        token_endpoint_auth_method: None::<AuthMethod>,
        redirect_uris: vec![format!("{origin}/cb")],
        post_logout_redirect_uris: vec![format!("{origin}/bye")],
        web_origins: vec![origin.to_owned()],
        ..NewClient::new("Northwind Notes", ClientKind::Web)
    }
}

/// The fields that exchange a code of the usual confidential client.
pub fn exchange_fields(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", "https://notes.example/cb"),
        ("code_verifier", VERIFIER),
    ]
}

/// The parameters of the usual authorization request, changed: a `None` takes one away.
pub fn authorize_url(changes: &[(&str, Option<&str>)]) -> String {
    let mut parameters = vec![
        ("client_id", "notes"),
        ("redirect_uri", "https://notes.example/cb"),
        ("response_type", "code"),
        ("scope", "openid profile email offline_access"),
        ("state", "st-1"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.extend(value.map(|value| (*name, value)));
    }
    format!("/oauth/authorize?{}", form(&parameters))
}

/// Form-encodes pairs.
pub fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The claims of a JWT, unverified.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The header of a JWT.
pub fn jwt_header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, place: usize) -> Value {
    let text = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}
