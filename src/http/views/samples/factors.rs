//! The pages of second factors: at sign-in, and in the account.

use super::*;
use crate::domain::second_factor::FactorKind;
use crate::domain::user::NewPasswordReason;
use crate::texts::Key;

impl Samples {
    pub(super) fn factors(&mut self) {
        self.factor_ways();
        self.factor_codes();
        self.factor_passkey();
        self.security();
        self.set_up();
        self.new_passkeys();
        self.backup_codes();
        self.removal();
    }

    fn waiting(&self) -> Waiting {
        Waiting {
            challenge: self.given("ptk_fl_7Qm2kX9pLw3vR8tY"),
            to: self.given("totp"),
            reason: Some(Key("proof-to-change-factors")),
            is_for_app: false,
        }
    }

    fn ways(&self, kinds: &[FactorKind]) -> Vec<FactorWay> {
        let way = |kind: &FactorKind| FactorWay {
            kind: *kind,
            destination: match kind {
                FactorKind::Sms => self.given("•••• 42"),
                FactorKind::Email => self.given("a•••@northwind.example"),
                _ => String::new(),
            },
        };
        kinds.iter().map(way).collect()
    }

    fn factor_ways(&mut self) {
        for (name, ways) in
            [("factor-ways", self.ways(&FactorKind::ALL)), ("factor-ways-none", Vec::new())]
        {
            let page = FactorWaysPage {
                shell: self.shell(),
                account: self.person(),
                waiting: self.waiting(),
                ways,
                recover: true,
                help_url: Some("https://example.com/help".to_owned()),
            };
            self.add(name, &page);
        }
    }

    fn factor_codes(&mut self) {
        let throttled = FactorProblem::Throttled { seconds: 500 };
        let not_sent = |has_code, has_others| {
            Some(FactorProblem::NotSent { seconds: 1_800, has_code, has_others })
        };
        let states = [
            ("totp", FactorKind::Totp, None, None),
            ("totp-wrong", FactorKind::Totp, None, Some(FactorProblem::WrongTotp)),
            ("totp-wrong-again", FactorKind::Totp, None, Some(FactorProblem::WrongTotpAgain)),
            ("totp-used", FactorKind::Totp, None, Some(FactorProblem::UsedWait)),
            ("totp-missing", FactorKind::Totp, None, Some(FactorProblem::Missing)),
            ("throttled", FactorKind::Totp, None, Some(throttled)),
            ("sms", FactorKind::Sms, Some(FactorNotice::Sent), None),
            ("sms-unsent", FactorKind::Sms, None, None),
            ("sms-wrong", FactorKind::Sms, None, Some(FactorProblem::Wrong)),
            ("sms-expired", FactorKind::Sms, None, Some(FactorProblem::ExpiredAndSent)),
            ("sms-not-sent", FactorKind::Sms, None, not_sent(true, false)),
            ("email-not-sent", FactorKind::Email, None, not_sent(false, true)),
            ("email", FactorKind::Email, Some(FactorNotice::AlreadySent), None),
            ("email-expired", FactorKind::Email, None, Some(FactorProblem::Expired)),
            ("backup", FactorKind::BackupCode, None, None),
            ("backup-used", FactorKind::BackupCode, None, Some(FactorProblem::Used)),
        ];
        for (name, kind, notice, problem) in states {
            let page = FactorCodePage {
                shell: self.shell(),
                account: self.person(),
                waiting: self.waiting(),
                others: self.ways(&[FactorKind::Passkey, FactorKind::Sms, FactorKind::BackupCode]),
                problem,
                trust_days: Some(30),
                recover: true,
                kind,
                notice,
                destination: self.given("•••• 42"),
                is_sent: name != "sms-unsent",
                resend_at: Some(self.moment()),
            };
            self.add(&format!("factor-{name}"), &page);
        }
    }

    fn factor_passkey(&mut self) {
        for (name, problem) in [
            ("factor-passkey", None),
            ("factor-passkey-failed", Some(FactorProblem::PasskeyFailed)),
            ("factor-passkey-too-late", Some(FactorProblem::PasskeyTooLate)),
        ] {
            let page = FactorPasskeyPage {
                shell: self.shell(),
                account: self.person(),
                waiting: self.waiting(),
                others: self.ways(&[FactorKind::Totp]),
                problem,
                trust_days: Some(1),
                recover: false,
                ceremony: self.given("ptk_fl_9"),
                options: self.given("{\"publicKey\":{}}"),
                lifetime: 300,
            };
            self.add(name, &page);
        }
        let (shell, problem) = (self.shell(), Some(LoginProblem::PasskeyFailed));
        self.add(
            "login-passkey",
            &LoginPage { shell, problem, passkeys: true, ..Default::default() },
        );
        let (shell, notice) = (self.plain(), Some(LoginNotice::TookTooLong));
        self.add("login-again", &LoginPage { shell, notice, passkeys: true, ..Default::default() });
    }

    fn passkey(&self) -> OwnPasskey {
        OwnPasskey {
            id: "01JD3Z8V6T".to_owned(),
            name: self.given("Firefox on Linux"),
            added: self.moment(),
            last_used: Some(self.moment()),
            provider: "Bitwarden",
            is_second_only: false,
        }
    }

