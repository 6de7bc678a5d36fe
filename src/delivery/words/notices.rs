//! The mails that tell somebody what happened to their account.

use super::{button, notice};
use crate::delivery::MessageParameters;
use crate::delivery::letter::{Block, Letter, Letterhead, one_line};
use crate::domain::email_address::masked;
use crate::texts::Key;

/// The password was changed: whoever did not do it can take the account back.
pub(super) fn password_changed(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-changed-reason"));
    let more = vec![
        Block::Text(head.t(Key("mail-changed-not-you"))),
        button(&head, Key("mail-changed-button"), parameters),
    ];
    notice(head, (Key("mail-changed-subject"), Key("mail-changed-title")), reason, more)
}

/// To the old address. Most of the new one is hidden: this mailbox may be a stranger's by now.
pub(super) fn email_change_requested(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = of_new_address(&head, Key("mail-change-asked-reason"), parameters);
    let more = secure(&head, parameters);
    notice(head, (Key("mail-change-asked-subject"), Key("mail-change-asked-title")), reason, more)
}

/// To the old address, which no longer opens the account: a reset would not arrive here.
pub(super) fn email_changed(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = of_new_address(&head, Key("mail-address-reason"), parameters);
    let more = vec![
        Block::Text(head.about(Key("mail-address-not-you"))),
        button(&head, Key("mail-address-button"), parameters),
    ];
    notice(head, (Key("mail-address-subject"), Key("mail-address-title")), reason, more)
}

/// To the new address: the last mail about the change.
pub(super) fn email_taken(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-taken-reason"));
    let more = secure(&head, parameters);
    notice(head, (Key("mail-taken-subject"), Key("mail-taken-title")), reason, more)
}

/// To an address that the account has left for an earlier one: there is no way back to it.
pub(super) fn email_returned(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = of_new_address(&head, Key("mail-returned-reason"), parameters);
    let more = vec![Block::Text(head.about(Key("mail-returned-not-you")))];
    notice(head, (Key("mail-returned-subject"), Key("mail-returned-title")), reason, more)
}

/// To an address that the people who run the installation took from the account: there is no way back to it.
pub(super) fn email_replaced(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = of_new_address(&head, Key("mail-address-reason"), parameters);
    let more = vec![Block::Text(head.about(Key("mail-replaced-not-you")))];
    notice(head, (Key("mail-address-subject"), Key("mail-address-title")), reason, more)
}

/// A second step was set up, perhaps in the place of another of its kind: whoever did not do it can
/// take it away.
pub(super) fn factor_added(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let more = vec![
        Block::Text(head.t(Key("mail-factor-added-not-you"))),
        button(&head, Key("mail-factor-added-button"), parameters),
    ];
    if !parameters.text("asked_for").is_empty() {
        let reason = of_factor(&head, Key("mail-factor-undo-reason"), parameters);
        let keys = (Key("mail-factor-undo-subject"), Key("mail-factor-undo-title"));
        return notice(head, keys, reason, more);
    }
    if !parameters.text("replaces").is_empty() {
        let reason = of_factor(&head, Key("mail-factor-replaced-reason"), parameters);
        let keys = (Key("mail-factor-replaced-subject"), Key("mail-factor-replaced-title"));
        return notice(head, keys, reason, more);
    }
    let reason = of_factor(&head, Key("mail-factor-added-reason"), parameters);
    notice(head, (Key("mail-factor-added-subject"), Key("mail-factor-added-title")), reason, more)
}

/// A second step was removed, or gave way again to the one that it had replaced.
pub(super) fn factor_removed(head: Letterhead, parameters: &MessageParameters) -> Letter {
    if !parameters.text("restored").is_empty() {
        let reason = of_factor(&head, Key("mail-factor-restored-reason"), parameters);
        let more = secure(&head, parameters);
        let keys = (Key("mail-factor-restored-subject"), Key("mail-factor-restored-title"));
        return notice(head, keys, reason, more);
    }
    let reason = of_factor(&head, Key("mail-factor-removed-reason"), parameters);
    let more = secure(&head, parameters);
    let keys = (Key("mail-factor-removed-subject"), Key("mail-factor-removed-title"));
    notice(head, keys, reason, more)
}

/// An administrator removed every second step.
pub(super) fn factors_reset(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about_with(Key("mail-factors-reset-reason"), "time", &head.asked_at);
    let key = if parameters.text("password_taken").is_empty() {
        Key("mail-factors-reset-not-you")
    } else {
        Key("mail-factors-reset-password")
    };
    let more = vec![Block::Text(head.t(key)), button(&head, Key("mail-secure-button"), parameters)];
    notice(head, (Key("mail-factors-reset-subject"), Key("mail-factors-reset-title")), reason, more)
}

