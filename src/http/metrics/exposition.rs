//! What monitors ask: counters, latencies and levels, in the text form that Prometheus reads
//! (OpenMetrics 1.0).
//!
//! What happens is counted as it happens ([`Metrics::answered`]). What stands somewhere, in the
//! database or in a queue, is looked up when somebody asks ([`Levels`]).

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The type of what [`Metrics::text`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds, in seconds: a page is a few milliseconds, a password tens, a timeout thirty seconds.
const LATENCIES: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What is counted as it happens. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Counted>);

#[derive(Debug)]
struct Counted {
    requests: Family<Answered, Counter>,
    latencies: Family<Served, Histogram>,
    under_way: Gauge,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            latencies: Family::new_with_constructor(|| Histogram::new(LATENCIES)),
            under_way: Gauge::default(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Served {
    method: &'static str,
    route: String,
}

/// What stands somewhere at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Passwords that are hashed now.
    pub hashes_running: usize,
    /// Passwords that wait for a core.
    pub hashes_waiting: usize,
    /// Passwords that found no place to wait, since the start.
    pub hashes_refused: u64,
    /// Memory that this process holds, in bytes; absent where the system does not say.
    pub resident_memory: Option<u64>,
    /// When this process began, in seconds since 1970.
    pub started_at: i64,
    /// What the database said; absent where it did not answer.
    pub stored: Option<StoredLevels>,
}

/// What the database says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredLevels {
    /// Accounts.
    pub users: i64,
    /// Sessions that have not ended.
    pub sessions: i64,
    /// Messages, by channel and state.
    pub messages: Vec<MessageLevel>,
    /// Events of the audit trail that are not sealed yet.
    pub unsealed_events: i64,
    /// The signing keys that are published.
    pub signing_keys: Vec<KeyAge>,
}

/// The messages of one channel in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageLevel {
    /// `email` or `sms`.
    pub channel: String,
    /// `pending`, `sent`, `dead` or `expired`.
    pub state: String,
    /// How many.
    pub count: i64,
    /// How old the oldest is, in seconds.
    pub oldest: i64,
}

/// How old a signing key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAge {
    /// Its id, which is public.
    pub kid: String,
    /// `next`, `current` or `retiring`.
    pub state: &'static str,
    /// In seconds.
    pub age: i64,
}

/// A request that is being answered, as long as this lives.
#[derive(Debug)]
pub struct UnderWay(Gauge);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// A request has arrived.
    #[must_use]
    pub fn begun(&self) -> UnderWay {
        self.0.under_way.inc();
        UnderWay(self.0.under_way.clone())
    }

    /// Counts an answer. `route` is the path as the table of routes has it, so that nobody makes
    /// series by asking for paths; absent where no route took the request.
    pub fn answered(&self, method: &str, route: Option<&str>, status: u16, took: Duration) {
        let method = known_method(method);
        let route = route.unwrap_or("none").to_owned();
        let served = Served { method, route: route.clone() };
        self.0.latencies.get_or_create(&served).observe(took.as_secs_f64());
        self.0.requests.get_or_create(&Answered { method, route, status }).inc();
    }

    /// Everything, as text.
    ///
    /// # Errors
    ///
    /// If something cannot be written as text.
    pub fn text(&self, levels: &Levels) -> Result<String, std::fmt::Error> {
        let mut registry = Registry::default();
        register_process(&mut registry, levels);
        let ours = registry.sub_registry_with_prefix("protekt");
        self.register(ours);
        register_hashing(ours, levels);
        let is_up = i64::from(levels.stored.is_some());
        level(ours, "database_up", "1 where the database answered just now", is_up);
        if let Some(stored) = &levels.stored {
            register_stored(ours, stored);
        }
        let mut text = String::new();
        text::encode(&mut text, &registry)?;
        Ok(text)
    }

    fn register(&self, ours: &mut Registry) {
        let counted = &self.0;
        ours.register("http_requests", "Requests that were answered", counted.requests.clone());
        ours.register_with_unit(
            "http_request_duration",
            "How long requests took until the head of their answer",
            Unit::Seconds,
            counted.latencies.clone(),
        );
        ours.register(
            "http_requests_under_way",
            "Requests that are being answered",
            counted.under_way.clone(),
        );
    }
}

/// The names that monitors know every process by.
fn register_process(registry: &mut Registry, levels: &Levels) {
    let name = "process_start_time_seconds";
    level(registry, name, "When the process began, in seconds since 1970", levels.started_at);
    if let Some(bytes) = levels.resident_memory {
        let name = "process_resident_memory_bytes";
        level(registry, name, "Memory that the process holds", count(bytes));
    }
    let version: Family<[(&str, &str); 1], Gauge> = Family::default();
    version.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
    registry.register("protekt_build_info", "Which version runs", version);
}

