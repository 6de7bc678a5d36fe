//! The pages of a person's own account.

use super::*;
use crate::domain::second_factor::FactorKind;

impl Samples {
    pub(super) fn own_account(&mut self) {
        self.proof();
        self.change_password();
        self.devices();
        self.apps();
        self.profile();
        self.phone();
        self.change_email();
        self.activity();
        self.factor_undo();
        self.own_data();
    }

    fn proof(&mut self) {
        let problems = [
            ("proof", None),
            ("proof-wrong", Some(LoginProblem::WrongCredentials)),
            ("proof-throttled", Some(LoginProblem::Throttled { seconds: 540 })),
        ];
        for (name, problem) in problems {
            let page = ProofPage {
                has_password: true,
                has_factor: problem.is_none(),
                is_again: problem.is_some(),
                shell: self.plain(),
                account: self.person(),
                to: "password".into(),
                reason: crate::texts::Key("proof-to-change-password"),
                forgot_url: Some("/password/forgot".to_owned()),
                problem,
            };
            self.add(name, &page);
        }
        let without = [
            ("proof-no-password-factor", true, true),
            ("proof-no-password-reset", false, true),
            ("proof-no-password", false, false),
        ];
        for (name, has_factor, is_reset) in without {
            let page = ProofPage {
                has_password: false,
                has_factor,
                is_again: false,
                shell: self.plain(),
                account: self.person(),
                to: "password".into(),
                reason: crate::texts::Key("proof-to-change-password"),
                forgot_url: is_reset.then(|| "/password/forgot".to_owned()),
                problem: None,
            };
            self.add(name, &page);
        }
    }

