//! Where answers may be sent: the rules for registering and for matching redirect URIs.

use url::{Host, Url};

use super::client::{Client, ClientKind};

/// Why a URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriProblem {
    /// Not an absolute URI.
    #[error("it must be an absolute URI such as https://app.example/callback")]
    NotAbsolute,
    /// RFC 6749 §3.1.2.
    #[error("it must not have a fragment (the part after #)")]
    HasFragment,
    /// `https://user@host` misleads people and parsers.
    #[error("it must not have a user name or password")]
    HasUserInfo,
    /// Control characters, spaces, or backslashes, which parsers read differently.
    #[error("it must not have spaces, control characters, backslashes or wildcards")]
    HasForbiddenCharacter,
    /// Plain http outside the own machine.
    #[error("it must use https (http is only for localhost, 127.0.0.1 and [::1])")]
    InsecureScheme,
    /// A scheme that runs code or opens files.
    #[error("its scheme is not allowed")]
    ForbiddenScheme,
    /// A custom scheme that is not a reverse domain name (RFC 8252 §7.1).
    #[error("a custom scheme is for native apps and must hold a dot, such as com.example.app")]
    CustomScheme,
    /// `..` or an encoded separator, which servers normalise differently.
    #[error("its path must not hold . or .. segments, plain or encoded")]
    DotSegments,
}

/// Whether `uri` may be registered for a client of `kind`.
///
/// # Errors
///
/// The rule it breaks.
pub fn check_registrable(uri: &str, kind: ClientKind) -> Result<(), RedirectUriProblem> {
    let is_forbidden =
        |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '*' | '<' | '>' | '"');
    if uri.chars().any(is_forbidden) || !uri.is_ascii() {
        return Err(RedirectUriProblem::HasForbiddenCharacter);
    }
    if uri.contains('#') {
        return Err(RedirectUriProblem::HasFragment);
    }
    let parsed = Url::parse(uri).map_err(|_| RedirectUriProblem::NotAbsolute)?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(RedirectUriProblem::HasUserInfo);
    }
    let lower = uri.to_ascii_lowercase();
    let path = lower.split('?').next().unwrap_or_default();
    if path.split('/').any(|part| matches!(part, "." | ".." | "%2e" | "%2e%2e" | ".%2e" | "%2e.")) {
        return Err(RedirectUriProblem::DotSegments);
    }
    check_scheme(&parsed, kind)
}

fn check_scheme(uri: &Url, kind: ClientKind) -> Result<(), RedirectUriProblem> {
    match uri.scheme() {
        "https" => Ok(()),
        "http" if is_own_machine(uri) => Ok(()),
        "http" => Err(RedirectUriProblem::InsecureScheme),
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "ftp" | "ws" | "wss" => {
            Err(RedirectUriProblem::ForbiddenScheme)
        }
        scheme if kind == ClientKind::Native && scheme.contains('.') => Ok(()),
        _ => Err(RedirectUriProblem::CustomScheme),
    }
}

/// Whether the host is this very machine, where http needs no protection.
#[must_use]
pub fn is_own_machine(uri: &Url) -> bool {
    match uri.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether `asked` is one of the client's redirect URIs.
///
/// Compared by the byte (RFC 9700 §2.1). A native client's loopback URI may carry any port, which
/// it learns only when it starts to listen; the rest stays exact (RFC 8252 §7.3).
#[must_use]
pub fn is_registered(client: &Client, asked: &str) -> bool {
    client.redirect_uris.iter().any(|registered| {
        registered == asked
            || (client.kind == ClientKind::Native
                && without_loopback_port(registered).is_some()
                && without_loopback_port(registered) == without_loopback_port(asked))
    })
}

/// Splits `http://127.0.0.1:PORT/rest` or `http://[::1]:PORT/rest` into what must be equal.
fn without_loopback_port(uri: &str) -> Option<(&'static str, &str)> {
    for host in ["http://127.0.0.1", "http://[::1]"] {
        let Some(rest) = uri.strip_prefix(host) else { continue };
        let rest = match rest.strip_prefix(':') {
            None => rest,
            Some(with_port) => {
                let digits = with_port.bytes().take_while(u8::is_ascii_digit).count();
                let (port, rest) = with_port.split_at_checked(digits)?;
                port.parse::<u16>().ok()?;
                rest
            }
        };
        return (rest.is_empty() || rest.starts_with('/') || rest.starts_with('?'))
            .then_some((host, rest));
    }
    None
}

/// The scheme, host and port of `uri`, as a browser's `Origin` header writes them.
#[must_use]
pub fn origin_of(uri: &str) -> Option<String> {
    let origin = Url::parse(uri).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_uris_can_be_registered() {
        for uri in
            ["https://app.example/cb", "https://app.example/cb?x=1", "http://localhost:3000/"]
        {
            assert_eq!(check_registrable(uri, ClientKind::Web), Ok(()), "{uri}");
        }
        assert_eq!(check_registrable("com.example.app:/cb", ClientKind::Native), Ok(()));
        assert_eq!(check_registrable("http://127.0.0.1/cb", ClientKind::Native), Ok(()));
    }

    #[test]
    fn evil_uris_cannot_be_registered() {
        for uri in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
            "/cb",
            "blob:https://a.example/1",
            "",
            "http://app.example/cb",
            "https://u@app.example/",
            "https://u:p@app.example/",
            "https://app.example/#",
            "https://app.example/a/../b",
            "https://app.example/%2e%2e/b",
            "https://*.app.example/",
            "https://app.example\\@evil.example",
            "https://app.example/ x",
            "myapp:/cb",
            "https://app.example/\u{0}",
            "https://ａpp.example/",
        ] {
            assert!(check_registrable(uri, ClientKind::Web).is_err(), "{uri}");
        }
    }

    #[test]
    fn only_the_port_of_a_loopback_uri_is_free() {
        let base = without_loopback_port("http://127.0.0.1/cb");
        assert_eq!(without_loopback_port("http://127.0.0.1:51234/cb"), base);
        for other in [
            "http://127.0.0.1:51234/other",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:51234@evil.example/cb",
            "http://127.0.0.1:51234/cb?x=1",
            "http://[::1]:51234/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:/cb",
            "https://127.0.0.1:51234/cb",
            "http://localhost:51234/cb",
            "http://127.0.0.1:1x/cb",
        ] {
            assert_ne!(without_loopback_port(other), base, "{other}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_do() {
        assert_eq!(origin_of("https://app.example:443/x").as_deref(), Some("https://app.example"));
        assert_eq!(origin_of("com.example.app:/cb"), None);
    }
}
