//! Roles: what people are to an installation.

use super::RoleId;
use crate::clock::Timestamp;

/// The most characters of a name.
const LONGEST_NAME: usize = 64;
/// The most characters of a description.
pub const LONGEST_DESCRIPTION: usize = 200;
/// The most roles that a person may have.
pub const MOST_OF_USER: i64 = 50;
/// The built-in role: who runs the installation. It is there from the start, and stays.
pub const ADMIN: &str = "admin";
/// Names that are Protekt's own: nobody may make a role of that name.
const RESERVED: [&str; 1] = [ADMIN];

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Role {
    /// Its id, which stays.
    pub id: RoleId,
    /// What it is called; a [`RoleName`].
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether who has it must have a second factor.
    pub second_factor_required: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A name that a role may have: 1 to 64 of `a-z`, `0-9` and `-_:.`, a letter or digit first. There
/// is one spelling of it, so that a name in a token can be compared by the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleName(String);

/// Why a text is no name of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleNameProblem {
    /// It is empty or too long, or has other characters.
    #[error(
        "a role's name has 1 to {LONGEST_NAME} characters: a-z, 0-9 and -_:. alone, a letter or \
         digit first"
    )]
    Malformed,
    /// It is one of our own.
    #[error("the name is kept for a role of Protekt's own: choose another one")]
    Reserved,
}

impl RoleName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for RoleName {
    type Err = RoleNameProblem;

    fn from_str(text: &str) -> Result<Self, RoleNameProblem> {
        let is_first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_known = |byte: u8| is_first(&byte) || b"-_:.".contains(&byte);
        let is_well_formed = text.len() <= LONGEST_NAME
            && text.as_bytes().first().is_some_and(is_first)
            && text.bytes().all(is_known);
        if !is_well_formed {
            return Err(RoleNameProblem::Malformed);
        }
        if RESERVED.contains(&text) {
            return Err(RoleNameProblem::Reserved);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether a text can describe a role: one line, not too long.
#[must_use]
pub fn is_description(text: &str) -> bool {
    text.chars().count() <= LONGEST_DESCRIPTION && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let longest = "a".repeat(LONGEST_NAME);
        for good in ["staff", "0", "billing:read", "a-b_c.d", "team:7", &longest] {
            assert_eq!(good.parse::<RoleName>().unwrap().as_str(), good);
        }
        let too_long = "a".repeat(LONGEST_NAME + 1);
        for bad in [
            "", "Staff", "stAff", "staff ", " staff", "-staff", ":x", "é", "a b", "a/b", "a\0",
            &too_long,
        ] {
            assert_eq!(bad.parse::<RoleName>(), Err(RoleNameProblem::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn a_name_of_our_own_is_nobodys() {
        assert_eq!("admin".parse::<RoleName>(), Err(RoleNameProblem::Reserved));
        assert!("admins".parse::<RoleName>().is_ok());
    }

    #[test]
    fn a_description_is_one_line() {
        assert!(is_description("") && is_description(&"é".repeat(LONGEST_DESCRIPTION)));
        assert!(!is_description("one\ntwo") && !is_description("a\0"));
        assert!(!is_description(&"e".repeat(LONGEST_DESCRIPTION + 1)));
    }
}
