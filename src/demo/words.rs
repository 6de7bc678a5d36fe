//! Errors in plain words: what happened, what it means, and the way on.

use super::error::DemoError;
use super::{HOME, SIGN_IN};

/// An error in plain words, and the way on.
pub(super) struct Words<'a> {
    pub(super) title: &'static str,
    pub(super) what: &'static str,
    pub(super) link: &'a str,
    pub(super) link_text: &'static str,
}

/// What the page of `error` says.
pub(super) fn words(error: &DemoError) -> Words<'_> {
    let (title, what) = plainly(error);
    let (link, link_text) = match error {
        DemoError::WrongHost { base_url } => (base_url.as_str(), "Open Northwind Notes"),
        DemoError::UserinfoRefused(_)
        | DemoError::NoRefreshToken
        | DemoError::NoLogoutEndpoint
        | DemoError::ForeignForm
        | DemoError::NotFound
        | DemoError::LogoutStateMismatch
        | DemoError::Page(_) => (HOME, "Back to Northwind Notes"),
        _ => (SIGN_IN, "Sign in again"),
    };
    Words { title, what, link, link_text }
}

fn plainly(error: &DemoError) -> (&'static str, &'static str) {
    match error {
        DemoError::Unreachable(_) => (
            "The provider does not answer",
            "Check that Protekt is running at the issuer's address, then try again.",
        ),
        DemoError::UnreadableAnswer | DemoError::MissingEndpoint(_) => (
            "The provider’s answer makes no sense to this app",
            "Something it must send is missing or malformed. Its log says more.",
        ),
        DemoError::TokenRefused { .. } => (
            "The provider refused to hand out tokens",
            "The code or the refresh token is spent, expired or withdrawn, or the app’s secret is not the \
             registered one. Signing in again gets new ones.",
        ),
        DemoError::UserinfoRefused(_) => (
            "The provider refused the access token",
            "It may have expired or been withdrawn. Refresh the tokens, or sign in again.",
        ),
        DemoError::ProviderSaid { error, .. } if error == "access_denied" => (
            "You did not let this app in",
            "Nothing was shared with Northwind Notes. You can try again at any time.",
        ),
        DemoError::ProviderSaid { .. } => (
            "The provider ended the sign-in",
            "It sent you back with an error in place of a code. You can try again.",
        ),
        DemoError::StateMismatch => (
            "This sign-in was not begun here",
            "The answer belongs to another browser, came twice, or took longer than an hour. Begin again.",
        ),
        DemoError::LogoutStateMismatch => (
            "This sign-out was not begun here",
            "You were sent here without the mark that this app gave along. Check whether you are signed in.",
        ),
        DemoError::IssuerMismatch => (
            "The answer comes from another provider",
            "This app asked one provider and another one answered, so the answer was thrown away.",
        ),
        DemoError::MalformedAnswer => (
            "The answer is malformed",
            "It repeats a parameter, or has neither a code nor an error. Begin again.",
        ),
        DemoError::UntrustedIdToken(_) | DemoError::UntrustedAccessToken(_) => (
            "A token did not pass the checks",
            "This app believes a token only when its signature and claims fit, so nobody was signed in by it.",
        ),
        _ => plainly_of_this_app(error),
    }
}

/// What concerns the demo more than the provider's answer.
fn plainly_of_this_app(error: &DemoError) -> (&'static str, &'static str) {
    match error {
        DemoError::NoRefreshToken => (
            "There is no refresh token",
            "The provider gave none, because offline_access was not granted.",
        ),
        DemoError::NoLogoutEndpoint => {
            ("The provider offers no logout", "You can sign out of Northwind Notes only.")
        }
        DemoError::ForeignForm => (
            "That form is too old",
            "It was not made for this session. Go back and press the button again.",
        ),
        DemoError::NotSignedIn => ("You are signed out", "Your session here is over."),
        DemoError::WrongHost { .. } => (
            "Wrong address",
            "Northwind Notes answers under one name only, because cookies belong to a name.",
        ),
        DemoError::NotFound => ("No such page", "There is nothing at this address."),
        _ => ("This page could not be written", "The log says more."),
    }
}
