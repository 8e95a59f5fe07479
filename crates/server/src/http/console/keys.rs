//! What programs and sites are let in with: API tokens, and the keys with which a site
//! signs who its user is. Both are shown once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use segue_core::access::Scope;
use segue_core::audit::By;
use segue_core::ids::{IdentityKeyId, InboxId, TokenId, kind};
use segue_core::time::{HOUR_MS, Timestamp};
use segue_store::{ApiToken, IdentityKey};
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::guard::{Body, PathId, clean_text};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// The API tokens of a workspace.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Tokens {
    tokens: Vec<TokenListed>,
    /// What a token may be given.
    scopes: Vec<Scope>,
}

/// An API token without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokenListed {
    #[schema(value_type = String)]
    id: TokenId,
    name: String,
    scopes: Vec<Scope>,
    created_at: Timestamp,
    /// To a minute.
    last_used_at: Option<Timestamp>,
}

fn token_listed(token: ApiToken) -> TokenListed {
    TokenListed {
        id: token.id,
        name: token.name,
        scopes: token.scopes,
        created_at: token.created_at,
        last_used_at: token.last_used_at,
    }
}

#[utoipa::path(get, path = "/api/console/tokens", tag = "console", responses((status = 200, body = Tokens)))]
pub(in crate::http) async fn list_tokens(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Tokens>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let tokens = app
        .desk
        .store
        .read(move |tx| tx.api_tokens(&workspace_id))
        .await?;
    Ok(Json(Tokens {
        tokens: tokens.into_iter().map(token_listed).collect(),
        scopes: Scope::ALL.to_vec(),
    }))
}

/// An API token to be made.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewToken {
    /// What it is for.
    name: String,
    /// What it may do; at least one.
    scopes: Vec<Scope>,
}

/// An API token with its secret, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokenShown {
    token: TokenListed,
    /// Send it as a bearer token.
    secret: String,
}

#[utoipa::path(post, path = "/api/console/tokens", tag = "console", request_body = NewToken,
    responses((status = 201, body = TokenShown), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn add_token(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(new): Body<NewToken>,
) -> Result<impl IntoResponse, Problem> {
    let name = clean_text(&new.name, 120)?.replace(['\n', '\t'], " ");
    let has = |scope: &Scope| new.scopes.contains(scope);
    let scopes = Scope::ALL.into_iter().filter(has).collect();
    let by = By::from(&signed_in.actor());
    let (token, secret) = app
        .desk
        .add_token(signed_in.agent.workspace_id, name, scopes, by)
        .await?;
    let shown = TokenShown {
        token: token_listed(token),
        secret,
    };
    Ok((StatusCode::CREATED, Json(shown)))
}

#[utoipa::path(delete, path = "/api/console/tokens/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn revoke_token(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Token>,
) -> Result<StatusCode, Problem> {
    let by = By::from(&signed_in.actor());
    app.desk
        .revoke_token(signed_in.agent.workspace_id, id, by)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The identity keys of a workspace, by inbox.
#[derive(Serialize, utoipa::ToSchema)]
pub struct IdentityKeys {
    inboxes: Vec<InboxKeys>,
}

/// An inbox with the keys of its site.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InboxKeys {
    #[schema(value_type = String)]
    id: InboxId,
    name: String,
    /// Whether it takes nothing new.
    is_closed: bool,
    /// What a token names as its `aud`.
    site_key: String,
    keys: Vec<IdentityKeyListed>,
}

/// An identity key without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct IdentityKeyListed {
    /// What a token names as its `kid`.
    #[schema(value_type = String)]
    id: IdentityKeyId,
    created_at: Timestamp,
    /// From when on its tokens are refused; `null` while it has no end.
    not_after: Option<Timestamp>,
}

fn key_listed(key: &IdentityKey) -> IdentityKeyListed {
    IdentityKeyListed {
        id: key.id.clone(),
        created_at: key.created_at,
        not_after: key.not_after,
    }
}

#[utoipa::path(get, path = "/api/console/identity-keys", tag = "console", responses((status = 200, body = IdentityKeys)))]
pub(in crate::http) async fn list_identity_keys(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<IdentityKeys>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let (inboxes, keys) = app
        .desk
        .store
        .read(move |tx| {
            let inboxes = tx.inboxes(&workspace_id)?;
            Ok::<_, segue_store::Error>((inboxes, tx.identity_keys(&workspace_id)?))
        })
        .await?;
    let inboxes = inboxes.into_iter().map(|inbox| InboxKeys {
        keys: keys
            .iter()
            .filter(|key| key.inbox_id == inbox.id)
            .map(key_listed)
            .collect(),
        id: inbox.id,
        name: inbox.name,
        is_closed: inbox.closed_at.is_some(),
        site_key: inbox.site_key,
    });
    Ok(Json(IdentityKeys {
        inboxes: inboxes.collect(),
    }))
}

/// For which inbox.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewIdentityKey {
    #[schema(value_type = String)]
    inbox_id: InboxId,
}

/// An identity key with its secret, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct IdentityKeyShown {
    key: IdentityKeyListed,
    /// What the site's server signs with. It must stay there.
    secret: String,
}

#[utoipa::path(post, path = "/api/console/identity-keys", tag = "console", request_body = NewIdentityKey,
    responses((status = 201, body = IdentityKeyShown), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn add_identity_key(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(new): Body<NewIdentityKey>,
) -> Result<impl IntoResponse, Problem> {
    let by = By::from(&signed_in.actor());
    let (key, secret) = app
        .desk
        .add_identity_key(signed_in.agent.workspace_id, new.inbox_id, by)
        .await?;
    let shown = IdentityKeyShown {
        key: key_listed(&key),
        secret: secret.0,
    };
    Ok((StatusCode::CREATED, Json(shown)))
}

/// When a key ends.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct IdentityKeyEnd {
    /// So many hours from now, 0 to 720.
    in_hours: i64,
}

#[utoipa::path(patch, path = "/api/console/identity-keys/{id}", tag = "console", params(("id" = String, Path)),
    request_body = IdentityKeyEnd, responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn end_identity_key(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::IdentityKey>,
    Body(end): Body<IdentityKeyEnd>,
) -> Result<StatusCode, Problem> {
    if !(0..=720).contains(&end.in_hours) {
        return Err(Problem::bad_request(
            "a key ends within 720 hours, or at once with 0",
        ));
    }
    let by = By::from(&signed_in.actor());
    let in_ms = end.in_hours.saturating_mul(HOUR_MS);
    app.desk
        .end_identity_key(signed_in.agent.workspace_id, id, in_ms, by)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/api/console/identity-keys/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn drop_identity_key(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::IdentityKey>,
) -> Result<StatusCode, Problem> {
    let by = By::from(&signed_in.actor());
    app.desk
        .drop_identity_key(signed_in.agent.workspace_id, id, by)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
