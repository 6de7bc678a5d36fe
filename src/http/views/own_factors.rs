//! How a person signs in, beside their password.

use askama::Template;

use super::{Account, AccountPlace, ActivityEvent, FactorProblem, Moment, SecurityNotice, Shell};
use crate::domain::second_factor::FactorKind;
use crate::domain::user::NewPasswordReason;
use crate::http::paths;
use crate::texts::Key;

/// So many codes on paper are few: their owner is told to make new ones.
pub const FEW_CODES: u32 = 3;

/// A passkey as its owner sees it.
#[derive(Debug, Clone, Default)]
pub struct OwnPasskey {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub added: Moment,
    /// When it was last used.
    pub last_used: Option<Moment>,
    /// Who keeps it; empty where that is not known.
    pub provider: &'static str,
    /// Whether it is a second step alone.
    pub is_second_only: bool,
}

impl OwnPasskey {
    fn path(&self) -> String {
        format!("{}/{}", paths::ACCOUNT_PASSKEYS, self.id)
    }

    fn rename_path(&self) -> String {
        format!("{}/rename", self.path())
    }
}

/// A factor that is set up, or could be.
#[derive(Debug, Clone)]
pub struct OwnFactor {
    /// Which.
    pub kind: FactorKind,
    /// Since when it counts; absent where it is not set up.
    pub added: Option<Moment>,
    /// When it was last used.
    pub last_used: Option<Moment>,
    /// The telephone, masked; may be empty.
    pub phone: String,
    /// Whether it can be set up.
    pub is_offered: bool,
}

/// What a factor is called.
#[must_use]
pub const fn title_of(kind: FactorKind) -> Key {
    match kind {
        FactorKind::Passkey => Key("factor-passkey"),
        FactorKind::Totp => Key("factor-totp"),
        FactorKind::Sms => Key("factor-sms"),
        FactorKind::Email => Key("security-email-code"),
        FactorKind::BackupCode => Key("factor-backup"),
    }
}

impl OwnFactor {
    const fn title(&self) -> Key {
        title_of(self.kind)
    }

    fn hint(&self, shell: &Shell, email: &str) -> String {
        match self.kind {
            FactorKind::Sms if !self.phone.is_empty() => {
                shell.t1(Key("security-sms-to"), "to", &self.phone)
            }
            FactorKind::Sms => shell.t(Key("security-sms-hint")),
            FactorKind::Email => shell.t1(Key("security-email-to"), "to", email),
            _ => shell.t(Key("security-totp-hint")),
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", paths::ACCOUNT_2FA, self.kind.as_str())
    }
}

/// Whether a person can have another of the kind: codes by mail go to the account's address.
const fn is_replaceable(kind: FactorKind) -> bool {
    matches!(kind, FactorKind::Totp | FactorKind::Sms)
}

/// How it stands with a person's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OwnPassword {
    /// There is one.
    #[default]
    Kept,
    /// There is none.
    Missing,
    /// It has to go.
    ToReplace(NewPasswordReason),
}

/// `/account/security`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_security.html")]
pub struct SecurityPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What was just done.
    pub notice: Option<SecurityNotice>,
    /// How it stands with the password.
    pub password: OwnPassword,
    /// Whether nothing goes on before a factor is set up.
    pub must_set_up: bool,
    /// Whether an application's request waits and can go on.
    pub can_continue: bool,
    /// Whether passkeys can be added.
    pub passkeys_offered: bool,
    /// The person's passkeys.
    pub passkeys: Vec<OwnPasskey>,
    /// What else is set up, or could be.
    pub factors: Vec<OwnFactor>,
    /// How many backup codes are left; absent where there is no factor.
    pub backup_codes: Option<u32>,
    /// How many browsers are not asked.
    pub trusted_browsers: u32,
    /// What happened last, the newest first.
    pub events: Vec<ActivityEvent>,
}

impl SecurityPage {
    fn has_few_codes(&self) -> bool {
        self.backup_codes.is_some_and(|left| left <= FEW_CODES)
    }

    fn has_password(&self) -> bool {
        self.password != OwnPassword::Missing
    }

    const fn new_password_key(&self) -> Option<Key> {
        match self.password {
            OwnPassword::ToReplace(NewPasswordReason::Operator) => {
                Some(Key("security-new-password-operator"))
            }
            OwnPassword::ToReplace(NewPasswordReason::Leaked) => {
                Some(Key("security-new-password-leaked"))
            }
            OwnPassword::Kept | OwnPassword::Missing => None,
        }
    }
}

/// What is in the way of setting up a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUpProblem {
    /// That is no telephone number.
    PhoneMalformed,
    /// The code.
    Code(FactorProblem),
}

impl SetUpProblem {
    fn text(self, shell: &Shell) -> String {
        match self {
            Self::PhoneMalformed => shell.t(Key("security-phone-malformed")),
            Self::Code(problem) => problem.text(shell),
        }
    }

    const fn field(self) -> &'static str {
        match self {
            Self::PhoneMalformed => "phone",
            Self::Code(problem) => problem.field(),
        }
    }

    fn at(problem: Option<Self>, field: &str, shell: &Shell) -> String {
        let here = problem.filter(|problem| problem.field() == field);
        here.map(|problem| problem.text(shell)).unwrap_or_default()
    }
}

