//! Mail.

mod outbox;
mod smtp;
