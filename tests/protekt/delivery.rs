//! Mail and SMS.

mod dead_letters;
mod outbox;
mod providers;
mod smtp;
