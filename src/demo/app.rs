//! What every handler shares: the addresses, the provider, the sessions.

use axum::http::HeaderValue;
use openidconnect::{ClientId, ClientSecret, IssuerUrl, PostLogoutRedirectUrl, RedirectUrl};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;
use url::Url;

use super::provider::{Provider, Registration};
use super::sessions::Sessions;
use super::{CALLBACK, DemoConfig, InvalidDemoConfig, SIGNED_OUT};

/// The running demo.
pub(super) struct App {
    pub(super) base_url: Url,
    /// `host:port` as the `Host` header of a browser that came the right way.
    pub(super) authority: String,
    pub(super) content_security_policy: HeaderValue,
    pub(super) provider: Provider,
    pub(super) sessions: Sessions,
    /// Held while a refresh token is in use, so that a double click does not look like a stolen token.
    pub(super) refreshing: Mutex<()>,
}

impl App {
    /// Checks the configuration and prepares the shared state.
    pub(super) fn new(config: DemoConfig) -> Result<Self, InvalidDemoConfig> {
        let issuer = http_url(&config.issuer).ok_or(InvalidDemoConfig::Issuer)?;
        let base_url = http_url(&config.base_url)
            .filter(|url| url.path() == "/")
            .ok_or(InvalidDemoConfig::BaseUrl)?;
        let registration = Registration {
            // The issuer is kept as it was written: it is compared by the byte.
            issuer: IssuerUrl::new(config.issuer).map_err(|_| InvalidDemoConfig::Issuer)?,
            client_id: ClientId::new(config.client_id),
            client_secret: ClientSecret::new(config.client_secret.expose_secret().to_owned()),
            redirect_uri: RedirectUrl::from_url(at(&base_url, CALLBACK)),
            post_logout_redirect_uri: PostLogoutRedirectUrl::from_url(at(&base_url, SIGNED_OUT)),
        };
        Ok(Self {
            authority: authority(&base_url),
            content_security_policy: content_security_policy(&issuer)
                .ok_or(InvalidDemoConfig::Issuer)?,
            provider: Provider::new(registration),
            sessions: Sessions::default(),
            refreshing: Mutex::new(()),
            base_url,
        })
    }
}

fn http_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.scheme() == "http" && url.query().is_none() && url.fragment().is_none();
    (is_plain && url.has_host() && text.ends_with('/')).then_some(url)
}

fn at(base_url: &Url, path: &str) -> Url {
    let mut url = base_url.clone();
    url.set_path(path);
    url
}

fn authority(base_url: &Url) -> String {
    let host = base_url.host_str().unwrap_or_default();
    base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Signing out is a form whose redirects reach the provider, and browsers hold redirects to `form-action`.
fn content_security_policy(issuer: &Url) -> Option<HeaderValue> {
    let provider = issuer.origin().ascii_serialization();
    HeaderValue::try_from(format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {provider}; \
         base-uri 'none'; frame-ancestors 'none'"
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(issuer: &str, base_url: &str) -> DemoConfig {
        DemoConfig {
            issuer: issuer.to_owned(),
            base_url: base_url.to_owned(),
            client_id: "notes".to_owned(),
            client_secret: "secret".to_owned().into(),
        }
    }

    #[test]
    fn addresses_follow_the_base_url() {
        let app = App::new(config("http://localhost:5500/", "http://localhost:5501/")).unwrap();
        assert_eq!(app.authority, "localhost:5501");
        assert_eq!(at(&app.base_url, CALLBACK).as_str(), "http://localhost:5501/callback");
        let policy = app.content_security_policy.to_str().unwrap();
        assert!(policy.contains("form-action 'self' http://localhost:5500;"), "{policy}");
    }

    #[test]
    fn an_address_that_cannot_work_is_refused() {
        for issuer in
            ["http://localhost:5500", "https://localhost:5500/", "nonsense", "http://a/?b/"]
        {
            assert!(matches!(
                App::new(config(issuer, "http://localhost:5501/")),
                Err(InvalidDemoConfig::Issuer)
            ));
        }
        for base_url in ["http://localhost:5501", "http://localhost:5501/app/", "localhost"] {
            assert!(matches!(
                App::new(config("http://localhost:5500/", base_url)),
                Err(InvalidDemoConfig::BaseUrl)
            ));
        }
    }
}
