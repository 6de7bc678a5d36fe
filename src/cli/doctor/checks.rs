//! What `doctor` looks at.

use super::super::{open_files, rooms, start};
use super::{Finding, mail, outside};
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::config::Config;
use crate::config::second_factors::{Method, Policy};
use crate::keys::{InstallationKeyError, KeyState};
use crate::store::Store;

/// Protekt is younger than no clock can say: 1 November 2026.
const EARLIEST: Timestamp = Timestamp(1_793_491_200);
/// 1 January 2100.
const LATEST: Timestamp = Timestamp(4_102_444_800);

/// Every check, in the order in which things depend on each other.
pub(super) async fn all(config: &Config) -> Vec<Finding> {
    let mut findings = configuration(config);
    let store = database(config, &mut findings).await;
    findings.extend(way_to_database(config));
    findings.push(key(config, store.as_ref()).await);
    if let Some(store) = &store {
        findings.push(signing_keys(store).await);
        findings.extend(dead_messages(store).await);
        findings.extend(unsealed_events(store, SystemClock.now()).await);
        store.close().await;
    }
    findings.push(mail::check(config).await);
    findings.extend(mail::check_sms(&config.sms).await);
    findings.push(verification(config));
    findings.extend(second_factors(config));
    findings.push(clock(SystemClock.now()));
    findings.extend(outside::addresses(config));
    findings.push(connections(config));
    findings.extend(outside::places(config));
    findings.extend(outside::log_files(config));
    findings
}

fn configuration(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = config
        .check_production()
        .into_iter()
        .map(|found| Finding::problem("configuration", found.problem, found.fix))
        .collect();
    if findings.is_empty() {
        let origin = match &config.file {
            Some(file) => format!("{} and the environment", file.display()),
            None => "the environment and the defaults (there is no protekt.toml here)".to_owned(),
        };
        findings.push(Finding::ok("configuration", format!("read from {origin}")));
    }
    for note in &config.notes {
        findings.push(Finding::warning("configuration", note.clone(), "It can be left out."));
    }
    if config.server.is_reached_without_proxy() {
        findings.push(Finding::warning(
            "configuration",
            "server.listen lets others in and server.trusted_proxies is empty: whoever comes past \
             your proxy comes in clear, and all who come through it share one address and its \
             limits",
            "Name the proxies in server.trusted_proxies; then only they are let in.",
        ));
    }
    if config.server.is_own_machine() {
        findings.push(Finding::warning(
            "configuration",
            format!("the issuer {} is this machine: nobody else can come", config.server.issuer),
            "Set server.issuer to the https address that people use.",
        ));
    }
    findings
}

/// The store, where it can be used as it is.
async fn database(config: &Config, findings: &mut Vec<Finding>) -> Option<Store> {
    const NAME: &str = "database";

    if let Some(path) = config.database.sqlite_path().filter(|path| !path.exists()) {
        let message = format!("{} does not exist yet", path.display());
        let fix = "protekt serve makes it, as does protekt migrate.";
        findings.push(Finding::warning(NAME, message, fix));
        return None;
    }
    let pending = match start::connect(config).open_existing().await {
        Ok(store) => store.pending_migrations().await.map(|pending| (store, pending)),
        Err(error) => Err(error),
    };
    match pending {
        Err(error) => {
            let fix = "See that it runs, and that database.url (DATABASE_URL) is right.";
            findings.push(Finding::problem(NAME, error.to_string(), fix));
            None
        }
        Ok((store, pending)) if pending.is_empty() => {
            findings.push(Finding::ok(NAME, "it answers and is up to date"));
            Some(store)
        }
        Ok((store, pending)) => {
            let message = format!("it answers; {} migrations are pending", pending.len());
            let fix = "Run: protekt migrate (protekt serve does it too).";
            findings.push(Finding::warning(NAME, message, fix));
            store.close().await;
            None
        }
    }
}

fn way_to_database(config: &Config) -> Option<Finding> {
    let host = config.database.host_without_tls()?;
    Some(Finding::warning(
        "database",
        format!("password hashes and sealed keys may travel to {host} in clear"),
        "Add ?sslmode=verify-full to database.url (DATABASE_URL), unless the network between is \
         yours alone.",
    ))
}

