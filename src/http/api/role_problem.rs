//! Why nothing was changed about roles.

use axum::http::StatusCode;

use super::error::ApiError;
use super::roles::in_body;
use crate::accounts::{PermissionRefusal, RoleRefusal};

/// Why nothing was changed about roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RoleProblem {
    /// There is no role with this id.
    NotThere,
    /// Another role is called so.
    NameTaken,
    /// The role is Protekt's own.
    BuiltIn,
    /// Anybody may have made the account, which is to become an administrator's.
    UnclaimedAccount,
    /// Nobody gives more at the management API than they may do there themselves: this scope is missing.
    BeyondCaller(String),
}

impl RoleProblem {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::NotThere => StatusCode::NOT_FOUND,
            Self::NameTaken => StatusCode::CONFLICT,
            Self::BuiltIn | Self::UnclaimedAccount | Self::BeyondCaller(_) => StatusCode::FORBIDDEN,
        }
    }

    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NotThere => "inexistent_role",
            Self::NameTaken => "role_exists",
            Self::BuiltIn => "built_in_role",
            Self::UnclaimedAccount => "email_not_verified",
            Self::BeyondCaller(_) => "insufficient_scope",
        }
    }

    pub(super) fn message(&self) -> String {
        let words = match self {
            Self::NotThere => "There is no role with this id.",
            Self::NameTaken => "Another role has this name.",
            Self::BuiltIn => "This role is Protekt's own: it stays, under its name.",
            Self::UnclaimedAccount => {
                "Anybody may have made this account: its address has to be verified first."
            }
            Self::BeyondCaller(scope) => {
                return format!(
                    "Nobody gives more than they may do themselves: this needs {scope}."
                );
            }
        };
        words.to_owned()
    }
}

impl From<RoleRefusal> for ApiError {
    fn from(refusal: RoleRefusal) -> Self {
        match refusal {
            RoleRefusal::Name { problem, .. } => in_body("name", problem.to_string()),
            RoleRefusal::DescriptionMalformed => {
                in_body("description", RoleRefusal::DescriptionMalformed.to_string())
            }
            RoleRefusal::NameTaken(_) => Self::Role(RoleProblem::NameTaken),
            RoleRefusal::Unknown(_) => Self::Role(RoleProblem::NotThere),
            RoleRefusal::BuiltIn(_) => Self::Role(RoleProblem::BuiltIn),
            RoleRefusal::LastAdministrator(_) => Self::LastAdministrator,
            RoleRefusal::Unclaimed(_) => Self::Role(RoleProblem::UnclaimedAccount),
            RoleRefusal::BeyondGiver(scope) => Self::Role(RoleProblem::BeyondCaller(scope)),
            RoleRefusal::TooMany | RoleRefusal::BothWays(_) => {
                in_body("roles", refusal.to_string())
            }
            RoleRefusal::NoSuchUser(_) => Self::NoSuchUser,
            RoleRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}

impl From<PermissionRefusal> for ApiError {
    fn from(refusal: PermissionRefusal) -> Self {
        match refusal {
            PermissionRefusal::NoSuchRole(_) => Self::Role(RoleProblem::NotThere),
            PermissionRefusal::NoSuchUser(_) => Self::NoSuchUser,
            PermissionRefusal::NoSuchApi(api) => {
                in_body("permissions", format!("there is no API with the identifier {api:?}"))
            }
            PermissionRefusal::NoSuchScope { api, scope } => {
                in_body("permissions", format!("the API {api} has no scope {scope:?}"))
            }
            PermissionRefusal::Unclaimed(_) => Self::Role(RoleProblem::UnclaimedAccount),
            PermissionRefusal::BeyondGiver(scope) => Self::Role(RoleProblem::BeyondCaller(scope)),
            PermissionRefusal::BothWays { .. }
            | PermissionRefusal::TooManyOfRole
            | PermissionRefusal::TooManyOfUser => in_body("permissions", refusal.to_string()),
            PermissionRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}
