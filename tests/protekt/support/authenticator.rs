//! An authenticator of our own making (WebAuthn Level 3 §6): a key pair, a counter, and no person
//! to ask.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// What an authenticator holds of one account.
pub struct Authenticator {
    key: EcdsaKeyPair,
    credential_id: [u8; 16],
    user_handle: String,
    /// Counts signatures; a test may set it back.
    pub counter: u32,
    /// Whether it verifies its user.
    pub verifies_user: bool,
    /// The model that it says it is (AAGUID).
    pub model: [u8; 16],
    /// The origin that the browser tells it.
    pub origin: String,
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn client_data(kind: &str, challenge: &str, origin: &str) -> Vec<u8> {
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false })
        .to_string()
        .into_bytes()
}

impl Authenticator {
    /// One that holds nothing yet, at the origin of the tests.
    pub fn new() -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            credential_id: rand(),
            user_handle: String::new(),
            counter: 0,
            verifies_user: true,
            model: [0; 16],
            origin: "https://id.example.com".to_owned(),
        }
    }

    /// One that holds nothing yet, at an origin.
    pub fn at(origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..Self::new() }
    }

    fn flags(&self) -> u8 {
        USER_PRESENT | if self.verifies_user { USER_VERIFIED } else { 0 }
    }

    fn head(&mut self, rp_id: &str, flags: u8) -> Vec<u8> {
        self.counter += 1;
        let mut data = digest(&SHA256, rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// Answers `navigator.credentials.create`, as the page's script sends it.
    pub fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let options = &options["publicKey"];
        let selection = &options["authenticatorSelection"];
        // A passkey, or a security key.
        let resident = match selection["userVerification"].as_str() {
            Some("required") => "preferred",
            _ => "discouraged",
        };
        assert_eq!(selection["residentKey"], resident, "{options}");
        // As Chromium does: a key cannot be asked to protect itself by what it need not do.
        let is_protected = options["extensions"]["credentialProtectionPolicy"].is_string();
        let is_verified = selection["userVerification"] == "required";
        assert!(is_verified || !is_protected, "{options}");
        options["user"]["id"].as_str().unwrap().clone_into(&mut self.user_handle);
        let client_data =
            client_data("webauthn.create", options["challenge"].as_str().unwrap(), &self.origin);
        let flags = self.flags() | HAS_CREDENTIAL;
        let mut data = self.head(options["rp"]["id"].as_str().unwrap(), flags);
        data.extend(self.model);
        data.extend(16_u16.to_be_bytes());
        data.extend(self.credential_id);
        let point = self.key.public_key().as_ref();
        // COSE_Key (RFC 9052 §7): EC2, ES256, P-256, x and y.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut attestation = vec![0xa3, 0x63];
        attestation.extend(b"fmt");
        attestation.push(0x64);
        attestation.extend(b"none");
        attestation.push(0x67);
        attestation.extend(b"attStmt");
        attestation.extend([0xa0, 0x68]);
        attestation.extend(b"authData");
        attestation.extend([0x58, u8::try_from(data.len()).unwrap()]);
        attestation.extend(data);
        json!({
            "id": encode(&self.credential_id),
            "rawId": encode(&self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&client_data),
                "attestationObject": encode(&attestation),
                "transports": ["internal"],
            },
        })
        .to_string()
    }

    /// Answers `navigator.credentials.get`, as the page's script sends it.
    pub fn get(&mut self, options: &Value) -> String {
        let options = &options["publicKey"];
        let client_data =
            client_data("webauthn.get", options["challenge"].as_str().unwrap(), &self.origin);
        let flags = self.flags();
        let data = self.head(options["rpId"].as_str().unwrap(), flags);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, &client_data).as_ref());
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": encode(&self.credential_id),
            "rawId": encode(&self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&client_data),
                "authenticatorData": encode(&data),
                "signature": encode(signature.as_ref()),
                "userHandle": self.user_handle,
            },
        })
        .to_string()
    }
}

fn rand() -> [u8; 16] {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    bytes
}
