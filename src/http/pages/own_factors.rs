//! `/account/security` and what hangs on it: how a person signs in, beside their password.
//!
//! Every change asks for a proof first; who has a second factor has to have given one in this
//! session. Where an application or the installation requires a factor, its request travels along
//! and goes on once one is set up.

pub(in super::super) mod backup_codes;
pub(in super::super) mod overview;
pub(in super::super) mod passkeys;
pub(in super::super) mod removal;
pub(in super::super) mod sent_code;
pub(in super::super) mod totp;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, Kept, see_other};
use super::super::form::PageForm;
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    AccountPlace, FactorProblem, NewBackupCodesPage, OwnPasskey, SecurityNotice, SetUpProblem,
    Shell,
};
use super::super::way_back::signed_out_meanwhile;
use super::super::{App, paths};
use super::proof::{AGAIN, GraveAction, Owner, give_factor, owner_at};
use super::required_factor;
use super::second_factor::{AfterFactor, problem_of};
use crate::accounts::{CodesOfFactor, ConfirmedFactor, EnrolmentRefusal};
use crate::domain::authenticator_model;
use crate::domain::second_factor::FactorKind;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::oauth::response::with_query;
use crate::store::passkeys::Passkey;

/// The field that says that what gives way must not come back.
const OLD_IS_LOST: &str = "old_is_lost";
/// The field that tells one page of a set-up from another of the same session (decision 0034).
const ONCE: &str = "once";

/// Somebody who may change how they sign in.
struct Changer {
    owner: Owner,
    kept: Option<Kept>,
}

impl Changer {
    const fn owner(&self) -> (&User, &Session) {
        (&self.owner.user, &self.owner.session)
    }

    fn flow(&self) -> Option<&str> {
        self.kept.as_ref().map(|kept| kept.handle.expose())
    }

    fn to(&self, path: &str) -> String {
        flow::in_flow(path, self.flow())
    }

    async fn shell(&self, app: &App, frame: &Frame) -> Result<Shell, PageError> {
        frame::shell_of(app, frame, self.kept.as_ref()).await
    }
}

/// Who may change how they sign in.
///
/// # Errors
///
/// The way to the proof that is missing; a fault.
async fn changer(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    (action, flow): (GraveAction, Option<&str>),
) -> Result<Changer, Instead> {
    let owner = required_factor::owner(app, session, &action.path()).await?;
    let next = AfterFactor { flow: flow.map(str::to_owned), to: Some(action) };
    give_factor(app, frame, &owner, next).await?;
    if !app.accounts.is_proven(&owner.session) {
        let to = action.name();
        let again = frame.is_form.then_some(AGAIN);
        let query = [("to", &*to)].into_iter().chain(flow.map(|flow| ("flow", flow)));
        let query = query.chain(again);
        return Err(see_other(&with_query(paths::LOGIN_REAUTH, query)).into());
    }
    let kept = flow::find(app, frame, flow).await?;
    Ok(Changer { owner, kept })
}

fn own_passkey(shell: &Shell, passkey: &Passkey) -> OwnPasskey {
    OwnPasskey {
        id: passkey.id.clone(),
        name: passkey.name.clone(),
        added: frame::moment_view(shell, passkey.created_at),
        last_used: passkey.last_used_at.map(|time| frame::moment_view(shell, time)),
        provider: passkey.aaguid.as_deref().and_then(authenticator_model::name_of).unwrap_or(""),
        is_second_only: passkey.is_second_only,
    }
}

/// What the page says of a refusal.
///
/// # Errors
///
/// As for [`elsewhere`], where the page cannot say it.
fn problem(
    refusal: EnrolmentRefusal,
    kind: FactorKind,
    changer: &Changer,
) -> Result<SetUpProblem, Instead> {
    Ok(match refusal {
        EnrolmentRefusal::PhoneMalformed => SetUpProblem::PhoneMalformed,
        EnrolmentRefusal::Code(refusal) => SetUpProblem::Code(problem_of(&refusal, kind)),
        EnrolmentRefusal::Throttled { retry_after_seconds } => {
            SetUpProblem::Code(FactorProblem::Throttled { seconds: retry_after_seconds })
        }
        EnrolmentRefusal::TooSoon { retry_after_seconds, .. } => {
            SetUpProblem::Code(FactorProblem::TooSoon { seconds: retry_after_seconds })
        }
        refusal => return Err(elsewhere(refusal, changer)),
    })
}

