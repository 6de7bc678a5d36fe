//! Every page in every state, with values that try to break out of it.

mod factors;
mod own_account;
mod recovery;

use askama::Template;

use super::SignUpProblem as Problem;
use super::*;
use crate::accounts::PasswordWeakness;
use crate::clock::Timestamp;
use crate::texts::{Locale, Zone};

const HOSTILE: &str = "<script>alert('&\"')</script>{{ 7 }}";

/// A rendered page: its name and its HTML.
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) html: String,
}

struct Samples {
    locale: Locale,
    hostile: bool,
    pages: Vec<Sample>,
}

/// All pages in one language. A hostile sample has markup in every value from outside.
pub(super) fn samples(locale: Locale, hostile: bool) -> Vec<Sample> {
    let mut samples = Samples { locale, hostile, pages: Vec::new() };
    samples.login();
    samples.accounts();
    samples.sign_up();
    samples.check_email();
    samples.verify_later();
    samples.verify_link();
    samples.reset_password();
    samples.renewal();
    samples.recovery();
    samples.without_mail();
    samples.consent();
    samples.back_to_the_app();
    samples.sign_out();
    samples.oauth_errors();
    samples.other_errors();
    samples.statuses();
    samples.account();
    samples.factors();
    samples.own_account();
    samples.inbox();
    samples.pages
}

impl Samples {
    fn add(&mut self, name: &str, page: &impl Template) {
        self.pages.push(Sample { name: name.to_owned(), html: page.render().unwrap() });
    }

    fn given(&self, kind: &str) -> String {
        if self.hostile { HOSTILE.to_owned() } else { kind.to_owned() }
    }

    fn shell(&self) -> Shell {
        let app = App {
            name: self.given("Northwind Notes"),
            host: self.given("notes.northwind.example"),
            logo: None,
        };
        Shell { app: Some(app), flow: Some(self.given("f_7Qm2kX9pLw3vR8tY")), ..self.plain() }
    }

    fn plain(&self) -> Shell {
        Shell {
            locale: self.locale,
            brand: self.given("Example ID"),
            host: "id.example.com".to_owned(),
            links: Links {
                help: Some("https://example.com/help".to_owned()),
                privacy: Some("https://example.com/privacy".to_owned()),
                terms: Some("https://example.com/terms?a=1&b=2".to_owned()),
            },
            csrf: "h9Qk2v5uXbJ0pTz8sLr4mWc6".to_owned(),
            request_id: self.given("req_01JD3Z8V6T"),
            ..Shell::default()
        }
    }

    fn person(&self) -> Account {
        Account { name: self.given("Ada Okafor"), email: self.email() }
    }

    fn email(&self) -> String {
        self.given("ada@northwind.example")
    }

    fn moment(&self) -> Moment {
        let time = Timestamp(1_795_248_845);
        let words = self.locale.moment(time, &Zone::default());
        Moment { words: if self.hostile { self.given("") } else { words }, iso: time.to_rfc3339() }
    }

    fn login(&mut self) {
        let fresh = || LoginPage { sign_up_allowed: true, ..LoginPage::default() };
        self.add("login", &LoginPage { shell: self.shell(), ..fresh() });
        let forgot_url = Some("/password/forgot".to_owned());
        self.add(
            "login-own",
            &LoginPage { shell: self.plain(), forgot_url, ..LoginPage::default() },
        );
        let problems = [
            ("incomplete", LoginProblem::Incomplete),
            ("wrong", LoginProblem::WrongCredentials),
            ("wrong-again", LoginProblem::WrongCredentialsAgain),
            ("throttled", LoginProblem::Throttled { seconds: 300 }),
            ("in-a-row", LoginProblem::TooManyInARow),
        ];
        for (name, problem) in problems {
            let (username, problem) = (self.email(), Some(problem));
            let page =
                LoginPage { shell: self.shell(), username, problem, remember: true, ..fresh() };
            self.add(&format!("login-{name}"), &page);
        }
        let notices = [
            ("account-ready", LoginNotice::AccountReady),
            ("email-verified", LoginNotice::EmailVerified),
            ("signed-out", LoginNotice::SignedOut),
        ];
        for (name, notice) in notices {
            let page = LoginPage { shell: self.shell(), notice: Some(notice), ..fresh() };
            self.add(&format!("login-{name}"), &page);
        }
        for (name, reason) in
            [("reauth", ReauthReason::AppAsks), ("reauth-old", ReauthReason::TooLongAgo)]
        {
            let reauth = Some(Reauth { account: self.person(), reason });
            let problem = (name == "reauth-old").then_some(LoginProblem::WrongCredentials);
            let page = LoginPage { shell: self.shell(), reauth, problem, ..fresh() };
            self.add(&format!("login-{name}"), &page);
        }
    }

