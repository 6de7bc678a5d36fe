//! `grant_type=refresh_token` (RFC 6749 §6), with rotation at every use (RFC 9700 §4.14.2).
//!
//! 1. The successor is made first and sealed with a key that only the presented token opens.
//! 2. One conditional update spends the presented token and notes the successor.
//! 3. A token that was spent before is either a repetition, because the answer got lost: the same
//!    parameters within the overlap, and the successor not used yet. Then the same successor goes
//!    out again with a new access token. Or it is a theft: the whole family ends, and its owner is
//!    told by mail.

use super::super::client_auth::{self, AuthenticatedClient};
use super::super::drive::{self, MachineRefusal};
use super::super::entitlements::TokenEntitlements;
use super::super::error::Replay;
use super::super::tokens::{self, Minting, TokenResponse};
use super::super::{OAuthError, Parameters, Provider, targets};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::grant::Grant;
use crate::domain::scope::OFFLINE_ACCESS;
use crate::domain::token::REFRESH_TOKEN_PREFIX;
use crate::domain::user::User;
use crate::domain::{GrantId, PlainToken, Requester, Scopes, TokenDigest, UserId};
use crate::keys::{Purpose, Sealed, seal};
use crate::store::refresh_tokens::{NewRefreshToken, NotSpendable, SpentNow, Successor};
use crate::store::{Tx, grants, refresh_tokens, users};

/// What a good refresh token stands for.
struct Refreshed {
    grant: Grant,
    user: User,
    refresh_token: PlainToken,
    next: NextToken,
}

/// What the next access token is made of.
struct NextToken {
    scopes: Scopes,
    /// In seconds.
    lifetime: i64,
    entitlements: TokenEntitlements,
}

/// Exchanges a refresh token for its successor and a new access token.
///
/// # Errors
///
/// See [`OAuthError`].
pub async fn exchange(
    provider: &Provider,
    client: &AuthenticatedClient,
    parameters: &Parameters,
    requester: &Requester,
) -> Result<TokenResponse, OAuthError> {
    let presented = parameters.get("refresh_token").ok_or(OAuthError::Missing("refresh_token"))?;
    let presented = PlainToken::new(presented);
    let successor = PlainToken::generate(REFRESH_TOKEN_PREFIX);
    let sealed =
        seal_successor(&presented, &successor, parameters, provider.settings.refresh_overlap)?;

    let now = provider.now();
    let mut tx = provider.store.begin().await?;
    let turn = Turn { provider, client, parameters, presented: &presented, requester };
    let outcome = turn.refresh(&mut tx, successor, sealed).await;
    let event = match &outcome {
        Err(fault) if fault.is_fault() => return Err(outcome.err().unwrap_or(NO_OUTCOME)),
        Ok(refreshed) => AuditEvent::success(AuditKind::TokenRefreshed)
            .of(&refreshed.grant.user_id)
            .with(serde_json::json!({ "grant_id": refreshed.grant.id })),
        Err(OAuthError::RefreshTokenReplayed(replay)) => {
            replay.event(AuditKind::RefreshTokenReplayed)
        }
        Err(OAuthError::RefreshTokenUnknown) => {
            drop(tx);
            let refusal = OAuthError::RefreshTokenUnknown;
            return Err(
                client_auth::count_refusal(provider, &client.client, requester, refusal).await
            );
        }
        Err(refusal) => {
            // The revoked family of a replay is the one refusal to keep. Any other leaves the
            // token unspent, so that the client may ask again, and better.
            drop(tx);
            tx = provider.store.begin().await?;
            AuditEvent::failure(AuditKind::TokenRefreshed)
                .with(serde_json::json!({ "reason": refusal.to_string() }))
        }
    };
    audit::record(&mut tx, event.by_client(&client.client.id).from(requester), now).await?;
    let keys = provider.keys.current(&mut tx).await?;
    tx.commit().await?;
    if let Err(OAuthError::RefreshTokenReplayed(_)) = &outcome {
        provider.notices.send();
    }

    let refreshed = outcome?;
    let minting = Minting {
        client: &client.client,
        grant: &refreshed.grant,
        user: &refreshed.user,
        scopes: refreshed.next.scopes,
        // Only the ID token of the code answers the nonce (OpenID Connect Core §12.2).
        nonce: None,
        lifetime: refreshed.next.lifetime,
        entitlements: &refreshed.next.entitlements,
    };
    tokens::mint(provider, &keys, minting, Some(refreshed.refresh_token), now)
}

const NO_OUTCOME: OAuthError = OAuthError::Internal("no outcome");

fn seal_successor(
    presented: &PlainToken,
    successor: &PlainToken,
    parameters: &Parameters,
    overlap: i64,
) -> Result<Successor, OAuthError> {
    let place = presented.digest();
    let sealed = if overlap > 0 {
        let sealed = seal::seal_by_secret(
            presented.expose(),
            Purpose::RefreshSuccessor,
            place.as_str(),
            successor.expose().as_bytes(),
        );
        Some(sealed.map_err(|_| OAuthError::Internal("the successor cannot be sealed"))?.0)
    } else {
        None
    };
    Ok(Successor { digest: successor.digest(), sealed, asked_with: fingerprint(parameters)? })
}

/// A repetition must ask for the same; its secret and the token itself are no part of that.
fn fingerprint(parameters: &Parameters) -> Result<String, OAuthError> {
    let scope = parameters.single("scope")?.unwrap_or_default();
    let audience = parameters.single("audience")?.unwrap_or_default();
    let resources = parameters.all("resource")?.join(" ");
    let asked = format!("{scope}\n{audience}\n{resources}");
    Ok(TokenDigest::of(asked.as_bytes()).as_str().to_owned())
}

