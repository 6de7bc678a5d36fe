//! Where no mail is sent: whom to ask instead.

use askama::Template;

use super::Shell;
use crate::texts::Key;

/// `/password/forgot` and `/recover` where no mail is sent.
#[derive(Debug, Template)]
#[template(path = "pages/ask_operator.html")]
pub struct AskOperatorPage {
    /// The frame.
    pub shell: Shell,
    /// What somebody has lost.
    pub lost: Lost,
    /// Where to reach the operator.
    pub contact: Option<String>,
}

/// What somebody has lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The password.
    Password,
    /// Every second factor.
    SecondFactors,
}

impl Lost {
    /// The stable name in `data-lost`.
    const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecondFactors => "second-factors",
        }
    }

    const fn title(self) -> Key {
        match self {
            Self::Password => Key("forgot-title"),
            Self::SecondFactors => Key("recover-title"),
        }
    }

    const fn text(self) -> Key {
        match self {
            Self::Password => Key("forgot-without-mail"),
            Self::SecondFactors => Key("recover-without-mail"),
        }
    }
}
