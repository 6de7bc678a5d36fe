//! The endpoints of the protocol.

pub(super) mod authorize;
pub(super) mod introspect;
pub(super) mod logout;
pub(super) mod metadata;
pub(super) mod revoke;
pub(super) mod token;
pub(super) mod userinfo;