/// A backup code was used, and so many are left.
pub(super) fn backup_code_used(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-backup-reason"));
    let left: u32 = parameters.text("left").parse().unwrap_or(0);
    let mut more = vec![Block::Text(head.t1(Key("mail-backup-left"), "left", left))];
    more.extend(secure(&head, parameters));
    notice(head, (Key("mail-backup-subject"), Key("mail-backup-title")), reason, more)
}

/// A sign-in from a device that was never seen before.
pub(super) fn new_sign_in(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let device = one_line(parameters.text("device"));
    let reason = head.about_with(Key("mail-device-reason"), "device", &device);
    let more = vec![
        Block::Text(head.t(Key("mail-device-not-you"))),
        button(&head, Key("mail-device-button"), parameters),
    ];
    notice(head, (Key("mail-device-subject"), Key("mail-device-title")), reason, more)
}

/// A refresh token was used twice: one of the two users is not the app.
pub(super) fn refresh_token_reused(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let app = one_line(parameters.text("client_name"));
    let reason = head.about_with(Key("mail-reuse-reason"), "app", &app);
    let more = vec![
        Block::Text(head.t1(Key("mail-reuse-not-you"), "app", &app)),
        button(&head, Key("mail-reuse-button"), parameters),
    ];
    notice(head, (Key("mail-reuse-subject"), Key("mail-reuse-title")), reason, more)
}

/// An application got access that it did not have.
pub(super) fn app_access_granted(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let app = one_line(parameters.text("client_name"));
    let reason = head.about_with(Key("mail-access-reason"), "app", &app);
    let more = vec![
        Block::Text(head.t1(Key("mail-access-not-you"), "app", &app)),
        button(&head, Key("mail-access-button"), parameters),
    ];
    notice(head, (Key("mail-access-subject"), Key("mail-access-title")), reason, more)
}

/// A copy of somebody's data was taken away.
pub(super) fn data_exported(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-export-reason"));
    let more = secure(&head, parameters);
    notice(head, (Key("mail-export-subject"), Key("mail-export-title")), reason, more)
}

/// The account will be deleted, unless the link is used before.
pub(super) fn deletion_requested(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let at = head.moment(parameters, "deletion_at");
    let keep = [
        Block::Text(head.t(Key("mail-delete-not-you"))),
        button(&head, Key("mail-delete-button"), parameters),
    ];
    if is_to_earlier_address(parameters) {
        let reason = head.about_with(Key("mail-delete-reason-earlier"), "time", &at);
        // To keep it is not to have it back.
        let more = keep.into_iter().chain([Block::Note(head.t(Key("mail-delete-take-back")))]);
        let keys = (Key("mail-delete-subject-earlier"), Key("mail-delete-title-earlier"));
        return notice(head, keys, reason, more.collect());
    }
    let reason = head.about_with(Key("mail-delete-reason"), "time", &at);
    notice(head, (Key("mail-delete-subject"), Key("mail-delete-title")), reason, keep.into())
}

/// The account stays.
pub(super) fn deletion_undone(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-kept-reason"));
    let more = secure(&head, parameters);
    notice(head, (Key("mail-kept-subject"), Key("mail-kept-title")), reason, more)
}

/// The account is gone: there is nothing left to click on.
pub(super) fn account_deleted(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-gone-reason"));
    let time = head.moment(parameters, "deleted_at");
    let at = (!time.is_empty()).then(|| Block::Note(head.t1(Key("mail-gone-at"), "time", time)));
    let not_you = Block::Note(head.about(Key("mail-gone-not-you")));
    let more = at.into_iter().chain([not_you]).collect();
    notice(head, (Key("mail-gone-subject"), Key("mail-gone-title")), reason, more)
}

/// Whether the reader's address is one that the account had before.
pub(super) fn is_to_earlier_address(parameters: &MessageParameters) -> bool {
    !parameters.text("to_earlier_address").is_empty()
}

/// What to do where it was somebody else, who then knows the password.
fn secure(head: &Letterhead, parameters: &MessageParameters) -> Vec<Block> {
    vec![
        Block::Text(head.t(Key("mail-secure-not-you"))),
        button(head, Key("mail-secure-button"), parameters),
    ]
}

fn of_new_address(head: &Letterhead, key: Key, parameters: &MessageParameters) -> String {
    head.about_with(key, "new_email", &masked(&one_line(parameters.text("new_email"))))
}

fn of_factor(head: &Letterhead, key: Key, parameters: &MessageParameters) -> String {
    let name = match parameters.text("factor") {
        "totp" => Key("mail-factor-totp"),
        "sms" => Key("mail-factor-sms"),
        "email" => Key("mail-factor-email"),
        "webauthn" => Key("mail-factor-webauthn"),
        "backup" => Key("mail-factor-backup"),
        _ => Key("mail-factor-other"),
    };
    head.about_with(key, "factor", &head.t(name))
}
