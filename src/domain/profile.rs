//! What people may say of themselves (OpenID Connect Core §5.1), and what of it cannot be kept.

use url::Url;

use super::name::{canonical_name, is_invisible, is_plain_line, single_spaced};
use super::phone_number::PhoneNumber;
use super::time_zone;
use super::user::User;

/// In bytes.
const LONGEST_PICTURE: usize = 2_048;
/// In characters.
pub const LONGEST_NAME: usize = 200;
/// In characters.
pub const LONGEST_USERNAME: usize = 64;
/// The languages that the pages and mails are written in, as BCP 47 tags.
pub const LOCALES: [&str; 3] = ["en", "de", "ar"];
/// What a person typed; a field that is empty is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UncheckedProfile {
    /// The full name.
    pub name: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// The nickname.
    pub nickname: String,
    /// A second name to sign in with.
    pub username: String,
    /// A telephone number.
    pub phone_number: String,
    /// The postal address.
    pub address: PostalAddress,
    /// A BCP 47 tag.
    pub locale: String,
    /// A name of the tz database.
    pub zoneinfo: String,
}

/// The `address` claim in its parts (OpenID Connect Core §5.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct PostalAddress {
    /// Street, house, flat.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub street_address: String,
    /// The city.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub locality: String,
    /// The state, province or county.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// The postcode.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    /// The country.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
}

/// What can be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The full name.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The nickname.
    pub nickname: Option<String>,
    /// As typed, and as compared.
    pub username: Option<(String, String)>,
    /// In E.164.
    pub phone_number: Option<String>,
    /// A JSON object.
    pub address: Option<String>,
    /// A BCP 47 tag.
    pub locale: Option<String>,
    /// A name of the tz database.
    pub zoneinfo: Option<String>,
}

impl Profile {
    /// Whether the person says all of it of themselves already.
    #[must_use]
    pub fn is_of(&self, user: &User) -> bool {
        let username = self.username.as_ref().map(|(typed, _)| typed);
        let known = [
            (&self.name, &user.name),
            (&self.given_name, &user.given_name),
            (&self.family_name, &user.family_name),
            (&self.nickname, &user.nickname),
            (&self.phone_number, &user.phone_number),
            (&self.address, &user.address),
            (&self.locale, &user.locale),
            (&self.zoneinfo, &user.zoneinfo),
        ];
        username == user.username.as_ref() && known.iter().all(|(typed, stored)| typed == stored)
    }
}

/// A field that cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileProblem {
    /// This field is too long, or holds characters that turn or hide text.
    #[error("{0} is too long, or holds characters that turn or hide text")]
    TextMalformed(&'static str),
    /// No username can be like that.
    #[error("a username has 1 to 64 characters, no @, no space around it, and no two in a row")]
    UsernameMalformed,
    /// Somebody else has it.
    #[error("somebody else has this username")]
    UsernameTaken,
    /// No telephone number.
    #[error("not a telephone number with a plus sign and the country's code")]
    PhoneMalformed,
    /// None of the languages.
    #[error("not one of the languages")]
    LocaleUnknown,
    /// None of the tz database.
    #[error("not a name of the tz database")]
    ZoneUnknown,
}

/// What is stored already. An import keeps languages, zones and numbers that we would not offer; who
/// leaves them as they are can go on.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoredProfile<'user> {
    /// A telephone number.
    pub phone_number: Option<&'user str>,
    /// A BCP 47 tag.
    pub locale: Option<&'user str>,
    /// A name of the tz database.
    pub zoneinfo: Option<&'user str>,
}

