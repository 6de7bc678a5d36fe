//! Addresses of services that we send secrets to.

use url::{Host, Url};

use super::reader::Section;

/// Reads the address of a service: https, or on this machine; without name, query and fragment.
pub(super) fn read(section: &mut Section<'_>, key: &str, default: &str) -> String {
    let wanted = "an address such as \"https://api.example.com\", without a name or a query; http \
                  only where it is this machine";
    let read = section.parsed(key, wanted, |entry| {
        let text = entry.text()?;
        is_fit(&Url::parse(text.trim()).ok()?).then(|| text.trim().to_owned())
    });
    read.unwrap_or_else(|| default.to_owned())
}

fn is_fit(url: &Url) -> bool {
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    is_plain && is_protected(url)
}

/// Whether nobody on the way reads what goes there: https, or this machine.
pub(super) fn is_protected(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_this_machine(url),
        _ => false,
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_reached_by_https_or_on_this_machine() {
        for (text, is_allowed) in [
            ("https://api.sendgrid.com", true),
            ("https://mail.example:8443/relay/", true),
            ("http://127.0.0.1:8025", true),
            ("http://[::1]:8025", true),
            ("http://localhost:8025", true),
            ("http://api.sendgrid.com", false),
            ("http://localhost.example", false),
            ("https://key@api.sendgrid.com", false),
            ("https://api.sendgrid.com/?key=1", false),
            ("ftp://api.sendgrid.com", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_fit(&Url::parse(text).unwrap()), is_allowed, "{text}");
        }
    }
}
