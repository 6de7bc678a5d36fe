//! `/login/reauth`: before something grave in their account, people prove again who they are.
//!
//! A handler of such a page asks [`proven`] first, on GET and on POST. Where the last proof is too
//! old it gets the way to this page, which names what the proof is for and leads back there: to one
//! of a fixed list of pages or to that of a passkey, never to an address from outside.

use std::borrow::Cow;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ulid::Ulid;

use super::super::flow::{self, Arrival, see_other};
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{AccountNotice, LoginProblem, ProofPage};
use super::super::{App, paths, way_back};
use super::second_factor::{self, AfterFactor};
use crate::accounts::{FactorStanding, SignInRefusal};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::oauth::response::with_query;
use crate::texts::Key;

/// Something that asks for a proof first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GraveAction {
    /// Choose another password.
    ChangePassword,
    /// Choose another password, after everything else was signed out.
    ReplacePassword,
    /// Use another address.
    ChangeEmail,
    /// Take one's data away.
    ExportData,
    /// Delete the account.
    DeleteAccount,
    /// Set up an authenticator app.
    SetUpTotp,
    /// Set up a telephone.
    SetUpSms,
    /// Set up codes by mail.
    SetUpEmail,
    /// Remove the authenticator app.
    RemoveTotp,
    /// Remove the telephone.
    RemoveSms,
    /// Remove codes by mail.
    RemoveEmail,
    /// Make new backup codes.
    RenewBackupCodes,
    /// Add a passkey.
    AddPasskey,
    /// Add a security key.
    AddSecurityKey,
    /// Change or remove what is set up.
    ChangeFactors,
    /// Rename or remove the passkey with this id.
    ChangePasskey(Ulid),
    /// Take away what somebody else set up.
    Disown,
}

/// What a form leaves in the address of the page that comes before it.
pub(super) const AGAIN: (&str, &str) = ("again", "1");
/// Stands before the id of a passkey, in the name of what is done to it.
const OF_PASSKEY: &str = "passkey.";

impl GraveAction {
    /// Every one that is not about one thing among several.
    const ALL: [Self; 16] = [
        Self::ChangePassword,
        Self::ReplacePassword,
        Self::ChangeEmail,
        Self::ExportData,
        Self::DeleteAccount,
        Self::SetUpTotp,
        Self::SetUpSms,
        Self::SetUpEmail,
        Self::RemoveTotp,
        Self::RemoveSms,
        Self::RemoveEmail,
        Self::RenewBackupCodes,
        Self::AddPasskey,
        Self::AddSecurityKey,
        Self::ChangeFactors,
        Self::Disown,
    ];

    /// The name in an address.
    pub(crate) fn name(self) -> Cow<'static, str> {
        let name = match self {
            Self::ChangePasskey(id) => return format!("{OF_PASSKEY}{id}").into(),
            Self::ChangePassword => "password",
            Self::ReplacePassword => "new-password",
            Self::ChangeEmail => "email",
            Self::ExportData => "data",
            Self::DeleteAccount => "delete",
            Self::SetUpTotp => "totp",
            Self::SetUpSms => "sms",
            Self::SetUpEmail => "email-code",
            Self::RemoveTotp => "remove-totp",
            Self::RemoveSms => "remove-sms",
            Self::RemoveEmail => "remove-email-code",
            Self::RenewBackupCodes => "backup-codes",
            Self::AddPasskey => "passkey",
            Self::AddSecurityKey => "security-key",
            Self::ChangeFactors => "security",
            Self::Disown => "not-me",
        };
        name.into()
    }

    /// Where it goes on.
    pub(crate) fn path(self) -> Cow<'static, str> {
        let path = match self {
            Self::ChangePasskey(id) => return format!("{}/{id}", paths::ACCOUNT_PASSKEYS).into(),
            Self::ReplacePassword => {
                let told = [("done", AccountNotice::Disowned.name())];
                return with_query(paths::ACCOUNT_PASSWORD, told).into();
            }
            Self::ChangePassword => paths::ACCOUNT_PASSWORD,
            Self::ChangeEmail => paths::ACCOUNT_EMAIL,
            Self::ExportData => paths::ACCOUNT_DATA,
            Self::DeleteAccount => paths::ACCOUNT_DELETE,
            Self::SetUpTotp => paths::ACCOUNT_TOTP,
            Self::SetUpSms => paths::ACCOUNT_SMS,
            Self::SetUpEmail => paths::ACCOUNT_2FA_EMAIL,
            Self::RemoveTotp => paths::ACCOUNT_TOTP_REMOVE,
            Self::RemoveSms => paths::ACCOUNT_SMS_REMOVE,
            Self::RemoveEmail => paths::ACCOUNT_2FA_EMAIL_REMOVE,
            Self::RenewBackupCodes => paths::ACCOUNT_BACKUP_CODES,
            Self::AddPasskey => paths::ACCOUNT_PASSKEYS_NEW,
            Self::AddSecurityKey => paths::ACCOUNT_SECURITY_KEYS_NEW,
            Self::ChangeFactors => paths::ACCOUNT_SECURITY,
            Self::Disown => paths::ACCOUNT_ACTIVITY,
        };
        path.into()
    }

    /// Why a proof is asked for.
    pub(super) const fn reason(self) -> Key {
        match self {
            Self::ChangePassword => Key("proof-to-change-password"),
            Self::ReplacePassword => Key("proof-to-replace-password"),
            Self::ChangeEmail => Key("proof-to-change-email"),
            Self::ExportData => Key("proof-to-export"),
            Self::DeleteAccount => Key("proof-to-delete"),
            Self::SetUpTotp
            | Self::SetUpSms
            | Self::SetUpEmail
            | Self::RemoveTotp
            | Self::RemoveSms
            | Self::RemoveEmail
            | Self::RenewBackupCodes
            | Self::AddPasskey
            | Self::AddSecurityKey
            | Self::ChangeFactors
            | Self::ChangePasskey(_) => Key("proof-to-change-factors"),
            Self::Disown => Key("proof-to-disown"),
        }
    }

    /// The action of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if let Some(id) = name.strip_prefix(OF_PASSKEY) {
            return Ulid::from_string(id).ok().map(Self::ChangePasskey);
        }
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// Who is signed in at a page of their own account.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// Their session.
    pub session: Session,
    /// Their account.
    pub user: User,
}