fn register_hashing(ours: &mut Registry, levels: &Levels) {
    let running = count(levels.hashes_running);
    level(ours, "password_hashes_running", "Passwords that are hashed now", running);
    let waiting = count(levels.hashes_waiting);
    level(ours, "password_hashes_waiting", "Passwords that wait to be hashed", waiting);
    let refused: Counter = Counter::default();
    refused.inc_by(levels.hashes_refused);
    ours.register("password_hashes_refused", "Passwords that found no place to wait", refused);
}

fn register_stored(ours: &mut Registry, stored: &StoredLevels) {
    level(ours, "users", "Accounts", stored.users);
    level(ours, "sessions", "Browser sessions that have not ended", stored.sessions);
    let unsealed = stored.unsealed_events;
    level(ours, "audit_unsealed_events", "Events that are not sealed yet", unsealed);
    let messages: Family<[(&str, String); 2], Gauge> = Family::default();
    let oldest: Family<[(&str, String); 2], Gauge> = Family::default();
    for level in &stored.messages {
        let labels = [("channel", level.channel.clone()), ("state", level.state.clone())];
        messages.get_or_create(&labels).set(level.count);
        oldest.get_or_create(&labels).set(level.oldest);
    }
    ours.register("outbox_messages", "Messages by channel and state", messages);
    let help = "How old the oldest message of a channel and state is";
    ours.register_with_unit("outbox_oldest_message_age", help, Unit::Seconds, oldest);
    let keys: Family<[(&str, String); 2], Gauge> = Family::default();
    for key in &stored.signing_keys {
        let labels = [("kid", key.kid.clone()), ("state", key.state.to_owned())];
        keys.get_or_create(&labels).set(key.age);
    }
    let help = "How long ago a published signing key was made";
    ours.register_with_unit("signing_key_age", help, Unit::Seconds, keys);
}

fn level(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn count(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// Strangers may send any word for a method: those that no route takes are one.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, line: &str) -> bool {
        text.lines().any(|one| one == line)
    }

    #[test]
    fn what_happens_is_counted_by_route_and_status() {
        let metrics = Metrics::default();
        for status in [303, 422, 422] {
            metrics.answered("POST", Some("/login"), status, Duration::from_millis(20));
        }
        metrics.answered("BREW", None, 405, Duration::from_micros(1));
        let under_way = metrics.begun();
        let text = metrics.text(&Levels::default()).unwrap();
        let requests = "protekt_http_requests_total";
        for line in [
            format!("{requests}{{method=\"POST\",route=\"/login\",status=\"422\"}} 2"),
            format!("{requests}{{method=\"other\",route=\"none\",status=\"405\"}} 1"),
            "protekt_http_requests_under_way 1".to_owned(),
            "protekt_database_up 0".to_owned(),
        ] {
            assert!(has(&text, &line), "{line}\n{text}");
        }
        let bucket = |bound: &str| {
            format!(
                "protekt_http_request_duration_seconds_bucket{{le=\"{bound}\",method=\"POST\",\
                 route=\"/login\"}}"
            )
        };
        assert!(has(&text, &format!("{} 0", bucket("0.01"))), "{text}");
        assert!(has(&text, &format!("{} 3", bucket("0.025"))), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        drop(under_way);
        let text = metrics.text(&Levels::default()).unwrap();
        assert!(has(&text, "protekt_http_requests_under_way 0"), "{text}");
    }

    #[test]
    fn levels_are_told_as_they_stand() {
        let message = |state: &str, count| MessageLevel {
            channel: "email".to_owned(),
            state: state.to_owned(),
            count,
            oldest: 60,
        };
        let levels = Levels {
            hashes_waiting: 3,
            hashes_refused: 7,
            resident_memory: Some(1_000),
            stored: Some(StoredLevels {
                users: 5,
                messages: vec![message("pending", 2), message("dead", 1)],
                signing_keys: vec![KeyAge { kid: "k".to_owned(), state: "current", age: 9 }],
                ..StoredLevels::default()
            }),
            ..Levels::default()
        };
        let text = Metrics::default().text(&levels).unwrap();
        for line in [
            "protekt_password_hashes_waiting 3",
            "protekt_password_hashes_refused_total 7",
            "process_resident_memory_bytes 1000",
            "protekt_database_up 1",
            "protekt_users 5",
            "protekt_outbox_messages{channel=\"email\",state=\"dead\"} 1",
            "protekt_outbox_oldest_message_age_seconds{channel=\"email\",state=\"pending\"} 60",
            "protekt_signing_key_age_seconds{kid=\"k\",state=\"current\"} 9",
        ] {
            assert!(has(&text, line), "{line}\n{text}");
        }
    }
}