async fn key(config: &Config, store: Option<&Store>) -> Finding {
    const NAME: &str = "key-encryption key";

    match start::key_source(config).check(store).await {
        Ok(KeyState::Usable | KeyState::YetToBeUsed) => {
            Finding::ok(NAME, "it is there, and only its owner can read it")
        }
        Ok(KeyState::UsableAfterTakeOver) => {
            Finding::error(NAME, &InstallationKeyError::TrailOfEarlierVersion)
        }
        Ok(KeyState::YetToBeMade) => Finding::warning(
            NAME,
            "it does not exist yet",
            "protekt serve makes it on the first start. Then put it into your backup.",
        ),
        Err(error) => Finding::error(NAME, &error),
    }
}

async fn signing_keys(store: &Store) -> Finding {
    const NAME: &str = "signing keys";

    match rooms::list_signing_keys(store).await {
        Ok(keys) if keys.iter().any(|key| key.state == "current") => {
            let states: Vec<String> =
                keys.into_iter().map(|key| format!("{} {}", key.state, key.kid)).collect();
            Finding::ok(NAME, states.join(", "))
        }
        Ok(_) => {
            Finding::warning(NAME, "no key signs yet", "protekt serve makes one when it starts.")
        }
        Err(error) => Finding::error(NAME, &error),
    }
}

/// Worth a word only where there are any.
async fn dead_messages(store: &Store) -> Option<Finding> {
    const NAME: &str = "outbox";

    match rooms::count_dead_messages(store).await {
        Ok((0, 0)) => None,
        Ok((good, late)) => Some(Finding::warning(
            NAME,
            format!(
                "messages that nobody took: {good} that can still be sent, {late} that are too late"
            ),
            "protekt outbox list shows them with their errors, protekt outbox retry sends them \
             again.",
        )),
        Err(error) => Some(Finding::error(NAME, &error)),
    }
}

/// Worth a word only where some wait for longer than any should.
async fn unsealed_events(store: &Store, now: Timestamp) -> Option<Finding> {
    const NAME: &str = "audit trail";

    match rooms::unsealed_events(store, now).await {
        Ok((_, None)) => None,
        Ok((count, Some(oldest))) => Some(Finding::warning(
            NAME,
            format!("{count} events are not sealed, the oldest since {}", oldest.to_words()),
            "Start protekt serve: it seals within a second. Where it runs, its log says why it does \
             not; run protekt audit verify.",
        )),
        Err(error) => Some(Finding::error(NAME, &error)),
    }
}

fn verification(config: &Config) -> Finding {
    const NAME: &str = "email verification";

    if config.accounts.email_verification {
        return Finding::ok(NAME, "an address is verified before its first sign-in");
    }
    Finding::warning(
        NAME,
        "it is off: anybody can sign up with an address that is not theirs, apps are told \
         email_verified = false, and a mistyped address cannot get mail to reset its password",
        "Set accounts.email_verification to true once mail can be sent, or accounts.sign_up to \
         false and make accounts with protekt user create.",
    )
}

/// What people can set up; a method that was named and cannot work is told with what it lacks.
fn second_factors(config: &Config) -> Vec<Finding> {
    const NAME: &str = "second factors";

    let factors = &config.second_factors;
    let unworkable = config.unworkable_methods();
    let works = |method: &&Method| unworkable.iter().all(|(other, _)| other != *method);
    let offered: Vec<&str> =
        factors.methods.iter().filter(works).map(|method| method.as_str()).collect();
    let offered = match factors.policy {
        Policy::Off => "off, but where a client or a role asks for one".to_owned(),
        Policy::Optional => format!("people may set up: {}", offered.join(", ")),
        Policy::Required => format!("everybody has to set up one of: {}", offered.join(", ")),
    };
    let missing = unworkable.iter().filter(|_| factors.names_methods()).map(|(method, missing)| {
        Finding::warning(
            NAME,
            format!("nobody is offered \"{}\": {missing}", method.as_str()),
            "Or take it out of second_factors.methods.",
        )
    });
    [Finding::ok(NAME, offered)].into_iter().chain(missing).collect()
}

