//! What a person still has to do before a checked request can be answered.

use super::request::CheckedRequest;
use super::response::AuthorizationResponse;
use super::{Provider, verify};
use crate::clock::Timestamp;
use crate::domain::Scopes;
use crate::domain::second_factor::{AuthenticationLevel, FactorPolicy};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::keys::KeySet;

/// What the person did for this very request so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// They proved anew who they are.
    pub reauthenticated: bool,
    /// They chose an account.
    pub account_selected: bool,
}

/// What is known about the person at the browser.
#[derive(Clone, Copy, Debug)]
pub struct Present<'browser> {
    /// Their session.
    pub session: &'browser Session,
    /// Their account.
    pub user: &'browser User,
    /// What they allowed this client before.
    pub consented: Option<&'browser Scopes>,
    /// How well they could prove who they are, with the second factors they have.
    pub reachable: AuthenticationLevel,
    /// What this client asks of them beside their password.
    pub policy: FactorPolicy,
}

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sign in.
    Login,
    /// Make an account.
    SignUp,
    /// Prove anew who it is.
    Reauthenticate,
    /// Choose an account.
    SelectAccount,
    /// Give a second factor.
    SecondFactor,
    /// Set up a second factor.
    SetUpFactor,
    /// Agree.
    Consent,
    /// Nothing: the code can be made.
    Issue,
    /// The client hears that it cannot be done without showing something.
    Fail(AuthorizationResponse),
}

/// Decides the next step (OpenID Connect Core §3.1.2.3 and §3.1.2.4).
#[must_use]
pub fn decide(
    provider: &Provider,
    keys: &KeySet,
    request: &CheckedRequest,
    present: Option<Present<'_>>,
    progress: Progress,
) -> Step {
    let step = next_step(provider, keys, request, present, progress);
    if !request.prompt.none {
        return step;
    }
    let error = match step {
        Step::Issue | Step::Fail(_) => return step,
        Step::Login | Step::SignUp | Step::Reauthenticate | Step::SecondFactor => "login_required",
        Step::SetUpFactor => "interaction_required",
        Step::SelectAccount => "account_selection_required",
        Step::Consent => "consent_required",
    };
    let description = "prompt=none was asked for, and the person has to do something first";
    Step::Fail(request.error(provider, error, description))
}

fn next_step(
    provider: &Provider,
    keys: &KeySet,
    request: &CheckedRequest,
    present: Option<Present<'_>>,
    progress: Progress,
) -> Step {
    let Some(present) = present else {
        let shows_accounts = request.prompt.select_account && !progress.account_selected;
        return match request.prompt {
            prompt if prompt.create => Step::SignUp,
            _ if shows_accounts => Step::SelectAccount,
            _ => Step::Login,
        };
    };
    if let Some(step) = wanted_person(provider, keys, request, present, progress) {
        return step;
    }
    if wants_fresh_sign_in(request, present.session, provider.now(), progress) {
        return Step::Reauthenticate;
    }
    if let Some(step) = wanted_factor(request, present) {
        return step;
    }
    if request.scopes.is_empty() {
        // Nothing to agree to (RFC 6749 §4.1.2.1).
        let description = "the person has none of the permissions that were asked for";
        return Step::Fail(request.error(provider, "access_denied", description));
    }
    if needs_consent(request, present.consented) { Step::Consent } else { Step::Issue }
}

/// Whether another person than the present one is asked for.
fn wanted_person(
    provider: &Provider,
    keys: &KeySet,
    request: &CheckedRequest,
    present: Present<'_>,
    progress: Progress,
) -> Option<Step> {
    if request.prompt.create && !progress.reauthenticated && !progress.account_selected {
        return Some(Step::SignUp);
    }
    if request.prompt.select_account && !progress.account_selected {
        return Some(Step::SelectAccount);
    }
    let hint = request.id_token_hint.as_deref()?;
    let hinted = verify::id_token_hint(provider, keys, hint, Some(&request.client.id));
    if hinted.as_ref().is_some_and(|hinted| hinted.subject == present.user.id) {
        return None;
    }
    // Nobody can be shown to be the person of a hint that does not verify: silence would be a
    // positive answer for somebody else (OpenID Connect Core §3.1.2.1).
    if request.prompt.none {
        return Some(Step::Login);
    }
    if !progress.account_selected {
        return Some(Step::SelectAccount);
    }
    // Of a key that is gone by now, for instance: the person has chosen, and it says no more.
    hinted?;
    // They chose, and it is still another person: the client hears that.
    let description = "another person than the one of id_token_hint is signed in";
    Some(Step::Fail(request.error(provider, "login_required", description)))
}

/// Whether the person has to prove more than they did: at the wish of the client (`acr_values`,
/// RFC 9470 §4), as far as they can, or by the policy.
fn wanted_factor(request: &CheckedRequest, present: Present<'_>) -> Option<Step> {
    let by_policy = match present.policy {
        FactorPolicy::Required => AuthenticationLevel::RememberedBrowser,
        FactorPolicy::Off | FactorPolicy::Optional => AuthenticationLevel::Password,
    };
    if present.reachable < by_policy {
        return Some(Step::SetUpFactor);
    }
    let by_client = request.wanted_level.unwrap_or(AuthenticationLevel::Password);
    let wanted = by_policy.max(by_client.min(present.reachable));
    (present.session.level() < wanted).then_some(Step::SecondFactor)
}

fn wants_fresh_sign_in(
    request: &CheckedRequest,
    session: &Session,
    now: Timestamp,
    progress: Progress,
) -> bool {
    let is_too_old = request.max_age.is_some_and(|max_age| {
        // Zero asks for a sign-in for this very request (OpenID Connect Core §15.1).
        max_age == 0 || now.since(session.auth_time) > max_age
    });
    (request.prompt.login || is_too_old) && !progress.reauthenticated
}

fn needs_consent(request: &CheckedRequest, consented: Option<&Scopes>) -> bool {
    if request.asks_consent_anew() {
        return true;
    }
    let has_all = consented.is_some_and(|consented| request.scopes.is_within(consented));
    !request.client.first_party && !has_all
}