    fn change_password(&mut self) {
        for (name, notice, mistake) in [
            ("change-password", None, None),
            ("change-password-not-me", Some(AccountNotice::Disowned), None),
            ("change-password-mistake", None, Some(PasswordMistake::TooShort { min: 8 })),
            ("change-password-service", None, Some(PasswordMistake::IsOfService)),
        ] {
            let page = ChangePasswordPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Home,
                notice,
                password_min: 8,
                mistake,
            };
            self.add(name, &page);
        }
    }

    fn devices(&mut self) {
        let device = |is_this| Device {
            sid: self.given("01JD3Z8V6T"),
            name: self.given("Firefox"),
            place: self.given("203.0.113.7"),
            first_seen: self.moment(),
            last_seen: self.moment(),
            is_this,
        };
        let both = vec![device(true), device(false)];
        let alone = vec![device(true)];
        for (name, devices, notice) in [
            ("devices", both, None),
            ("devices-alone", alone, Some(AccountNotice::SignedOutElsewhere)),
        ] {
            let page = DevicesPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Devices,
                notice,
                devices,
            };
            self.add(name, &page);
        }
    }

    fn profile(&mut self) {
        for (name, error, notice) in [
            ("profile", String::new(), Some(AccountNotice::ProfileSaved)),
            ("profile-wrong", self.plain().t("profile-username-taken"), None),
        ] {
            let field = |name, label: &str| ProfileField {
                name,
                label: self.plain().t(label),
                hint: self.plain().t("profile-username-hint"),
                autocomplete: "name",
                value: self.given("Ada"),
                stored: self.given("Ada Okafor"),
                error: if name == "username" { error.clone() } else { String::new() },
            };
            let page = ProfilePage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Profile,
                notice,
                picture_host: notice.is_none().then(|| self.given("avatars.id.example")),
                picture: notice.map(|_| self.given("/pictures/ungWv48Bz")),
                picture_url: self.given("https://pictures.example/ada.png"),
                picture_problem: notice.is_none().then_some(PictureProblem::TooLarge),
                about: vec![field("name", "profile-name"), field("username", "profile-username")],
                phone_is_verified: Some(notice.is_some()),
                phone_can_be_verified: notice.is_none(),
                email_can_be_changed: notice.is_some(),
                contact: vec![field("phone_number", "profile-phone")],
                address: vec![field("locality", "profile-locality")],
                locale: "en".to_owned(),
                stored_locale: "en".to_owned(),
                locale_is_wrong: false,
                locales: crate::accounts::LOCALES.map(str::to_owned).to_vec(),
                zone: vec![field("zoneinfo", "profile-zone")],
            };
            self.add(name, &page);
        }
    }

    fn phone(&mut self) {
        let throttled = FactorProblem::Throttled { seconds: 540 };
        for (name, is_sent, notice, problem) in [
            ("phone", false, None, None),
            ("phone-throttled", false, None, Some(throttled)),
            ("phone-code", true, Some(FactorNotice::Sent), None),
            ("phone-code-again", true, Some(FactorNotice::AlreadySent), None),
            ("phone-code-wrong", true, None, Some(FactorProblem::Wrong)),
            ("phone-code-over", false, None, Some(FactorProblem::Expired)),
        ] {
            let page = PhonePage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Profile,
                number: self.given("+493012345678"),
                is_sent,
                notice,
                problem,
            };
            self.add(name, &page);
        }
    }

    fn change_email(&mut self) {
        use ChangeEmailProblem::{Code, Invalid, Missing, Unchanged};

        let (wrong, many) = (CodeProblem::Wrong, CodeProblem::TooManyTries);
        for (name, is_waiting, problem) in [
            ("change-email", false, None),
            ("change-email-missing", false, Some(Missing)),
            ("change-email-invalid", false, Some(Invalid)),
            ("change-email-unchanged", false, Some(Unchanged)),
            ("change-email-code", true, None),
            ("change-email-code-wrong", true, Some(Code(wrong))),
            ("change-email-code-many", true, Some(Code(many))),
        ] {
            let page = ChangeEmailPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Profile,
                email: self.email(),
                waiting: is_waiting.then(|| self.email()),
                is_sent_again: is_waiting && problem.is_none(),
                code_minutes: 15,
                problem,
            };
            self.add(name, &page);
        }
        for (name, keeps_factors) in [("email-return", false), ("email-return-keeps", true)] {
            let page = EmailReturnPage {
                shell: self.plain(),
                email: self.email(),
                keeps_factors,
                link_digest: self.given("ungWv48Bz"),
            };
            self.add(name, &page);
        }
        for (name, outcome) in [
            ("done", EmailReturnOutcome::Done { keeps_factors: false }),
            ("done-kept", EmailReturnOutcome::Done { keeps_factors: true }),
            ("used", EmailReturnOutcome::Used),
            ("expired", EmailReturnOutcome::Expired),
            ("taken", EmailReturnOutcome::Taken),
            ("unknown", EmailReturnOutcome::Unknown),
        ] {
            let forgot_url = Some("/password/forgot".to_owned());
            let page = EmailReturnOutcomePage { shell: self.plain(), outcome, forgot_url };
            self.add(&format!("email-return-{name}"), &page);
        }
    }

    fn factor_undo(&mut self) {
        for kind in FactorKind::ALL {
            let link_digest = self.given("ungWv48Bz");
            let page = FactorUndoPage { shell: self.plain(), kind, link_digest };
            self.add(&format!("factor-undo-of-{}", kind.as_str()), &page);
        }
        for outcome in FactorUndoOutcome::ALL {
            let forgot_url = Some("/password/forgot".to_owned());
            let page = FactorUndoOutcomePage { shell: self.plain(), outcome, forgot_url };
            self.add(&format!("factor-undo-{}", outcome.name()), &page);
        }
    }

    /// Something that happened, by the person or by an operator.
    pub(super) fn event(&self, by_person: bool) -> ActivityEvent {
        ActivityEvent {
            id: self.given("01JD3Z8V6T"),
            what: self.plain().t("activity-factor-added"),
            about: self.plain().t("factor-totp"),
            succeeded: true,
            at: self.moment(),
            device: self.given("Firefox"),
            place: self.given("203.0.113.7"),
            by_person,
        }
    }

    fn activity(&mut self) {
        let some = vec![self.event(true), self.event(false)];
        for (name, events, is_first, notice) in [
            ("activity", some.clone(), false, ActivityNotice::LinkSent),
            ("activity-none", Vec::new(), true, ActivityNotice::LinksSentBefore),
            ("activity-operator", some.clone(), true, ActivityNotice::ForOperator),
            ("activity-factor", some.clone(), true, ActivityNotice::FactorAddedLately),
            ("activity-moved", some, true, ActivityNotice::AddressChangedLately),
        ] {
            let page = ActivityPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Activity,
                is_first,
                older: (!is_first).then(|| "/account/activity?before=01JD3Z8V6T".to_owned()),
                events,
                notice: Some(notice),
                moved_from: (name == "activity-moved")
                    .then(|| self.given("a•••@northwind.example")),
            };
            self.add(name, &page);
        }
    }

    fn own_data(&mut self) {
        let here = AccountPlace::Data;
        let page = OwnDataPage { shell: self.plain(), account: self.person(), here };
        self.add("data", &page);
        for (name, is_wrong, is_last_administrator) in [
            ("delete", false, false),
            ("delete-wrong", true, false),
            ("delete-last-administrator", false, true),
        ] {
            let page = DeleteAccountPage {
                shell: self.plain(),
                account: self.person(),
                here,
                typed: self.email(),
                is_wrong,
                days: 14,
                is_last_administrator,
            };
            self.add(name, &page);
        }
        let page = RestorePage {
            shell: self.plain(),
            account: self.person(),
            due: self.moment(),
            link_digest: self.given("ungWv48Bz"),
            is_signed_in: true,
        };
        self.add("restore", &page);
        for outcome in [LeavingOutcome::Requested, LeavingOutcome::Kept, LeavingOutcome::LinkOver] {
            let (shell, due) = (self.plain(), Some(self.moment()));
            let page = LeavingPage { shell, outcome, due, is_mailed: true };
            self.add(&format!("leaving-{}", format!("{outcome:?}").to_lowercase()), &page);
        }
        let (shell, outcome) = (self.plain(), LeavingOutcome::Requested);
        let page = LeavingPage { shell, outcome, due: Some(self.moment()), is_mailed: false };
        self.add("leaving-requested-without-mail", &page);
    }

    fn app_view(&self, asked_for_leave: bool) -> ConnectedAppView {
        ConnectedAppView {
            id: self.given("nw_notes_web"),
            name: self.given("Northwind Notes"),
            owner: Some(self.given("Northwind Ltd")),
            host: self.given("notes.northwind.example"),
            granted: self.moment(),
            last_used: asked_for_leave.then(|| self.moment()),
            asked_for_leave,
        }
    }

    fn apps(&mut self) {
        let some = vec![self.app_view(true), self.app_view(false)];
        for (name, apps, notice) in
            [("apps", some, None), ("apps-none", Vec::new(), Some(AccountNotice::AccessRemoved))]
        {
            let page = ConnectedAppsPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Apps,
                notice,
                apps,
            };
            self.add(name, &page);
        }
        for (name, asked) in [("app", true), ("app-own", false)] {
            let shell = self.plain();
            let page = ConnectedAppPage {
                scopes: vec![
                    ScopeLine::openid(&shell),
                    ScopeLine::email(&shell, &self.email(), true),
                    ScopeLine::offline_access(&shell),
                ],
                account: self.person(),
                here: AccountPlace::Apps,
                app: self.app_view(asked),
                shell,
            };
            self.add(name, &page);
        }
    }
}
