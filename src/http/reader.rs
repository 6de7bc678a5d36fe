//! What is learnt, while a request is answered, of the person who reads the answer.
//!
//! 1. The browser says which languages it accepts.
//! 2. Whoever finds the authorization request of a flow notes its `ui_locales`: they hold for every
//!    page and mail of that flow (OpenID Connect Core 1.0 §3.1.2.1).
//! 3. Whoever finds out which account it is about notes its language and zone.
//! 4. At the pages of their own account, whoever finds out who is signed in notes what they must know.
//!
//! All who ask within one request share what is known, the error pages included.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::header;
use axum::http::request::Parts;

use crate::accounts::OpenRecovery;
use crate::domain::UserId;
use crate::domain::user::User;
use crate::texts::{Locale, Offer, Wishes, Zone};

/// What is known of the person who reads the answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    accept_language: Option<String>,
    ui_locales: Option<String>,
    account_locale: Option<String>,
    zone: Zone,
    is_awaited: bool,
    account: Option<UserId>,
    recovery: Option<OpenRecovery>,
}

impl Reader {
    /// The reader of the answer to this request.
    pub(super) fn of(parts: &mut Parts) -> Self {
        if let Some(known) = parts.extensions.get::<Self>() {
            return known.clone();
        }
        let accept_language = parts.headers.get(header::ACCEPT_LANGUAGE);
        let accept_language =
            accept_language.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let reader = Self(Arc::new(Mutex::new(Known { accept_language, ..Known::default() })));
        parts.extensions.insert(reader.clone());
        reader
    }

    /// Notes the languages that the request of the flow asks for.
    pub(super) fn asks_for(&self, ui_locales: Option<&str>) {
        if let Some(ui_locales) = ui_locales {
            self.known().ui_locales = Some(ui_locales.to_owned());
        }
    }

    /// Notes that an application waits for the person: whatever the page, it is on the way in.
    pub(super) fn is_awaited(&self) {
        self.known().is_awaited = true;
    }

    /// Whether an application waits.
    pub(super) fn is_on_the_way_to_an_app(&self) -> bool {
        self.known().is_awaited
    }

    /// Notes whose account it is.
    pub(super) fn is(&self, user: &User) {
        let mut known = self.known();
        known.account_locale.clone_from(&user.locale);
        known.zone = Zone::named(user.zoneinfo.as_deref());
    }

    /// Notes who is signed in.
    pub(super) fn is_signed_in(&self, account: &UserId) {
        self.known().account = Some(account.clone());
    }

    /// Who is signed in, once somebody found out.
    pub(super) fn account(&self) -> Option<UserId> {
        self.known().account.clone()
    }

    /// Notes what the owner of the account has to know on every page of it.
    pub(super) fn is_warned_of(&self, recovery: Option<OpenRecovery>) {
        self.known().recovery = recovery;
    }

    /// What the owner of the account has to know.
    pub(super) fn warning(&self) -> Option<OpenRecovery> {
        self.known().recovery
    }

    /// The language to answer in.
    pub(super) fn locale(&self, offer: Offer) -> Locale {
        let known = self.known();
        let wishes = Wishes {
            ui_locales: known.ui_locales.as_deref(),
            account: known.account_locale.as_deref(),
            accept_language: known.accept_language.as_deref(),
        };
        Locale::choose(&wishes, offer)
    }

    /// Whether the request of the flow asks for a language that we have.
    pub(super) fn has_asked(&self) -> bool {
        let known = self.known();
        let mut tags = known.ui_locales.as_deref().unwrap_or_default().split_whitespace();
        tags.any(|tag| Locale::of_known_tag(tag).is_some())
    }

    /// Where the reader's clock hangs.
    pub(super) fn zone(&self) -> Zone {
        self.known().zone.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
