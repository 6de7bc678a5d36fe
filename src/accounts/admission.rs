//! The one gate that every sign-in passes.
//!
//! Whatever the first proof was (a password, the link of a mail, a new account's code), a session
//! begins here or nowhere. Who has a second factor gets a challenge instead: a handle that is good
//! for answering it in the same browser, and for nothing else. Whose password has to go gets one
//! that is good for choosing another.

use super::renew_password::ProvedSignIn;
use super::sign_in::SignedIn;
use super::{Accounts, sign_in};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::second_factor::{AuthenticationLevel, FactorKind};
use crate::domain::session::{Proof, Session};
use crate::domain::token::FLOW_PREFIX;
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, SessionId, TokenDigest};
use crate::store::sign_in_challenges::SignInChallenge;
use crate::store::{
    StoreError, Tx, backup_codes, passkeys, second_factors, sign_in_challenges, trusted_browsers,
};

/// Half sign-ins that wait for a second factor beside the newest, of one session: every page that
/// asks for one begins anew.
const MOST_WAITING_IN_SESSION: i64 = 20;
/// The same, of an account, where a session is to begin.
pub(super) const MOST_WAITING: i64 = 99;

/// How long half a sign-in of a program waits, in seconds: no page leads anybody there.
pub const LIFETIME_WITHOUT_BROWSER: i64 = 5 * 60;

/// What stands in the place of a browser where there is none: no browser has the digest of nothing.
#[must_use]
pub fn no_browser() -> TokenDigest {
    TokenDigest::of(b"")
}

/// What a sign-in comes to.
#[derive(Clone, Debug)]
pub enum Admission {
    /// Somebody is signed in.
    SignedIn(Box<SignedIn>),
    /// A second factor is asked for first.
    Challenged(PlainToken),
    /// All is proved, but another password has to be chosen first.
    NewPassword(PlainToken),
}

impl Admission {
    /// The session, where there is one.
    #[must_use]
    pub fn signed_in(self) -> Option<SignedIn> {
        match self {
            Self::SignedIn(signed_in) => Some(*signed_in),
            Self::Challenged(_) | Self::NewPassword(_) => None,
        }
    }
}

/// What came before the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstProof {
    /// The password.
    Password,
    /// A mail that was read.
    Mail,
    /// An earlier sign-in, whose session steps up.
    Session,
}

impl FirstProof {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Mail => "mail",
            Self::Session => "session",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Password, Self::Mail, Self::Session].into_iter().find(|p| p.as_str() == name)
    }
}

/// Somebody at the gate.
pub(super) struct Applicant<'gate> {
    /// Who they proved to be.
    pub(super) user: &'gate User,
    /// By what.
    pub(super) first: FirstProof,
    /// "Keep me signed in".
    pub(super) remembered: bool,
    /// Their browser.
    pub(super) browser: Option<&'gate TokenDigest>,
    /// The token that says where it is trusted.
    pub(super) trust: Option<&'gate TokenDigest>,
    /// From where.
    pub(super) requester: &'gate Requester,
    /// A session of theirs that lives in this browser, or did until a moment ago.
    pub(super) session: Option<&'gate Session>,
}

impl<'gate> Applicant<'gate> {
    /// Somebody who read a mail of ours. A program goes on by its refresh token; its session lives as
    /// long.
    pub(super) const fn by_mail(
        user: &'gate User,
        (browser, session): (Option<&'gate TokenDigest>, Option<&'gate Session>),
        requester: &'gate Requester,
    ) -> Self {
        let (first, remembered) = (FirstProof::Mail, browser.is_none());
        Self { user, first, remembered, browser, trust: None, requester, session }
    }
}

impl Accounts {
    /// Begins a session, or asks for a second factor or another password first. `None` where the person was blocked, or
    /// their generation rose, since they were read.
    pub(super) async fn admit(
        &self,
        tx: &mut Tx,
        applicant: &Applicant<'_>,
        now: Timestamp,
    ) -> Result<Option<Admission>, StoreError> {
        let Some(proof) = self.proof_without_challenge(tx, applicant, now).await? else {
            let handle = self.challenge(tx, applicant, None, now).await?;
            return Ok(Some(Admission::Challenged(handle)));
        };
        let Applicant { user, remembered, requester, browser, .. } = *applicant;
        if self.new_password_reason(user).is_some() {
            let proved =
                ProvedSignIn { user, proof: &proof, browser, sid: None, remembered, trust: None };
            let handle = self.wait_for_new_password(tx, &proved, now).await?;
            record_begun(tx, applicant, "new_password", now).await?;
            return Ok(Some(Admission::NewPassword(handle)));
        }
        let is_told = applicant.first != FirstProof::Mail;
        let begin = sign_in::Begin { user, remembered, requester, proof: &proof, browser, is_told };
        let session = self.begin_session(tx, &begin, now).await?;
        Ok(session
            .map(|session| Admission::SignedIn(Box::new(SignedIn { session, user: user.clone() }))))
    }

