//! Setting a second factor up. What is set up counts once it was used.

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::super::one_time_code::{self, CodeVerdict, Destination};
use super::super::recover::end_for_given_factor;
use super::super::sending;
use super::super::sign_in::SignedIn;
use super::super::{Accounts, faults_into};
use super::answer::{FactorRefusal, wrong_totp};
use super::backup_code;
use super::removal::hold_owner;
use super::repeated::Repeated;
use super::totp::{self, TotpKey};
use super::undo::NotedAddition;
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::second_factor::FactorKind;
use crate::domain::session::{Proof, RepeatableForm, Session};
use crate::domain::user::User;
use crate::domain::{PhoneNumber, Requester};
use crate::keys::Purpose;
use crate::random;
use crate::store::second_factors::{self, NewFactor};
use crate::store::{
    StoreError, Tx, backup_codes, factor_additions, one_time_codes, password_renewals, sessions,
    sign_in_challenges, trusted_browsers,
};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// Codes that may be tried to confirm a factor, per account.
const CONFIRMATIONS: Limit = Limit::new(10, 15 * 60);

/// An authenticator app that waits for its first code.
#[derive(Debug)]
pub struct BegunTotp {
    /// The address that sets up an app.
    pub address: Zeroizing<String>,
    /// The same as an SVG picture.
    pub picture: Zeroizing<String>,
    /// The key, in groups of four, to be typed.
    pub key: Zeroizing<String>,
}

impl BegunTotp {
    /// The picture in PNG; `None` where the address is too long for one.
    #[must_use]
    pub fn png(&self) -> Option<Zeroizing<Vec<u8>>> {
        totp::qr_png(&self.address)
    }
}

/// A telephone or mailbox that waits for its code.
#[derive(Clone, Debug)]
pub struct BegunCode {
    /// Where the code was sent to, in full, since its owner has just typed it.
    pub sent_to: String,
    /// When another one can be sent; absent where it can be now.
    pub resend_at: Option<Timestamp>,
}

/// The first code of a factor that was begun.
#[derive(Clone, Copy, Debug)]
pub struct FirstCode<'typed> {
    /// Of which factor.
    pub kind: FactorKind,
    /// The code, as typed.
    pub code: &'typed str,
    /// Whether the factor that gives way is lost, so that "Not me" must not bring it back.
    pub old_is_lost: bool,
    /// The form it came by, to be known if it comes once more with the cookie of before.
    pub sent: Option<&'typed RepeatableForm>,
}

/// A factor counts from now on.
#[derive(Debug)]
pub struct ConfirmedFactor {
    /// The session, which has proved more now, to be attached to another cookie.
    pub signed_in: SignedIn,
    /// What there is of backup codes.
    pub codes: CodesOfFactor,
}

/// The backup codes that come with a factor.
#[derive(Debug)]
pub enum CodesOfFactor {
    /// The first set, to be shown this once.
    Made(Vec<String>),
    /// The first set was made for an earlier answer to the same set-up, which may not have arrived.
    MadeBefore,
    /// The person has some.
    Kept,
}

/// Why a factor was not set up or removed.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentRefusal {
    /// It is not offered here.
    #[error("this factor is not offered")]
    NotOffered,
    /// Nothing waits to be confirmed: it was, its time is over, or another one took its place.
    #[error("nothing waits to be confirmed")]
    NotBegun,
    /// That is no telephone number.
    #[error("this is no telephone number")]
    PhoneMalformed,
    /// The address of the account is not verified.
    #[error("the address is not verified")]
    EmailNotVerified,
    /// Why the code was not taken.
    #[error(transparent)]
    Code(FactorRefusal),
    /// A second factor is required, and this is the last one.
    #[error("this is the last factor, and one is required")]
    LastOne,
    /// The person has no password, and no other passkey to sign in with.
    #[error("nothing else signs in")]
    LastWayIn,
    /// One of this kind was confirmed a moment ago, in another window.
    #[error("it is set up already")]
    IsOn,
    /// The person has as many passkeys as there can be.
    #[error("there can be no more passkeys")]
    TooManyPasskeys,
    /// There is no such factor.
    #[error("there is no such factor")]
    NotThere,
    /// The session ended meanwhile.
    #[error("the session is over")]
    SessionOver,
    /// A code went there a moment ago.
    #[error("a code was sent a moment ago")]
    TooSoon {
        /// When another one can be sent.
        retry_after_seconds: i64,
        /// Whether that code still waits to be typed.
        is_awaited: bool,
    },
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Ours.
    #[error(transparent)]
    Fault(super::super::AccountsFault),
}
faults_into!(EnrolmentRefusal);

