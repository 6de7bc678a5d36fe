//! E-mail addresses: as typed, and as compared.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;

use super::name::{canonical_name, is_invisible, trimmed};

/// An address that a mail can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress {
    typed: String,
    canonical: String,
}

/// Not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct MalformedEmailAddress;

impl EmailAddress {
    /// As typed, in NFKC: where mail goes. So nobody registers somebody's address by a mailbox
    /// whose name only looks like it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// What two spellings of the same address share: NFKC, lower case, the domain by IDNA. Dots
    /// and `+tags` stay, since only the receiving host knows what they mean.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Its first letter and its host: what a page shows of it to whoever may not know it.
    #[must_use]
    pub fn masked(&self) -> String {
        masked(&self.typed)
    }
}

/// [`EmailAddress::masked`] of an address as it lies in storage.
#[must_use]
pub fn masked(address: &str) -> String {
    let (local, host) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{host}")
}

/// The address as mail servers take it: the domain by its A-labels (RFC 5890 §2.3.2.1), since few know other
/// ones (RFC 6531). What has no domain that could be written so stays as it is.
#[must_use]
pub fn for_mail_servers(address: &str) -> String {
    let ascii = address.rsplit_once('@').filter(|(_, domain)| !domain.is_ascii());
    let ascii = ascii.and_then(|(local, domain)| {
        Some(format!("{local}@{}", idna::domain_to_ascii_strict(domain).ok()?))
    });
    ascii.unwrap_or_else(|| address.to_owned())
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.typed)
    }
}

impl FromStr for EmailAddress {
    type Err = MalformedEmailAddress;

    fn from_str(text: &str) -> Result<Self, MalformedEmailAddress> {
        let is_odd = |c: char| c.is_control() || c.is_whitespace() || is_invisible(c);
        let typed: String = trimmed(text).nfkc().collect();
        // RFC 5321 §4.5.3.1.3: a path is 256 octets with its brackets.
        if typed.len() > 254 || typed.chars().any(is_odd) {
            return Err(MalformedEmailAddress);
        }
        email_address::EmailAddress::from_str(&typed).map_err(|_| MalformedEmailAddress)?;
        let (local, domain) = typed.rsplit_once('@').ok_or(MalformedEmailAddress)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| MalformedEmailAddress)?;
        if local.starts_with('"') || !domain.contains('.') && domain != "localhost" {
            return Err(MalformedEmailAddress);
        }
        let canonical = format!("{}@{domain}", canonical_name(local));
        Ok(Self { typed, canonical })
    }
}

/// The compared form of what a person typed as their name at sign-in: an address where it is one,
/// otherwise that of a name.
#[must_use]
pub fn canonical_login_name(typed: &str) -> String {
    typed
        .parse::<EmailAddress>()
        .map_or_else(|_| canonical_name(trimmed(typed)), |address| address.canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        text.parse::<EmailAddress>().unwrap().canonical
    }

    #[test]
    fn spellings_of_one_address_compare_equal() {
        assert_eq!(canonical("Ada@Example.ORG"), "ada@example.org");
        assert_eq!(canonical(" ada@example.org "), "ada@example.org");
        assert_eq!(canonical("ada@bücher.example"), "ada@xn--bcher-kva.example");
        assert_eq!(canonical("ａｄａ@example.org"), "ada@example.org");
        assert_eq!(canonical("ada＠ｅｘａｍｐｌｅ．org"), "ada@example.org");
        assert_eq!(canonical("\u{212a}ate@example.org"), "kate@example.org");
        assert_eq!(canonical("ada@xn--bcher-kva.example"), canonical("ada@BÜCHER.example"));
        assert_eq!(canonical("ada@faß.example"), "ada@xn--fa-hia.example");
        assert_eq!(canonical("\u{feff}ada@example.org\u{200b}"), "ada@example.org");
    }

    #[test]
    fn mail_goes_to_what_was_typed_but_for_letters_that_stand_for_others() {
        for (typed, goes_to) in [
            (" Ada.L+x@Example.org ", "Ada.L+x@Example.org"),
            ("ａｄａ@example.org", "ada@example.org"),
            ("gro\u{308}ße@bücher.example", "größe@bücher.example"),
        ] {
            assert_eq!(typed.parse::<EmailAddress>().unwrap().as_str(), goes_to);
        }
    }

    #[test]
    fn mail_servers_get_domains_in_ascii_and_the_rest_as_typed() {
        for (typed, sent) in [
            ("Ada.L+x@Example.org", "Ada.L+x@Example.org"),
            ("größe@Bücher.example", "größe@xn--bcher-kva.example"),
            ("ada@faß.example", "ada@xn--fa-hia.example"),
            ("no address", "no address"),
        ] {
            assert_eq!(for_mail_servers(typed), sent);
        }
    }

    #[test]
    fn dots_and_tags_tell_addresses_apart() {
        assert_ne!(canonical("a.da@example.org"), canonical("ada@example.org"));
        assert_ne!(canonical("ada+x@example.org"), canonical("ada@example.org"));
        assert_ne!(canonical("strasse@example.org"), canonical("straße@example.org"));
        assert_ne!(canonical("\u{131}da@example.org"), canonical("ida@example.org"));
    }

    #[test]
    fn a_mask_leaves_the_first_letter_and_the_host() {
        let address: EmailAddress = "ada.lovelace@example.org".parse().unwrap();
        assert_eq!(address.masked(), "a•••@example.org");
        assert_eq!(masked(&address.masked()), address.masked(), "a mask of a mask is the same");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a b@example.org",
            "a@b\r\nBcc: x@y.example",
            "\"a b\"@example.org",
            "a@b@c.example",
            "ada@nodot",
            "ada@exa mple.org",
            "a\0@b.example",
            "a\u{200d}da@example.org",
            "ada@exam\u{ad}ple.org",
            "a\u{202e}da@example.org",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(MalformedEmailAddress), "{text:?}");
        }
    }
}