    /// What the person proved, where nothing more is asked for.
    pub(super) async fn proof_without_challenge(
        &self,
        tx: &mut Tx,
        applicant: &Applicant<'_>,
        now: Timestamp,
    ) -> Result<Option<Proof>, StoreError> {
        let Applicant { user, first, trust, session, .. } = *applicant;
        if !has_second_factor(tx, user).await? {
            return Ok(Some(Proof::password()));
        }
        if first == FirstProof::Password
            && let Some(trust) = trust
            && trusted_browsers::is_trusted(tx, trust, user, now).await?
        {
            return Ok(Some(Proof::in_remembered_browser()));
        }
        // Who resets the password where they are signed in with a second factor gave it already.
        let standing = session
            .filter(|session| first == FirstProof::Mail && session.user_id == user.id)
            .filter(|session| session.level() >= AuthenticationLevel::SecondFactor);
        Ok(standing.map(|session| Proof { level: session.level(), methods: session.amr.clone() }))
    }

    /// The factors that may answer a challenge, the strongest first: those that the person has,
    /// without what has no way to them here any more.
    pub(super) async fn usable_methods(
        &self,
        tx: &mut Tx,
        user: &User,
        first: FirstProof,
    ) -> Result<Vec<FactorKind>, StoreError> {
        let mut methods = methods(tx, user, first).await?;
        methods.retain(|kind| self.has_way_to(*kind));
        Ok(methods)
    }

    /// Whether a factor of this kind can be asked for here.
    pub(super) fn has_way_to(&self, kind: FactorKind) -> bool {
        match kind {
            FactorKind::Email => self.settings.sends_mail,
            FactorKind::Sms => self.settings.factors.has_sms,
            FactorKind::Passkey => self.relying_party.is_some(),
            FactorKind::Totp | FactorKind::BackupCode => true,
        }
    }

    /// How well a person could prove who they are here, with the second factors they have. One to
    /// which nothing leads any more counts as little as one that they do not have.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn reachable_level(
        &self,
        tx: &mut Tx,
        user: &User,
    ) -> Result<AuthenticationLevel, StoreError> {
        let methods = self.usable_methods(tx, user, FirstProof::Session).await?;
        // A code on paper alone is no second factor: it stands in for one.
        let real = methods.into_iter().filter(|kind| *kind != FactorKind::BackupCode);
        Ok(real.map(FactorKind::level).max().unwrap_or(AuthenticationLevel::Password))
    }

    /// Begins to wait for a second factor; `sid` is the session that goes on with it.
    pub(super) async fn challenge(
        &self,
        tx: &mut Tx,
        applicant: &Applicant<'_>,
        sid: Option<&SessionId>,
        now: Timestamp,
    ) -> Result<PlainToken, StoreError> {
        let handle = PlainToken::generate(FLOW_PREFIX);
        let lifetime = match applicant.browser {
            Some(_) => self.settings.factors.challenge_lifetime,
            None => LIFETIME_WITHOUT_BROWSER,
        };
        let row = SignInChallenge {
            handle_digest: handle.digest(),
            user_id: applicant.user.id.clone(),
            generation: applicant.user.generation,
            browser_digest: applicant.browser.cloned().unwrap_or_else(no_browser),
            sid: sid.cloned(),
            first_proof: applicant.first.as_str().to_owned(),
            remembered: applicant.remembered,
            created_at: now,
            expires_at: now.plus(lifetime),
            passed_at: None,
        };
        sign_in_challenges::insert(tx, &row).await?;
        let most = if sid.is_some() { MOST_WAITING_IN_SESSION } else { MOST_WAITING };
        let of = (&applicant.user.id, sid);
        sign_in_challenges::keep_newest(tx, of, &row.handle_digest, most).await?;
        // A page of who is signed in that asks for a factor is no sign-in.
        if applicant.first != FirstProof::Session {
            record_begun(tx, applicant, "second_factor", now).await?;
        }
        Ok(handle)
    }
}

/// Notes that somebody got as far as this: who never goes on may not be the account's owner.
pub(super) async fn record_begun(
    tx: &mut Tx,
    applicant: &Applicant<'_>,
    waits_for: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent::success(AuditKind::SignInBegun).of(&applicant.user.id);
    let detail = serde_json::json!({
        "first_proof": applicant.first.as_str(),
        "waits_for": waits_for,
    });
    audit::record(tx, event.from(applicant.requester).with(detail), now).await
}

/// Whether a sign-in with the password alone is not enough.
pub(super) async fn has_second_factor(tx: &mut Tx, user: &User) -> Result<bool, StoreError> {
    Ok(!second_factors::list(tx, &user.id).await?.is_empty()
        || passkeys::count(tx, &user.id).await? > 0)
}

/// The factors that the person has, the strongest first. After a password that was chosen by mail
/// the mailbox proves nothing more.
pub(super) async fn methods(
    tx: &mut Tx,
    user: &User,
    first: FirstProof,
) -> Result<Vec<FactorKind>, StoreError> {
    let by_mail = first == FirstProof::Mail || user.password_by_mail_at.is_some();
    let factors = second_factors::list(tx, &user.id).await?;
    let mut methods: Vec<FactorKind> = factors
        .iter()
        .filter_map(|factor| FactorKind::named(&factor.kind))
        .filter(|kind| !(by_mail && *kind == FactorKind::Email))
        .collect();
    if passkeys::count(tx, &user.id).await? > 0 {
        methods.push(FactorKind::Passkey);
    }
    if backup_codes::count_left(tx, &user.id).await? > 0 {
        methods.push(FactorKind::BackupCode);
    }
    methods.sort_unstable();
    Ok(methods)
}
