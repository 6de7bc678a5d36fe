//! Puts the rooms together: what the operator decided becomes plain values.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::thread::available_parallelism;

use ipnet::IpNet;
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use super::development::Place;
use super::{CliError, transports};
use crate::accounts::{
    AccountSettings, Accounts, AppNotices, FactorSettings, HashingCapacity, HashingCost,
    PasswordHasher, PasswordPolicy, RecoverySettings, RelyingParty, VerificationSettings,
};
use crate::audit::Sealer;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::config::email::Provider as MailProvider;
use crate::config::second_factors::{Method, Policy};
use crate::config::sms::Provider as SmsProvider;
use crate::config::throttle::Rate;
use crate::delivery::{
    Bell, Delivery, DeliverySettings, PATIENCE, SenderAddress, SmsTransport, Transport,
    UnusableSenderAddress, WebhookClient, Webhooks, Words,
};
use crate::domain::PlainToken;
use crate::domain::second_factor::{FactorKind, FactorPolicy};
use crate::domain::session::SessionLifetimes;
use crate::http::metrics::Monitoring;
use crate::http::serve::App as Router;
use crate::http::views::Links;
use crate::http::{self, AllowedOrigins, ApiDocs, App, Development, HttpSettings, Places};
use crate::jobs::Jobs;
use crate::keys::{KeyEncryptionKey, KeyRing, KeySchedule};
use crate::oauth::authentication_api::plant_default_client;
use crate::oauth::management_api;
use crate::oauth::{Provider, ProviderSettings};
use crate::store::Store;
use crate::throttle::{Limit, SmsLimits, ThrottleLimits};

/// How long a request waits for a person, in seconds.
const REQUEST_LIFETIME: i64 = 60 * 60;
/// Sign-ins that may wait for each one that is being checked.
const WAITING_FOR_EACH_CORE: usize = 32;

/// Everything that serves, and what goes on beside it.
pub(super) struct Assembled {
    pub(super) router: Router,
    /// What answers monitors at an address of their own.
    pub(super) metrics: Router,
    pub(super) jobs: Jobs,
}

/// What serving opens besides the database and the key: before either is made, so that a start that
/// is refused leaves nothing behind. `doctor` opens the same.
pub(super) struct Outside {
    places: Places,
    from: SenderAddress,
    mail: Transport,
    sms: SmsTransport,
}

impl Outside {
    /// Opens all of it.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub(super) fn open(config: &Config) -> Result<Self, CliError> {
        Ok(Self {
            places: places(config)?,
            from: sender(config)?,
            mail: transports::mail(&config.email)?,
            sms: transports::sms(&config.sms)?,
        })
    }
}

/// What is needed of the outside to put the rooms together.
pub(super) struct Base<'config> {
    pub(super) config: &'config Config,
    pub(super) store: Store,
    pub(super) key: Arc<KeyEncryptionKey>,
}

