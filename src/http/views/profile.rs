//! What a person says of themselves.

use askama::Template;

use super::{Account, AccountNotice, AccountPlace, Shell};
use crate::http::paths;
use crate::texts::{Key, Locale};

/// `/account/profile`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_profile.html")]
pub struct ProfilePage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What was just done.
    pub notice: Option<AccountNotice>,
    /// Where their picture is shown.
    pub picture: Option<String>,
    /// The host of a picture that lies elsewhere, as one that was imported does; it is not shown.
    pub picture_host: Option<String>,
    /// The address that was typed for a picture.
    pub picture_url: String,
    /// Why there is no new picture.
    pub picture_problem: Option<PictureProblem>,
    /// Fields about the person.
    pub about: Vec<ProfileField>,
    /// The telephone number.
    pub contact: Vec<ProfileField>,
    /// Whether the stored number is known to be the person's; absent where none is stored.
    pub phone_is_verified: Option<bool>,
    /// Whether it can be proved here.
    pub phone_can_be_verified: bool,
    /// Whether another address can be had here: its code goes by mail.
    pub email_can_be_changed: bool,
    /// The postal address.
    pub address: Vec<ProfileField>,
    /// The chosen language.
    pub locale: String,
    /// The one that the account holds.
    pub stored_locale: String,
    /// Whether that is none we have.
    pub locale_is_wrong: bool,
    /// The languages there are, by tag.
    pub locales: Vec<String>,
    /// The time zone.
    pub zone: Vec<ProfileField>,
}

/// One line of the form.
#[derive(Debug, Clone, Default)]
pub struct ProfileField {
    /// The name in the form, and the id.
    pub name: &'static str,
    /// What it is called.
    pub label: String,
    /// What helps to fill it in; may be empty.
    pub hint: String,
    /// Its `autocomplete`.
    pub autocomplete: &'static str,
    /// What was typed, or is known.
    pub value: String,
    /// What the account holds.
    pub stored: String,
    /// What is wrong with it; may be empty.
    pub error: String,
}

/// The name under which the form brings back what the account held when it was shown, so that two
/// windows take nothing from each other.
#[must_use]
pub fn shown_name(field: &str) -> String {
    format!("shown_{field}")
}

/// Why there is no new picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureProblem {
    /// Neither a file nor an address.
    Missing,
    /// Not an https address out in the open.
    AddressRefused,
    /// Nothing came from there.
    Unreachable,
    /// Too many bytes or pixels.
    TooLarge,
    /// No image that we read.
    NotAnImage,
}

impl PictureProblem {
    const fn key(self) -> Key {
        match self {
            Self::Missing => Key("picture-missing"),
            Self::AddressRefused => Key("picture-address-refused"),
            Self::Unreachable => Key("picture-unreachable"),
            Self::TooLarge => Key("picture-too-large"),
            Self::NotAnImage => Key("picture-not-an-image"),
        }
    }

    /// The id of the field.
    const fn field(self) -> &'static str {
        match self {
            Self::AddressRefused | Self::Unreachable => "picture_url",
            Self::Missing | Self::TooLarge | Self::NotAnImage => "picture",
        }
    }
}

impl ProfilePage {
    /// What the account held when the form was shown first, also where it was open too long.
    fn shown<'page>(&'page self, field: &str, stored: &'page str) -> &'page str {
        self.shell.kept(paths::ACCOUNT_PROFILE, &shown_name(field), stored)
    }

    fn picture_error(&self, field: &str) -> String {
        let problem = self.picture_problem.filter(|problem| problem.field() == field);
        problem.map(|problem| self.shell.t(problem.key())).unwrap_or_default()
    }

    fn wrong(&self) -> Vec<&ProfileField> {
        let all = self.about.iter().chain(&self.contact).chain(&self.address).chain(&self.zone);
        all.filter(|field| !field.error.is_empty()).collect()
    }

    fn is_wrong(&self) -> bool {
        self.picture_problem.is_some() || self.locale_is_wrong || !self.wrong().is_empty()
    }
}
