//! What the outside meets.

mod api_docs;
mod cors;
mod metrics;
mod openapi;
mod serve;
