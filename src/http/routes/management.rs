//! The management API, for machines that an operator granted it.

use axum::routing::{delete, get, patch, post, put};

use super::super::api::{
    client_grants, clients, connections, grants, job_upload, jobs, logs, managed_factors,
    managed_sessions, managed_users, resource_servers, role_members, roles, signing_keys, stats,
    tickets, users, webhooks,
};
use super::super::paths::{
    MANAGEMENT_ACTIVE_USERS as ACTIVE_USERS, MANAGEMENT_BRANDING as BRANDING,
    MANAGEMENT_CLIENT as CLIENT, MANAGEMENT_CLIENT_GRANT as CLIENT_GRANT,
    MANAGEMENT_CLIENT_GRANTS as CLIENT_GRANTS, MANAGEMENT_CLIENT_SECRET as CLIENT_SECRET,
    MANAGEMENT_CLIENTS as CLIENTS, MANAGEMENT_CONNECTION as CONNECTION,
    MANAGEMENT_CONNECTIONS as CONNECTIONS, MANAGEMENT_DAILY_STATS as DAILY_STATS,
    MANAGEMENT_EMAIL_TICKETS as EMAIL_TICKETS, MANAGEMENT_EXPORTS as EXPORTS,
    MANAGEMENT_GRANT as GRANT, MANAGEMENT_GRANTS as GRANTS, MANAGEMENT_IMPORTS as IMPORTS,
    MANAGEMENT_JOB as JOB, MANAGEMENT_JOB_DOWNLOAD as JOB_DOWNLOAD,
    MANAGEMENT_JOB_ERRORS as JOB_ERRORS, MANAGEMENT_KEY as KEY,
    MANAGEMENT_KEY_REVOKE as KEY_REVOKE, MANAGEMENT_KEYS as KEYS,
    MANAGEMENT_KEYS_ROTATE as KEYS_ROTATE, MANAGEMENT_LOG as LOG, MANAGEMENT_LOGS as LOGS,
    MANAGEMENT_LOGS_EXPORT as LOGS_EXPORT, MANAGEMENT_PASSWORD_TICKETS as PASSWORD_TICKETS,
    MANAGEMENT_RESOURCE_SERVER as RESOURCE_SERVER, MANAGEMENT_RESOURCE_SERVERS as RESOURCE_SERVERS,
    MANAGEMENT_ROLE as ROLE, MANAGEMENT_ROLE_PERMISSIONS as ROLE_PERMISSIONS,
    MANAGEMENT_ROLE_USERS as ROLE_USERS, MANAGEMENT_ROLES as ROLES, MANAGEMENT_SESSION as SESSION,
    MANAGEMENT_USER as USER, MANAGEMENT_USER_FACTORS as USER_FACTORS,
    MANAGEMENT_USER_LOGS as USER_LOGS, MANAGEMENT_USER_PERMISSIONS as USER_PERMISSIONS,
    MANAGEMENT_USER_ROLES as USER_ROLES, MANAGEMENT_USER_SESSIONS as USER_SESSIONS,
    MANAGEMENT_USERS as USERS, MANAGEMENT_USERS_BY_EMAIL as USERS_BY_EMAIL,
    MANAGEMENT_VERIFICATION_MAILS as VERIFICATION_MAILS, MANAGEMENT_WEBHOOK as WEBHOOK,
    MANAGEMENT_WEBHOOK_DELIVERIES as WEBHOOK_DELIVERIES,
    MANAGEMENT_WEBHOOK_RESEND as WEBHOOK_RESEND, MANAGEMENT_WEBHOOK_SECRET as WEBHOOK_SECRET,
    MANAGEMENT_WEBHOOK_TEST as WEBHOOK_TEST, MANAGEMENT_WEBHOOKS as WEBHOOKS,
};
use super::{Access, Route, route, takes_uploads};

pub(super) fn table() -> Vec<Route> {
    let mut table = people();
    table.extend(with_many_people());
    table.extend(of_roles());
    table.extend(registry());
    table.extend(trail());
    table.extend(of_webhooks());
    table.extend(installation());
    table
}

fn people() -> Vec<Route> {
    use Access::Machine;

    vec![
        route("GET", USERS, Machine, get(users::list)),
        route("GET", USER, Machine, get(users::show)),
        route("POST", USERS, Machine, post(managed_users::create)),
        route("PATCH", USER, Machine, patch(managed_users::update)),
        route("DELETE", USER, Machine, delete(managed_users::delete)),
        route("GET", USERS_BY_EMAIL, Machine, get(users::by_email)),
        route("GET", GRANTS, Machine, get(grants::list)),
        route("DELETE", GRANTS, Machine, delete(grants::delete_all)),
        route("DELETE", GRANT, Machine, delete(grants::delete)),
        route("POST", PASSWORD_TICKETS, Machine, post(tickets::password_change)),
        route("POST", EMAIL_TICKETS, Machine, post(tickets::email_verification)),
        route("GET", USER_ROLES, Machine, get(role_members::list)),
        route("POST", USER_ROLES, Machine, post(role_members::change)),
        route("DELETE", USER_ROLES, Machine, delete(role_members::change)),
        route("GET", USER_PERMISSIONS, Machine, get(role_members::permissions)),
        route("POST", USER_PERMISSIONS, Machine, post(role_members::change_permissions)),
        route("DELETE", USER_PERMISSIONS, Machine, delete(role_members::change_permissions)),
        route("GET", USER_SESSIONS, Machine, get(managed_sessions::list)),
        route("DELETE", USER_SESSIONS, Machine, delete(managed_sessions::end_all)),
        route("GET", USER_FACTORS, Machine, get(managed_factors::list)),
        route("DELETE", USER_FACTORS, Machine, delete(managed_factors::reset)),
        route("GET", SESSION, Machine, get(managed_sessions::show)),
        route("DELETE", SESSION, Machine, delete(managed_sessions::end)),
    ]
}

