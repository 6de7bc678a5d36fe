//! What a new data folder begins with: two people and the demo app.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::super::CliError;
use super::super::rooms::{self, NewPerson};
use super::folder::DataFolder;
use super::memorable;
use crate::accounts::Giver;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::client::{AuthMethod, Client, ClientKind};
use crate::domain::token::CLIENT_SECRET_PREFIX;
use crate::domain::{ClientId, JsonList, PlainToken};
use crate::oauth::clients::{NewClient, register};
use crate::random;
use crate::store::{Store, clients};

/// The demo app's fixed id.
pub(super) const DEMO_CLIENT_ID: &str = "demo-app";

/// Fixed ids, addresses and names of the people.
const PEOPLE: [(&str, &str, &str); 2] = [
    ("01DEV0ADA00000000000000000", "ada@example.com", "Ada Lovelace"),
    ("01DEV0GRACE000000000000000", "grace@example.com", "Grace Hopper"),
];

/// Where everything is, by the port.
pub(super) struct Urls {
    pub(super) issuer: String,
    pub(super) demo: String,
    pub(super) demo_port: u16,
}

impl Urls {
    pub(super) fn new(port: u16) -> Self {
        let demo_port = port.saturating_add(1);
        Self {
            issuer: format!("http://localhost:{port}/"),
            demo: format!("http://localhost:{demo_port}/"),
            demo_port,
        }
    }
}

/// What is made up at the first start and kept.
pub(super) struct Seeds {
    pub(super) people: Vec<SeededPerson>,
    pub(super) client_secret: SecretString,
}

/// A person with a password that a stranger can type.
pub(super) struct SeededPerson {
    id: &'static str,
    pub(super) email: &'static str,
    name: &'static str,
    pub(super) password: SecretString,
}

#[derive(Deserialize)]
struct Kept {
    passwords: Vec<SecretString>,
    client_secret: SecretString,
}

impl Seeds {
    /// Reads what an earlier start made up, or makes it up.
    pub(super) fn open(folder: &DataFolder) -> Result<Self, CliError> {
        let path = folder.secrets();
        let fault = |source| CliError::file(&path, source);
        let kept = match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(io::Error::from).map_err(fault)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let kept = Kept::make_up();
                kept.write_new(&path).map_err(fault)?;
                kept
            }
            Err(error) => return Err(fault(error)),
        };
        let people = PEOPLE.into_iter().zip(kept.passwords);
        Ok(Self {
            people: people
                .map(|((id, email, name), password)| SeededPerson { id, email, name, password })
                .collect(),
            client_secret: kept.client_secret,
        })
    }

    /// Makes the accounts and the demo app where they are missing.
    pub(super) async fn plant(
        &self,
        config: &Config,
        store: &Store,
        urls: &Urls,
    ) -> Result<(), CliError> {
        for person in &self.people {
            if rooms::has_person(store, person.id).await? {
                continue;
            }
            let new = NewPerson {
                id: Some(person.id),
                email: person.email.to_owned(),
                name: Some(person.name.to_owned()),
                username: None,
                is_verified: true,
                password: person.password.clone(),
            };
            rooms::create_person(config, store, new).await?;
        }
        self.plant_client(store, urls).await
    }

    async fn plant_client(&self, store: &Store, urls: &Urls) -> Result<(), CliError> {
        let now = SystemClock.now();
        let secret = PlainToken::new(self.client_secret.expose_secret());
        let redirect_uris = vec![format!("{}callback", urls.demo)];
        let post_logout_redirect_uris = vec![format!("{}signed-out", urls.demo)];
        let id = ClientId::from(DEMO_CLIENT_ID);
        let mut tx = store.begin().await?;
        let Some(found) = clients::find(&mut tx, &id).await? else {
            drop(tx);
            let new = NewClient {
                id: Some(id),
                owner: Some("Northwind".to_owned()),
                secret: Some(secret),
                token_endpoint_auth_method: Some(AuthMethod::ClientSecretBasic),
                redirect_uris,
                post_logout_redirect_uris,
                ..NewClient::new("Northwind Notes", ClientKind::Web)
            };
            register(store, new, &urls.issuer, (Giver::Operator, now)).await?;
            return Ok(());
        };
        // Another --port moves the app; what people changed of it stays.
        let moved = Client {
            secret_digest: Some(secret.digest()),
            redirect_uris: JsonList(redirect_uris),
            post_logout_redirect_uris: JsonList(post_logout_redirect_uris),
            ..found.clone()
        };
        if moved != found {
            clients::update(&mut tx, &Client { updated_at: now, ..moved }).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

impl Kept {
    fn make_up() -> Self {
        Self {
            passwords: PEOPLE.map(|_| memorable::password()).into(),
            client_secret: random::secret(CLIENT_SECRET_PREFIX),
        }
    }

    fn write_new(&self, path: &Path) -> io::Result<()> {
        let passwords: Vec<&str> = self.passwords.iter().map(ExposeSecret::expose_secret).collect();
        let text = serde_json::json!({
            "passwords": passwords,
            "client_secret": self.client_secret.expose_secret(),
        });
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        writeln!(file, "{text:#}")?;
        file.sync_all()
    }
}