impl From<FactorRefusal> for EnrolmentRefusal {
    fn from(refusal: FactorRefusal) -> Self {
        match refusal {
            FactorRefusal::Fault(fault) => Self::Fault(fault),
            FactorRefusal::Throttled { retry_after_seconds } => {
                Self::Throttled { retry_after_seconds }
            }
            other => Self::Code(other),
        }
    }
}

/// Counts what is typed to confirm a factor.
fn confirmations_of(user: &User) -> ThrottleKey {
    ThrottleKey::new("confirm", user.id.as_str())
}

impl Accounts {
    /// Begins to set up an authenticator app, with a new key.
    ///
    /// # Errors
    ///
    /// With why that cannot be.
    pub async fn begin_totp(
        &self,
        (user, session): (&User, &Session),
    ) -> Result<(), EnrolmentRefusal> {
        if !self.offers(user, FactorKind::Totp).await? {
            return Err(EnrolmentRefusal::NotOffered);
        }
        let now = self.clock.now();
        let id = random::ulid(now);
        let sealed = self.kek.seal(Purpose::TotpKey, &id, TotpKey::generate().bytes())?;
        let new = NewFactor {
            id: &id,
            user_id: &user.id,
            begun_in: &session.sid,
            kind: FactorKind::Totp,
            secret_sealed: Some(&sealed.0),
            phone_number: None,
            expires_at: now.plus(self.settings.factors.enrolment_lifetime),
        };
        let mut tx = self.store.begin().await?;
        hold_owner(&mut tx, session).await?;
        second_factors::begin(&mut tx, &new, now).await?;
        Ok(tx.commit().await?)
    }