fn with_many_people() -> Vec<Route> {
    use Access::Machine;

    vec![
        takes_uploads(route("POST", IMPORTS, Machine, post(job_upload::import))),
        route("POST", EXPORTS, Machine, post(jobs::export)),
        route("POST", VERIFICATION_MAILS, Machine, post(jobs::verification_email)),
        route("GET", JOB, Machine, get(jobs::show)),
        route("DELETE", JOB, Machine, delete(jobs::delete)),
        route("GET", JOB_ERRORS, Machine, get(jobs::errors)),
        route("GET", JOB_DOWNLOAD, Machine, get(jobs::download)),
    ]
}

fn of_roles() -> Vec<Route> {
    use Access::Machine;

    vec![
        route("GET", ROLES, Machine, get(roles::list)),
        route("POST", ROLES, Machine, post(roles::create)),
        route("GET", ROLE, Machine, get(roles::show)),
        route("PATCH", ROLE, Machine, patch(roles::update)),
        route("DELETE", ROLE, Machine, delete(roles::delete)),
        route("GET", ROLE_PERMISSIONS, Machine, get(roles::permissions)),
        route("POST", ROLE_PERMISSIONS, Machine, post(roles::change_permissions)),
        route("DELETE", ROLE_PERMISSIONS, Machine, delete(roles::change_permissions)),
        route("GET", ROLE_USERS, Machine, get(roles::users)),
        route("POST", ROLE_USERS, Machine, post(roles::add_users)),
    ]
}

/// What happened.
fn trail() -> Vec<Route> {
    use Access::Machine;

    vec![
        route("GET", LOGS, Machine, get(logs::list)),
        route("GET", LOGS_EXPORT, Machine, get(logs::export)),
        route("GET", LOG, Machine, get(logs::show)),
        route("GET", USER_LOGS, Machine, get(logs::of_user)),
    ]
}

/// Where events are told.
fn of_webhooks() -> Vec<Route> {
    use Access::Machine;

    vec![
        route("GET", WEBHOOKS, Machine, get(webhooks::list)),
        route("POST", WEBHOOKS, Machine, post(webhooks::create)),
        route("GET", WEBHOOK, Machine, get(webhooks::show)),
        route("PATCH", WEBHOOK, Machine, patch(webhooks::update)),
        route("DELETE", WEBHOOK, Machine, delete(webhooks::delete)),
        route("POST", WEBHOOK_SECRET, Machine, post(webhooks::rotate_secret)),
        route("POST", WEBHOOK_TEST, Machine, post(webhooks::test)),
        route("GET", WEBHOOK_DELIVERIES, Machine, get(webhooks::deliveries)),
        route("POST", WEBHOOK_RESEND, Machine, post(webhooks::resend)),
    ]
}

/// The installation itself.
fn installation() -> Vec<Route> {
    use Access::Machine;

    vec![
        route("GET", KEYS, Machine, get(signing_keys::list)),
        route("POST", KEYS_ROTATE, Machine, post(signing_keys::rotate)),
        route("GET", KEY, Machine, get(signing_keys::show)),
        route("PUT", KEY_REVOKE, Machine, put(signing_keys::revoke)),
        route("GET", CONNECTIONS, Machine, get(connections::list)),
        route("GET", CONNECTION, Machine, get(connections::show)),
        route("GET", BRANDING, Machine, get(connections::branding)),
        route("GET", ACTIVE_USERS, Machine, get(stats::active_users)),
        route("GET", DAILY_STATS, Machine, get(stats::daily)),
    ]
}

/// Applications, APIs, and which may ask which for what.
fn registry() -> Vec<Route> {
    use Access::Machine;

    vec![
        route("GET", CLIENTS, Machine, get(clients::list)),
        route("POST", CLIENTS, Machine, post(clients::create)),
        route("GET", CLIENT, Machine, get(clients::show)),
        route("PATCH", CLIENT, Machine, patch(clients::update)),
        route("DELETE", CLIENT, Machine, delete(clients::delete)),
        route("POST", CLIENT_SECRET, Machine, post(clients::rotate_secret)),
        route("GET", RESOURCE_SERVERS, Machine, get(resource_servers::list)),
        route("POST", RESOURCE_SERVERS, Machine, post(resource_servers::create)),
        route("GET", RESOURCE_SERVER, Machine, get(resource_servers::show)),
        route("PATCH", RESOURCE_SERVER, Machine, patch(resource_servers::update)),
        route("DELETE", RESOURCE_SERVER, Machine, delete(resource_servers::delete)),
        route("GET", CLIENT_GRANTS, Machine, get(client_grants::list)),
        route("POST", CLIENT_GRANTS, Machine, post(client_grants::create)),
        route("PATCH", CLIENT_GRANT, Machine, patch(client_grants::update)),
        route("DELETE", CLIENT_GRANT, Machine, delete(client_grants::delete)),
    ]
}