/// The owner of the account, whatever is still asked of them: for the pages where a second factor
/// is set up or given, and a proof before it. Every other page asks [`owner_at`].
///
/// # Errors
///
/// The way to sign in, or to a decision about an account that waits to be deleted; a fault.
pub(crate) async fn owner_before_factor(
    app: &App,
    session: &BrowserSession,
) -> Result<Owner, Instead> {
    let to_sign_in = || way_back::to_sign_in(app, paths::ACCOUNT, session.is_form);
    let signed_in = session.signed_in.as_ref().ok_or_else(to_sign_in)?;
    let user = app.accounts.user(&signed_in.user_id).await?;
    let user = user.ok_or_else(to_sign_in)?;
    if user.is_leaving() {
        return Err(see_other(paths::ACCOUNT_RESTORE).into());
    }
    Ok(Owner { session: signed_in.clone(), user })
}

/// The owner of the account at a page of it.
///
/// # Errors
///
/// As for [`owner_before_factor`], and for who lacks a second factor that is required the way to
/// where it is set up; each leads back to `page`.
pub(crate) async fn owner_at(
    app: &App,
    session: &BrowserSession,
    page: &str,
) -> Result<Owner, Instead> {
    if session.signed_in.is_none() {
        return Err(way_back::to_sign_in(app, page, session.is_form).into());
    }
    let owner = owner_before_factor(app, session).await?;
    match app.accounts.factor_standing(&owner.session, &owner.user).await? {
        FactorStanding::Enough => Ok(owner),
        FactorStanding::ToGive | FactorStanding::ToSetUp => {
            Err(way_back::to_factor(app, page).into())
        }
    }
}

/// The owner of the account, who proved who they are lately enough for `action`. A password alone
/// is never enough for who has a second factor (ASVS 5.0 7.5.1).
///
/// # Errors
///
/// As for [`owner_at`], and the way to a proof.
pub(crate) async fn proven(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    action: GraveAction,
) -> Result<Owner, Instead> {
    let path = action.path();
    let page = path.split_once('?').map_or(&*path, |(page, _)| page);
    let owner = owner_at(app, session, page).await?;
    give_factor(app, frame, &owner, AfterFactor { flow: None, to: Some(action) }).await?;
    if app.accounts.is_proven(&owner.session) {
        return Ok(owner);
    }
    Err(if frame.is_form { to_proof_again(action) } else { to_proof(action) }.into())
}

/// Passes where a session gave the second factor that its person has, if they have one.
///
/// # Errors
///
/// The way to give it; a fault.
pub(super) async fn give_factor(
    app: &App,
    frame: &Frame,
    owner: &Owner,
    next: AfterFactor,
) -> Result<(), Instead> {
    if !app.accounts.must_step_up(&owner.session, &owner.user).await? {
        return Ok(());
    }
    let browser = frame.browser.digest();
    match app.accounts.step_up(&owner.session, &browser, &frame.requester).await? {
        Some(challenge) => {
            Err(second_factor::lead(app, frame, &challenge, &next, Arrival::Get).await?.into())
        }
        // What they have cannot be used any more, or their session is over.
        None => Err(see_other(paths::ACCOUNT_SECURITY).into()),
    }
}

/// Leads to where the person can prove who they are.
#[must_use]
fn to_proof(action: GraveAction) -> Response {
    see_other(&with_query(paths::LOGIN_REAUTH, [("to", &*action.name())]))
}

