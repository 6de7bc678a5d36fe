//! The demo's own sessions, in memory: bounded, expiring, keyed by an unguessable cookie.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::tokens::{Refreshed, Tokens};

/// Most sessions held at once; the one unused for longest makes room.
const CAPACITY: usize = 1_000;

/// Most sign-ins begun and not finished in one browser (tabs).
const PENDING_CAPACITY: usize = 8;

/// How long a sign-in may take; signing up and confirming an address is part of it.
const PENDING_LIFE: Duration = Duration::from_hours(1);

/// How long an unused session lives.
const IDLE_LIFE: Duration = Duration::from_hours(12);

/// Bytes of randomness in a session id and in a CSRF token.
const ID_BYTES: u32 = 32;

/// A sign-in that was begun: what its answer is held against.
pub(super) struct Pending {
    state: CsrfToken,
    pub(super) nonce: Nonce,
    pub(super) verifier: PkceCodeVerifier,
    /// Seconds, where the request asked for it.
    pub(super) max_age: Option<i64>,
    begun: Instant,
}

impl Pending {
    /// A sign-in that begins now.
    pub(super) fn new(
        state: CsrfToken,
        nonce: Nonce,
        verifier: PkceCodeVerifier,
        max_age: Option<i64>,
    ) -> Self {
        Self { state, nonce, verifier, max_age, begun: Instant::now() }
    }
}

/// What a signed-in browser may see and do.
#[derive(Clone)]
pub(super) struct SignedIn {
    pub(super) tokens: Arc<Tokens>,
    /// Has to come with every POST.
    pub(super) csrf: String,
    pub(super) userinfo: Option<Value>,
    pub(super) refreshed: Option<Refreshed>,
}

struct Session {
    pending: Vec<Pending>,
    signed_in: Option<SignedIn>,
    /// The `state` of a logout that went to the provider.
    logout_state: Option<CsrfToken>,
    used: Instant,
}

impl Session {
    fn new(signed_in: Option<SignedIn>, logout_state: Option<CsrfToken>) -> Self {
        Self { pending: Vec::new(), signed_in, logout_state, used: Instant::now() }
    }
}

/// All sessions of the demo.
#[derive(Default)]
pub(super) struct Sessions {
    by_id: Mutex<HashMap<String, Session>>,
}

impl Sessions {
    /// Keeps `pending` in the browser's session, or in a new one; answers the session's id.
    pub(super) fn begin(&self, id: Option<String>, pending: Pending) -> String {
        let mut sessions = self.lock();
        let known = id.filter(|id| sessions.contains_key(id));
        let id = known.unwrap_or_else(|| insert(&mut sessions, Session::new(None, None)));
        if let Some(session) = sessions.get_mut(&id) {
            session.used = Instant::now();
            session.pending.retain(|pending| pending.begun.elapsed() < PENDING_LIFE);
            if session.pending.len() >= PENDING_CAPACITY {
                session.pending.remove(0);
            }
            session.pending.push(pending);
        }
        id
    }

    /// Takes the sign-in that `state` names out of session `id`, so that no answer counts twice.
    pub(super) fn take_pending(&self, id: &str, state: &str) -> Option<Pending> {
        let mut sessions = self.lock();
        let pending = &mut sessions.get_mut(id)?.pending;
        let place = pending.iter().position(|pending| same(pending.state.secret(), state))?;
        Some(pending.remove(place)).filter(|pending| pending.begun.elapsed() < PENDING_LIFE)
    }

    /// Ends session `old` and begins a signed-in one under a new id (session fixation). What was
    /// begun in other tabs goes with it.
    pub(super) fn sign_in(&self, old: &str, tokens: Tokens) -> String {
        let tokens = Arc::new(tokens);
        let signed_in = SignedIn { tokens, csrf: random(), userinfo: None, refreshed: None };
        self.replace(old, Session::new(Some(signed_in), None))
    }

    fn replace(&self, old: &str, new: Session) -> String {
        let mut sessions = self.lock();
        let pending = sessions.remove(old).map(|session| session.pending).unwrap_or_default();
        insert(&mut sessions, Session { pending, ..new })
    }

    /// The signed-in state of session `id`.
    pub(super) fn signed_in(&self, id: &str) -> Option<SignedIn> {
        let mut sessions = self.lock();
        let session = sessions.get_mut(id)?;
        if session.used.elapsed() >= IDLE_LIFE {
            sessions.remove(id);
            return None;
        }
        session.used = Instant::now();
        session.signed_in.clone()
    }

    /// Keeps the answer of `/userinfo`; a session that ended meanwhile stays ended.
    pub(super) fn keep_userinfo(&self, id: &str, userinfo: Value) {
        self.change(id, |signed_in| signed_in.userinfo = Some(userinfo));
    }

