//! How the answer to an authorization request travels to the client.

use url::Url;

/// Where in the answer the parameters stand (OAuth 2.0 Multiple Response Types §2.1, OAuth 2.0
/// Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI; the default of the code flow.
    Query,
    /// In its fragment.
    Fragment,
    /// In a form that the browser posts to it.
    FormPost,
}

impl ResponseMode {
    /// Every mode we serve, for discovery.
    pub const SUPPORTED: [&'static str; 3] = ["query", "fragment", "form_post"];

    /// Reads the `response_mode` parameter.
    #[must_use]
    pub fn parse(text: Option<&str>) -> Option<Self> {
        match text {
            None | Some("query") => Some(Self::Query),
            Some("fragment") => Some(Self::Fragment),
            Some("form_post") => Some(Self::FormPost),
            Some(_) => None,
        }
    }
}

/// An answer, on its way to a redirect URI that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// Where.
    pub redirect_uri: String,
    /// How.
    pub mode: ResponseMode,
    /// What: `code` or `error`, `state`, `iss` (RFC 9207).
    pub parameters: Vec<(&'static str, String)>,
}

impl AuthorizationResponse {
    /// The URL to send the browser to; absent where a form must be posted.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let pairs = self.parameters.iter().map(|(name, value)| (*name, value.as_str()));
        match self.mode {
            ResponseMode::FormPost => None,
            ResponseMode::Query => Some(with_query(&self.redirect_uri, pairs)),
            ResponseMode::Fragment => {
                let mut fragment = form_urlencoded::Serializer::new(String::new());
                fragment.extend_pairs(pairs);
                Some(format!("{}#{}", self.redirect_uri, fragment.finish()))
            }
        }
    }

    /// The host that people read, or the scheme of an app's own.
    #[must_use]
    pub fn host(&self) -> String {
        host_of(&self.redirect_uri)
    }
}

/// The host of a URI, or its scheme where it has none.
#[must_use]
pub fn host_of(uri: &str) -> String {
    let parsed = Url::parse(uri).ok();
    parsed
        .as_ref()
        .and_then(|uri| uri.host_str().map(str::to_owned))
        .or_else(|| parsed.map(|uri| uri.scheme().to_owned()))
        .unwrap_or_default()
}

/// Adds parameters to a URI's own query, which stays as registered (RFC 6749 §3.1.2).
#[must_use]
pub fn with_query<'pair>(
    uri: &str,
    pairs: impl IntoIterator<Item = (&'pair str, &'pair str)>,
) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(redirect_uri: &str, mode: ResponseMode) -> AuthorizationResponse {
        let parameters =
            vec![("code", "a b&c".to_owned()), ("state", "x\r\nSet-Cookie: y".to_owned())];
        AuthorizationResponse { redirect_uri: redirect_uri.to_owned(), mode, parameters }
    }

    /// IJ-04
    #[test]
    fn parameters_are_encoded_and_the_own_query_stays() {
        let query = "code=a+b%26c&state=x%0D%0ASet-Cookie%3A+y";
        assert_eq!(
            response("https://a.example/cb", ResponseMode::Query).url(),
            Some(format!("https://a.example/cb?{query}"))
        );
        assert_eq!(
            response("https://a.example/cb?t=1", ResponseMode::Query).url(),
            Some(format!("https://a.example/cb?t=1&{query}"))
        );
        assert_eq!(
            response("com.example.app:/cb", ResponseMode::Fragment).url(),
            Some(format!("com.example.app:/cb#{query}"))
        );
        assert_eq!(response("https://a.example/cb", ResponseMode::FormPost).url(), None);
    }

    #[test]
    fn a_host_is_what_people_know() {
        assert_eq!(host_of("https://notes.example:8443/cb"), "notes.example");
        assert_eq!(host_of("com.example.app:/cb"), "com.example.app");
    }
}
