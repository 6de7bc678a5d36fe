//! One RSA key: made, sealed, parsed, published.

use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{RsaPrivateKey, RsaPublicKey};
use zeroize::Zeroizing;

use super::KeyError;
use super::kept_pairs::KeptPair;
use crate::domain::TokenDigest;

/// The signature algorithm of every token.
pub const ALGORITHM: &str = "RS256";

/// RFC 7518 §3.3 asks for 2048 bits or more.
const BITS: usize = 2048;

/// A new key before it is sealed.
pub(super) struct GeneratedKey {
    pub(super) kid: String,
    pub(super) private_pkcs8: Zeroizing<Vec<u8>>,
    pub(super) public: PublicJwk,
}

/// The public half, as the JWKS shows it (RFC 7517 §4, RFC 7518 §6.3.1).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PublicJwk {
    /// `RSA`.
    pub kty: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// `RS256`.
    pub alg: String,
    /// The key's thumbprint.
    pub kid: String,
    /// The modulus.
    pub n: String,
    /// The exponent.
    pub e: String,
}

/// A key that can sign now.
pub struct SigningKey {
    /// Named in the header of every token it signs.
    pub kid: String,
    pair: KeptPair,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SigningKey({})", self.kid)
    }
}

impl SigningKey {
    /// Parses an opened private key.
    pub(super) fn parse(kid: &str, private_pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = RsaKeyPair::from_pkcs8(private_pkcs8)
            .map_err(|_| KeyError::Unusable { kid: kid.to_owned() })?;
        Ok(Self { kid: kid.to_owned(), pair: KeptPair::keep(pair) })
    }

    /// Signs `claims` as a JWT of type `typ` (RFC 7519).
    ///
    /// # Errors
    ///
    /// If the claims cannot be written as JSON.
    pub fn sign(&self, typ: &str, claims: &impl serde::Serialize) -> Result<String, KeyError> {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, self.pair.encoding_key())
            .map_err(|error| KeyError::Signing(error.to_string()))
    }
}

/// Makes a key. Takes a good part of a second of CPU: never on an async thread.
pub(super) fn generate() -> Result<GeneratedKey, KeyError> {
    let failed = |error: &dyn std::fmt::Display| KeyError::Generation(error.to_string());
    // The crate generates keys and never signs: its signatures leak timing (RUSTSEC-2023-0071).
    let private =
        RsaPrivateKey::new(&mut rsa::rand_core::OsRng, BITS).map_err(|error| failed(&error))?;
    let public = PublicJwk::of(&private.to_public_key());
    let private_pkcs8 = private.to_pkcs8_der().map_err(|error| failed(&error))?;
    Ok(GeneratedKey {
        kid: public.kid.clone(),
        private_pkcs8: Zeroizing::new(private_pkcs8.as_bytes().to_vec()),
        public,
    })
}

impl PublicJwk {
    fn of(public: &RsaPublicKey) -> Self {
        let n = BASE64_URL_SAFE_NO_PAD.encode(public.n().to_bytes_be());
        let e = BASE64_URL_SAFE_NO_PAD.encode(public.e().to_bytes_be());
        // RFC 7638 §3.2: the required members alone, in this order, without spaces.
        let thumbprint = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        Self {
            kty: "RSA".to_owned(),
            usage: "sig".to_owned(),
            alg: ALGORITHM.to_owned(),
            kid: TokenDigest::of(thumbprint.as_bytes()).as_str().to_owned(),
            n,
            e,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kid_is_the_thumbprint_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6\
                 tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4Qy\
                 Q5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpb\
                 ISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCu\
                 r-kEgU8awapJzKnqDKgw";
        let modulus = rsa::BigUint::from_bytes_be(&BASE64_URL_SAFE_NO_PAD.decode(n).unwrap());
        let public = RsaPublicKey::new(modulus, rsa::BigUint::from(65537_u32)).unwrap();
        assert_eq!(PublicJwk::of(&public).kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_generated_key_signs_what_its_public_half_verifies() {
        let key = generate().unwrap();
        let signing = SigningKey::parse(&key.kid, &key.private_pkcs8).unwrap();
        let token = signing.sign("at+jwt", &serde_json::json!({ "sub": "ada" })).unwrap();
        let decoding =
            jsonwebtoken::DecodingKey::from_rsa_components(&key.public.n, &key.public.e).unwrap();
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let data =
            jsonwebtoken::decode::<serde_json::Value>(&token, &decoding, &validation).unwrap();
        assert_eq!(data.header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(data.header.kid.as_deref(), Some(key.kid.as_str()));
        assert_eq!(data.claims["sub"], "ada");
        assert!(BASE64_URL_SAFE_NO_PAD.decode(&key.public.n).unwrap().len() >= 256);
    }
}