/// One presentation of a refresh token.
struct Turn<'request> {
    provider: &'request Provider,
    client: &'request AuthenticatedClient,
    parameters: &'request Parameters,
    presented: &'request PlainToken,
    requester: &'request Requester,
}

impl Turn<'_> {
    async fn refresh(
        &self,
        tx: &mut Tx,
        successor: PlainToken,
        sealed: Successor,
    ) -> Result<Refreshed, OAuthError> {
        let now = self.provider.now();
        let digest = self.presented.digest();
        let client_id = &self.client.client.id;
        let spent = refresh_tokens::spend(tx, &digest, client_id, &sealed, now).await?;
        match spent {
            Some(spent) => self.hand_on(tx, spent, successor).await,
            None => self.repeat(tx).await,
        }
    }

    async fn hand_on(
        &self,
        tx: &mut Tx,
        spent: SpentNow,
        successor: PlainToken,
    ) -> Result<Refreshed, OAuthError> {
        let now = self.provider.now();
        let (grant, user) = live(tx, &spent.grant_id).await?;
        let next = self.next_token(tx, &grant).await?;
        let idle = now.plus(self.provider.settings.refresh_idle_lifetime);
        let kept = NewRefreshToken {
            digest: successor.digest(),
            grant_id: grant.id.clone(),
            client_id: grant.client_id.clone(),
            idle_expires_at: idle.min(spent.expires_at),
            expires_at: spent.expires_at,
        };
        refresh_tokens::insert(tx, &kept, now).await?;
        Ok(Refreshed { grant, user, refresh_token: successor, next })
    }

    async fn repeat(&self, tx: &mut Tx) -> Result<Refreshed, OAuthError> {
        let now = self.provider.now();
        let digest = self.presented.digest();
        let found = refresh_tokens::find_not_spendable(tx, &digest, &self.client.client.id).await?;
        let Some(token) = found else { return Err(OAuthError::RefreshTokenUnknown) };
        let Some(spent_at) = token.spent_at else { return Err(OAuthError::RefreshTokenUnknown) };
        let is_in_overlap = now.since(spent_at) < self.provider.settings.refresh_overlap;
        let has_same_parameters =
            token.spent_with.as_deref() == Some(fingerprint(self.parameters)?.as_str());
        match self.successor_of(&token) {
            Some(successor) if is_in_overlap && has_same_parameters => {
                let (grant, user) = live(tx, &token.grant_id).await?;
                let next = self.next_token(tx, &grant).await?;
                Ok(Refreshed { grant, user, refresh_token: successor, next })
            }
            _ => {
                let user_id = self.end_family(tx, &token.grant_id).await?;
                let grant_id = token.grant_id;
                Err(OAuthError::RefreshTokenReplayed(Replay { grant_id, user_id }))
            }
        }
    }

    /// Ends the family of a token that came again, and tells its owner of it: once, however often
    /// it comes, and not where the family had ended before.
    async fn end_family(
        &self,
        tx: &mut Tx,
        grant_id: &GrantId,
    ) -> Result<Option<UserId>, OAuthError> {
        let now = self.provider.now();
        let held = live(tx, grant_id).await;
        let revoked = grants::revoke(tx, grant_id, "refresh_token_replayed", now).await?;
        match held {
            Ok((_, user)) if revoked.is_first => {
                let about = (&user, &self.client.client);
                let notices = &self.provider.notices;
                notices.tell_of_reused_token(tx, about, self.requester, now).await?;
            }
            Err(fault) if fault.is_fault() => return Err(fault),
            Ok(_) | Err(_) => {}
        }
        Ok(revoked.user_id)
    }

    /// The successor of a spent token, unless it was erased: then it has been used.
    fn successor_of(&self, token: &NotSpendable) -> Option<PlainToken> {
        let sealed = Sealed(token.successor_sealed.clone()?);
        let place = self.presented.digest();
        let opened = seal::open_by_secret(
            self.presented.expose(),
            Purpose::RefreshSuccessor,
            place.as_str(),
            &sealed,
        )
        .ok()?;
        Some(PlainToken::new(std::str::from_utf8(&opened).ok()?))
    }

    /// Everything is read anew: what was taken away since is not in the next token.
    async fn next_token(&self, tx: &mut Tx, grant: &Grant) -> Result<NextToken, OAuthError> {
        super::check_targets(self.parameters, grant)?;
        let client = &self.client.client;
        if !client.scopes.contains(OFFLINE_ACCESS) {
            return Err(OAuthError::GrantEnded);
        }
        let scopes = drive::refresh(grant.client_id.as_str(), self.parameters, &grant.scopes)
            .map_err(|refusal| match refusal {
                MachineRefusal::Scope => OAuthError::Scope,
                MachineRefusal::Grant => OAuthError::RefreshTokenUnknown,
                _ => OAuthError::Invalid("the request is malformed"),
            })?;
        let (target, entitlements) = targets::of_grant(self.provider, tx, client, grant).await?;
        let lifetime = self.provider.access_token_lifetime(client, target.resource_server.as_ref());
        let scopes = super::still_allowed(&scopes, &target)?;
        Ok(NextToken { scopes, lifetime, entitlements })
    }
}

async fn live(tx: &mut Tx, grant_id: &GrantId) -> Result<(Grant, User), OAuthError> {
    let grant = grants::find_live(tx, grant_id).await?.ok_or(OAuthError::GrantEnded)?;
    let user = users::find(tx, &grant.user_id).await?.ok_or(OAuthError::GrantEnded)?;
    Ok((grant, user))
}
