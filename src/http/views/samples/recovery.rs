//! The ways back into an account.

use super::*;
use crate::domain::user::NewPasswordReason;

impl Samples {
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
                reason,
                password_min: 8,
                mistake,
            };
            self.add(&format!("renew-{name}"), &page);
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
            RecoveryOutcomeKind::NotNeeded,
            RecoveryOutcomeKind::Expired,
            RecoveryOutcomeKind::Superseded,
            RecoveryOutcomeKind::Unknown,
            RecoveryOutcomeKind::Stopped,
            RecoveryOutcomeKind::TooLate,
        ] {
            let page = RecoveryOutcomePage { shell: self.plain(), kind, email: self.email() };
            self.add(&format!("recover-{}", kind.name()), &page);
        }
    }
}
