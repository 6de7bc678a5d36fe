//! Mail and SMS.

mod caps;
mod dead_letters;
mod outbox;
mod providers;
mod smtp;
pub(crate) mod webhooks;