/// The same from a form, which did nothing: that is said there.
#[must_use]
pub(crate) fn to_proof_again(action: GraveAction) -> Response {
    see_other(&with_query(paths::LOGIN_REAUTH, [("to", &*action.name()), AGAIN]))
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = owner_before_factor(&app, &session).await?;
    let Some(action) = query.get("to").and_then(GraveAction::named) else {
        return Ok(see_other(paths::ACCOUNT));
    };
    let is_again = query.has(AGAIN.0);
    let wish = Wish { action, flow: query.get("flow"), is_again };
    Ok(Page::ok(page(&app, &frame, &owner.user, &wish, None).await?).into_response())
}

/// The password.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let sent = form.sent_by(&frame.browser, paths::LOGIN_REAUTH, &["password"]);
    let session = session.or_repeated(&app, &sent, &frame.requester).await?;
    let owner = owner_before_factor(&app, &session).await?;
    let Some(action) = form.get("to").and_then(GraveAction::named) else {
        return Ok(see_other(paths::ACCOUNT));
    };
    let is_again = form.get(AGAIN.0).is_some();
    let wish = Wish { action, flow: form.flow(), is_again };
    let password = form.secret("password");
    let repeatable = session.repeatable(&app, &sent);
    let proof = (&password, repeatable.as_ref());
    let done = app.accounts.prove_by_password(&owner.session, proof, &frame.requester).await;
    let (status, problem, retry_after) = match done {
        Ok(proven) => {
            session.begin(&proven.session).await?;
            return Ok(see_other(&wish.path()));
        }
        Err(SignInRefusal::Throttled { retry_after_seconds }) => {
            let problem = LoginProblem::Throttled { seconds: retry_after_seconds };
            (StatusCode::TOO_MANY_REQUESTS, problem, Some(retry_after_seconds))
        }
        Err(SignInRefusal::TooManyInARow { retry_after_seconds }) => {
            let problem = LoginProblem::TooManyInARow;
            (StatusCode::TOO_MANY_REQUESTS, problem, Some(retry_after_seconds))
        }
        Err(SignInRefusal::Incomplete) => {
            (StatusCode::UNPROCESSABLE_ENTITY, LoginProblem::Incomplete, None)
        }
        Err(SignInRefusal::SessionIsOver) => {
            // The same form, sent twice, may have been faster.
            let Some(proven) = session.repeated(&app, &sent, &frame.requester).await? else {
                return Ok(way_back::signed_out_meanwhile());
            };
            session.begin(&proven).await?;
            return Ok(see_other(&wish.path()));
        }
        Err(SignInRefusal::Busy) => return Err(PageError::Busy.into()),
        Err(SignInRefusal::Fault(fault)) => return Err(fault.into()),
        Err(
            SignInRefusal::WrongCredentials { .. }
            | SignInRefusal::NotCompared { .. }
            | SignInRefusal::EmailNotVerified { .. },
        ) => (StatusCode::UNPROCESSABLE_ENTITY, LoginProblem::WrongCredentials, None),
    };
    let page = page(&app, &frame, &owner.user, &wish, Some(problem)).await?;
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}

/// What the proof is for, and the application's request that goes on with it.
struct Wish<'wish> {
    action: GraveAction,
    flow: Option<&'wish str>,
    /// Whether a form was sent, and did nothing.
    is_again: bool,
}

impl Wish<'_> {
    fn path(&self) -> String {
        flow::in_flow(&self.action.path(), self.flow)
    }
}

/// A passkey or a code instead of the password.
pub(crate) async fn by_factor(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_before_factor(&app, &session).await?;
    let Some(action) = form.get("to").and_then(GraveAction::named) else {
        return Ok(see_other(paths::ACCOUNT));
    };
    let browser = frame.browser.digest();
    let begun = app.accounts.step_up(&owner.session, &browser, &frame.requester).await?;
    let next = AfterFactor { flow: form.flow().map(str::to_owned), to: Some(action) };
    match begun {
        Some(challenge) => {
            Ok(second_factor::lead(&app, &frame, &challenge, &next, Arrival::Post).await?)
        }
        None => Ok(to_proof(action)),
    }
}

async fn page(
    app: &App,
    frame: &Frame,
    user: &User,
    wish: &Wish<'_>,
    problem: Option<LoginProblem>,
) -> Result<ProofPage, PageError> {
    let shell = frame.shell_in_flow(app, wish.flow);
    let action = wish.action;
    let forgot_url = app.settings.reset_minutes.map(|_| shell.in_flow(paths::PASSWORD_FORGOT));
    let ways = app.accounts.ways_to_prove(user).await?;
    Ok(ProofPage {
        shell,
        has_factor: ways.has_factor,
        has_password: ways.has_password,
        account: frame::account_view(user),
        to: action.name(),
        reason: action.reason(),
        is_again: wish.is_again,
        forgot_url,
        problem,
    })
}