    /// Replaces the tokens after a refresh; a session that ended meanwhile stays ended.
    pub(super) fn renew(&self, id: &str, tokens: Tokens, refreshed: Refreshed) {
        self.change(id, |signed_in| {
            signed_in.tokens = Arc::new(tokens);
            signed_in.refreshed = Some(refreshed);
        });
    }

    /// Ends session `id`.
    pub(super) fn end(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Ends session `id`; answers the id of an empty one that waits for the provider's `state`.
    pub(super) fn end_at_provider(&self, id: &str, state: CsrfToken) -> String {
        let mut sessions = self.lock();
        sessions.remove(id);
        insert(&mut sessions, Session::new(None, Some(state)))
    }

    /// Whether `state` is what session `id` waits for: that of its logout, or none without one. It may come
    /// again, when the page is reloaded.
    pub(super) fn is_logout_state(&self, id: Option<&str>, state: Option<&str>) -> bool {
        let sessions = self.lock();
        let session = id.and_then(|id| sessions.get(id));
        match (session.and_then(|session| session.logout_state.as_ref()), state) {
            (Some(expected), Some(state)) => same(expected.secret(), state),
            (None, None) => true,
            _ => false,
        }
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut SignedIn)) {
        if let Some(signed_in) = self.lock().get_mut(id).and_then(|s| s.signed_in.as_mut()) {
            change(signed_in);
        }
    }

    /// No code panics while it holds the lock, so what a poisoned one guards is whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn insert(sessions: &mut HashMap<String, Session>, session: Session) -> String {
    if sessions.len() >= CAPACITY {
        sessions.retain(|_, session| session.used.elapsed() < IDLE_LIFE);
    }
    if sessions.len() >= CAPACITY {
        // Visitors go before people who are signed in.
        let oldest = sessions.iter().min_by_key(|(_, s)| (s.signed_in.is_some(), s.used));
        if let Some(id) = oldest.map(|(id, _)| id.clone()) {
            sessions.remove(&id);
        }
    }
    let id = random();
    sessions.insert(id.clone(), session);
    id
}

fn random() -> String {
    CsrfToken::new_random_len(ID_BYTES).into_secret()
}

/// Compares secrets in constant time.
pub(super) fn same(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use openidconnect::PkceCodeChallenge;

    fn pending(state: &str) -> Pending {
        let (_, verifier) = PkceCodeChallenge::new_random_sha256();
        Pending::new(CsrfToken::new(state.to_owned()), Nonce::new_random(), verifier, None)
    }

    #[test]
    fn a_sign_in_is_finished_once_and_by_its_own_state_only() {
        let sessions = Sessions::default();
        let id = sessions.begin(None, pending("a"));
        assert_eq!(sessions.begin(Some(id.clone()), pending("b")), id, "a second tab");
        assert!(sessions.take_pending(&id, "c").is_none());
        assert!(sessions.take_pending("another", "a").is_none());
        assert!(sessions.take_pending(&id, "a").is_some());
        assert!(sessions.take_pending(&id, "a").is_none(), "taken");
        assert!(sessions.take_pending(&id, "b").is_some());
    }

    #[test]
    fn a_new_id_takes_along_what_other_tabs_began() {
        let sessions = Sessions::default();
        let old = sessions.begin(None, pending("a"));
        let new = sessions.replace(&old, Session::new(None, None));
        assert_ne!(new, old);
        assert!(sessions.take_pending(&old, "a").is_none());
        assert!(sessions.take_pending(&new, "a").is_some());
    }

    #[test]
    fn an_id_that_the_demo_did_not_make_is_not_taken_over() {
        let sessions = Sessions::default();
        assert_ne!(sessions.begin(Some("chosen".to_owned()), pending("a")), "chosen");
    }

    #[test]
    fn memory_is_bounded() {
        let sessions = Sessions::default();
        let first = sessions.begin(None, pending("first"));
        for _ in 0..CAPACITY {
            sessions.begin(None, pending("a"));
        }
        assert_eq!(sessions.lock().len(), CAPACITY);
        assert!(sessions.take_pending(&first, "first").is_none());
        let id = sessions.begin(None, pending("0"));
        for state in 1..=PENDING_CAPACITY {
            sessions.begin(Some(id.clone()), pending(&state.to_string()));
        }
        assert!(sessions.take_pending(&id, "0").is_none());
        assert!(sessions.take_pending(&id, "1").is_some());
    }

    #[test]
    fn a_logout_waits_for_its_state() {
        let sessions = Sessions::default();
        let id = sessions.end_at_provider("gone", CsrfToken::new("s".to_owned()));
        assert!(sessions.is_logout_state(Some(&id), Some("s")));
        assert!(sessions.is_logout_state(Some(&id), Some("s")), "a reload");
        assert!(!sessions.is_logout_state(Some(&id), Some("")));
        assert!(!sessions.is_logout_state(Some(&id), None));
        assert!(!sessions.is_logout_state(Some("gone"), Some("s")));
        assert!(sessions.is_logout_state(None, None), "nothing was asked");
    }
}
