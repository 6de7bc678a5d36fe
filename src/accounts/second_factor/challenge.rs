//! Half a sign-in: what it offers, and how it becomes a whole one.

use super::super::Accounts;
use super::super::admission::{self, Applicant, FirstProof};
use super::super::one_time_code::{self, Destination};
use super::super::renew_password::ProvedSignIn;
use super::super::sending;
use super::super::sign_in::{Begin, SignedIn};
use super::answer::{FactorAnswer, FactorRefusal};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address;
use crate::domain::second_factor::{AuthenticationLevel, FactorKind};
use crate::domain::session::{Proof, Session};
use crate::domain::user::User;
use crate::domain::{PhoneNumber, PlainToken, Requester, TokenDigest};
use crate::store::sign_in_challenges::{self, SignInChallenge};
use crate::store::{
    StoreError, Tx, backup_codes, one_time_codes, second_factors, sessions, trusted_browsers,
    unverified_users, users,
};
use crate::throttle::Decision;

/// What the pages of a challenge show.
#[derive(Clone, Debug)]
pub struct ChallengeView {
    /// Who gave the first proof.
    pub user: User,
    /// What may answer it, the strongest first; none where all that is left may not be used here.
    pub methods: Vec<FactorKind>,
    /// Where an SMS goes, masked.
    pub phone: Option<String>,
    /// Where a mail goes, masked.
    pub email: String,
    /// The kind of the code that was sent and still counts.
    pub sent: Option<FactorKind>,
    /// When another code can be sent.
    pub resend_at: Option<Timestamp>,
    /// Whether a session goes on, rather than begins.
    pub is_of_session: bool,
}

/// "Don't ask again in this browser": a token that is made for it, so that nobody has it who had the
/// browser before.
#[derive(Clone, Debug)]
pub struct NewTrust {
    /// Digest of the token.
    pub digest: TokenDigest,
    /// Digest of the one that it takes the place of, with the trust of everybody else in the browser.
    pub before: Option<TokenDigest>,
}

/// A challenge was passed.
#[derive(Clone, Debug)]
pub struct PassedChallenge {
    /// The session, to be attached to a cookie.
    pub signed_in: SignedIn,
    /// Whether the whole sign-in was done anew, so that it answers `prompt=login` and `max_age`.
    pub is_sign_in: bool,
    /// How many backup codes are left, where one was used.
    pub backup_codes_left: Option<i64>,
}

/// What a challenge that was passed leads to.
#[derive(Clone, Debug)]
pub enum Passed {
    /// A session.
    SignedIn(Box<PassedChallenge>),
    /// All is proved, but another password has to be chosen first.
    NewPassword {
        /// The handle of the sign-in that waits for it.
        handle: PlainToken,
        /// How many codes on paper are left, where one was used.
        backup_codes_left: Option<i64>,
    },
}

impl Passed {
    /// Whether the whole sign-in was done anew: only then is a browser trusted.
    #[must_use]
    pub fn is_sign_in(&self) -> bool {
        match self {
            Self::SignedIn(passed) => passed.is_sign_in,
            Self::NewPassword { .. } => true,
        }
    }
}

