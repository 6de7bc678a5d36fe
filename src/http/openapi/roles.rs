//! Roles, permissions, and who has them.

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::paths;
use super::operation::{ListShapes, Operation};
use super::people::{EXAMPLE_ID, person};
use super::values;
use crate::oauth::management_api::{
    CREATE_ROLE_MEMBERS, CREATE_ROLES, DELETE_ROLE_MEMBERS, DELETE_ROLES, READ_ROLES, READ_USERS,
    UPDATE_ROLES, UPDATE_USERS,
};

const ROLE_ID: &str = "01KB0Q3V5N8H2T6W9X1Y4Z7R0S";

/// A role.
#[derive(Clone, Debug, ToSchema)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// Its name, which tokens tell.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether who has it has to have a second factor.
    pub second_factor_required: bool,
}

/// A new role.
#[derive(Clone, Debug, ToSchema)]
pub struct NewRole {
    /// Its name, which stays.
    #[schema(schema_with = values::role_name)]
    pub name: String,
    /// The rest.
    #[serde(flatten)]
    pub rest: RoleChange,
}

/// What is to be so of a role.
#[derive(Clone, Debug, ToSchema)]
pub struct RoleChange {
    /// What it is for.
    #[schema(required = false, schema_with = values::description)]
    pub description: String,
    /// Whether who has it has to have a second factor.
    #[schema(required = false)]
    pub second_factor_required: bool,
}

/// What an API opens by one of its scopes.
#[derive(Clone, Debug, ToSchema)]
pub struct Permission {
    /// The identifier of the API.
    #[schema(schema_with = values::api_identifier)]
    pub resource_server_identifier: String,
    /// The scope.
    #[schema(schema_with = values::api_scope)]
    pub permission_name: String,
}

/// Permissions.
#[derive(Clone, Debug, ToSchema)]
pub struct Permissions {
    /// The permissions.
    #[schema(min_items = 1, max_items = 100)]
    pub permissions: Vec<Permission>,
}

/// A permission of a person.
#[derive(Clone, Debug, ToSchema)]
pub struct HeldPermission {
    /// The identifier of the API.
    pub resource_server_identifier: String,
    /// The scope.
    pub permission_name: String,
    /// How the person came to it.
    pub sources: Vec<PermissionSource>,
}

/// How somebody came to a permission.
#[derive(Clone, Debug, ToSchema)]
pub struct PermissionSource {
    /// `DIRECT` or `ROLE`.
    pub source_type: String,
    /// The name of the role.
    pub source_name: Option<String>,
}

/// Ids of roles.
#[derive(Clone, Debug, ToSchema)]
pub struct RoleIds {
    /// The ids.
    #[schema(schema_with = values::role_ids)]
    pub roles: Vec<String>,
}

/// Ids of accounts.
#[derive(Clone, Debug, ToSchema)]
pub struct UserIds {
    /// The ids.
    #[schema(schema_with = values::user_ids)]
    pub users: Vec<String>,
}

/// Somebody who has a role.
#[derive(Clone, Debug, ToSchema)]
pub struct RoleHolder {
    /// The account.
    pub user_id: String,
    /// Its address.
    pub email: String,
    /// The full name.
    pub name: Option<String>,
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = of_roles();
    all.extend(of_permissions());
    all.extend(of_own_permissions());
    all.extend(of_members());
    all
}

fn role(operation: Operation) -> Operation {
    operation.at("id", "Its id.", ROLE_ID).refuses(404, &["inexistent_role"])
}

fn example() -> Value {
    json!({
        "id": ROLE_ID,
        "name": "support",
        "description": "Answers people",
        "second_factor_required": true,
    })
}

fn of_roles() -> Vec<Operation> {
    vec![
        Operation::get(paths::MANAGEMENT_ROLES, "listRoles", "List roles")
            .for_machines(&[READ_ROLES])
            .query("name_filter", "What their names begin with.", values::filled_line())
            .paged()
            .answers_list::<Role>("roles", ListShapes::BareOrCounted, json!([example()])),
        Operation::post(paths::MANAGEMENT_ROLES, "createRole", "Make a role")
            .for_machines(&[CREATE_ROLES])
            .takes::<NewRole>(json!({ "name": "support", "description": "Answers people" }))
            .answers::<Role>(201, "The role was made.", example())
            .tells_location()
            .refuses(409, &["role_exists"]),
        role(Operation::get(paths::MANAGEMENT_ROLE, "showRole", "Read a role"))
            .for_machines(&[READ_ROLES])
            .answers::<Role>(200, "The role.", example()),
        role(Operation::patch(paths::MANAGEMENT_ROLE, "updateRole", "Change a role"))
            .for_machines(&[UPDATE_ROLES])
            .may_take::<RoleChange>(json!({ "description": "Answers people by mail" }))
            .answers::<Role>(200, "The role as it is now.", example())
            .refuses(403, &["built_in_role"]),
        role(Operation::delete(paths::MANAGEMENT_ROLE, "deleteRole", "Delete a role"))
            .for_machines(&[DELETE_ROLES])
            .answers_nothing(204, "It is gone, with what it allowed.")
            .refuses(403, &["built_in_role"]),
    ]
}

