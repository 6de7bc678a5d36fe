//! The mails around a way in: verification, reset, and codes.

use super::{button, code_letter, code_subject};
use crate::delivery::letter::{Block, Letter, Letterhead};
use crate::delivery::{CodePurpose, MessageParameters};
use crate::texts::Key;

/// "Is this address yours?": a code for the first window, and a link. It greets nobody by name:
/// whoever signed up chose that name, and would be writing to a stranger in our voice.
pub(super) fn verify_email(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let code = parameters.text("code");
    let code_until = head.t1(Key("mail-code-until"), "time", head.moment(parameters, "code_until"));
    let link_until = head.moment(parameters, "link_until");
    let blocks = vec![
        Block::Text(head.t(Key("mail-hello-nobody"))),
        Block::Text(head.about(Key("mail-verify-reason"))),
        Block::Code(code.to_owned()),
        Block::Text(code_until.clone()),
        Block::Text(head.t(Key("mail-verify-or-link"))),
        button(&head, Key("mail-verify-button"), parameters),
        Block::Text(head.t1(Key("mail-verify-link-until"), "time", link_until)),
        Block::Note(head.t(Key("mail-verify-not-you"))),
    ];
    let subject = code_subject(&head, code);
    let title = head.t(Key("mail-verify-title"));
    Letter { subject, title, preview: code_until, blocks, head }
}

/// "You already have an account", to the owner of an address somebody signed up with.
pub(super) fn already_registered(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-registered-reason"));
    let blocks = vec![
        Block::Text(head.hello()),
        Block::Text(reason.clone()),
        button(&head, Key("mail-registered-button"), parameters),
        Block::Note(head.t(Key("mail-registered-not-you"))),
    ];
    let subject = head.about(Key("mail-registered-subject"));
    let title = head.t(Key("mail-registered-title"));
    Letter { subject, title, preview: reason, blocks, head }
}

/// The link to a new password.
pub(super) fn reset_password(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-reset-reason"));
    let until =
        head.t1(Key("mail-reset-link-until"), "time", head.moment(parameters, "link_until"));
    let blocks = vec![
        Block::Text(head.hello()),
        Block::Text(reason.clone()),
        button(&head, Key("mail-reset-button"), parameters),
        Block::Text(until),
        Block::Note(head.t(Key("mail-reset-not-you"))),
    ];
    let subject = head.about(Key("mail-reset-subject"));
    let title = head.t(Key("mail-reset-title"));
    Letter { subject, title, preview: reason, blocks, head }
}

/// An account that somebody else made for the reader, who chooses its password. It greets nobody by
/// name: the address may be mistyped.
pub(super) fn invitation(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-invitation-reason"));
    let until =
        head.t1(Key("mail-reset-link-until"), "time", head.moment(parameters, "link_until"));
    let blocks = vec![
        Block::Text(head.t(Key("mail-hello-nobody"))),
        Block::Text(reason.clone()),
        button(&head, Key("mail-invitation-button"), parameters),
        Block::Text(until),
        Block::Note(head.t(Key("mail-invitation-not-you"))),
    ];
    let subject = head.about(Key("mail-invitation-subject"));
    let title = head.t(Key("mail-invitation-title"));
    Letter { subject, title, preview: reason, blocks, head }
}

/// A code to the person's own address: whoever asked for it knew the password, or is signed in.
pub(super) fn one_time_code(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let hello = head.hello();
    let not_you = Key("mail-signed-in-not-you");
    let (title, reason, not_you) = match CodePurpose::named(parameters.text("purpose")) {
        CodePurpose::SignIn => {
            (Key("mail-one-time-title"), Key("mail-one-time-reason"), Key("mail-one-time-not-you"))
        }
        CodePurpose::Proof => (Key("mail-proof-title"), Key("mail-proof-reason"), not_you),
        CodePurpose::SetUp => (Key("mail-set-up-title"), Key("mail-set-up-reason"), not_you),
    };
    let title = head.t(title);
    code_letter(head, parameters, (title, hello, reason, not_you))
}

/// "Is this new address yours?" It greets nobody by name: the address may be a stranger's.
pub(super) fn change_email_code(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let hello = head.t(Key("mail-hello-nobody"));
    let reason = Key("mail-new-address-reason");
    let not_you = Key("mail-new-address-not-you");
    let title = head.t(Key("mail-new-address-title"));
    code_letter(head, parameters, (title, hello, reason, not_you))
}
