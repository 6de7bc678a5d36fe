//! `[database]`: where the data lies.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::reader::Section;

/// Where the data lies.
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite:PATH`, `file:PATH` or `postgres://…`.
    pub url: SecretString,
    /// The most connections.
    pub max_connections: u32,
    /// How long a request waits for a connection.
    pub acquire_timeout: Duration,
}

impl Database {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            url: section.secret("url").unwrap_or_else(|| "sqlite:data/protekt.db".into()),
            max_connections: section.number("max_connections", 16, 1..=1_000),
            acquire_timeout: section.duration("acquire_timeout", 5, 1..=60),
        }
    }

    pub(super) fn validate(&self) -> Vec<String> {
        let url = self.url.expose_secret();
        let is_known = ["sqlite:", "file:", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.len() > scheme.len() && url.starts_with(scheme));
        let is_plain_file = self.sqlite_path().is_none_or(|path| {
            let path = path.to_string_lossy();
            !path.contains('?') && path != ":memory:"
        });
        if is_known && !is_plain_file {
            return vec![
                "database.url (DATABASE_URL) must name a file, without a query, and not :memory:, \
                  such as sqlite:data/protekt.db"
                    .to_owned(),
            ];
        }
        if is_known {
            return Vec::new();
        }
        // The address may hold a password: it is not shown.
        vec![
            "database.url (DATABASE_URL) must begin with postgres:// or sqlite:, such as \
              sqlite:data/protekt.db"
                .to_owned(),
        ]
    }

    /// The other machine that the database is on, where the way there may be without TLS.
    #[must_use]
    pub fn host_without_tls(&self) -> Option<String> {
        let url = url::Url::parse(self.url.expose_secret()).ok()?;
        let host = url.host_str().filter(|_| url.scheme().starts_with("postgres"))?;
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.starts_with('%');
        let is_demanded = url.query_pairs().any(|(name, value)| {
            matches!(&*name, "sslmode" | "ssl-mode")
                && matches!(&*value, "require" | "verify-ca" | "verify-full")
        });
        (!is_here && !is_demanded).then(|| host.to_owned())
    }

    /// The file of an embedded database.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let url = self.url.expose_secret();
        let path = url.strip_prefix("sqlite:").or_else(|| url.strip_prefix("file:"))?;
        Some(PathBuf::from(path.trim_start_matches("//")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host_without_tls(url: &str) -> Option<String> {
        let url = url.into();
        Database { url, max_connections: 1, acquire_timeout: Duration::from_secs(1) }
            .host_without_tls()
    }

    #[test]
    fn only_a_database_elsewhere_asks_for_tls() {
        for url in [
            "sqlite:data/protekt.db",
            "postgres://protekt@localhost/protekt",
            "postgres://protekt@[::1]:5432/protekt",
            "postgres://%2Frun%2Fpostgresql/protekt",
            "postgres://protekt@db.example/protekt?sslmode=verify-full",
        ] {
            assert_eq!(host_without_tls(url), None, "{url}");
        }
        for url in
            ["postgres://protekt@db.example/protekt", "postgresql://db.example/?sslmode=prefer"]
        {
            assert_eq!(host_without_tls(url).as_deref(), Some("db.example"), "{url}");
        }
    }

    #[test]
    fn a_database_that_is_no_plain_file_is_refused() {
        let validate = |url: &str| {
            let url = url.into();
            Database { url, max_connections: 1, acquire_timeout: Duration::from_secs(1) }.validate()
        };
        for url in ["sqlite://x.db?mode=rwc", "sqlite::memory:", "mysql://x", "sqlite:"] {
            assert_eq!(validate(url).len(), 1, "{url}");
        }
        for url in ["sqlite:data/protekt.db", "file:x.db", "postgres://db/x?sslmode=require"] {
            assert_eq!(validate(url), Vec::<String>::new(), "{url}");
        }
    }
}
