//! Reading a compact JWT apart. Nothing here is verified; `verify` does that.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// A JWT whose signature and claims nobody has checked yet (RFC 7519 §3).
pub(super) struct UnverifiedJwt<'a> {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) signing_input: &'a str,
    pub(super) signature: Vec<u8>,
}

impl<'a> UnverifiedJwt<'a> {
    /// Splits `token` into its three parts and decodes them; `None` where it is no JWT.
    pub(super) fn parse(token: &'a str) -> Option<Self> {
        let (signing_input, signature) = token.rsplit_once('.')?;
        let (header, claims) = signing_input.split_once('.')?;
        Some(Self {
            header: decode(header)?,
            claims: decode(claims)?,
            signing_input,
            signature: BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// A text member of the header.
    pub(super) fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// A text claim.
    pub(super) fn claim_text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// Whether `aud`, a text or a list of texts, names `audience` (RFC 7519 §4.1.3).
    pub(super) fn is_meant_for(&self, audience: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        }
    }
}

fn decode(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(json: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(json)
    }

    #[test]
    fn a_token_is_read_apart() {
        let token = format!(
            "{}.{}.{}",
            part(r#"{"alg":"RS256","kid":"k1"}"#),
            part(r#"{"iss":"http://a/","aud":["x","y"]}"#),
            part("signature")
        );
        let jwt = UnverifiedJwt::parse(&token).unwrap();
        assert_eq!(jwt.header_text("kid"), Some("k1"));
        assert_eq!(jwt.claim_text("iss"), Some("http://a/"));
        assert!(jwt.is_meant_for("y"));
        assert!(!jwt.is_meant_for("z"));
        assert_eq!(jwt.signature, b"signature");
        assert!(token.starts_with(jwt.signing_input));
    }

    #[test]
    fn what_is_no_jwt_is_not_read() {
        let header = part("{}");
        for text in
            ["", "opaque", "a.b", "..", &format!("{header}.{header}.!"), &format!("{header}.W10.")]
        {
            assert!(UnverifiedJwt::parse(text).is_none(), "{text}");
        }
        assert!(UnverifiedJwt::parse(&format!("a.{header}.{header}.")).is_none());
    }
}
