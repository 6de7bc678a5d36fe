//! What authenticators are called, by their models.
//!
//! The values are from the community's list of passkey providers
//! (`passkeydeveloper/passkey-authenticator-aaguids`). An authenticator says of itself which model
//! it is and nothing proves it: good for a name, and for no decision (WebAuthn Level 3 §6.5.1).

/// Providers and security keys that people have, by AAGUID.
const MODELS: [(&str, &str); 25] = [
    ("08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello"),
    ("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6", "Keeper"),
    ("1ac71f64-468d-4fe0-bef1-0e5f2f551f18", "YubiKey 5"),
    ("20ac7a17-c814-4833-93fe-539f0d5e3389", "YubiKey 5"),
    ("24673149-6c86-42e7-98d9-433fb5b73296", "YubiKey 5"),
    ("2fc0579f-8113-47ea-b116-bb5a8db9202a", "YubiKey 5"),
    ("42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3", "Google Titan"),
    ("50726f74-6f6e-5061-7373-50726f746f6e", "Proton Pass"),
    ("531126d6-e717-415c-9320-3d9aa6981239", "Dashlane"),
    ("53414d53-554e-4700-0000-000000000000", "Samsung Pass"),
    ("6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello"),
    ("73bb0cd4-e502-49b8-9c6f-b59445bf720b", "YubiKey 5 FIPS"),
    ("771b48fd-d3d4-4f74-9232-fc157ab0507a", "Edge on Mac"),
    ("9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello"),
    ("adce0002-35bc-c60a-648b-0b25f1f05503", "Chrome on Mac"),
    ("b78a0a55-6ef8-d246-a042-ba0f6d55050c", "LastPass"),
    ("b84e4048-15dc-4dd0-8640-f4f60813c8af", "NordPass"),
    ("bada5566-a7aa-401f-bd96-45619a55120d", "1Password"),
    ("d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden"),
    ("dd4ec289-e01d-41c9-bb89-70fa845d4bf2", "iCloud Keychain"),
    ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager"),
    ("ee882879-721c-4913-9775-3dfcce97072a", "YubiKey 5"),
    ("f3809540-7f14-49c1-a8b3-8f813b225541", "Enpass"),
    // The list of today calls it by its app, people by what it was for years.
    ("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "iCloud Keychain"),
    ("fdb141b2-5d84-443e-8a35-4698c205a502", "KeePassXC"),
];

/// What people call the authenticator of this AAGUID (in lower case, with hyphens); `None` for one
/// that is not known.
#[must_use]
pub fn name_of(aaguid: &str) -> Option<&'static str> {
    MODELS.iter().find(|(known, _)| *known == aaguid).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_stands_once_in_its_form_and_the_zeros_name_nobody() {
        assert!(MODELS.is_sorted_by(|left, right| left.0 < right.0));
        for (aaguid, name) in MODELS {
            let parsed = uuid::Uuid::parse_str(aaguid).unwrap();
            assert_eq!(parsed.to_string(), aaguid);
            assert_eq!(name_of(aaguid), Some(name));
        }
        assert_eq!(name_of(&uuid::Uuid::nil().to_string()), None);
        assert_eq!(name_of(""), None);
    }
}