/// What there is to do where a page cannot say it: back to the overview, or a fault.
fn elsewhere(refusal: EnrolmentRefusal, changer: &Changer) -> Instead {
    let notice = match refusal {
        EnrolmentRefusal::Fault(fault) => return fault.into(),
        EnrolmentRefusal::SessionOver => return signed_out_meanwhile().into(),
        EnrolmentRefusal::Throttled { retry_after_seconds } => {
            return PageError::Throttled { retry_after: retry_after_seconds }.into();
        }
        EnrolmentRefusal::LastOne => SecurityNotice::LastOne,
        EnrolmentRefusal::LastWayIn => SecurityNotice::LastWayIn,
        EnrolmentRefusal::IsOn => SecurityNotice::IsOn,
        EnrolmentRefusal::TooManyPasskeys => SecurityNotice::TooManyPasskeys,
        EnrolmentRefusal::NotBegun => SecurityNotice::BeginAgain,
        EnrolmentRefusal::EmailNotVerified => SecurityNotice::EmailNotVerified,
        _ => return see_other(&changer.to(paths::ACCOUNT_SECURITY)).into(),
    };
    noticed(changer, notice).into()
}

fn noticed(changer: &Changer, notice: SecurityNotice) -> Response {
    let flow = changer.flow().map(|flow| ("flow", flow));
    let query = flow.into_iter().chain([("notice", notice.name())]);
    see_other(&with_query(paths::ACCOUNT_SECURITY, query))
}

fn status_of(problem: Option<SetUpProblem>) -> (StatusCode, Option<i64>) {
    match problem {
        None => (StatusCode::OK, None),
        Some(SetUpProblem::Code(problem)) => (problem.status(), problem.retry_after()),
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    }
}

/// What the last form of a set-up sends: what was typed, or made by an authenticator, and what its page alone
/// held. Whoever has copied the cookies can look at the key of an app, too, and knows its codes.
fn sent(frame: &Frame, form: &PageForm) -> String {
    let typed = form.sent_by(&frame.browser, paths::ACCOUNT_SECURITY, &["code", "assertion"]);
    if typed.is_empty() { typed } else { format!("{typed} {ONCE}={}", form.text(ONCE)) }
}

/// A factor counts: another cookie for a session that proved more, and the first backup codes.
async fn confirmed_answer(
    app: &App,
    frame: &Frame,
    session: BrowserSession,
    changer: &Changer,
    confirmed: ConfirmedFactor,
) -> Result<Response, Instead> {
    session.begin(&confirmed.signed_in.session).await?;
    match confirmed.codes {
        CodesOfFactor::Made(codes) => codes_page(app, frame, changer, codes).await,
        CodesOfFactor::MadeBefore => Ok(see_other(&with_query(
            paths::ACCOUNT_BACKUP_CODES,
            changer.flow().map(|flow| ("flow", flow)).into_iter().chain([backup_codes::LOST]),
        ))),
        CodesOfFactor::Kept => Ok(noticed(changer, SecurityNotice::Added)),
    }
}

async fn codes_page(
    app: &App,
    frame: &Frame,
    changer: &Changer,
    codes: Vec<String>,
) -> Result<Response, Instead> {
    let shell = changer.shell(app, frame).await?;
    let page = NewBackupCodesPage {
        account: frame::account_view(&changer.owner.user),
        here: AccountPlace::Security,
        codes,
        made: frame::moment_view(&shell, app.now()),
        shell,
    };
    Ok(Page::ok(page).into_response())
}

/// There is no such page; who is not signed in is not told so much.
async fn no_such_page(app: &App, session: &BrowserSession) -> Result<Response, Instead> {
    owner_at(app, session, paths::ACCOUNT_SECURITY).await?;
    Err(PageError::NotFound.into())
}
