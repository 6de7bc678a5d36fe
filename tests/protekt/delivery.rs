//! Mail and SMS.

mod outbox;
mod providers;
mod smtp;
