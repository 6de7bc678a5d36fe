//! Configuration: `protekt.toml`, then `.env` and the environment, each setting typed and checked.
//!
//! 1. `file` and `environment` turn both into entries `section.key = value`; the environment wins.
//! 2. Each section reads its keys through `Reader`, which knows afterwards which keys exist.
//! 3. What nobody read is refused with the nearest key that exists.
//! 4. Each section checks itself (`validate`). Every problem is told at once.
//! 5. [`Config::check_production`] says what must not be so where strangers come.

pub mod accounts;
pub mod api;
pub mod audit;
pub mod authentication_api;
pub mod database;
pub mod email;
mod environment;
mod error;
mod file;
pub mod keys;
pub mod log;
pub mod metrics;
pub mod production;
mod reader;
pub mod recovery;
pub mod second_factors;
pub mod server;
mod service_url;
pub mod sessions;
pub mod sms;
pub mod throttle;
pub mod tokens;
mod value;
pub mod webhooks;
mod well_known;

pub use error::ConfigError;
pub use production::Unsafe;

use std::path::{Path, PathBuf};

use accounts::Accounts;
use api::Api;
use audit::Audit;
use authentication_api::AuthenticationApi;
use database::Database;
use email::Email;
use keys::Keys;
use log::Log;
use metrics::Metrics;
use reader::{Reader, SecretPlace};
use recovery::Recovery;
use second_factors::{Method, Policy, SecondFactors};
use server::Server;
use sessions::Sessions;
use sms::Sms;
use throttle::Throttle;
use tokens::Tokens;
use webhooks::Webhooks;

/// The file that is read where none is named and it exists.
pub const DEFAULT_FILE: &str = "protekt.toml";

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where and how requests are taken.
    pub server: Server,
    /// Where the data lies.
    pub database: Database,
    /// The key-encryption key and the signing keys.
    pub keys: Keys,
    /// Lifetimes of tokens, and what they tell.
    pub tokens: Tokens,
    /// Lifetimes of browser sessions.
    pub sessions: Sessions,
    /// What people may do, and what they read.
    pub accounts: Accounts,
    /// What holds for every JSON API.
    pub api: Api,
    /// Signing in by JSON.
    pub authentication_api: AuthenticationApi,
    /// What is asked of people beside their password.
    pub second_factors: SecondFactors,
    /// A way back for who lost every second factor.
    pub recovery: Recovery,
    /// How mail is sent.
    pub email: Email,
    /// The audit trail.
    pub audit: Audit,
    /// How SMS are sent.
    pub sms: Sms,
    /// What is logged, and where.
    pub log: Log,
    /// What monitors are told, and where.
    pub metrics: Metrics,
    /// Limits on tries.
    pub throttle: Throttle,
    /// Telling events elsewhere.
    pub webhooks: Webhooks,
    /// What the operator should know: accepted settings that do nothing.
    pub notes: Vec<String>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    secrets: Vec<SecretPlace>,
}

