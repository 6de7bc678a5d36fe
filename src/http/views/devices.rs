//! Where a person is signed in.

use askama::Template;

use super::{Account, AccountNotice, AccountPlace, Moment, Shell};

/// `/account/sessions`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_sessions.html")]
pub struct DevicesPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What was just done.
    pub notice: Option<AccountNotice>,
    /// This device first, then the last used.
    pub devices: Vec<Device>,
}

/// One browser that is signed in.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// The public id of its session.
    pub sid: String,
    /// Browser and system in words.
    pub name: String,
    /// Its address, and where that is where known.
    pub place: String,
    /// When it signed in.
    pub first_seen: Moment,
    /// When it was last seen.
    pub last_seen: Moment,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl DevicesPage {
    fn has_others(&self) -> bool {
        self.devices.iter().any(|device| !device.is_this)
    }
}