    fn accounts(&mut self) {
        let known =
            |id: &str, account, signed_in| KnownAccount { id: id.to_owned(), account, signed_in };
        let nameless = Account { name: String::new(), email: "grace@northwind.example".to_owned() };
        let accounts = vec![known("1", self.person(), true), known("2", nameless, false)];
        self.add("accounts", &ChooseAccountPage { shell: self.shell(), accounts });
    }

    fn sign_up(&mut self) {
        self.add(
            "signup",
            &SignUpPage {
                shell: self.shell(),
                sends_code: true,
                password_min: 8,
                ..Default::default()
            },
        );
        let mut own = self.plain();
        own.links = Links { terms: own.links.terms, ..Links::default() };
        self.add("signup-own", &SignUpPage { shell: own, password_min: 15, ..Default::default() });
        let problems = [
            (
                "missing",
                vec![
                    Problem::NameMissing,
                    Problem::EmailMissing,
                    Problem::Password(PasswordMistake::Missing),
                ],
            ),
            ("short", vec![Problem::Password(PasswordMistake::TooShort { min: 8 })]),
            ("invalid", vec![Problem::NameTooLong, Problem::EmailInvalid]),
            ("name-malformed", vec![Problem::NameMalformed]),
            ("long", vec![Problem::Password(PasswordMistake::TooLong { max: 128 })]),
            ("personal", vec![Problem::Password(PasswordMistake::IsPersonal)]),
            ("service", vec![Problem::Password(PasswordMistake::IsOfService)]),
            ("weak", vec![Problem::Password(PasswordMistake::TooWeak(PasswordWeakness::Date))]),
            ("leaked", vec![Problem::Password(PasswordMistake::Leaked)]),
            ("throttled", vec![Problem::Throttled { seconds: 60 }]),
        ];
        for (name, problems) in problems {
            let (shell, email) = (self.shell(), self.email());
            let name_typed = self.given("Ada Okafor");
            let page = SignUpPage {
                shell,
                name: name_typed,
                email,
                sends_code: true,
                password_min: 8,
                problems,
            };
            self.add(&format!("signup-{name}"), &page);
        }
    }

    fn check_email(&mut self) {
        let (shell, email) = (self.shell(), self.email());
        let page = move || CheckEmailPage {
            shell: shell.clone(),
            email: email.clone(),
            code_minutes: 15,
            link_hours: 24,
            may_change_address: true,
            sign_in_url: "/login?flow=ptk_ar_1".to_owned(),
            sign_up_url: "/signup?flow=ptk_ar_1".to_owned(),
            ..CheckEmailPage::default()
        };
        self.add("check-email", &page());
        let problems = [
            ("missing", CodeProblem::Missing),
            ("wrong", CodeProblem::Wrong),
            ("expired", CodeProblem::Expired),
            ("used", CodeProblem::Used),
            ("superseded", CodeProblem::Superseded),
            ("too-many", CodeProblem::TooManyTries),
            ("throttled", CodeProblem::Throttled { seconds: 180 }),
            ("too-soon", CodeProblem::TooSoon { seconds: 40 }),
            ("no-more", CodeProblem::NoMoreMails),
        ];
        for (name, problem) in problems {
            let page = CheckEmailPage { problem: Some(problem), ..page() };
            self.add(&format!("check-email-{name}"), &page);
        }
        for (name, notice) in
            [("sent", CheckEmailNotice::NewCodeSent), ("changed", CheckEmailNotice::AddressChanged)]
        {
            let page = CheckEmailPage { notice: Some(notice), ..page() };
            self.add(&format!("check-email-{name}"), &page);
        }
        for (name, problem) in
            [("no-address", AddressProblem::Missing), ("bad-address", AddressProblem::Invalid)]
        {
            let (address_problem, new_email) = (Some(problem), self.given("ada@"));
            let page = CheckEmailPage { new_email, address_problem, ..page() };
            self.add(&format!("check-email-{name}"), &page);
        }
    }

