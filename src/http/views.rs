//! One template struct per hosted page. A view holds plain values and decides nothing; the
//! handlers fill it, `templates/pages/` words it through the catalogue of texts.

mod account;
mod activity;
mod ask_operator;
mod change_email;
mod change_password;
mod connected_apps;
mod consent;
mod devices;
mod errors;
mod factor_undo;
mod hand_back;
mod inbox;
mod login;
mod logout;
mod own_data;
mod own_factors;
mod password;
mod phone;
mod profile;
mod proof;
mod recover;
mod renew_password;
mod reset_password;
mod second_factor;
mod security_notice;
mod shell;
mod sign_up;
mod verify_email;

pub use account::{AccountHomePage, AccountNotice, AccountPlace, Protection, SignInBefore};
pub use activity::{ActivityEvent, ActivityNotice, ActivityPage};
pub use ask_operator::{AskOperatorPage, Lost};
pub use change_email::{
    ChangeEmailPage, ChangeEmailProblem, EmailReturnOutcome, EmailReturnOutcomePage,
    EmailReturnPage,
};
pub use change_password::ChangePasswordPage;
pub use connected_apps::{ConnectedAppPage, ConnectedAppView, ConnectedAppsPage};
pub use consent::{ConsentPage, ScopeIcon, ScopeLine};
pub use devices::{Device, DevicesPage};
pub use errors::{
    AlreadySignedInPage, CookiesOffPage, ErrorReason, FormExpiredPage, OAuthErrorPage, StartAgain,
    StatusKind, StatusPage,
};
pub use factor_undo::{FactorUndoOutcome, FactorUndoOutcomePage, FactorUndoPage};
pub use hand_back::{FormPostPage, HandBackPage, HandBackReason};
pub use inbox::{InboxItem, InboxMessagePage, InboxPage};
pub use login::{
    ChooseAccountPage, KnownAccount, LoginNotice, LoginPage, LoginProblem, Reauth, ReauthReason,
};
pub use logout::{AppLink, LoggedOutPage, LogoutPage};
pub use own_data::{DeleteAccountPage, LeavingOutcome, LeavingPage, OwnDataPage, RestorePage};
pub use own_factors::{
    BackupCodesPage, FEW_CODES, NewBackupCodesPage, NewPasskeyPage, OwnFactor, OwnPasskey,
    OwnPassword, PasskeyPage, RemoveFactorPage, SecurityPage, SetUpCodePage, SetUpProblem,
    SetUpTotpPage, title_of,
};
pub use password::PasswordMistake;
pub use phone::PhonePage;
pub use profile::{PictureProblem, ProfileField, ProfilePage, shown_name};
pub use proof::ProofPage;
pub use recover::{
    ReasonProblem, RecoverPage, RecoveryOutcomeKind, RecoveryOutcomePage, RecoveryReasonPage,
    StopRecoveryPage,
};
pub use renew_password::RenewPasswordPage;
pub use reset_password::{
    ForgotPasswordPage, ForgotPasswordProblem, ResetLinkOver, ResetLinkOverPage, ResetPasswordPage,
    ResetSentPage,
};
pub use second_factor::{
    FactorCodePage, FactorNotice, FactorPasskeyPage, FactorProblem, FactorWay, FactorWaysPage,
    Waiting,
};
pub use security_notice::SecurityNotice;
pub use shell::{Account, App, Links, Moment, RecoveryNotice, Shell, Typed};
pub use sign_up::{SignUpPage, SignUpProblem};
pub use verify_email::{
    AddressProblem, CheckEmailNotice, CheckEmailPage, CodeProblem, VerifyLaterPage, VerifyLinkPage,
    VerifyOutcome, VerifyOutcomePage,
};

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
