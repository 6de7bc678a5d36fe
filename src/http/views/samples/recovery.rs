//! The ways back into an account.

use super::*;
use crate::domain::user::NewPasswordReason;

impl Samples {
    /// A page of the account while somebody asks for a way into it.
    pub(super) fn warned(shell: Shell, due: Option<Moment>) -> Shell {
        Shell { recovery: Some(RecoveryNotice { due }), ..shell }
    }

    pub(super) fn reset_password(&mut self) {
        use ForgotPasswordProblem::{EmailInvalid, EmailMissing, Throttled};

        let shell = self.shell();
        self.add("forgot", &ForgotPasswordPage { shell, ..ForgotPasswordPage::default() });
        for (name, problem) in [
            ("missing", EmailMissing),
            ("invalid", EmailInvalid),
            ("throttled", Throttled { seconds: 720 }),
        ] {
            let (shell, email) = (self.plain(), self.email());
            let page = ForgotPasswordPage { shell, email, problem: Some(problem) };
            self.add(&format!("forgot-{name}"), &page);
        }
        for (name, is_new, link_minutes) in
            [("hours", true, 60), ("minutes", true, 90), ("newest", false, 60)]
        {
            let (shell, email) = (self.shell(), self.email());
            let page = ResetSentPage { shell, email, is_new, link_minutes };
            self.add(&format!("reset-sent-{name}"), &page);
        }
        for (name, is_invitation, mistake) in [
            ("choose", false, None),
            ("mistake", false, Some(PasswordMistake::Leaked)),
            ("invited", true, None),
        ] {
            let page = ResetPasswordPage {
                shell: self.plain(),
                account: self.person(),
                is_invitation,
                link_digest: self.given("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
                password_min: 8,
                mistake,
            };
            self.add(&format!("reset-{name}"), &page);
        }
        for reason in [
            ResetLinkOver::Used,
            ResetLinkOver::Expired,
            ResetLinkOver::Superseded,
            ResetLinkOver::Elsewhere,
            ResetLinkOver::Unknown,
        ] {
            let page = ResetLinkOverPage { shell: self.plain(), reason };
            self.add(&format!("reset-{}", format!("{reason:?}").to_lowercase()), &page);
        }
    }

    pub(super) fn renewal(&mut self) {
        for (name, reason, mistake) in [
            ("operator", NewPasswordReason::Operator, None),
            ("leaked", NewPasswordReason::Leaked, None),
            ("unchanged", NewPasswordReason::Operator, Some(PasswordMistake::Unchanged)),
        ] {
            let page = RenewPasswordPage {
                shell: self.shell(),
                account: self.person(),
                renewal: self.given("ptk_fl_3mJ9xQ7bT2vK8pR5wY1cZ6nH4sD0gL"),
                notice: None,
                reason,
                password_min: 8,
                mistake,
            };
            self.add(&format!("renew-{name}"), &page);
        }
    }

    pub(super) fn without_mail(&mut self) {
        for (name, lost, contact) in [
            ("forgot-without-mail", Lost::Password, None),
            ("recover-without-mail", Lost::SecondFactors, Some("https://example.com/desk?a=1&b=2")),
        ] {
            let contact = contact.map(str::to_owned);
            self.add(name, &AskOperatorPage { shell: self.plain(), lost, contact });
        }
    }

    pub(super) fn recovery(&mut self) {
        let problems = [
            ("recover", None),
            ("recover-missing", Some(ForgotPasswordProblem::EmailMissing)),
            ("recover-throttled", Some(ForgotPasswordProblem::Throttled { seconds: 180 })),
        ];
        for (name, problem) in problems {
            let page = RecoverPage {
                shell: self.plain(),
                email: self.email(),
                text: Some(self.given("Ask Ada at the help desk")),
                contact: Some("https://example.com/desk?a=1&b=2".to_owned()),
                problem,
            };
            self.add(name, &page);
        }
        for (name, problem) in [
            ("recover-reason", None),
            ("recover-no-reason", Some(ReasonProblem::Missing)),
            ("recover-long-reason", Some(ReasonProblem::TooLong)),
        ] {
            let page = RecoveryReasonPage {
                shell: self.plain(),
                account: self.person(),
                link_digest: self.given("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
                longest: 1_000,
                is_beside: problem.is_some(),
                reason: self.given("Ada: my phone is gone"),
                problem,
            };
            self.add(name, &page);
        }
        let page = StopRecoveryPage {
            shell: self.plain(),
            account: self.person(),
            link_digest: self.given("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
        };
        self.add("recover-stop", &page);
        for kind in [
            RecoveryOutcomeKind::Sent,
            RecoveryOutcomeKind::Recorded,
            RecoveryOutcomeKind::Waiting,
            RecoveryOutcomeKind::Ended,
            RecoveryOutcomeKind::NotNeeded,
            RecoveryOutcomeKind::Expired,
            RecoveryOutcomeKind::Superseded,
            RecoveryOutcomeKind::Unknown,
            RecoveryOutcomeKind::Stopped,
            RecoveryOutcomeKind::TooLate,
            RecoveryOutcomeKind::NotStopped,
        ] {
            let page = RecoveryOutcomePage { shell: self.plain(), kind, email: self.email() };
            self.add(&format!("recover-{}", kind.name()), &page);
        }
    }
}