impl Config {
    /// Reads the file at `path` and the environment `env`, in which a later name overrides an
    /// earlier one.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or with everything that is wrong in it.
    pub fn load(
        path: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader::default();
        if let Some(path) = path {
            let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
                path: path.display().to_string(),
                source,
            })?;
            file::read(&mut reader, &path.display().to_string(), &text);
        }
        environment::read(&mut reader, env);
        let mut config = Self::from_reader(&mut reader);
        config.file = path.map(Path::to_path_buf);
        reader.refuse_unknown();
        for problem in config.validate() {
            reader.problem(problem);
        }
        if reader.problems.is_empty() {
            config.notes = reader.notes;
            config.secrets = reader.secrets;
            Ok(config)
        } else {
            Err(ConfigError::Invalid(reader.problems))
        }
    }

    fn from_reader(reader: &mut Reader) -> Self {
        Self {
            server: Server::read(&mut reader.section("server")),
            database: Database::read(&mut reader.section("database")),
            keys: Keys::read(&mut reader.section("keys")),
            tokens: Tokens::read(&mut reader.section("tokens")),
            sessions: Sessions::read(&mut reader.section("sessions")),
            accounts: Accounts::read(&mut reader.section("accounts")),
            api: Api::read(&mut reader.section("api")),
            authentication_api: AuthenticationApi::read(&mut reader.section("authentication_api")),
            second_factors: SecondFactors::read(&mut reader.section("second_factors")),
            recovery: Recovery::read(&mut reader.section("recovery")),
            email: Email::read(&mut reader.section("email")),
            audit: Audit::read(&mut reader.section("audit")),
            sms: Sms::read(&mut reader.section("sms")),
            log: Log::read(&mut reader.section("log")),
            metrics: Metrics::read(&mut reader.section("metrics")),
            throttle: Throttle::read(&mut reader.section("throttle")),
            webhooks: Webhooks::read(&mut reader.section("webhooks")),
            notes: Vec::new(),
            file: None,
            secrets: Vec::new(),
        }
    }

    fn check_neutral_sign_up(&self) -> Vec<String> {
        if self.authentication_api.neutral_sign_up && !self.accounts.email_verification {
            return vec![
                "authentication_api.neutral_sign_up needs accounts.email_verification: whoever signs up \
                 and then in would see without it whether the address was registered before"
                    .to_owned(),
            ];
        }
        Vec::new()
    }

    fn check_verification(&self) -> Vec<String> {
        if self.email.provider == email::Provider::None && self.accounts.email_verification {
            return vec![
                "without mail (email.provider = \"none\") no address can be verified: set \
                 accounts.email_verification to false, or email.provider to \"smtp\""
                    .to_owned(),
            ];
        }
        Vec::new()
    }

    /// The methods of a second factor that cannot work here, each with what would change that.
    #[must_use]
    pub fn unworkable_methods(&self) -> Vec<(Method, &'static str)> {
        let missing = |method: &Method| match method {
            Method::Passkey if !self.server.has_name() => Some(
                "a passkey needs a name to be bound to, and server.issuer is an IP address: give \
                 server.issuer (PROTEKT_SERVER__ISSUER) a host name",
            ),
            Method::Sms if self.sms.provider == sms::Provider::None => {
                Some("no SMS can be sent: set sms.provider (SMS_PROVIDER) to \"twilio\"")
            }
            Method::Email if self.email.provider == email::Provider::None => Some(
                "no mail can be sent: set email.provider (EMAIL_PROVIDER) to \"smtp\" or \
                 \"sendgrid\"",
            ),
            Method::Passkey | Method::Totp | Method::Sms | Method::Email => None,
        };
        let methods = self.second_factors.methods.iter();
        methods.filter_map(|method| missing(method).map(|missing| (*method, missing))).collect()
    }

    /// Whoever is led to set up a second factor must find one that works.
    fn check_second_factors(&self) -> Vec<String> {
        let factors = &self.second_factors;
        let unworkable = self.unworkable_methods();
        let is_required = factors.policy == Policy::Required;
        if unworkable.is_empty()
            || !(factors.names_methods() && is_required) && unworkable.len() < factors.methods.len()
        {
            return Vec::new();
        }
        let why =
            if is_required { "though a second factor is required" } else { "and no other does" };
        unworkable
            .into_iter()
            .map(|(method, missing)| {
                format!(
                    "second_factors.methods names \"{}\", which cannot work here, {why}: {missing}, \
                     or name others in second_factors.methods",
                    method.as_str()
                )
            })
            .collect()
    }

    fn check_recovery(&self) -> Vec<String> {
        if self.email.provider == email::Provider::None && self.recovery.enabled {
            return vec![
                "the way back for who lost every second factor goes by mail: set recovery.enabled \
                 to false, or email.provider to \"smtp\""
                    .to_owned(),
            ];
        }
        Vec::new()
    }

    fn validate(&self) -> Vec<String> {
        [
            self.server.validate(),
            self.database.validate(),
            self.keys.validate(),
            self.tokens.validate(),
            self.sessions.validate(),
            self.accounts.validate(),
            self.second_factors.validate(),
            self.recovery.validate(),
            self.email.validate(),
            self.check_recovery(),
            self.sms.validate(),
            self.metrics.validate(),
            self.check_verification(),
            self.check_neutral_sign_up(),
            self.check_second_factors(),
        ]
        .concat()
    }
}

/// Every key that exists, as `section.key`.
#[must_use]
pub fn known_keys() -> Vec<String> {
    let mut reader = Reader::default();
    drop(Config::from_reader(&mut reader));
    reader.known.into_iter().map(|(section, key)| format!("{section}.{key}")).collect()
}

/// Every name of an environment variable that sets something beside `PROTEKT_SECTION__KEY`.
#[must_use]
pub fn plain_names() -> Vec<&'static str> {
    environment::plain_names().collect()
}

#[cfg(test)]
mod tests;
