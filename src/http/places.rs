//! Roughly where an address is, where the operator set a database of places in MaxMind's format.
//! Nothing is asked of anybody else: the file is read into memory once.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use maxminddb::{Reader, geoip2};

/// A database of places, or none. Cheap to clone.
#[derive(Clone, Default)]
pub struct Places(Option<Arc<Reader<Vec<u8>>>>);

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnreadablePlaces {
    /// It cannot be opened, or is no such database.
    #[error("accounts.geo_database cannot be read: {0}")]
    Unreadable(#[from] maxminddb::MaxMindDbError),
    /// It knows other things of addresses.
    #[error("accounts.geo_database must be a City or Country database, not {0}")]
    OfAnotherKind(String),
}

impl std::fmt::Debug for Places {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Places").field(&self.0.is_some()).finish()
    }
}

impl Places {
    /// Reads a database of cities or countries.
    ///
    /// # Errors
    ///
    /// If the file is none.
    pub fn open(file: &Path) -> Result<Self, UnreadablePlaces> {
        let reader = Reader::open_readfile(file)?;
        let kind = reader.metadata().database_type.clone();
        if !kind.contains("City") && !kind.contains("Country") {
            return Err(UnreadablePlaces::OfAnotherKind(kind));
        }
        Ok(Self(Some(Arc::new(reader))))
    }

    /// City and country, or the country alone, in English; `None` where nobody knows.
    #[must_use]
    pub fn of(&self, address: IpAddr) -> Option<String> {
        // A City database answers a Country question too.
        let found = self.0.as_ref()?.lookup(address.to_canonical()).ok()?;
        let place: geoip2::City<'_> = found.decode().ok()??;
        let country = place.country.names.english?;
        match place.city.names.english {
            Some(city) => Some(format!("{city}, {country}")),
            None => Some(country.to_owned()),
        }
    }

    /// The address, and roughly where that is, where that is known.
    #[must_use]
    pub fn in_words(&self, address: IpAddr) -> String {
        self.of(address).map_or_else(|| address.to_string(), |place| format!("{place} ({address})"))
    }
}