/// `/account/2fa/totp`
#[derive(Debug, Template)]
#[template(path = "pages/set_up_totp.html")]
pub struct SetUpTotpPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What went wrong.
    pub problem: Option<SetUpProblem>,
    /// Whether an app that counts will lose its place.
    pub replaces: bool,
    /// Whether that app was said to be lost.
    pub old_is_lost: bool,
    /// The QR code as SVG, made by us alone.
    pub picture: String,
    /// The address that sets up an app.
    pub address: String,
    /// The key in groups.
    pub key: String,
    /// What this page alone holds.
    pub once: String,
}

impl SetUpTotpPage {
    fn code_error(&self) -> String {
        SetUpProblem::at(self.problem, "code", &self.shell)
    }
}

/// `/account/2fa/sms` and `/account/2fa/email`
#[derive(Debug, Template)]
#[template(path = "pages/set_up_code.html")]
pub struct SetUpCodePage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// Which.
    pub kind: FactorKind,
    /// What went wrong.
    pub problem: Option<SetUpProblem>,
    /// Where a code was sent to; absent where it is yet to be sent.
    pub sent_to: Option<String>,
    /// When another one can be sent; absent where it can be now.
    pub resend_at: Option<Moment>,
    /// The number as typed.
    pub phone: String,
    /// Whether a number that counts will lose its place.
    pub replaces: bool,
    /// Whether that number was said to be lost.
    pub old_is_lost: bool,
}

impl SetUpCodePage {
    const fn title(&self) -> Key {
        match self.kind {
            FactorKind::Sms => Key("set-up-sms-title"),
            _ => Key("set-up-email-title"),
        }
    }

    const fn is_sms(&self) -> bool {
        matches!(self.kind, FactorKind::Sms)
    }

    fn path(&self) -> String {
        format!("{}/{}", paths::ACCOUNT_2FA, self.kind.as_str())
    }

    fn begin_path(&self) -> String {
        format!("{}/begin", self.path())
    }

    /// The page that asks where to send a code, once more.
    fn another(&self) -> String {
        let path = self.shell.in_flow(&self.path());
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}another=1")
    }

    fn code_error(&self) -> String {
        SetUpProblem::at(self.problem, "code", &self.shell)
    }

    fn phone_error(&self) -> String {
        SetUpProblem::at(self.problem, "phone", &self.shell)
    }
}

/// `/account/2fa/backup-codes`
#[derive(Debug, Template)]
#[template(path = "pages/backup_codes.html")]
pub struct BackupCodesPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// Whether their owner may never have seen them.
    pub may_be_lost: bool,
    /// How many can still be used.
    pub left: u32,
}

/// New backup codes, to be seen once.
#[derive(Debug, Template)]
#[template(path = "pages/new_backup_codes.html")]
pub struct NewBackupCodesPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// The codes.
    pub codes: Vec<String>,
    /// When they were made.
    pub made: Moment,
}

impl NewBackupCodesPage {
    /// The file that is downloaded without a request and without script.
    fn file(&self) -> String {
        let head = self.shell.texts_for_codes(&self.account.email, &self.made.words);
        let text = format!("{head}\n\n{}\n", self.codes.join("\n"));
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        // A form writes a space as a plus; an address does not.
        format!("data:text/plain;charset=utf-8,{}", encoded.replace('+', "%20"))
    }
}

/// `/account/2fa/{method}/remove`
#[derive(Debug, Template)]
#[template(path = "pages/remove_factor.html")]
pub struct RemoveFactorPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// Which.
    pub kind: FactorKind,
    /// The telephone, masked; may be empty.
    pub phone: String,
    /// Whether it is the last one.
    pub is_last: bool,
    /// Whether the last one has to stay.
    pub is_required: bool,
    /// Whether one can be set up here.
    pub is_offered: bool,
}

impl RemoveFactorPage {
    const fn can_be_replaced(&self) -> bool {
        self.is_offered && is_replaceable(self.kind)
    }

    const fn title(&self) -> Key {
        title_of(self.kind)
    }

    fn set_up_path(&self) -> String {
        format!("{}/{}", paths::ACCOUNT_2FA, self.kind.as_str())
    }

    fn path(&self) -> String {
        format!("{}/{}/remove", paths::ACCOUNT_2FA, self.kind.as_str())
    }
}

/// `/account/passkeys/new` and `/account/security-keys/new`
#[derive(Debug, Template)]
#[template(path = "pages/new_passkey.html")]
pub struct NewPasskeyPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What went wrong.
    pub problem: Option<SetUpProblem>,
    /// The handle of the ceremony.
    pub ceremony: String,
    /// What the script calls the authenticator with, as JSON.
    pub options: String,
    /// How long that waits, in seconds.
    pub lifetime: i64,
    /// A name to begin with.
    pub name: String,
    /// Whether it is to be a second step alone.
    pub is_security_key: bool,
}

impl NewPasskeyPage {
    const fn path(&self) -> &'static str {
        if self.is_security_key { paths::ACCOUNT_SECURITY_KEYS } else { paths::ACCOUNT_PASSKEYS }
    }

    const fn title(&self) -> Key {
        if self.is_security_key { Key("new-security-key-title") } else { Key("new-passkey-title") }
    }

    const fn lead(&self) -> Key {
        if self.is_security_key { Key("new-security-key-lead") } else { Key("new-passkey-lead") }
    }
}

/// `/account/passkeys/{id}`
#[derive(Debug, Template)]
#[template(path = "pages/passkey.html")]
pub struct PasskeyPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// Which.
    pub passkey: OwnPasskey,
    /// Whether it is the last factor.
    pub is_last: bool,
    /// Whether the last one has to stay.
    pub is_required: bool,
    /// Whether nothing else signs in.
    pub is_last_way_in: bool,
}
