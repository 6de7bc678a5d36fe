//! What a [`TestApp`](super::app::TestApp) is made of.

use std::sync::Arc;

use protekt::accounts::{
    AccountSettings, Accounts, AppNotices, FactorSettings, HashingCapacity, HashingCost,
    PasswordHasher, PasswordPolicy, RecoverySettings, RelyingParty, VerificationSettings,
};
use protekt::clock::Clock;
use protekt::delivery::Bell;
use protekt::domain::session::SessionLifetimes;
use protekt::http::views::Links;
use protekt::http::{ApiDocs, HttpSettings, Places};
use protekt::keys::{KeyEncryptionKey, KeyRing};
use protekt::oauth::{Provider, ProviderSettings};
use protekt::texts::Locale;
use protekt::throttle::{SmsLimits, ThrottleLimits};

use super::app::{ISSUER, Wishes};
use super::keys;
use super::stores::TestStore;

pub async fn provider(
    store: &TestStore,
    (kek, bell): (&Arc<KeyEncryptionKey>, &Bell),
    clock: &Arc<dyn Clock>,
    wishes: Wishes,
) -> Provider {
    let keys =
        KeyRing::open(store.store.clone(), Arc::clone(kek), keys::schedule(), clock.now()).await;
    Provider {
        store: store.store.clone(),
        clock: Arc::clone(clock),
        keys: keys.unwrap(),
        notices: AppNotices {
            kek: Arc::clone(kek),
            bell: bell.clone(),
            issuer: ISSUER.to_owned(),
            sends_mail: true,
        },
        settings: Arc::new(ProviderSettings {
            issuer: ISSUER.to_owned(),
            access_token_lifetime: 3_600,
            id_token_lifetime: 3_600,
            code_lifetime: 60,
            refresh_idle_lifetime: 14 * 24 * 3_600,
            refresh_absolute_lifetime: 90 * 24 * 3_600,
            refresh_overlap: wishes.refresh_overlap,
            request_lifetime: 3_600,
            roles_claim: Some("roles".to_owned()),
            roles_in_id_token: false,
            authentication_api: true,
            failed_clients_by_network: if wishes.unlimited_tries {
                unlimited().clients_by_network
            } else {
                ThrottleLimits::default().clients_by_network
            },
        }),
    }
}

pub fn accounts(
    store: &TestStore,
    kek: &Arc<KeyEncryptionKey>,
    clock: &Arc<dyn Clock>,
    bell: &Bell,
    wishes: Wishes,
) -> Accounts {
    let cost = HashingCost { memory: 8, iterations: 1, parallelism: 1 };
    let capacity = HashingCapacity { running: 4, waiting: 1_000 };
    let limits = ThrottleLimits::default();
    Accounts {
        store: store.store.clone(),
        clock: Arc::clone(clock),
        kek: Arc::clone(kek),
        hasher: PasswordHasher::new(cost, capacity).unwrap(),
        bell: bell.clone(),
        relying_party: RelyingParty::of(ISSUER, "Example ID").map(Arc::new),
        settings: Arc::new(AccountSettings {
            brand: "Example ID".to_owned(),
            issuer: ISSUER.to_owned(),
            sign_up_is_allowed: true,
            email_verification_is_required: wishes.email_verification,
            sessions: SessionLifetimes {
                idle: 24 * 3_600,
                absolute: 7 * 24 * 3_600,
                remembered_idle: 30 * 24 * 3_600,
                remembered_absolute: 90 * 24 * 3_600,
            },
            passwords: PasswordPolicy::default(),
            limits: if wishes.unlimited_tries { unlimited() } else { limits },
            verification: VerificationSettings::default(),
            password_reset_lifetime: 3_600,
            factors: FactorSettings { policy: wishes.factor_policy, ..FactorSettings::default() },
            sends_mail: true,
            recovery: Some(RecoverySettings {
                text: Some("Call the help desk, too.".to_owned()),
                contact: Some("https://example.com/desk".to_owned()),
                delay: 24 * 3_600,
            }),
            tells_of_new_apps: true,
            password_reset_url: format!("{ISSUER}password/reset"),
        }),
    }
}

fn unlimited() -> ThrottleLimits {
    let limit = protekt::throttle::Limit::new(1_000_000, 60);
    ThrottleLimits {
        passwords_by_account_and_network: limit,
        passwords_by_account: limit,
        passwords_by_network: limit,
        passwords_in_a_row: limit,
        passwords_by_known_browser: limit,
        passwords_in_a_row_in_known_browsers: limit,
        sign_ups_by_network: limit,
        codes_by_network: limit,
        factors_by_account: limit,
        factors_by_account_and_day: limit,
        sends_by_network: limit,
        mails_by_address: limit,
        mails_by_account: limit,
        sms: SmsLimits {
            by_network: limit,
            by_account: limit,
            by_number: limit,
            by_unconfirmed_number: limit,
            by_country: limit,
            hourly: limit,
            daily: limit,
        },
        resets_by_address: limit,
        resets_by_address_and_day: limit,
        notices_by_address: limit,
        clients_by_network: limit,
        requests_by_network: limit,
        calls_by_client: limit,
    }
}

pub fn http_settings() -> HttpSettings {
    HttpSettings {
        brand: "Example ID".to_owned(),
        links: Links::default(),
        trusted_proxies: Vec::new(),
        body_limit: 64 * 1024,
        request_timeout: 30,
        sign_up_allowed: true,
        authentication_api: true,
        api_docs: ApiDocs::Served,
        neutral_sign_up: false,
        code_minutes: 15,
        link_hours: 24,
        reset_minutes: Some(60),
        password_min: 8,
        places: Places::default(),
        default_language: Locale::English,
        development: None,
    }
}
