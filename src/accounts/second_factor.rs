//! Second factors: answering a challenge, setting them up and removing them.

mod answer;
mod backup_code;
mod challenge;
mod enrolment;
mod held;
mod notice;
mod removal;
mod repeated;
mod supersede;
mod totp;
mod undo;

pub(super) use answer::forget_tries;
pub use answer::{FactorAnswer, FactorRefusal};
pub use challenge::{ChallengeView, NewTrust, Passed, PassedChallenge};
pub use enrolment::{
    BegunCode, BegunTotp, CodesOfFactor, ConfirmedFactor, EnrolmentRefusal, FirstCode,
};
pub use held::{FactorsView, HeldFactor, WaysToProve};
pub(super) use removal::hold_owner;
pub(super) use repeated::Repeated;
pub(super) use supersede::{record_superseded, remove_every_factor, supersede_factors};
pub use undo::{Disowned, UndoRefusal};

use crate::domain::second_factor::{FactorKind, FactorPolicy};

/// What the operator chose of second factors; times in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorSettings {
    /// What is asked of people, where a client asks nothing else.
    pub policy: FactorPolicy,
    /// What they are offered.
    pub offered: Vec<FactorKind>,
    /// Whether SMS can be sent, also where nobody is offered them as a factor.
    pub has_sms: bool,
    /// What an authenticator app calls this service.
    pub totp_issuer: String,
    /// How many backup codes there are in a set.
    pub backup_codes: usize,
    /// How long half a sign-in waits for its second factor.
    pub challenge_lifetime: i64,
    /// How long a code by mail or message lives.
    pub code_lifetime: i64,
    /// How long a browser is trusted.
    pub trust_lifetime: i64,
    /// How long a factor waits to be confirmed.
    pub enrolment_lifetime: i64,
}

impl Default for FactorSettings {
    fn default() -> Self {
        Self {
            policy: FactorPolicy::Optional,
            offered: vec![
                FactorKind::Passkey,
                FactorKind::Totp,
                FactorKind::Sms,
                FactorKind::Email,
            ],
            has_sms: true,
            totp_issuer: "Protekt".to_owned(),
            backup_codes: 10,
            challenge_lifetime: 10 * 60,
            code_lifetime: 10 * 60,
            trust_lifetime: 30 * 24 * 60 * 60,
            enrolment_lifetime: 30 * 60,
        }
    }
}