impl Accounts {
    /// What a half sign-in offers in this browser; `None` where it is over.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn challenge_view(
        &self,
        handle: &PlainToken,
        browser: &TokenDigest,
    ) -> Result<Option<ChallengeView>, StoreError> {
        let mut tx = self.store.read().await?;
        let Some((challenge, user)) = self.open_challenge(&mut tx, handle, browser).await? else {
            return Ok(None);
        };
        let methods = self.usable_methods(&mut tx, &user, first_of(&challenge)).await?;
        let sms = second_factors::find(&mut tx, &user.id, FactorKind::Sms).await?;
        let phone = sms.and_then(|sms| sms.phone_number?.parse::<PhoneNumber>().ok());
        let code = one_time_codes::find(&mut tx, challenge.handle_digest.as_str()).await?;
        let code = code.filter(|code| one_time_code::can_be_tried(code, self.clock.now()));
        Ok(Some(ChallengeView {
            methods,
            phone: phone.map(|phone| phone.masked()),
            email: email_address::masked(&user.email),
            user,
            sent: code.as_ref().and_then(|code| FactorKind::named(&code.channel)),
            resend_at: code.map(|code| code.sent_at.plus(one_time_code::RESEND_AFTER)),
            is_of_session: challenge.sid.is_some(),
        }))
    }

    /// Whether a half sign-in of this browser was passed already.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn was_passed(
        &self,
        handle: &PlainToken,
        browser: &TokenDigest,
    ) -> Result<bool, StoreError> {
        let mut tx = self.store.read().await?;
        let found = sign_in_challenges::find(&mut tx, &handle.digest(), browser).await?;
        Ok(found.is_some_and(|challenge| challenge.passed_at.is_some()))
    }

    /// Sends a code to the telephone or the address of the person; says whether one went out now,
    /// or the last one is too young.
    ///
    /// # Errors
    ///
    /// With why none can be sent.
    pub async fn send_challenge_code(
        &self,
        handle: &PlainToken,
        kind: FactorKind,
        (browser, locale): (&TokenDigest, &str),
        requester: &Requester,
    ) -> Result<bool, FactorRefusal> {
        let mut tx = self.store.read().await?;
        let open = self.open_challenge(&mut tx, handle, browser).await?;
        let (challenge, user) = open.ok_or(FactorRefusal::Over)?;
        if !self.usable_methods(&mut tx, &user, first_of(&challenge)).await?.contains(&kind) {
            return Err(FactorRefusal::NotUsable);
        }
        if let Some(wait) = self.factor_wait(&mut tx, &user, browser).await? {
            return Err(FactorRefusal::NoTryLeft { retry_after_seconds: wait });
        }
        let factor = second_factors::find(&mut tx, &user.id, kind).await?;
        let place = challenge.handle_digest.as_str();
        if let Some(code) = one_time_codes::find(&mut tx, place).await? {
            let now = self.clock.now();
            let wait = code.sent_at.plus(one_time_code::RESEND_AFTER).since(now);
            if wait > 0 && one_time_code::can_be_tried(&code, now) {
                return Ok(false);
            }
            if wait > 0 {
                return Err(FactorRefusal::TooSoon { retry_after_seconds: wait });
            }
            if one_time_code::is_sent_out(&code) {
                return Err(FactorRefusal::SentOut);
            }
        }
        drop(tx);
        let phone = match kind {
            FactorKind::Sms => Some(phone_of(factor.and_then(|factor| factor.phone_number))?),
            FactorKind::Email => None,
            FactorKind::Passkey | FactorKind::Totp | FactorKind::BackupCode => {
                return Err(FactorRefusal::NotUsable);
            }
        };
        let destination = phone.as_ref().map_or(Destination::Email, Destination::Sms);
        let counted = phone
            .as_ref()
            .map_or(sending::Destination::OwnAddress, sending::Destination::ConfirmedNumber);
        self.count_code_sent(&user, counted, requester).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let to = (&user, destination);
        let is_sent = self.send_code(&mut tx, place, to, (locale, requester), now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(is_sent)
    }

    /// Counts a code before it is sent, against pumping of messages.
    pub(in super::super) async fn count_code_sent(
        &self,
        user: &User,
        to: sending::Destination<'_>,
        requester: &Requester,
    ) -> Result<(), FactorRefusal> {
        match self.count_sending(to, Some(&user.id), requester).await? {
            Decision::Allowed { .. } => Ok(()),
            Decision::Refused { retry_after_seconds, .. } => {
                Err(FactorRefusal::Throttled { retry_after_seconds })
            }
        }
    }

    /// Answers a half sign-in; it becomes a whole one, once.
    ///
    /// # Errors
    ///
    /// With why nobody is signed in.
    pub async fn answer_challenge(
        &self,
        handle: &PlainToken,
        answer: FactorAnswer,
        (browser, trust): (&TokenDigest, Option<&NewTrust>),
        requester: &Requester,
    ) -> Result<Passed, FactorRefusal> {
        let open = self.open_challenge(&mut self.store.read().await?, handle, browser).await?;
        let (challenge, user) = open.ok_or(FactorRefusal::Over)?;
        let (kind, place) = (answer.kind(), challenge.handle_digest.as_str());
        let of = (&user, first_of(&challenge));
        let prepared = self.prepare_factor(of, answer, (place, browser), requester).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        // Sent twice: the second has nothing left to answer, and its code is not wrong.
        if self.open_challenge(&mut tx, handle, browser).await?.is_none() {
            return Err(FactorRefusal::Over);
        }
        if let Err(refusal) = self.take_factor(&mut tx, &user, &prepared, now).await? {
            self.record_refused_factor(&mut tx, &user, kind, requester, now).await?;
            tx.commit().await?;
            return Err(refusal);
        }
        // What was used up stays so, also where somebody else passed the challenge meanwhile.
        let given = (kind, trust);
        let Some(passed) = self.pass_challenge(&mut tx, &challenge, given, requester, now).await?
        else {
            tx.commit().await?;
            return Err(FactorRefusal::Over);
        };
        if let Some(trust) = trust
            && passed.is_sign_in()
            && let Some(before) = &trust.before
        {
            trusted_browsers::replace(&mut tx, before, &trust.digest).await?;
        }
        if let (Passed::SignedIn(passed), Some(trust)) = (&passed, trust)
            && passed.is_sign_in
        {
            let until = now.plus(self.settings.factors.trust_lifetime);
            let user = &passed.signed_in.user;
            trusted_browsers::trust(&mut tx, &trust.digest, user, until, now).await?;
            let event = AuditEvent::success(AuditKind::BrowserTrusted).of(&user.id);
            audit::record(&mut tx, event.from(requester), now).await?;
        }
        tx.commit().await?;
        self.bell.ring();
        Ok(passed)
    }

    async fn pass_challenge(
        &self,
        tx: &mut Tx,
        challenge: &SignInChallenge,
        (kind, trust): (FactorKind, Option<&NewTrust>),
        requester: &Requester,
        now: Timestamp,
    ) -> Result<Option<Passed>, StoreError> {
        let Some(_) = sign_in_challenges::pass(tx, &challenge.handle_digest, now).await? else {
            return Ok(None);
        };
        let Some(user) = users::find(tx, &challenge.user_id).await? else { return Ok(None) };
        if user.is_blocked() || user.generation != challenge.generation {
            return Ok(None);
        }
        let event = AuditEvent::success(AuditKind::SecondFactorGiven).of(&user.id).from(requester);
        audit::record(tx, event.about_factor(kind), now).await?;
        let first = first_of(challenge);
        // Only who gave that password, or the mail itself, has shown more than the mailbox.
        if kind != FactorKind::Email && first != FirstProof::Session {
            users::note_password_by_mail(tx, &user.id, None).await?;
        }
        let backup_codes_left = if kind == FactorKind::BackupCode {
            let left = backup_codes::count_left(tx, &user.id).await?;
            self.tell_of_backup_code(tx, &user, left, requester, now).await?;
            Some(left)
        } else {
            None
        };
        let whole = Proof::with_factor(&Proof::password().methods, kind);
        if first != FirstProof::Session && self.new_password_reason(&user).is_some() {
            let proved = ProvedSignIn {
                user: &user,
                proof: &whole,
                browser: Some(&challenge.browser_digest),
                sid: challenge.sid.as_ref(),
                remembered: challenge.remembered,
                trust: trust.map(|trust| &trust.digest),
            };
            let handle = self.wait_for_new_password(tx, &proved, now).await?;
            return Ok(Some(Passed::NewPassword { handle, backup_codes_left }));
        }
        let session = match (&challenge.sid, first) {
            (Some(sid), FirstProof::Session) => {
                let Some(session) = sessions::find(tx, sid).await? else { return Ok(None) };
                let (proof, of) = (stepped_up(&session, kind), (sid, challenge.generation));
                sessions::step_up(tx, of, (&proof, None), now).await?
            }
            (Some(sid), FirstProof::Password | FirstProof::Mail) => {
                sessions::reauthenticate(tx, (sid, challenge.generation), (&whole, None), now)
                    .await?
            }
            (None, _) => {
                let (user, remembered) = (&user, challenge.remembered);
                let browser = Some(&challenge.browser_digest);
                let is_told = first != FirstProof::Mail;
                let begin = Begin { user, remembered, requester, proof: &whole, browser, is_told };
                self.begin_session(tx, &begin, now).await?
            }
        };
        Ok(session.map(|session| {
            Passed::SignedIn(Box::new(PassedChallenge {
                signed_in: SignedIn { session, user },
                is_sign_in: first != FirstProof::Session,
                backup_codes_left,
            }))
        }))
    }

    /// Whether a session proved enough for a change of factors: who has a second factor has to
    /// have given one in this session.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn must_step_up(&self, session: &Session, user: &User) -> Result<bool, StoreError> {
        self.must_step_up_in(&mut self.store.read().await?, session, user).await
    }

    pub(super) async fn must_step_up_in(
        &self,
        tx: &mut Tx,
        session: &Session,
        user: &User,
    ) -> Result<bool, StoreError> {
        if session.level() >= AuthenticationLevel::SecondFactor {
            return Ok(false);
        }
        if !admission::has_second_factor(tx, user).await? {
            return Ok(false);
        }
        // Another request of this session may have set it up since the session was read.
        let fresh = sessions::find(tx, &session.sid).await?;
        Ok(fresh.is_none_or(|fresh| fresh.level() < AuthenticationLevel::SecondFactor))
    }

    /// The factors that who is signed in may prove themselves with.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn own_methods(&self, user: &User) -> Result<Vec<FactorKind>, StoreError> {
        let mut tx = self.store.read().await?;
        self.usable_methods(&mut tx, user, FirstProof::Session).await
    }

    /// Asks who is signed in for a second factor, so that their session steps up.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn step_up(
        &self,
        session: &Session,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<Option<PlainToken>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // What is passed counts in the generation that this session was read in.
        let user = users::find(&mut tx, &session.user_id).await?;
        let user = user.filter(|user| user.generation == session.generation);
        let Some(user) = user else { return Ok(None) };
        if !admission::has_second_factor(&mut tx, &user).await? {
            return Ok(None);
        }
        let applicant = Applicant {
            user: &user,
            first: FirstProof::Session,
            remembered: session.remembered,
            browser: Some(browser),
            trust: None,
            requester,
            session: Some(session),
        };
        let handle = self.challenge(&mut tx, &applicant, Some(&session.sid), now).await?;
        tx.commit().await?;
        Ok(Some(handle))
    }

    async fn open_challenge(
        &self,
        tx: &mut Tx,
        handle: &PlainToken,
        browser: &TokenDigest,
    ) -> Result<Option<(SignInChallenge, User)>, StoreError> {
        let found = sign_in_challenges::find(tx, &handle.digest(), browser).await?;
        let now = self.clock.now();
        let open =
            found.filter(|challenge| challenge.passed_at.is_none() && challenge.expires_at > now);
        let Some(challenge) = open else { return Ok(None) };
        let user = users::find(tx, &challenge.user_id).await?;
        let user =
            user.filter(|user| !user.is_blocked() && user.generation == challenge.generation);
        Ok(user.map(|user| (challenge, user)))
    }
}

fn first_of(challenge: &SignInChallenge) -> FirstProof {
    // What nobody wrote is the proof that allows least.
    FirstProof::named(&challenge.first_proof).unwrap_or(FirstProof::Mail)
}

fn phone_of(stored: Option<String>) -> Result<PhoneNumber, FactorRefusal> {
    stored.and_then(|number| number.parse().ok()).ok_or(FactorRefusal::NotUsable)
}

/// What a session becomes with one more factor: never less than it was.
fn stepped_up(session: &Session, kind: FactorKind) -> Proof {
    let proof = Proof::with_factor(&session.amr, kind);
    Proof { level: proof.level.max(session.level()), ..proof }
}