    /// The authenticator app that waits for its first code: its key is shown until then, and never
    /// again, in the session that began it alone.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn begun_totp(
        &self,
        (user, session): (&User, &Session),
    ) -> Result<Option<BegunTotp>, StoreError> {
        let mut tx = self.store.read().await?;
        let now = self.clock.now();
        let begun = second_factors::find_begun(&mut tx, session, FactorKind::Totp, now).await?;
        drop(tx);
        let Some(begun) = begun else { return Ok(None) };
        let key = self.open_totp_key(&begun.id, begun.secret_sealed)?;
        let corrupt = || StoreError::Corrupt("a key cannot be shown".to_owned());
        let issuer = &self.settings.factors.totp_issuer;
        let address = key.address(issuer, &user.email).ok_or_else(corrupt)?;
        let picture = totp::qr_picture(&address).ok_or_else(corrupt)?;
        Ok(Some(BegunTotp { address, picture, key: key.in_groups() }))
    }

    /// Begins to set up a telephone or the mailbox: sends a code there.
    ///
    /// # Errors
    ///
    /// With why that cannot be.
    pub async fn begin_code_factor(
        &self,
        (user, session): (&User, &Session),
        phone: Option<&str>,
        locale: &str,
        requester: &Requester,
    ) -> Result<(), EnrolmentRefusal> {
        let kind = if phone.is_some() { FactorKind::Sms } else { FactorKind::Email };
        if !self.offers(user, kind).await? {
            return Err(EnrolmentRefusal::NotOffered);
        }
        if kind == FactorKind::Email && user.email_verified_at.is_none() {
            return Err(EnrolmentRefusal::EmailNotVerified);
        }
        let number = match phone {
            Some(typed) => {
                Some(typed.parse::<PhoneNumber>().map_err(|_| EnrolmentRefusal::PhoneMalformed)?)
            }
            None => None,
        };
        let mut tx = self.store.read().await?;
        let now = self.clock.now();
        if let Some(wait) =
            throttle::wait(&mut tx, &confirmations_of(user), CONFIRMATIONS, now).await?
        {
            return Err(EnrolmentRefusal::Throttled { retry_after_seconds: wait });
        }
        drop(tx);
        self.hold_code((user, session), number.as_ref(), requester).await?;
        let destination = number.as_ref().map_or(Destination::Email, Destination::Sms);
        let counted =
            number.as_ref().map_or(sending::Destination::OwnAddress, sending::Destination::Number);
        self.count_code_sent(user, counted, requester).await?;
        let now = self.clock.now();
        let id = random::ulid(now);
        let new = NewFactor {
            id: &id,
            user_id: &user.id,
            begun_in: &session.sid,
            kind,
            secret_sealed: None,
            phone_number: number.as_ref().map(PhoneNumber::as_str),
            expires_at: now.plus(self.settings.factors.enrolment_lifetime),
        };
        let mut tx = self.store.begin().await?;
        hold_owner(&mut tx, session).await?;
        second_factors::begin(&mut tx, &new, now).await?;
        self.send_code(&mut tx, &id, (user, destination), (locale, requester), now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// Lets one code a minute go to each telephone or mailbox that a person sets up, also where
    /// they begin anew.
    async fn hold_code(
        &self,
        (user, session): (&User, &Session),
        number: Option<&PhoneNumber>,
        requester: &Requester,
    ) -> Result<(), EnrolmentRefusal> {
        let to = number.map_or(user.email.as_str(), PhoneNumber::as_str);
        let key = ThrottleKey::new("enrolment", &format!("{}\0{to}", user.id));
        let limit = Limit::new(1, one_time_code::RESEND_AFTER);
        let decision = self.count(&[(key, limit)], requester).await?;
        let Decision::Refused { retry_after_seconds, .. } = decision else { return Ok(()) };
        // Who has just typed the number, or owns the mailbox, goes on with the code that is there.
        let mut tx = self.store.begin().await?;
        hold_owner(&mut tx, session).await?;
        let now = self.clock.now();
        let is_awaited = second_factors::go_on_with_code(&mut tx, session, number, now).await?;
        tx.commit().await?;
        Err(EnrolmentRefusal::TooSoon { retry_after_seconds, is_awaited })
    }

    /// The telephone or mailbox that waits for its code.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn begun_code_factor(
        &self,
        (user, session): (&User, &Session),
        kind: FactorKind,
    ) -> Result<Option<BegunCode>, StoreError> {
        let mut tx = self.store.read().await?;
        let now = self.clock.now();
        let begun = second_factors::find_begun(&mut tx, session, kind, now).await?;
        let Some(begun) = begun else { return Ok(None) };
        let code = one_time_codes::find(&mut tx, &begun.id).await?;
        let resend_at = code.map(|code| code.sent_at.plus(one_time_code::RESEND_AFTER));
        Ok(Some(BegunCode {
            sent_to: begun.phone_number.unwrap_or_else(|| user.email.clone()),
            resend_at: resend_at.filter(|time| *time > now),
        }))
    }

    /// Lets a factor count: its code was typed. The session has proved more from now on.
    ///
    /// # Errors
    ///
    /// With why it does not count.
    pub async fn confirm_factor(
        &self,
        owner: (&User, &Session),
        first: FirstCode<'_>,
        requester: &Requester,
    ) -> Result<ConfirmedFactor, EnrolmentRefusal> {
        let done = self.confirm_begun(owner, first, requester).await;
        // The same form, sent twice, may have been faster.
        let Err(refusal @ (EnrolmentRefusal::NotBegun | EnrolmentRefusal::SessionOver)) = done
        else {
            return done;
        };
        let before = self.confirmed_before(owner, Repeated::Code(first.kind, first.code)).await?;
        if let (None, EnrolmentRefusal::NotBegun) = (&before, &refusal)
            && self.has_just_confirmed(owner.0, first.kind).await?
        {
            return Err(EnrolmentRefusal::IsOn);
        }
        before.ok_or(refusal)
    }

    async fn confirm_begun(
        &self,
        (user, session): (&User, &Session),
        FirstCode { kind, code: typed, old_is_lost, sent }: FirstCode<'_>,
        requester: &Requester,
    ) -> Result<ConfirmedFactor, EnrolmentRefusal> {
        if typed.trim().is_empty() {
            return Err(EnrolmentRefusal::Code(FactorRefusal::Missing));
        }
        let tries = self.count_confirmation(user, requester).await?;
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        let begun = second_factors::find_begun(&mut tx, session, kind, now).await?;
        drop(tx);
        let begun = begun.ok_or(EnrolmentRefusal::NotBegun)?;
        let typed = one_time_code::digits(typed);
        let step = match kind {
            FactorKind::Totp => {
                let key = self.open_totp_key(&begun.id, begun.secret_sealed.clone())?;
                let step = key.step_of(&typed, now);
                step.ok_or_else(|| EnrolmentRefusal::Code(wrong_totp(tries)))?
            }
            _ => 0,
        };
        let mac = self.kek.mac(Purpose::ShortCode, &begun.id, &typed);
        let codes = self.first_backup_codes();
        let mut tx = self.store.begin().await?;
        hold_owner(&mut tx, session).await?;
        if kind != FactorKind::Totp {
            let verdict = self.take_code(&mut tx, (&begun.id, kind), &mac, now).await?;
            let refusal = match verdict {
                CodeVerdict::Right => None,
                CodeVerdict::Wrong => Some(FactorRefusal::Wrong),
                CodeVerdict::Over => Some(FactorRefusal::CodeOver),
            };
            if let Some(refusal) = refusal {
                // Another answer with the same code may have been faster.
                let waits = second_factors::find_begun(&mut tx, session, kind, now).await?;
                tx.commit().await?;
                return Err(match waits {
                    Some(_) => EnrolmentRefusal::Code(refusal),
                    None => EnrolmentRefusal::NotBegun,
                });
            }
        }
        let addition = self.note_addition(&mut tx, user, (kind, Some(&begun.id)), now).await?;
        if old_is_lost {
            factor_additions::forget_replaced(&mut tx, &user.id, kind).await?;
        }
        if !second_factors::confirm(&mut tx, &begun, (step, &mac), now).await? {
            return Err(EnrolmentRefusal::NotBegun);
        }
        if let Some(number) = begun.phone_number.as_deref() {
            // The same proof for the same number: nobody has to type two codes.
            self.note_phone(&mut tx, user, number, requester, now).await?;
        }
        let confirmed = self
            .factor_was_added(&mut tx, (user, session), (addition, codes, sent), requester, now)
            .await?
            .ok_or(EnrolmentRefusal::SessionOver)?;
        tx.commit().await?;
        self.bell.ring();
        Ok(confirmed)
    }

    /// Counts a try to confirm a factor; says how many there were.
    async fn count_confirmation(
        &self,
        user: &User,
        requester: &Requester,
    ) -> Result<i64, EnrolmentRefusal> {
        let tries = [(confirmations_of(user), CONFIRMATIONS)];
        match self.count(&tries, requester).await? {
            Decision::Allowed { count } => Ok(count),
            Decision::Refused { retry_after_seconds, .. } => {
                Err(EnrolmentRefusal::Throttled { retry_after_seconds })
            }
        }
    }

    /// What follows from a new factor: backup codes where there are none, no browser trusted any
    /// more, a line in the trail, a mail, and a session that proved it.
    pub(in super::super) async fn factor_was_added(
        &self,
        tx: &mut Tx,
        (user, session): (&User, &Session),
        (addition, codes, sent): (NotedAddition, Vec<SecretString>, Option<&RepeatableForm>),
        requester: &Requester,
        now: Timestamp,
    ) -> Result<Option<ConfirmedFactor>, StoreError> {
        let proof = Proof::with_factor(&session.amr, addition.kind);
        let proof = Proof { level: proof.level.max(session.level()), ..proof };
        let Some(session) =
            sessions::step_up(tx, (&session.sid, session.generation), (&proof, sent), now).await?
        else {
            return Ok(None);
        };
        trusted_browsers::forget_all(tx, &user.id).await?;
        // It may take the place of one whose code somebody waits with.
        sign_in_challenges::end_all_of(tx, &user.id).await?;
        // Half sign-ins that were whole without it, and wishes to get in without any: whoever has one
        // gave it before adding another.
        password_renewals::end_all_of(tx, &user.id, now).await?;
        if let Some(made_at) = factor_additions::oldest_made_at(tx, &user.id).await? {
            end_for_given_factor(tx, user, made_at, now).await?;
        }
        let has_codes = backup_codes::count_left(tx, &user.id).await? > 0;
        if !has_codes {
            self.keep_backup_codes(tx, &user.id, &codes, now).await?;
        }
        self.tell_of_addition(tx, user, &addition, requester, now).await?;
        Ok(Some(ConfirmedFactor {
            signed_in: SignedIn { session, user: user.clone() },
            codes: if has_codes {
                CodesOfFactor::Kept
            } else {
                CodesOfFactor::Made(backup_code::expose(&codes))
            },
        }))
    }

    pub(super) async fn record_factor(
        &self,
        tx: &mut Tx,
        (event, user, kind): (AuditKind, &User, FactorKind),
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let event = AuditEvent::success(event).of(&user.id).from(requester);
        audit::record(tx, event.about_factor(kind), now).await
    }
}