impl UncheckedProfile {
    /// What the person says of themselves already.
    #[must_use]
    pub fn of(user: &User) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            name: text(&user.name),
            given_name: text(&user.given_name),
            family_name: text(&user.family_name),
            nickname: text(&user.nickname),
            username: text(&user.username),
            phone_number: text(&user.phone_number),
            address: PostalAddress::of_json(user.address.as_deref()),
            locale: text(&user.locale),
            zoneinfo: text(&user.zoneinfo),
        }
    }

    /// What becomes of `stored` by a form that `shown` stood in: a field that was left as it was
    /// keeps what came into the account since, by another window for instance.
    #[must_use]
    pub fn changes_of(self, shown: &Self, stored: Self) -> Self {
        let pick = |typed: String, shown: &String, stored: String| {
            if typed == *shown { stored } else { typed }
        };
        let (place, was, is) = (self.address, &shown.address, stored.address);
        Self {
            name: pick(self.name, &shown.name, stored.name),
            given_name: pick(self.given_name, &shown.given_name, stored.given_name),
            family_name: pick(self.family_name, &shown.family_name, stored.family_name),
            nickname: pick(self.nickname, &shown.nickname, stored.nickname),
            username: pick(self.username, &shown.username, stored.username),
            phone_number: pick(self.phone_number, &shown.phone_number, stored.phone_number),
            address: PostalAddress {
                street_address: pick(place.street_address, &was.street_address, is.street_address),
                locality: pick(place.locality, &was.locality, is.locality),
                region: pick(place.region, &was.region, is.region),
                postal_code: pick(place.postal_code, &was.postal_code, is.postal_code),
                country: pick(place.country, &was.country, is.country),
            },
            locale: pick(self.locale, &shown.locale, stored.locale),
            zoneinfo: pick(self.zoneinfo, &shown.zoneinfo, stored.zoneinfo),
        }
    }

    /// Checks every field that differs from what is stored.
    ///
    /// # Errors
    ///
    /// With every problem, in the order of the fields.
    pub fn checked(&self, stored: StoredProfile<'_>) -> Result<Profile, Vec<ProfileProblem>> {
        let mut problems = Vec::new();
        let mut line = |name: &'static str, typed: &str| {
            checked_line(typed).unwrap_or_else(|()| {
                problems.push(ProfileProblem::TextMalformed(name));
                None
            })
        };
        let mut profile = Profile {
            name: line("name", &self.name),
            given_name: line("given_name", &self.given_name),
            family_name: line("family_name", &self.family_name),
            nickname: line("nickname", &self.nickname),
            ..Profile::default()
        };
        let place = &self.address;
        let address = PostalAddress {
            street_address: line("street_address", &place.street_address).unwrap_or_default(),
            locality: line("locality", &place.locality).unwrap_or_default(),
            region: line("region", &place.region).unwrap_or_default(),
            postal_code: line("postal_code", &place.postal_code).unwrap_or_default(),
            country: line("country", &place.country).unwrap_or_default(),
        };
        profile.address = address.to_json();
        let mut keep = |checked: Result<Option<String>, ProfileProblem>| {
            checked.unwrap_or_else(|problem| {
                problems.push(problem);
                None
            })
        };
        let same = |typed: &str, stored: Option<&str>| {
            stored.filter(|stored| *stored == typed).map(|stored| Ok(Some(stored.to_owned())))
        };
        profile.phone_number = keep(
            same(&self.phone_number, stored.phone_number)
                .unwrap_or_else(|| checked_phone(&self.phone_number)),
        );
        profile.locale =
            keep(same(&self.locale, stored.locale).unwrap_or_else(|| checked_locale(&self.locale)));
        profile.zoneinfo = keep(
            same(&self.zoneinfo, stored.zoneinfo).unwrap_or_else(|| checked_zone(&self.zoneinfo)),
        );
        match checked_username(self.username.trim()) {
            Some(username) => profile.username = username,
            None => problems.push(ProfileProblem::UsernameMalformed),
        }
        if problems.is_empty() { Ok(profile) } else { Err(problems) }
    }
}