fn permission() -> Value {
    json!({
        "resource_server_identifier": "https://api.example.com/orders",
        "permission_name": "read:orders",
    })
}

fn change(operation: Operation) -> Operation {
    operation.takes::<Permissions>(json!({ "permissions": [permission()] }))
}

fn of_permissions() -> Vec<Operation> {
    vec![
        role(Operation::get(
            paths::MANAGEMENT_ROLE_PERMISSIONS,
            "listRolePermissions",
            "See what a role allows",
        ))
        .for_machines(&[READ_ROLES])
        .paged()
        .answers_list::<Permission>(
            "permissions",
            ListShapes::BareOrCounted,
            json!([permission()]),
        ),
        change(role(Operation::post(
            paths::MANAGEMENT_ROLE_PERMISSIONS,
            "addRolePermissions",
            "Let a role allow more",
        )))
        .for_machines(&[UPDATE_ROLES])
        .answers_nothing(201, "It allows them."),
        change(role(Operation::delete(
            paths::MANAGEMENT_ROLE_PERMISSIONS,
            "removeRolePermissions",
            "Let a role allow less",
        )))
        .for_machines(&[UPDATE_ROLES])
        .answers_nothing(204, "It does not allow them."),
    ]
}

fn of_own_permissions() -> Vec<Operation> {
    let mut held = permission();
    if let Some(held) = held.as_object_mut() {
        held.insert("sources".to_owned(), json!([{ "source_type": "DIRECT" }]));
    }
    vec![
        person(Operation::get(
            paths::MANAGEMENT_USER_PERMISSIONS,
            "listUserPermissions",
            "See what somebody may do",
        ))
        .for_machines(&[READ_USERS])
        .paged()
        .answers_list::<HeldPermission>(
            "permissions",
            ListShapes::BareOrCounted,
            json!([held]),
        ),
        change(person(Operation::post(
            paths::MANAGEMENT_USER_PERMISSIONS,
            "addUserPermissions",
            "Let somebody do more",
        )))
        .for_machines(&[UPDATE_USERS])
        .answers_nothing(201, "They may.")
        .refuses(403, &["email_not_verified"]),
        change(person(Operation::delete(
            paths::MANAGEMENT_USER_PERMISSIONS,
            "removeUserPermissions",
            "Let somebody do less",
        )))
        .for_machines(&[UPDATE_USERS])
        .answers_nothing(204, "They may not, unless by a role."),
    ]
}

fn of_members() -> Vec<Operation> {
    let holder =
        json!({ "user_id": EXAMPLE_ID, "email": "ada@example.com", "name": "Ada Lovelace" });
    let roles = json!({ "roles": [ROLE_ID] });
    vec![
        role(Operation::get(paths::MANAGEMENT_ROLE_USERS, "listRoleUsers", "See who has a role"))
            .for_machines(&[READ_ROLES, READ_USERS])
            .paged()
            .continued()
            .answers_list::<RoleHolder>("users", ListShapes::BareCountedOrNext, json!([holder])),
        role(Operation::post(paths::MANAGEMENT_ROLE_USERS, "addRoleUsers", "Give people a role"))
            .for_machines(&[CREATE_ROLE_MEMBERS])
            .takes::<UserIds>(json!({ "users": [EXAMPLE_ID] }))
            .answers_nothing(204, "They have it.")
            .refuses(403, &["email_not_verified"]),
        person(Operation::get(
            paths::MANAGEMENT_USER_ROLES,
            "listUserRoles",
            "See what roles somebody has",
        ))
        .for_machines(&[READ_USERS, READ_ROLES])
        .paged()
        .answers_list::<Role>("roles", ListShapes::BareOrCounted, json!([example()])),
        person(Operation::post(
            paths::MANAGEMENT_USER_ROLES,
            "addUserRoles",
            "Give somebody roles",
        ))
        .for_machines(&[CREATE_ROLE_MEMBERS])
        .takes::<RoleIds>(roles.clone())
        .answers_nothing(204, "They have them.")
        .refuses(403, &["email_not_verified"]),
        person(Operation::delete(
            paths::MANAGEMENT_USER_ROLES,
            "removeUserRoles",
            "Take roles from somebody",
        ))
        .for_machines(&[DELETE_ROLE_MEMBERS])
        .takes::<RoleIds>(roles)
        .answers_nothing(204, "They do not have them.")
        .refuses(403, &["last_administrator"]),
    ]
}
