//! Claims about people: at `/userinfo` and in ID tokens (OpenID Connect Core §5).

use serde_json::{Map, Value, json};

use super::targets::TokenStanding;
use super::{OAuthError, Provider, targets, verify};
use crate::domain::Scopes;
use crate::domain::scope::OPENID;
use crate::domain::user::User;
use crate::store::users;

/// Answers `/userinfo` (OpenID Connect Core §5.3): the token must verify, be meant for this
/// endpoint and hang on a grant that holds at this moment.
///
/// # Errors
///
/// As RFC 6750 §3.1 names them.
pub async fn answer(provider: &Provider, token: &str) -> Result<Map<String, Value>, OAuthError> {
    let mut tx = provider.store.read().await?;
    let keys = provider.keys.current(&mut tx).await?;
    let audience = provider.userinfo_audience();
    let claims = verify::access_token(provider, &keys, token, &audience, provider.now())?;
    let live = targets::of_token(provider, &mut tx, &claims).await?;
    let Some(TokenStanding { scopes, grant: Some(grant), entitlements }) = live else {
        return Err(OAuthError::TokenInvalid);
    };
    if !scopes.contains(OPENID) {
        return Err(OAuthError::ScopeMissing(OPENID));
    }
    let user = users::find(&mut tx, &grant.user_id).await?.ok_or(OAuthError::TokenInvalid)?;
    let mut answer = claims_of(&user, &scopes);
    answer.extend(entitlements.id_token_claims(&provider.settings));
    answer.insert("sub".to_owned(), json!(user.id));
    Ok(answer)
}

/// The claims that `scopes` open (OpenID Connect Core §5.4); what is not known is left out.
#[must_use]
pub fn claims_of(user: &User, scopes: &Scopes) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value);
        }
    };
    if scopes.contains("profile") {
        set("name", user.name.as_ref().map(|value| json!(value)));
        set("given_name", user.given_name.as_ref().map(|value| json!(value)));
        set("family_name", user.family_name.as_ref().map(|value| json!(value)));
        set("nickname", user.nickname.as_ref().map(|value| json!(value)));
        set("preferred_username", user.username.as_ref().map(|value| json!(value)));
        set("picture", user.picture.as_ref().map(|value| json!(value)));
        set("zoneinfo", user.zoneinfo.as_ref().map(|value| json!(value)));
        set("locale", user.locale.as_ref().map(|value| json!(value)));
        set("updated_at", Some(json!(user.updated_at.0)));
    }
    if scopes.contains("email") {
        set("email", Some(json!(user.email)));
        set("email_verified", Some(json!(user.email_verified_at.is_some())));
    }
    if scopes.contains("phone") && user.phone_number.is_some() {
        set("phone_number", user.phone_number.as_ref().map(|value| json!(value)));
        set("phone_number_verified", Some(json!(user.phone_number_verified_at.is_some())));
    }
    if scopes.contains("address") {
        let address = user.address.as_deref().and_then(|text| serde_json::from_str(text).ok());
        set("address", address.filter(Value::is_object));
    }
    claims
}
