//! Signing in, and choosing between accounts.

use askama::Template;

use super::{Account, Shell};
use crate::texts::Key;

/// `/login`, first time or again.
#[derive(Debug, Template, Default)]
#[template(path = "pages/login.html")]
#[expect(clippy::struct_excessive_bools, reason = "what a page shows is independent")]
pub struct LoginPage {
    /// The frame.
    pub shell: Shell,
    /// What was typed, or is already known.
    pub username: String,
    /// Whether "Keep me signed in" is ticked.
    pub remember: bool,
    /// What went wrong.
    pub problem: Option<LoginProblem>,
    /// What just happened elsewhere.
    pub notice: Option<LoginNotice>,
    /// Set where a signed-in person has to sign in once more; the name is fixed then.
    pub reauth: Option<Reauth>,
    /// Whether new people may create an account.
    pub sign_up_allowed: bool,
    /// Whether an account must be verified first: who forgot that is told what to do.
    pub is_verified_first: bool,
    /// Where a forgotten password is reset, where that is possible.
    pub forgot_url: Option<String>,
    /// Whether a passkey can be used instead.
    pub passkeys: bool,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginProblem {
    /// Something was not typed.
    Incomplete,
    /// One answer for an unknown name, a wrong password, no password and a blocked person.
    WrongCredentials,
    /// The same from the second try on: it also says that a password can be reset, where it can.
    WrongCredentialsAgain,
    /// The passkey was not taken.
    PasskeyFailed,
    /// Too many tries.
    Throttled {
        /// How long to wait, in seconds.
        seconds: i64,
    },
    /// Too many wrong passwords in a row: a new one helps, or a passkey.
    TooManyInARow,
}

/// What the sign-in page may say at its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginNotice {
    /// The account was created.
    AccountReady,
    /// The address was verified, in this browser.
    EmailVerified,
    /// The second factor was not given in time, or elsewhere: it begins again.
    TookTooLong,
    /// A form was sent after the session had ended: nothing was done.
    SignedOut,
}

/// A sign-in that confirms who is there.
#[derive(Debug, Clone)]
pub struct Reauth {
    /// Who is signed in.
    pub account: Account,
    /// Why it is asked.
    pub reason: ReauthReason,
}

/// Why a signed-in person is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReauthReason {
    /// The application asked for it (`prompt=login`).
    AppAsks,
    /// The last sign-in is too long ago (`max_age`).
    TooLongAgo,
}

impl LoginPage {
    fn problem_text(&self) -> Option<String> {
        let can_reset = self.forgot_url.is_some();
        Some(match self.problem? {
            LoginProblem::Incomplete if self.has_name() => self.shell.t(Key("login-no-password")),
            LoginProblem::Incomplete => self.shell.t(Key("login-incomplete")),
            LoginProblem::WrongCredentialsAgain => self.shell.t(match (can_reset, self.passkeys) {
                (true, true) => Key("login-wrong-credentials-reset-passkey"),
                (true, false) => Key("login-wrong-credentials-reset"),
                (false, true) => Key("login-wrong-credentials-day-passkey"),
                (false, false) => Key("login-wrong-credentials-day"),
            }),
            LoginProblem::WrongCredentials => self.shell.t(Key("login-wrong-credentials")),
            LoginProblem::PasskeyFailed => self.shell.t(Key("passkey-failed")),
            LoginProblem::Throttled { seconds } if can_reset => {
                self.shell.t1(Key("login-throttled-reset"), "wait", self.shell.wait(seconds))
            }
            LoginProblem::Throttled { seconds } => {
                self.shell.t1(Key("too-many-tries"), "wait", self.shell.wait(seconds))
            }
            LoginProblem::TooManyInARow => self.shell.t(match (can_reset, self.passkeys) {
                (true, true) => Key("login-too-many-in-a-row-reset-passkey"),
                (true, false) => Key("login-too-many-in-a-row-reset"),
                (false, true) => Key("login-too-many-in-a-row-passkey"),
                (false, false) => Key("login-too-many-in-a-row"),
            }),
        })
    }

    /// Whether the page knows who signs in.
    fn has_name(&self) -> bool {
        self.reauth.is_some() || !self.username.trim().is_empty()
    }

    /// Whether to say what to do about an account that was never verified. Said to everybody: it
    /// must not tell who has one.
    fn may_be_unverified(&self) -> bool {
        let may_be = self.problem.is_some_and(|problem| problem != LoginProblem::Incomplete);
        self.is_verified_first && self.sign_up_allowed && may_be
    }

    /// The id of the field the message leads to, empty where typing would not help.
    fn problem_field(&self) -> &'static str {
        match self.problem {
            Some(
                LoginProblem::Throttled { .. }
                | LoginProblem::TooManyInARow
                | LoginProblem::PasskeyFailed,
            ) => "",
            Some(LoginProblem::Incomplete) if self.has_name() => "current-password",
            _ if self.reauth.is_some() => "current-password",
            _ => "username",
        }
    }
}

impl LoginNotice {
    const fn class(self) -> &'static str {
        match self {
            Self::AccountReady | Self::EmailVerified => "alert good",
            Self::TookTooLong | Self::SignedOut => "alert",
        }
    }

    const fn key(self) -> Key {
        match self {
            Self::AccountReady => Key("login-notice-account-ready"),
            Self::EmailVerified => Key("login-notice-email-verified"),
            Self::TookTooLong => Key("login-notice-again"),
            Self::SignedOut => Key("login-notice-signed-out"),
        }
    }
}

impl ReauthReason {
    const fn key(self) -> Key {
        match self {
            Self::AppAsks => Key("login-reauth-app-asks"),
            Self::TooLongAgo => Key("login-reauth-too-long-ago"),
        }
    }
}

/// `/login/accounts`
#[derive(Debug, Template)]
#[template(path = "pages/login_accounts.html")]
pub struct ChooseAccountPage {
    /// The frame.
    pub shell: Shell,
    /// The accounts this device knows.
    pub accounts: Vec<KnownAccount>,
}

/// An account this device knows.
#[derive(Debug, Clone)]
pub struct KnownAccount {
    /// The value of the button `account`.
    pub id: String,
    /// Who it is.
    pub account: Account,
    /// Whether its session lives.
    pub signed_in: bool,
}

impl ChooseAccountPage {
    /// The value of the button `account` for "Use another account".
    pub const ANOTHER: &'static str = "another";
}
