//! Accounts on a fixed clock, with cheap hashes, and a reader of the mails they cause.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use protekt::accounts::operator::NewUser;
use protekt::accounts::{
    AccountSettings, Accounts, FactorSettings, HashingCapacity, HashingCost, PasswordHasher,
    PasswordPolicy, SignIn, SignInRefusal, SignUp, SignUpOutcome, SignUpRefusal, SignedIn,
    VerificationSettings,
};
use protekt::clock::{FixedClock, Timestamp};
use protekt::delivery::{
    Bell, Delivery, DeliverySettings, MailTemplate, MessageParameters, MessageRenderer, Recipient,
    RenderError, Rendered, SmsTemplate, SmsTransport, Transport,
};
use protekt::domain::session::SessionLifetimes;
use protekt::domain::{PlainToken, Requester, TokenDigest};
use protekt::keys::KeyEncryptionKey;
use protekt::store::Store;
use protekt::throttle::ThrottleLimits;

/// The cheapest hash there is.
pub const CHEAP: HashingCost = HashingCost { memory: 8, iterations: 1, parallelism: 1 };
/// A password that the policy lets through.
pub const PASSWORD: &str = "SecurePass123";

/// A mail as a person gets it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub template: MailTemplate,
    pub recipient: String,
    pub code: String,
    pub link: PlainToken,
}

/// Keeps what it renders.
#[derive(Default)]
pub struct Letters(Mutex<Vec<Letter>>);

impl MessageRenderer for Letters {
    fn render(
        &self,
        template: MailTemplate,
        recipient: Recipient<'_>,
        parameters: &MessageParameters,
    ) -> Result<Rendered, RenderError> {
        let link = parameters.text("link");
        self.0.lock().unwrap().push(Letter {
            template,
            recipient: recipient.address.to_owned(),
            code: parameters.text("code").to_owned(),
            link: PlainToken::new(link.split("token=").last().unwrap()),
        });
        Ok(Rendered {
            subject: format!("{} for {}", template.as_str(), recipient.locale),
            text: format!(
                "Hello {},\n{} {link}\n",
                parameters.text("name"),
                parameters.text("code")
            ),
            html: format!("<p>{}</p>", parameters.text("code")),
        })
    }

    fn render_sms(
        &self,
        template: SmsTemplate,
        locale: &str,
        parameters: &MessageParameters,
    ) -> String {
        format!("{} for {locale}: {}", template.as_str(), parameters.text("code"))
    }
}

/// Everything a test of accounts needs.
pub struct World {
    pub accounts: Accounts,
    pub clock: Arc<FixedClock>,
    pub delivery: Delivery,
    pub letters: Arc<Letters>,
}

pub fn settings() -> AccountSettings {
    AccountSettings {
        brand: "Example ID".to_owned(),
        issuer: "https://id.example/".to_owned(),
        sign_up_is_allowed: true,
        email_verification_is_required: true,
        sessions: SessionLifetimes {
            idle: 86_400,
            absolute: 7 * 86_400,
            remembered_idle: 30 * 86_400,
            remembered_absolute: 90 * 86_400,
        },
        passwords: PasswordPolicy::default(),
        limits: ThrottleLimits::default(),
        verification: VerificationSettings::default(),
        password_reset_lifetime: 3_600,
        factors: FactorSettings::default(),
        sends_mail: true,
        recovery: None,
        tells_of_new_apps: true,
        password_reset_url: "https://id.example/password/reset".to_owned(),
    }
}

pub fn world(store: &Store) -> World {
    world_with(store, settings())
}

pub fn world_with(store: &Store, settings: AccountSettings) -> World {
    let clock = Arc::new(FixedClock::new(Timestamp(1_795_421_645)));
    let letters = Arc::new(Letters::default());
    let kek = Arc::new(KeyEncryptionKey::generate());
    let bell = Bell::default();
    let capacity = HashingCapacity { running: 4, waiting: 1_000 };
    let accounts = Accounts {
        store: store.clone(),
        clock: Arc::<FixedClock>::clone(&clock),
        kek: Arc::clone(&kek),
        hasher: PasswordHasher::new(CHEAP, capacity).unwrap(),
        bell: bell.clone(),
        relying_party: None,
        settings: Arc::new(settings),
    };
    let delivery = Delivery {
        store: store.clone(),
        clock: Arc::<FixedClock>::clone(&clock),
        kek,
        renderer: Arc::<Letters>::clone(&letters),
        transport: Arc::new(Transport::Console(Arc::new(Mutex::new(std::io::sink())))),
        sms: Arc::new(SmsTransport::Console(Arc::new(Mutex::new(std::io::sink())))),
        settings: DeliverySettings {
            from: "Example ID <no-reply@id.example>".parse().unwrap(),
            host: "id.example".to_owned(),
            patience: protekt::delivery::PATIENCE,
        },
        bell,
    };
    World { accounts, clock, delivery, letters }
}

pub fn from(ip: &str) -> Requester {
    let ip: IpAddr = ip.parse().unwrap();
    Requester { ip, user_agent: Some("Test/1".to_owned()), request_id: "r1".to_owned() }
}

pub fn browser(name: &str) -> TokenDigest {
    PlainToken::new(name).digest()
}

impl World {
    /// Sends what waits and gives the mails since the last time.
    pub async fn mail(&self) -> Vec<Letter> {
        self.delivery.deliver_due(1_000).await.unwrap();
        std::mem::take(&mut *self.letters.0.lock().unwrap())
    }

    pub async fn sign_up_as(&self, email: &str, ip: &str) -> Result<PlainToken, SignUpRefusal> {
        let form = SignUp {
            name: Some("Ada Lovelace".to_owned()),
            username: None,
            email: email.to_owned(),
            password: PASSWORD.into(),
            browser_digest: browser("first"),
            request_handle: Some(PlainToken::new("request")),
            locale: "en".to_owned(),
        };
        match self.accounts.sign_up(form, &from(ip)).await? {
            SignUpOutcome::Verify(handle) => Ok(handle.0),
            SignUpOutcome::Ready => Ok(PlainToken::new("ready")),
        }
    }

    /// Signs up and verifies.
    pub async fn person(&self, email: &str) {
        let handle = self.sign_up_as(email, "192.0.2.1").await.unwrap();
        let mails = self.mail().await;
        let code = mails.into_iter().find(|mail| mail.recipient == email).unwrap().code;
        let first = browser("first");
        self.accounts.enter_code(&handle, &code, &first, &from("192.0.2.1")).await.unwrap();
    }

    /// Made by an operator who does not know whether the address is this person's.
    pub async fn unverified_person(&self, email: &str) {
        let new = NewUser {
            id: None,
            email: email.to_owned(),
            username: None,
            name: None,
            password: Some(PASSWORD.into()),
            email_is_verified: false,
        };
        self.accounts.create_user(new).await.unwrap();
    }

    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        ip: &str,
    ) -> Result<SignedIn, SignInRefusal> {
        let form = SignIn {
            tells_unclaimed: false,
            login: login.to_owned(),
            password: password.into(),
            remember: false,
            browser_digest: None,
            trust_digest: None,
        };
        let admission = self.accounts.sign_in(form, &from(ip)).await?;
        Ok(admission.signed_in().unwrap())
    }

    /// One number out of the database.
    pub async fn count(&self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &self.accounts.store {
            Store::Sqlite { readers, .. } => {
                sqlx::query_scalar(sql).fetch_one(readers).await.unwrap()
            }
            Store::Postgres { pool, .. } => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
        }
    }
}
