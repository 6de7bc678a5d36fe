//! What accounts are searched by in the management API.
//!
//! ```text
//! query = field ":" value
//! field = "user_id" / "email" / "username" / "name" / ( "user_metadata" / "app_metadata" ) "." member
//! value = word [ "*" ] / DQUOTE text DQUOTE [ "*" ]
//! ```
//!
//! Addresses, usernames and names compare as they do at sign-in; with `*` behind it a value is what they begin
//! with. A member of metadata has the value as a whole; its name has no colon and no space.

use std::str::FromStr;

use super::UserId;
use super::email_address::canonical_login_name;
use super::metadata::MetadataKind;
use super::name::searched_text;

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
    /// By full name.
    Name(TextMatch),
    /// By a member of metadata.
    Metadata {
        /// Which, with the name of the object.
        member: String,
        /// What it is, in its compared form.
        value: String,
    },
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
    #[error(
        "can search user_id, email, username, name, user_metadata.MEMBER and app_metadata.MEMBER, each as \
         field:\"value\""
    )]
    UnknownField,
    /// The value is missing, too long, or more than one.
    #[error(
        "must have one value of at most 320 characters; one with spaces stands in double quotes"
    )]
    Value,
    /// An id is known or it is not, and so is what a member of metadata is.
    #[error(
        "can search what an email, a username or a name begins with, as in email:ada*, and nothing else"
    )]
    BeginningOfWhole,
}

impl FromStr for UserQuery {
    type Err = UserQueryProblem;

    fn from_str(text: &str) -> Result<Self, UserQueryProblem> {
        let (field, value) = text.trim().split_once(':').ok_or(UserQueryProblem::NoField)?;
        let field = Field::named(field).ok_or(UserQueryProblem::UnknownField)?;
        let (value, is_beginning) =
            value.strip_suffix('*').map_or((value, false), |value| (value, true));
        let value = unquoted(value).ok_or(UserQueryProblem::Value)?;
        if value.is_empty()
            || value.chars().count() > LONGEST
            || value.chars().any(char::is_control)
        {
            return Err(UserQueryProblem::Value);
        }
        let matches = |compared| {
            if is_beginning { TextMatch::BeginsWith(compared) } else { TextMatch::Is(compared) }
        };
        match field {
            Field::Email => Ok(Self::Email(matches(canonical_login_name(value)))),
            Field::Username => Ok(Self::Username(matches(canonical_login_name(value)))),
            Field::Name => Ok(Self::Name(matches(searched_text(value)))),
            Field::Id | Field::Metadata(_) if is_beginning => {
                Err(UserQueryProblem::BeginningOfWhole)
            }
            Field::Id => Ok(Self::Id(UserId(value.to_owned()))),
            Field::Metadata(member) => Ok(Self::Metadata { member, value: searched_text(value) }),
        }
    }
}

/// What stands before the colon.
enum Field {
    Id,
    Email,
    Username,
    Name,
    Metadata(String),
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "user_id" => Self::Id,
            "email" => Self::Email,
            "username" => Self::Username,
            "name" => Self::Name,
            _ => {
                let (object, member) = name.split_once('.')?;
                let known = [MetadataKind::User, MetadataKind::App];
                let kind = known.into_iter().find(|kind| kind.as_str() == object)?;
                let is_one = |c: char| !c.is_control() && !c.is_whitespace();
                let is_member = !member.is_empty() && member.chars().all(is_one);
                return is_member.then(|| Self::Metadata(kind.member(member)));
            }
        })
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
            ("name:\"Ada  L\"", UserQuery::Name(is("ada l"))),
            ("name:Ada*", UserQuery::Name(TextMatch::BeginsWith("ada".to_owned()))),
            (
                "app_metadata.Plan.x:\"Pro A\"",
                UserQuery::Metadata {
                    member: "app_metadata.Plan.x".to_owned(),
                    value: "pro a".to_owned(),
                },
            ),
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
            ("nickname:ada", UserQueryProblem::UnknownField),
            ("user_metadata:ada", UserQueryProblem::UnknownField),
            ("user_metadata.:ada", UserQueryProblem::UnknownField),
            ("user_metadata.a b:ada", UserQueryProblem::UnknownField),
            ("other_metadata.a:ada", UserQueryProblem::UnknownField),
            ("app_metadata.plan:a*", UserQueryProblem::BeginningOfWhole),
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
            ("user_id:a*", UserQueryProblem::BeginningOfWhole),
        ] {
            assert_eq!(text.parse::<UserQuery>(), Err(problem), "{text}");
        }
    }
}