fn clock(now: Timestamp) -> Finding {
    if (EARLIEST..LATEST).contains(&now) {
        return Finding::ok("clock", format!("it is {}", now.to_words()));
    }
    Finding::problem(
        "clock",
        format!("this machine thinks it is {}: tokens would be refused everywhere", now.to_words()),
        "Set the clock, and keep it right with NTP (timedatectl set-ntp true).",
    )
}

fn connections(config: &Config) -> Finding {
    const NAME: &str = "connections";

    let wished = config.server.max_connections;
    let Some(limit) = open_files::soft_limit() else {
        return Finding::ok(NAME, format!("{wished} at a time, if the system lets that many in"));
    };
    let affordable = open_files::affordable(wished);
    if affordable >= wished {
        return Finding::ok(NAME, format!("{wished} at a time; {limit} open files are allowed"));
    }
    Finding::warning(
        NAME,
        format!(
            "{affordable} at a time instead of {wished}: no more than {limit} open files are \
             allowed"
        ),
        "Raise the limit (ulimit -n 65536, or LimitNOFILE=65536 in the systemd unit), or set \
         server.max_connections lower.",
    )
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;

    #[test]
    fn a_clock_at_the_epoch_is_a_problem() {
        assert_eq!(clock(Timestamp(0)).status, Status::Problem);
        assert_eq!(clock(EARLIEST.plus(1)).status, Status::Ok);
    }

    #[test]
    fn a_port_that_is_open_to_all_is_told() {
        let warnings = |proxies: &str| {
            let pairs = [
                ("PROTEKT_SERVER__ISSUER", "https://id.example"),
                ("PROTEKT_SERVER__LISTEN", "0.0.0.0:5500"),
                ("PROTEKT_SERVER__TRUSTED_PROXIES", proxies),
                ("EMAIL_PROVIDER", "file"),
            ];
            let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            configuration(&Config::load(None, pairs).unwrap())
                .into_iter()
                .filter(|finding| finding.message.contains("trusted_proxies"))
                .count()
        };
        assert_eq!((warnings(""), warnings("10.0.0.0/8")), (1, 0));
    }

    #[test]
    fn the_limit_of_open_files_is_told_whether_it_suffices_or_not() {
        let with = |most: &str| {
            let pairs = [("PROTEKT_SERVER__MAX_CONNECTIONS".to_owned(), most.to_owned())];
            connections(&Config::load(None, pairs).unwrap())
        };
        assert_eq!(with("1").status, Status::Ok);
        if let Some(limit) = open_files::soft_limit().filter(|limit| *limit < 100_000) {
            let finding = with("100000");
            assert_eq!(finding.status, Status::Warning);
            assert!(finding.message.contains(&limit.to_string()), "{}", finding.message);
        }
    }

    #[test]
    fn a_second_factor_that_was_named_and_cannot_work_is_told() {
        let found = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            second_factors(&Config::load(None, pairs).unwrap())
        };
        let [only] = &found(&[])[..] else { panic!("one finding") };
        assert_eq!(only.status, Status::Ok);
        assert!(only.message.contains("passkey, totp, email"), "{}", only.message);
        let named = found(&[("PROTEKT_SECOND_FACTORS__METHODS", "totp,sms")]);
        let [offered, missing] = &named[..] else { panic!("two findings") };
        assert!(offered.message.ends_with("set up: totp"), "{}", offered.message);
        assert_eq!(missing.status, Status::Warning);
        assert!(missing.message.contains("sms.provider"), "{}", missing.message);
    }

    #[test]
    fn switched_off_verification_is_explained() {
        let pairs = [("PROTEKT_ACCOUNTS__EMAIL_VERIFICATION".to_owned(), "false".to_owned())];
        let finding = verification(&Config::load(None, pairs).unwrap());
        assert_eq!(finding.status, Status::Warning);
        assert!(finding.message.contains("not theirs"));
    }
}
