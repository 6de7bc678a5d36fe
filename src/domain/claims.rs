//! The names of claims in our tokens.

/// What a person may do at the API of an access token.
pub const PERMISSIONS: &str = "permissions";
/// The longest name that the roles may stand under, in characters.
const LONGEST: usize = 200;
/// Names that mean something to us or to those who read tokens (RFC 7519 §4.1, RFC 7662 §2.2, RFC 8693
/// §4, RFC 9068 §2.2, OpenID Connect Core §2 and §5.1): nothing else may stand there.
const OWN: [&str; 51] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "typ",
    "client_id",
    "azp",
    "scope",
    PERMISSIONS,
    "gty",
    "grant_id",
    "auth_time",
    "acr",
    "amr",
    "sid",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "cnf",
    "act",
    "may_act",
    "events",
    "active",
    "token_type",
    "token_use",
    "username",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
    "_claim_names",
    "_claim_sources",
];

/// Whether a claim of this name has a meaning of its own.
#[must_use]
pub fn is_own(name: &str) -> bool {
    OWN.contains(&name)
}

/// Whether the roles of a person may stand under this name: printable ASCII without quotes and
/// backslash, and no name of another claim.
#[must_use]
pub fn can_hold_roles(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    !name.is_empty() && name.len() <= LONGEST && name.bytes().all(is_plain) && !is_own(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_stand_under_any_plain_name_that_means_nothing_else() {
        let longest = "r".repeat(LONGEST);
        for good in ["roles", "groups", "https://example.com/roles", "urn:x:roles", &longest] {
            assert!(can_hold_roles(good), "{good}");
        }
        let too_long = "r".repeat(LONGEST + 1);
        for bad in ["", "a b", "\"", "r\\", "é", "a\0", "sub", "scope", "permissions", &too_long] {
            assert!(!can_hold_roles(bad), "{bad}");
        }
    }
}