impl Base<'_> {
    /// The provider and its jobs; `place` is set where this is a development server.
    pub(super) async fn assemble(
        &self,
        outside: Outside,
        place: Option<&Place>,
    ) -> Result<Assembled, CliError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let bell = Bell::default();
        let issuer = &self.config.server.issuer;
        management_api::plant(&self.store, issuer, clock.now()).await?;
        if self.config.authentication_api.enabled {
            plant_default_client(&self.store, issuer, clock.now()).await?;
        }
        let accounts = self.accounts(bell.clone())?;
        let provider = Provider {
            store: self.store.clone(),
            clock: Arc::clone(&clock),
            keys: self.keys().await?,
            notices: AppNotices {
                kek: Arc::clone(&self.key),
                bell: bell.clone(),
                issuer: self.config.server.issuer.clone(),
                sends_mail: self.sends_mail(),
            },
            settings: Arc::new(self.provider_settings()),
        };
        let Outside { places, from, mail, sms } = outside;
        let host = host_of(&self.config.server.issuer);
        let delivery = Delivery {
            store: self.store.clone(),
            clock: Arc::clone(&clock),
            kek: Arc::clone(&self.key),
            renderer: Arc::new(Words {
                brand: self.config.accounts.brand_name.clone(),
                host: host.clone(),
                default_language: self.config.accounts.default_language,
            }),
            transport: Arc::new(mail),
            sms: Arc::new(sms),
            settings: DeliverySettings { from, host, patience: PATIENCE },
            bell,
        };
        let webhooks = self.webhooks(&clock, place.is_some())?;
        let jobs_accounts = accounts.clone();
        let app = App {
            provider: provider.clone(),
            accounts,
            key_encryption_key: Arc::clone(&self.key),
            webhooks: webhooks.client.clone(),
            settings: Arc::new(self.http_settings(places, place)),
            origins: AllowedOrigins::default(),
            monitoring: Monitoring::for_bearer(self.monitor_token().as_ref()),
            started_at: clock.now(),
        };
        let sealer = Sealer::new(self.store.clone(), self.key.chain_key());
        let audit_retention = self.config.audit.retention;
        let accounts = jobs_accounts;
        let jobs = Jobs { delivery, webhooks, accounts, provider, sealer, audit_retention };
        let metrics = http::routes::monitors(app.clone());
        Ok(Assembled { router: http::router(app), metrics, jobs })
    }

    /// Tells events to webhooks: on this machine, too, where this is a development server.
    fn webhooks(&self, clock: &Arc<dyn Clock>, is_development: bool) -> Result<Webhooks, CliError> {
        let mut allowed = self.config.webhooks.allowed_networks.clone();
        if is_development {
            let this_machine = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
            allowed.extend(this_machine.map(IpNet::from));
        }
        let client = WebhookClient::new(&allowed);
        Ok(Webhooks {
            store: self.store.clone(),
            clock: Arc::clone(clock),
            kek: Arc::clone(&self.key),
            client: client.map_err(|error| CliError::told(error.to_string()))?,
        })
    }

    fn monitor_token(&self) -> Option<PlainToken> {
        let token = self.config.metrics.token.as_ref()?;
        Some(PlainToken::new(token.expose_secret()))
    }

    /// What people do, without the rest.
    pub(super) fn accounts(&self, bell: Bell) -> Result<Accounts, CliError> {
        let config = self.config;
        let running = available_parallelism().map_or(1, std::num::NonZero::get);
        let capacity =
            HashingCapacity { running, waiting: running.saturating_mul(WAITING_FOR_EACH_CORE) };
        let hasher = PasswordHasher::new(HashingCost::default(), capacity)
            .map_err(|error| CliError::told(error.to_string()))?;
        let settings = AccountSettings {
            brand: config.accounts.brand_name.clone(),
            issuer: config.server.issuer.clone(),
            sign_up_is_allowed: config.accounts.sign_up,
            email_verification_is_required: config.accounts.email_verification,
            sessions: SessionLifetimes {
                idle: config.sessions.idle,
                absolute: config.sessions.absolute,
                remembered_idle: config.sessions.remembered_idle,
                remembered_absolute: config.sessions.remembered_absolute,
            },
            passwords: PasswordPolicy {
                least_characters: config.accounts.password_min_length,
                leaked_ones_have_to_go: config.accounts.replace_leaked_passwords,
            },
            limits: self.limits(),
            verification: VerificationSettings::default(),
            password_reset_lifetime: config.accounts.password_reset_lifetime,
            factors: self.factor_settings(),
            sends_mail: self.sends_mail(),
            recovery: config.recovery.enabled.then(|| RecoverySettings {
                text: config.recovery.text.clone(),
                contact: config.recovery.contact.clone(),
                delay: config.recovery.delay,
            }),
            tells_of_new_apps: config.email.notify_app_access,
            password_reset_url: config
                .accounts
                .password_reset_url
                .clone()
                .unwrap_or_else(|| format!("{}password/reset", config.server.issuer)),
        };
        let relying_party = RelyingParty::of(&config.server.issuer, &config.accounts.brand_name);
        Ok(Accounts {
            store: self.store.clone(),
            clock: Arc::new(SystemClock),
            kek: Arc::clone(&self.key),
            hasher,
            bell,
            relying_party: relying_party.map(Arc::new),
            settings: Arc::new(settings),
        })
    }

    /// The signing keys; those of a new installation are made here.
    pub(super) async fn keys(&self) -> Result<KeyRing, CliError> {
        let config = self.config;
        let schedule = KeySchedule {
            rotation_interval: config.keys.rotation_days.saturating_mul(24 * 60 * 60),
            jwks_max_age: config.keys.jwks_max_age,
            longest_token_lifetime: config.tokens.access.max(config.tokens.id),
        };
        let now = SystemClock.now();
        Ok(KeyRing::open(self.store.clone(), Arc::clone(&self.key), schedule, now).await?)
    }

    fn sends_mail(&self) -> bool {
        self.config.email.provider != MailProvider::None
    }

    /// What can be set up: a code by mail or SMS only where there is a way to send one.
    fn factor_settings(&self) -> FactorSettings {
        let config = &self.config.second_factors;
        let has_sms = self.config.sms.provider != SmsProvider::None;
        let offered = config.methods.iter().filter_map(|method| match method {
            Method::Passkey => Some(FactorKind::Passkey),
            Method::Totp => Some(FactorKind::Totp),
            Method::Sms => has_sms.then_some(FactorKind::Sms),
            Method::Email => self.sends_mail().then_some(FactorKind::Email),
        });
        FactorSettings {
            policy: match config.policy {
                Policy::Off => FactorPolicy::Off,
                Policy::Optional => FactorPolicy::Optional,
                Policy::Required => FactorPolicy::Required,
            },
            offered: offered.collect(),
            has_sms,
            totp_issuer: config
                .totp_issuer
                .clone()
                .unwrap_or_else(|| self.config.accounts.brand_name.clone()),
            backup_codes: config.backup_codes,
            trust_lifetime: config.trust,
            ..FactorSettings::default()
        }
    }

    fn limits(&self) -> ThrottleLimits {
        let limit = |rate: Rate| Limit::new(rate.most, rate.seconds);
        let rates = &self.config.throttle;
        ThrottleLimits {
            passwords_by_account_and_network: limit(rates.passwords_by_account_and_network),
            passwords_by_account: limit(rates.passwords_by_account),
            passwords_by_network: limit(rates.passwords_by_network),
            passwords_in_a_row: limit(rates.passwords_in_a_row),
            passwords_by_known_browser: limit(rates.passwords_by_known_browser),
            passwords_in_a_row_in_known_browsers: limit(rates.passwords_in_a_row_in_known_browsers),
            sign_ups_by_network: limit(rates.sign_ups_by_network),
            codes_by_network: limit(rates.codes_by_network),
            factors_by_account: limit(rates.factors_by_account),
            factors_by_account_and_day: limit(rates.factors_by_account_and_day),
            sends_by_network: limit(rates.sends_by_network),
            mails_by_address: limit(rates.mails_by_address),
            mails_by_account: limit(rates.mails_by_account),
            sms: SmsLimits {
                by_network: limit(rates.sms_by_network),
                by_account: limit(rates.sms_by_account),
                by_number: limit(rates.sms_by_number),
                by_unconfirmed_number: limit(rates.sms_by_unconfirmed_number),
                by_country: limit(rates.sms_by_country),
                hourly: limit(rates.sms_hourly),
                daily: limit(rates.sms_daily),
            },
            resets_by_address: limit(rates.resets_by_address),
            resets_by_address_and_day: limit(rates.resets_by_address_and_day),
            notices_by_address: limit(rates.notices_by_address),
            clients_by_network: limit(rates.clients_by_network),
            requests_by_network: limit(rates.requests_by_network),
            calls_by_client: limit(rates.calls_by_client),
        }
    }

    fn provider_settings(&self) -> ProviderSettings {
        let tokens = &self.config.tokens;
        ProviderSettings {
            issuer: self.config.server.issuer.clone(),
            access_token_lifetime: tokens.access,
            id_token_lifetime: tokens.id,
            code_lifetime: tokens.code,
            refresh_idle_lifetime: tokens.refresh_idle,
            refresh_absolute_lifetime: tokens.refresh_absolute,
            refresh_overlap: tokens.refresh_overlap,
            request_lifetime: REQUEST_LIFETIME,
            roles_claim: tokens.roles_claim.clone(),
            roles_in_id_token: tokens.roles_in_id_token,
            authentication_api: self.config.authentication_api.enabled,
            failed_clients_by_network: self.limits().clients_by_network,
        }
    }

    fn http_settings(&self, places: Places, place: Option<&Place>) -> HttpSettings {
        let config = self.config;
        let verification = VerificationSettings::default();
        let number = |seconds: i64, unit: i64| u32::try_from(seconds / unit).unwrap_or(u32::MAX);
        HttpSettings {
            brand: config.accounts.brand_name.clone(),
            links: Links {
                help: config.accounts.help_url.clone(),
                privacy: config.accounts.privacy_url.clone(),
                terms: config.accounts.terms_url.clone(),
            },
            trusted_proxies: config.server.trusted_proxies.clone(),
            body_limit: config.server.body_limit,
            request_timeout: config.server.request_timeout.as_secs(),
            sign_up_allowed: config.accounts.sign_up,
            authentication_api: config.authentication_api.enabled,
            api_docs: if config.api.docs { ApiDocs::Served } else { ApiDocs::Hidden },
            neutral_sign_up: config.authentication_api.neutral_sign_up,
            code_minutes: number(verification.code_lifetime, 60),
            link_hours: number(verification.link_lifetime, 60 * 60),
            reset_minutes: self
                .sends_mail()
                .then(|| number(config.accounts.password_reset_lifetime, 60)),
            password_min: u32::try_from(config.accounts.password_min_length).unwrap_or(u32::MAX),
            places,
            default_language: config.accounts.default_language,
            development: place.map(|place| Development {
                mail_folder: place.mail_folder.clone(),
                hosts: place.hosts(),
            }),
        }
    }
}

fn host_of(issuer: &str) -> String {
    let host = issuer.trim_end_matches('/').split_once("://").map_or("", |(_, host)| host);
    host.to_owned()
}

/// Runs the jobs until `stop` is cancelled.
pub(super) fn spawn_jobs(jobs: Jobs, stop: CancellationToken) -> tokio::task::JoinHandle<()> {
    tokio::spawn(jobs.run(stop))
}

/// The operator's database of places, or none.
pub(super) fn places(config: &Config) -> Result<Places, CliError> {
    match &config.accounts.geo_database {
        Some(file) => Places::open(file).map_err(|error| CliError::told(error.to_string())),
        None => Ok(Places::default()),
    }
}

/// Who mails are from.
pub(super) fn sender(config: &Config) -> Result<SenderAddress, CliError> {
    config.email.from.parse().map_err(|error: UnusableSenderAddress| {
        CliError::told(format!("email.from (EMAIL_FROM): {error}"))
    })
}
