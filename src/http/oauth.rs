//! The endpoints of the protocol.

pub mod authorize;
pub mod logout;
pub mod metadata;
pub mod token;
pub mod userinfo;
