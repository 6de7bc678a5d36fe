//! What accounts are searched by in the management API.
//!
//! ```text
//! query = field ":" value
//! field = "user_id" / "email" / "username"
//! value = word [ "*" ] / DQUOTE text DQUOTE [ "*" ]
//! ```
//!
//! Addresses and usernames compare as they do at sign-in; with `*` behind it a value is what they begin with.

use std::str::FromStr;

use super::UserId;
use super::email_address::canonical_login_name;

/// The longest value, in characters.
const LONGEST: usize = 320;

/// What accounts are searched by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserQuery {
    /// The account with this id.
    Id(UserId),
    /// By address.
    Email(TextMatch),
    /// By username.
    Username(TextMatch),
}

/// How a text is compared, in its compared form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextMatch {
    /// It is this one.
    Is(String),
    /// It begins so.
    BeginsWith(String),
}

/// Why a query is none. Each text says what one looks like.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserQueryProblem {
    /// There is no field.
    #[error("must name a field and a value, such as email:\"ada@example.com\"")]
    NoField,
    /// No such field can be searched.
    #[error("can search user_id, email and username, each as field:\"value\"")]
    UnknownField,
    /// The value is missing, too long, or more than one.
    #[error(
        "must have one value of at most 320 characters; one with spaces stands in double quotes"
    )]
    Value,
    /// An id is known or it is not.
    #[error("can search what an email or a username begins with, as in email:ada*, and no user_id")]
    BeginningOfId,
}

impl FromStr for UserQuery {
    type Err = UserQueryProblem;

    fn from_str(text: &str) -> Result<Self, UserQueryProblem> {
        let (field, value) = text.trim().split_once(':').ok_or(UserQueryProblem::NoField)?;
        if !matches!(field, "user_id" | "email" | "username") {
            return Err(UserQueryProblem::UnknownField);
        }
        let (value, is_beginning) =
            value.strip_suffix('*').map_or((value, false), |value| (value, true));
        let value = unquoted(value).ok_or(UserQueryProblem::Value)?;
        if value.is_empty()
            || value.chars().count() > LONGEST
            || value.chars().any(char::is_control)
        {
            return Err(UserQueryProblem::Value);
        }
        let compared = canonical_login_name(value);
        let matches =
            if is_beginning { TextMatch::BeginsWith(compared) } else { TextMatch::Is(compared) };
        match field {
            "email" => Ok(Self::Email(matches)),
            "username" => Ok(Self::Username(matches)),
            _ if is_beginning => Err(UserQueryProblem::BeginningOfId),
            _ => Ok(Self::Id(UserId(value.to_owned()))),
        }
    }
}

/// What stands between two quotes, or is one word without any.
fn unquoted(value: &str) -> Option<&str> {
    let inner = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None if value.contains(char::is_whitespace) => return None,
        None => value,
    };
    (!inner.contains('"')).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str) -> TextMatch {
        TextMatch::Is(text.to_owned())
    }

    #[test]
    fn a_value_compares_as_it_does_at_sign_in() {
        for (text, query) in [
            ("email:ada@example.com", UserQuery::Email(is("ada@example.com"))),
            (" email:\"Ada@BÜCHER.example\" ", UserQuery::Email(is("ada@xn--bcher-kva.example"))),
            ("username:\"Ada L\"", UserQuery::Username(is("ada l"))),
            ("username:Ａda*", UserQuery::Username(TextMatch::BeginsWith("ada".to_owned()))),
            ("email:\"ada@\"*", UserQuery::Email(TextMatch::BeginsWith("ada@".to_owned()))),
            ("user_id:auth0|5f", UserQuery::Id(UserId("auth0|5f".to_owned()))),
            ("user_id:\"a:b\"", UserQuery::Id(UserId("a:b".to_owned()))),
        ] {
            assert_eq!(text.parse(), Ok(query), "{text}");
        }
    }

    #[test]
    fn what_is_no_query_is_told_how_to_be_one() {
        let long = format!("email:{}", "a".repeat(321));
        for (text, problem) in [
            ("", UserQueryProblem::NoField),
            ("ada", UserQueryProblem::NoField),
            ("name:ada", UserQueryProblem::UnknownField),
            ("_exists_:email", UserQueryProblem::UnknownField),
            ("password_hash:x", UserQueryProblem::UnknownField),
            ("email:", UserQueryProblem::Value),
            ("email:*", UserQueryProblem::Value),
            ("email:\"\"", UserQueryProblem::Value),
            ("email:\"a", UserQueryProblem::Value),
            ("email:a\"b", UserQueryProblem::Value),
            ("email:a AND username:b", UserQueryProblem::Value),
            ("email:a\0b", UserQueryProblem::Value),
            (&long, UserQueryProblem::Value),
            ("user_id:a*", UserQueryProblem::BeginningOfId),
        ] {
            assert_eq!(text.parse::<UserQuery>(), Err(problem), "{text}");
        }
    }
}
