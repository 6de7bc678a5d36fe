//! The provider as seen from outside: discovery, the token endpoint, userinfo, logout.

use std::sync::Arc;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreGenderClaim, CoreIdToken, CoreJsonWebKeySet, CoreTokenResponse,
};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, LogoutRequest, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PostLogoutRedirectUrl, RedirectUrl, RefreshToken,
    Scope, TokenResponse, UserInfoClaims,
};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::RwLock;
use url::Url;

use super::error::DemoError;
use super::http_client::HttpClient;
use super::metadata::{Metadata, OtherClaims, RelyingParty};
use super::sessions::Pending;
use super::tokens::{Identity, Tokens};
use super::verify::{self, AccessTokenRules, IdTokenRules, NonceRule, TokenFault};

/// Beside `openid`, which the crate adds.
const SCOPES: [&str; 3] = ["profile", "email", "offline_access"];

/// What was agreed with the provider beforehand.
pub(super) struct Registration {
    pub(super) issuer: IssuerUrl,
    pub(super) client_id: ClientId,
    pub(super) client_secret: ClientSecret,
    pub(super) redirect_uri: RedirectUrl,
    pub(super) post_logout_redirect_uri: PostLogoutRedirectUrl,
}

/// The provider, found by discovery at first use and remembered.
pub(super) struct Provider {
    registration: Registration,
    http: HttpClient,
    known: RwLock<Option<Arc<Metadata>>>,
}

impl Provider {
    /// Nothing is fetched yet.
    pub(super) fn new(registration: Registration) -> Self {
        Self { registration, http: HttpClient::new(), known: RwLock::new(None) }
    }

    /// The issuer as it was configured.
    pub(super) fn issuer(&self) -> &str {
        self.registration.issuer.as_str()
    }