    fn security(&mut self) {
        let factor = |kind, is_on: bool| OwnFactor {
            kind,
            added: is_on.then(|| self.moment()),
            last_used: is_on.then(|| self.moment()),
            phone: if is_on { self.given("•••• 42") } else { String::new() },
            is_offered: true,
        };
        let kinds = [FactorKind::Totp, FactorKind::Sms, FactorKind::Email];
        let on: Vec<_> = kinds.into_iter().map(|kind| factor(kind, true)).collect();
        let off: Vec<_> = kinds.into_iter().map(|kind| factor(kind, false)).collect();
        let unused =
            OwnPasskey { last_used: None, is_second_only: true, provider: "", ..self.passkey() };
        let page = SecurityPage {
            shell: Self::warned(self.shell(), Some(self.moment())),
            account: self.person(),
            here: AccountPlace::Security,
            password: OwnPassword::ToReplace(NewPasswordReason::Leaked),
            can_continue: true,
            passkeys_offered: true,
            passkeys: vec![self.passkey(), unused],
            factors: on,
            backup_codes: Some(3),
            trusted_browsers: 2,
            events: vec![self.event(true), self.event(false)],
            ..SecurityPage::default()
        };
        self.add("security", &page);
        for notice in SecurityNotice::ALL {
            let page = SecurityPage {
                shell: Self::warned(self.plain(), None),
                account: self.person(),
                here: AccountPlace::Security,
                notice: Some(notice),
                password: OwnPassword::ToReplace(NewPasswordReason::Operator),
                must_set_up: true,
                factors: off.clone(),
                backup_codes: Some(0),
                trusted_browsers: 1,
                ..SecurityPage::default()
            };
            self.add(&format!("security-{}", notice.name()), &page);
        }
    }

    fn set_up(&mut self) {
        let wrong = Some(SetUpProblem::Code(FactorProblem::WrongTotp));
        for (name, problem) in [("set-up-totp", None), ("set-up-totp-wrong", wrong)] {
            let page = SetUpTotpPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Security,
                problem,
                replaces: problem.is_some(),
                old_is_lost: problem.is_some(),
                picture: "<svg class=\"qr\" viewBox=\"0 0 33 33\" aria-hidden=\"true\"></svg>"
                    .to_owned(),
                address: self.given("otpauth://totp/Example%20ID:ada?secret=GEZDGNBV"),
                key: self.given("GEZD GNBV GY3T QOJQ"),
                once: "3q2-7w".to_owned(),
            };
            self.add(name, &page);
        }
        let states = [
            ("sms", FactorKind::Sms, None, None),
            ("sms-malformed", FactorKind::Sms, None, Some(SetUpProblem::PhoneMalformed)),
            ("sms-sent", FactorKind::Sms, Some("+49 151 23456789"), None),
            ("email", FactorKind::Email, None, None),
            (
                "email-wrong",
                FactorKind::Email,
                Some("ada@northwind.example"),
                Some(SetUpProblem::Code(FactorProblem::Wrong)),
            ),
            (
                "email-soon",
                FactorKind::Email,
                Some("ada@northwind.example"),
                Some(SetUpProblem::Code(FactorProblem::TooSoon { seconds: 40 })),
            ),
        ];
        for (name, kind, sent_to, problem) in states {
            let page = SetUpCodePage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Security,
                kind,
                problem,
                sent_to: sent_to.map(|to| self.given(to)),
                resend_at: sent_to.map(|_| self.moment()),
                phone: self.given("0151"),
                replaces: matches!(name, "sms" | "sms-sent"),
                old_is_lost: false,
            };
            self.add(&format!("set-up-{name}"), &page);
        }
    }

    fn new_passkeys(&mut self) {
        let failed = Some(SetUpProblem::Code(FactorProblem::PasskeyFailed));
        for (name, problem) in
            [("new-passkey", None), ("new-passkey-failed", failed), ("new-security-key", None)]
        {
            let page = NewPasskeyPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Security,
                problem,
                ceremony: self.given("ptk_fl_9"),
                options: self.given("{\"publicKey\":{}}"),
                lifetime: 300,
                name: self.given("Firefox on Linux"),
                is_security_key: name == "new-security-key",
            };
            self.add(name, &page);
        }
    }

    fn backup_codes(&mut self) {
        for left in [0, 1, 7] {
            let page = BackupCodesPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Security,
                may_be_lost: false,
                left,
            };
            self.add(&format!("backup-codes-{left}"), &page);
        }
        let page = BackupCodesPage {
            shell: self.plain(),
            account: self.person(),
            here: AccountPlace::Security,
            may_be_lost: true,
            left: 10,
        };
        self.add("backup-codes-lost", &page);
        let page = NewBackupCodesPage {
            shell: self.plain(),
            account: self.person(),
            here: AccountPlace::Security,
            codes: vec!["7KQ4-M2XD".to_owned(), "R9TB-3WHC".to_owned()],
            made: self.moment(),
        };
        self.add("new-backup-codes", &page);
    }

    fn removal(&mut self) {
        let states = [
            ("remove-factor", false, false),
            ("remove-last", true, false),
            ("keep-last", true, true),
        ];
        for (name, is_last, is_required) in states {
            let page = RemoveFactorPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Security,
                kind: FactorKind::Sms,
                phone: self.given("•••• 42"),
                is_last,
                is_required,
                is_offered: true,
            };
            self.add(name, &page);
            let page = PasskeyPage {
                shell: self.plain(),
                account: self.person(),
                here: AccountPlace::Security,
                passkey: self.passkey(),
                is_last,
                is_required,
                is_last_way_in: false,
            };
            self.add(&format!("passkey-{name}"), &page);
            let page = PasskeyPage { is_last_way_in: true, is_required: false, ..page };
            self.add(&format!("passkey-{name}-way-in"), &page);
        }
    }
}
