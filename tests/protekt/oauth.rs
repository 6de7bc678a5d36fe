//! The protocol, from outside. Modules are named by the groups of `docs/attacks.md`.

mod answers;
mod arbitrary;
mod audiences;
mod authorize;
mod client_auth;
mod codes;
mod consent;
mod flow;
mod forged;
mod injection;
mod instances;
mod metadata;
mod pkce;
mod prompts;
mod races;
mod redirect_uris;
mod refresh_overlap;
mod refresh_tokens;
mod token_endpoint;
mod tokens_and_keys;
mod userinfo;