    fn verify_later(&mut self) {
        for (name, is_signed_in) in [("verify-later", false), ("verify-later-account", true)] {
            let forgot = (!is_signed_in).then(|| "/password/forgot".to_owned());
            let page = VerifyLaterPage {
                shell: if is_signed_in { self.plain() } else { self.shell() },
                account: Account { name: String::new(), email: self.email() },
                seconds: 3_600,
                is_signed_in,
                forgot_url: forgot,
                sign_up_allowed: !is_signed_in,
            };
            self.add(name, &page);
        }
    }

    fn verify_link(&mut self) {
        let (account, token) = (self.person(), self.given("3fT9"));
        self.add("verify-link", &VerifyLinkPage { shell: self.plain(), account, token });
        let outcomes = [
            VerifyOutcome::VerifiedElsewhere { email: self.email() },
            VerifyOutcome::VerifiedAlone { email: self.email() },
            VerifyOutcome::LinkUsed,
            VerifyOutcome::VerifiedBefore,
            VerifyOutcome::LinkExpired,
            VerifyOutcome::LinkSuperseded,
            VerifyOutcome::LinkUnknown,
            VerifyOutcome::BegunAgain,
            VerifyOutcome::AccountRemoved,
        ];
        for (index, outcome) in outcomes.into_iter().enumerate() {
            let page = VerifyOutcomePage { shell: self.plain(), outcome, may_begin_again: true };
            self.add(&format!("verify-outcome-{index}"), &page);
        }
    }

    fn consent(&mut self) {
        let shell = self.shell();
        let name = self.given("Ada Okafor");
        let asked = vec![
            ScopeLine::openid(&shell),
            ScopeLine::profile(&shell, std::slice::from_ref(&name)),
            ScopeLine::email(&shell, &self.email(), true),
            ScopeLine::api(
                &shell,
                &self.given("Northwind Notes API"),
                &self.given("Read and change your notes"),
                true,
            ),
            ScopeLine::offline_access(&shell),
        ];
        let page = ConsentPage {
            account: self.person(),
            owner: Some(self.given("Northwind Ltd")),
            redirect_host: self.given("notes.northwind.example"),
            policy_url: Some(self.given("https://northwind.example/privacy?a=1&b=\"")),
            terms_url: Some("https://northwind.example/terms".to_owned()),
            asked,
            shell,
            ..ConsentPage::default()
        };
        self.add("consent", &page);
        let shell = self.shell();
        let more = ConsentPage {
            account: self.person(),
            redirect_host: "localhost:3000".to_owned(),
            asked: vec![ScopeLine::api(&shell, "Northwind Notes API", "Read your notes", false)],
            granted: vec![
                ScopeLine::profile(&shell, std::slice::from_ref(&name)),
                ScopeLine::email(&shell, &self.email(), false),
            ],
            policy_url: Some("https://northwind.example/privacy".to_owned()),
            shell,
            ..ConsentPage::default()
        };
        self.add("consent-more", &more);
        let (owner, terms_url) = (None, Some("https://northwind.example/terms".to_owned()));
        let page = ConsentPage { owner, terms_url, policy_url: None, ..more };
        self.add("consent-terms", &page);
    }

    fn back_to_the_app(&mut self) {
        for (name, reason) in [
            ("signed-in", HandBackReason::SignedIn),
            ("refused", HandBackReason::NotAllowed),
            ("signed-out", HandBackReason::SignedOut),
        ] {
            let app_name = self.given("Northwind Notes");
            let url =
                self.given("https://notes.northwind.example/cb?code=ac_x&state=1&iss=https%3A");
            let page = HandBackPage { shell: self.shell(), app_name, url, reason };
            self.add(&format!("hand-back-{name}"), &page);
        }
        let page = FormPostPage {
            shell: self.shell(),
            app_name: self.given("Northwind Notes"),
            action: self.given("https://notes.northwind.example/cb"),
            fields: vec![
                ("code".to_owned(), "ac_x".to_owned()),
                ("state".to_owned(), self.given("xyz")),
            ],
        };
        self.add("form-post", &page);
    }

    fn sign_out(&mut self) {
        for apps in 0..3 {
            let (account, stay_url) = (self.person(), "/account".to_owned());
            let page = LogoutPage { shell: self.shell(), account, apps, stay_url };
            self.add(&format!("logout-{apps}"), &page);
        }
        self.add("logged-out", &LoggedOutPage { shell: self.plain(), app: None });
        self.add(
            "logged-out-app",
            &LoggedOutPage { shell: self.shell(), app: Some(self.app_link()) },
        );
    }