impl PostalAddress {
    /// Reads the claim as stored; nothing where it is none.
    #[must_use]
    pub fn of_json(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    fn to_json(&self) -> Option<String> {
        let lines = [
            self.street_address.clone(),
            [&*self.postal_code, &*self.locality].join(" ").trim().to_owned(),
            self.region.clone(),
            self.country.clone(),
        ];
        let formatted: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        if formatted.is_empty() {
            return None;
        }
        let mut claim = serde_json::to_value(self).ok()?;
        claim.as_object_mut()?.insert("formatted".to_owned(), formatted.join("\n").into());
        Some(claim.to_string())
    }
}

fn checked_line(typed: &str) -> Result<Option<String>, ()> {
    let text = typed.trim();
    if text.chars().count() > LONGEST_NAME || !is_plain_line(text) {
        return Err(());
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn checked_phone(typed: &str) -> Result<Option<String>, ProfileProblem> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let number: PhoneNumber = typed.parse().map_err(|_| ProfileProblem::PhoneMalformed)?;
    Ok(Some(number.as_str().to_owned()))
}

fn checked_locale(typed: &str) -> Result<Option<String>, ProfileProblem> {
    match typed {
        "" => Ok(None),
        known if LOCALES.contains(&known) => Ok(Some(known.to_owned())),
        _ => Err(ProfileProblem::LocaleUnknown),
    }
}

fn checked_zone(typed: &str) -> Result<Option<String>, ProfileProblem> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let found = time_zone::named(typed).ok_or(ProfileProblem::ZoneUnknown)?;
    Ok(Some(found.to_owned()))
}

/// The address of a picture elsewhere: https, and of a length that fits anywhere. `None` where it cannot be one.
#[must_use]
pub fn checked_picture(text: &str) -> Option<&str> {
    let is_https = Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    (is_https && text.len() <= LONGEST_PICTURE && !text.contains(char::is_control)).then_some(text)
}

/// No `@`, so that nobody's username is another's address. `None` where it cannot be one.
#[must_use]
pub fn checked_username(typed: &str) -> Option<Option<(String, String)>> {
    if typed.is_empty() {
        return Some(None);
    }
    let canonical = canonical_name(typed);
    let is_odd = |c: char| c == '@' || c.is_control() || is_invisible(c);
    let length = typed.chars().count();
    let is_good = (1..=LONGEST_USERNAME).contains(&length)
        && single_spaced(typed) == typed
        && !typed.chars().chain(canonical.chars()).any(is_odd);
    is_good.then(|| Some((typed.to_owned(), canonical)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_profile_is_kept_as_it_was_typed_but_for_space_around_it() {
        let typed = UncheckedProfile {
            name: " Ada Okafor ".to_owned(),
            username: "Ada".to_owned(),
            phone_number: "+49 30 1234-5678".to_owned(),
            address: PostalAddress {
                street_address: "1 Long Lane".to_owned(),
                locality: "Lagos".to_owned(),
                postal_code: "101233".to_owned(),
                ..PostalAddress::default()
            },
            locale: "en".to_owned(),
            zoneinfo: "Africa/Lagos".to_owned(),
            ..UncheckedProfile::default()
        };
        let kept = typed.checked(StoredProfile::default()).unwrap();
        assert_eq!(kept.name.as_deref(), Some("Ada Okafor"));
        assert_eq!(kept.username, Some(("Ada".to_owned(), "ada".to_owned())));
        assert_eq!(kept.phone_number.as_deref(), Some("+493012345678"));
        assert_eq!((kept.nickname, kept.zoneinfo.as_deref()), (None, Some("Africa/Lagos")));
        let claim: serde_json::Value = serde_json::from_str(&kept.address.unwrap()).unwrap();
        assert_eq!(claim["formatted"], "1 Long Lane\n101233 Lagos");
        assert!(claim.get("country").is_none(), "{claim}");
        assert_eq!(PostalAddress::of_json(Some(&claim.to_string())), typed.address);
    }

    #[test]
    fn what_cannot_be_kept_is_named() {
        let typed = UncheckedProfile {
            name: "a\nb".to_owned(),
            family_name: "\u{202e}ecalevol".to_owned(),
            nickname: "n".repeat(201),
            username: "a@b".to_owned(),
            phone_number: "12".to_owned(),
            locale: "tlh".to_owned(),
            zoneinfo: "Etc/GMT+1".to_owned(),
            ..UncheckedProfile::default()
        };
        let problems = typed.checked(StoredProfile::default()).unwrap_err();
        assert_eq!(
            problems,
            [
                ProfileProblem::TextMalformed("name"),
                ProfileProblem::TextMalformed("family_name"),
                ProfileProblem::TextMalformed("nickname"),
                ProfileProblem::PhoneMalformed,
                ProfileProblem::LocaleUnknown,
                ProfileProblem::ZoneUnknown,
                ProfileProblem::UsernameMalformed,
            ]
        );
        assert_eq!(
            UncheckedProfile::default().checked(StoredProfile::default()),
            Ok(Profile::default())
        );
    }

    #[test]
    fn a_form_changes_only_the_fields_that_were_changed_in_it() {
        let of = |name: &str, nickname: &str, city: &str| UncheckedProfile {
            name: name.to_owned(),
            nickname: nickname.to_owned(),
            address: PostalAddress { locality: city.to_owned(), ..PostalAddress::default() },
            ..UncheckedProfile::default()
        };
        let shown = of("Ada", "AL", "Lagos");
        let stored = of("Ada Okafor", "AL", "");
        assert_eq!(
            of("Ada", "", "Lagos").changes_of(&shown, stored.clone()),
            of("Ada Okafor", "", "")
        );
        let all = of("Grace", "GH", "Berlin");
        assert_eq!(all.clone().changes_of(&shown, stored), all);
    }

    #[test]
    fn what_an_import_left_stays_as_long_as_nobody_changes_it() {
        let stored = StoredProfile {
            phone_number: Some("+1234567"),
            locale: Some("pt-BR"),
            zoneinfo: Some("US/Pacific"),
        };
        let typed = UncheckedProfile {
            phone_number: "+1234567".to_owned(),
            locale: "pt-BR".to_owned(),
            zoneinfo: "US/Pacific".to_owned(),
            ..UncheckedProfile::default()
        };
        let kept = typed.checked(stored).unwrap();
        assert_eq!(kept.phone_number.as_deref(), stored.phone_number);
        assert_eq!(
            (kept.locale.as_deref(), kept.zoneinfo.as_deref()),
            (stored.locale, stored.zoneinfo)
        );
        let other = StoredProfile { locale: Some("pt-PT"), zoneinfo: Some("US/Central"), ..stored };
        let problems = typed.checked(other).unwrap_err();
        assert_eq!(problems, [ProfileProblem::LocaleUnknown, ProfileProblem::ZoneUnknown]);
        assert_eq!(UncheckedProfile::default().checked(stored), Ok(Profile::default()));
    }

    #[test]
    fn a_zone_is_known_by_its_name_or_its_city() {
        let zone = |typed: &str| checked_zone(typed);
        for typed in ["Europe/Berlin", "europe/berlin", " Berlin ", "BERLIN"] {
            assert_eq!(zone(typed), Ok(Some("Europe/Berlin".to_owned())), "{typed}");
        }
        assert_eq!(zone("new york"), Ok(Some("America/New_York".to_owned())));
        for utc in ["utc", "GMT"] {
            assert_eq!(zone(utc), Ok(Some("UTC".to_owned())), "{utc}");
        }
        for (country, name) in [("india", "Asia/Kolkata"), ("New  Zealand", "Pacific/Auckland")] {
            assert_eq!(zone(country), Ok(Some(name.to_owned())), "{country}");
        }
        assert_eq!(zone(""), Ok(None));
        for odd in ["US/Pacific", "Etc/GMT+1", "Europe", "Mars/Olympus", "+01:00"] {
            assert_eq!(zone(odd), Err(ProfileProblem::ZoneUnknown), "{odd}");
        }
    }

    #[test]
    fn a_username_is_no_address_and_has_no_odd_characters() {
        for odd in ["a@b", " a", "a\u{7}", "\u{2003}a", "\u{ff20}", "x\ty"] {
            assert_eq!(checked_username(odd), None, "{odd:?}");
        }
        assert_eq!(checked_username("ＡＤＡ"), Some(Some(("ＡＤＡ".to_owned(), "ada".to_owned()))));
    }
}
