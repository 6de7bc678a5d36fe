//! The way back to an application: never a redirect that a form began, because browsers hold
//! forms to `form-action` along the whole chain.

use askama::Template;

use super::Shell;
use crate::texts::Key;

/// Takes the person to an address by a refresh and a link.
#[derive(Debug, Template)]
#[template(path = "pages/hand_back.html")]
pub struct HandBackPage {
    /// The frame.
    pub shell: Shell,
    /// Whom the person goes back to.
    pub app_name: String,
    /// The whole address.
    pub url: String,
    /// Why.
    pub reason: HandBackReason,
}

/// Why somebody goes back to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandBackReason {
    /// Signed in.
    SignedIn,
    /// Refused, or something went wrong: the application is told.
    NotAllowed,
    /// Signed out.
    SignedOut,
}

impl HandBackReason {
    const fn key(self) -> Key {
        match self {
            Self::SignedIn => Key("hand-back-signed-in"),
            Self::NotAllowed => Key("hand-back-not-allowed"),
            Self::SignedOut => Key("hand-back-signed-out"),
        }
    }
}

/// Posts the answer to an application (OAuth 2.0 Form Post Response Mode §2).
#[derive(Debug, Template)]
#[template(path = "pages/form_post.html")]
pub struct FormPostPage {
    /// The frame.
    pub shell: Shell,
    /// Whom the person goes back to.
    pub app_name: String,
    /// The redirect URI.
    pub action: String,
    /// The parameters of the answer, name and value.
    pub fields: Vec<(String, String)>,
}
