//! `[second_factors]`: what is asked of people beside their password.

use super::reader::Section;

/// A way to prove who one is beside the password, as an operator names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Passkeys.
    Passkey,
    /// Authenticator apps.
    Totp,
    /// Codes by SMS.
    Sms,
    /// Codes by mail.
    Email,
}

impl Method {
    /// Every method, as they are where the operator names none.
    pub const ALL: [Self; 4] = [Self::Passkey, Self::Totp, Self::Sms, Self::Email];

    /// As an operator names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}

impl std::str::FromStr for Method {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name.trim().to_ascii_lowercase().as_str() {
            "passkey" => Ok(Self::Passkey),
            "totp" => Ok(Self::Totp),
            "sms" => Ok(Self::Sms),
            "email" => Ok(Self::Email),
            _ => Err(()),
        }
    }
}

/// What is asked of everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nobody is offered a second factor.
    Off,
    /// Who wants one sets it up.
    Optional,
    /// Who has none is led to set one up.
    Required,
}

/// What is asked of people beside their password.
#[derive(Clone, Debug)]
pub struct SecondFactors {
    /// What is asked of everybody.
    pub policy: Policy,
    /// What can be set up.
    pub methods: Vec<Method>,
    /// What an authenticator app calls this service; the brand where absent.
    pub totp_issuer: Option<String>,
    /// How many backup codes there are in a set.
    pub backup_codes: usize,
    /// How long a browser is trusted, in seconds.
    pub trust: i64,
}

impl SecondFactors {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let policies =
            [("off", Policy::Off), ("optional", Policy::Optional), ("required", Policy::Required)];
        let named = section.items("methods", "a list of \"passkey\", \"totp\", \"sms\", \"email\"");
        Self {
            policy: section.choice("policy", &policies, Policy::Optional),
            methods: named
                .unwrap_or_else(|| vec![Method::Passkey, Method::Totp, Method::Sms, Method::Email]),
            totp_issuer: section.text("totp_issuer"),
            backup_codes: section.number("backup_codes", 10, 5..=50),
            trust: section.seconds("trust", 30 * 86_400, 3_600..=365 * 86_400),
        }
    }

    /// Whether the operator named some methods, so that each of them is expected to work.
    #[must_use]
    pub fn names_methods(&self) -> bool {
        self.methods != Method::ALL
    }

    pub(super) fn validate(&self) -> Vec<String> {
        let issuer = self.totp_issuer.as_deref().unwrap_or_default();
        let mut problems = Vec::new();
        if issuer.chars().count() > 60 || issuer.chars().any(|c| c.is_control() || c == ':') {
            problems.push(
                "second_factors.totp_issuer (TOTP_ISSUER) must have at most 60 characters on one \
                 line, and no colon"
                    .to_owned(),
            );
        }
        if self.methods.is_empty() {
            problems.push(
                "second_factors.methods is empty: name at least one of \"passkey\", \"totp\", \
                 \"sms\", \"email\", or leave it out. To ask nobody for a second factor, set \
                 second_factors.policy to \"off\""
                    .to_owned(),
            );
        }
        problems
    }
}