    fn app_link(&self) -> AppLink {
        AppLink {
            name: self.given("Northwind Notes"),
            url: "https://notes.northwind.example/".to_owned(),
        }
    }

    fn oauth_errors(&mut self) {
        let reasons = [
            ("unknown-client", ErrorReason::UnknownClient),
            ("missing", ErrorReason::RedirectUriMissing),
            ("mismatch", ErrorReason::RedirectUriMismatch),
            ("repeated", ErrorReason::RepeatedParameter),
            ("invalid", ErrorReason::InvalidParameter),
        ];
        for (name, reason) in reasons {
            let known = name != "unknown-client";
            let page = OAuthErrorPage {
                shell: if known { self.shell() } else { self.plain() },
                code: "invalid_request".to_owned(),
                reason,
                parameter: Some("redirect_uri".to_owned()),
                received: Some(self.given("http://localhost:3000/callback/")),
                client_id: Some(self.given("nw_notes_web")),
                time: self.moment(),
            };
            self.add(&format!("oauth-error-{name}"), &page);
        }
    }

    fn other_errors(&mut self) {
        let action = "/login/restart".to_owned();
        let choices = [
            StartAgain::Resume { action, username: self.email() },
            StartAgain::App(self.app_link()),
            StartAgain::Page { path: "/login".to_owned() },
        ];
        for (index, start_again) in choices.into_iter().enumerate() {
            let page = FormExpiredPage { shell: self.shell(), start_again };
            self.add(&format!("form-expired-{index}"), &page);
        }
        let (account, continue_url) = (self.person(), "/account".to_owned());
        self.add("already", &AlreadySignedInPage { shell: self.shell(), account, continue_url });
        let retry_url = "/login".to_owned();
        self.add("cookies-off", &CookiesOffPage { shell: self.plain(), retry_url });
    }

    fn statuses(&mut self) {
        let kinds = [
            StatusKind::Forbidden,
            StatusKind::NotFound,
            StatusKind::MethodNotAllowed,
            StatusKind::TooLarge,
            StatusKind::TooManyRequests { seconds: 20 },
            StatusKind::TooManyRequests { seconds: 61 },
            StatusKind::Fault,
            StatusKind::Unavailable,
        ];
        for (index, kind) in kinds.into_iter().enumerate() {
            let next_url = (kind != StatusKind::Fault).then(|| "/account".to_owned());
            let page = StatusPage { shell: self.plain(), kind, next_url };
            self.add(&format!("status-{}-{index}", kind.status().as_u16()), &page);
        }
    }

    fn account(&mut self) {
        use Protection::{CouldBeBetter, PasswordAlone, SecondStep};

        for (name, email_verified, verification_required, protection) in [
            ("account", true, true, SecondStep),
            ("account-unverified", false, true, CouldBeBetter),
            ("account-without-verification", false, false, PasswordAlone),
            ("account-without-second-step", true, true, CouldBeBetter),
        ] {
            let page = AccountHomePage {
                shell: Self::warned(self.plain(), email_verified.then(|| self.moment())),
                account: self.person(),
                here: AccountPlace::Home,
                notice: email_verified.then_some(AccountNotice::PasswordChanged),
                email_verified,
                verification_required,
                protection,
                backup_codes_left: (protection == SecondStep).then_some(2),
                sign_in_before: if email_verified {
                    SignInBefore::At(self.moment())
                } else {
                    SignInBefore::None
                },
                created: self.moment(),
            };
            self.add(name, &page);
        }
    }

    fn inbox(&mut self) {
        let item = InboxItem {
            id: "01JD3Z8V6T".to_owned(),
            is_sms: false,
            to: self.email(),
            subject: self.given("482913 is your Example ID code"),
            date: self.moment(),
        };
        let sms = InboxItem {
            is_sms: true,
            to: "+4915112345678".to_owned(),
            subject: self.given("482913 is your Example ID code. Don't share it."),
            ..item.clone()
        };
        let messages = vec![item.clone(), sms];
        self.add("inbox", &InboxPage { shell: self.plain(), messages });
        self.add("inbox-empty", &InboxPage { shell: self.plain(), messages: Vec::new() });
        let page = InboxMessagePage {
            shell: self.plain(),
            item,
            body: self
                .given("Hello Ada,\n\n482913\n\nhttps://id.example.com/verify-email?token=3fT9"),
            links: vec![self.given("https://id.example.com/verify-email?token=3fT9&a=1")],
            codes: vec!["482913".to_owned()],
        };
        self.add("inbox-message", &page);
    }
}