    /// Builds an authorization request with PKCE (RFC 7636), and what has to be kept to judge its answer.
    pub(super) async fn authorization_request(
        &self,
        options: Vec<(String, String)>,
    ) -> Result<(Url, Pending), DemoError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let max_age = options.iter().find(|(name, _)| name == "max_age");
        let max_age = max_age.and_then(|(_, seconds)| seconds.parse().ok());
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge);
        for (name, value) in options {
            request = request.add_extra_param(name, value);
        }
        let (url, state, nonce) = request.url();
        Ok((url, Pending::new(state, nonce, verifier, max_age)))
    }

    /// Refuses the answer of another provider (RFC 9207 §2.4).
    pub(super) async fn check_issuer(&self, iss: Option<&str>) -> Result<(), DemoError> {
        let metadata = self.metadata().await?;
        let is_required =
            metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match iss {
            Some(iss) if iss == self.issuer() => Ok(()),
            None if !is_required => Ok(()),
            _ => Err(DemoError::IssuerMismatch),
        }
    }

    /// Buys tokens with a code and verifies them.
    pub(super) async fn redeem(&self, code: String, pending: Pending) -> Result<Tokens, DemoError> {
        let metadata = self.metadata().await?;
        let (nonce, max_age) = (pending.nonce, pending.max_age);
        let response = self
            .client(&metadata)
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(pending.verifier)
            .request_async(&self.http)
            .await?;
        let authenticated_after = max_age.map(|seconds| now().saturating_sub(seconds));
        self.verify(&response, Occasion::SignIn { nonce: &nonce, authenticated_after }).await
    }

    /// Renews tokens and verifies the new ones (RFC 6749 §6, OpenID Connect Core §12).
    pub(super) async fn refresh(&self, old: &Tokens) -> Result<Tokens, DemoError> {
        let metadata = self.metadata().await?;
        let token = old.refresh_token.as_ref().ok_or(DemoError::NoRefreshToken)?;
        let client = self.client(&metadata);
        let response = client.exchange_refresh_token(token)?.request_async(&self.http).await?;
        self.verify(&response, Occasion::Refresh { old }).await
    }

    /// Asks `/userinfo`; the crate compares the subject (OpenID Connect Core §5.3.2).
    pub(super) async fn userinfo(&self, tokens: &Tokens) -> Result<Value, DemoError> {
        let metadata = self.metadata().await?;
        let claims: UserInfoClaims<OtherClaims, CoreGenderClaim> = self
            .client(&metadata)
            .user_info(tokens.access_token.clone(), Some(tokens.identity.subject.clone()))?
            .request_async(&self.http)
            .await?;
        serde_json::to_value(claims).map_err(|_| DemoError::UnreadableAnswer)
    }

    /// Where to send a browser that signs out, and the `state` that has to come back
    /// (RP-Initiated Logout 1.0 §2).
    pub(super) async fn end_session(
        &self,
        id: &CoreIdToken,
    ) -> Result<(Url, CsrfToken), DemoError> {
        let metadata = self.metadata().await?;
        let endpoint = metadata.additional_metadata().end_session_endpoint.clone();
        let state = CsrfToken::new_random();
        let url = LogoutRequest::from(endpoint.ok_or(DemoError::NoLogoutEndpoint)?)
            .set_id_token_hint(id)
            .set_client_id(self.registration.client_id.clone())
            .set_post_logout_redirect_uri(self.registration.post_logout_redirect_uri.clone())
            .set_state(state.clone())
            .http_get_url();
        Ok((url, state))
    }

    /// Verifies an answer; where a key is unknown the JWKS is fetched anew, once (key rotation).
    async fn verify(
        &self,
        response: &CoreTokenResponse,
        occasion: Occasion<'_>,
    ) -> Result<Tokens, DemoError> {
        let metadata = self.metadata().await?;
        match self.verify_by(metadata.jwks(), response, occasion) {
            Err(
                DemoError::UntrustedIdToken(TokenFault::UnknownKey)
                | DemoError::UntrustedAccessToken(TokenFault::UnknownKey),
            ) => {
                let keys = self.fetch_keys(&metadata).await?;
                self.verify_by(&keys, response, occasion)
            }
            other => other,
        }
    }

    fn verify_by(
        &self,
        keys: &CoreJsonWebKeySet,
        response: &CoreTokenResponse,
        occasion: Occasion<'_>,
    ) -> Result<Tokens, DemoError> {
        let Registration { issuer, client_id, .. } = &self.registration;
        // No audience was asked, so the token is for userinfo; an API of its own may stand beside it.
        let audience = format!("{}userinfo", self.issuer());
        let rules = AccessTokenRules { issuer, client_id, audience: &audience, now: now() };
        let access_view = verify::access_token(response.access_token(), &rules, keys)
            .map_err(DemoError::UntrustedAccessToken)?;
        let scope = response.scopes().map_or_else(
            || occasion.scope(),
            |scopes| scopes.iter().map(|scope| scope.to_string()).collect(),
        );
        let refresh_token = response.refresh_token().or_else(|| occasion.refresh_token());
        Ok(Tokens {
            access_token: response.access_token().clone(),
            access_view,
            refresh_token: refresh_token.cloned(),
            identity: self.identity(keys, response, occasion)?,
            scope,
        })
    }

    /// Who it is. A refresh may bring no ID token; one that comes has to name the same person
    /// (OpenID Connect Core §12.2).
    fn identity(
        &self,
        keys: &CoreJsonWebKeySet,
        response: &CoreTokenResponse,
        occasion: Occasion<'_>,
    ) -> Result<Identity, DemoError> {
        let (nonce, authenticated_after, old) = match occasion {
            Occasion::SignIn { nonce, authenticated_after } => {
                (NonceRule::Exactly(nonce), authenticated_after, None)
            }
            Occasion::Refresh { old } => (NonceRule::Free, None, Some(&old.identity)),
        };
        let Some(token) = response.id_token() else {
            return old.cloned().ok_or(DemoError::UnreadableAnswer);
        };
        let Registration { issuer, client_id, .. } = &self.registration;
        let rules = IdTokenRules { issuer, client_id, nonce, authenticated_after };
        let identity = verify::id_token(token, response.access_token(), &rules, keys)
            .map_err(DemoError::UntrustedIdToken)?;
        if old.is_some_and(|old| old.subject != identity.subject) {
            return Err(DemoError::UntrustedIdToken(TokenFault::WrongSubject));
        }
        Ok(identity)
    }

    async fn metadata(&self) -> Result<Arc<Metadata>, DemoError> {
        if let Some(known) = self.known.read().await.as_ref() {
            return Ok(Arc::clone(known));
        }
        let found = Metadata::discover_async(self.registration.issuer.clone(), &self.http).await?;
        let found = Arc::new(found);
        *self.known.write().await = Some(Arc::clone(&found));
        Ok(found)
    }

    async fn fetch_keys(&self, old: &Metadata) -> Result<CoreJsonWebKeySet, DemoError> {
        let keys = CoreJsonWebKeySet::fetch_async(old.jwks_uri(), &self.http).await?;
        *self.known.write().await = Some(Arc::new(old.clone().set_jwks(keys.clone())));
        Ok(keys)
    }

    fn client(&self, metadata: &Metadata) -> RelyingParty {
        let Registration { client_id, client_secret, redirect_uri, .. } = &self.registration;
        RelyingParty::from_provider_metadata(
            metadata.clone(),
            client_id.clone(),
            Some(client_secret.clone()),
        )
        .set_redirect_uri(redirect_uri.clone())
    }
}

/// Why tokens were asked for, and what stays in force where the answer is silent.
#[derive(Clone, Copy)]
enum Occasion<'a> {
    SignIn { nonce: &'a Nonce, authenticated_after: Option<i64> },
    Refresh { old: &'a Tokens },
}

impl<'a> Occasion<'a> {
    /// A silent answer grants what was asked (RFC 6749 §5.1), or as much as before (§6).
    fn scope(self) -> Vec<String> {
        match self {
            Self::SignIn { .. } => {
                std::iter::once("openid").chain(SCOPES).map(str::to_owned).collect()
            }
            Self::Refresh { old } => old.scope.clone(),
        }
    }

    /// A refresh token stays good where no new one comes (RFC 6749 §6).
    fn refresh_token(self) -> Option<&'a RefreshToken> {
        match self {
            Self::SignIn { .. } => None,
            Self::Refresh { old } => old.refresh_token.as_ref(),
        }
    }
}

/// Unix seconds. The demo is an app of its own, so it asks the system itself.
fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
