//! Programs are let in with tokens, and no more. A secret is shown once and kept as a hash.

use segue_core::access::Scope;
use segue_core::ids::{TokenId, WorkspaceId};
use segue_store::ApiToken;

use super::{Desk, Error};
use crate::edge::{hash_of, secret};

/// The most API tokens of a workspace.
const MOST_TOKENS: usize = 200;

impl Desk {
    /// Makes an API token; with its secret, shown this once.
    pub async fn add_token(
        &self,
        workspace_id: WorkspaceId,
        name: String,
        scopes: Vec<Scope>,
    ) -> Result<(ApiToken, String), Error> {
        if scopes.is_empty() {
            return Err(Error::Invalid(
                "a token needs a scope; without one it opens nothing",
            ));
        }
        let key = secret("sga");
        let hash = hash_of(&key);
        let token = self
            .verb(move |tx, moment| {
                if tx.api_tokens(&workspace_id)?.len() >= MOST_TOKENS {
                    return Err(Error::Invalid("there are 200 tokens; revoke one first"));
                }
                let token = ApiToken {
                    id: moment.id(),
                    workspace_id: workspace_id.clone(),
                    name: name.clone(),
                    scopes: scopes.clone(),
                    created_at: moment.now,
                    last_used_at: None,
                };
                tx.add_api_token(&hash, &token, None)?;
                Ok(token)
            })
            .await?;
        Ok((token, key))
    }

    /// Revokes an API token: the next request with it is refused, on every node.
    pub async fn revoke_token(&self, workspace_id: WorkspaceId, id: TokenId) -> Result<(), Error> {
        self.verb(move |tx, _| {
            let revoked = tx.drop_api_token(&workspace_id, &id)?;
            revoked.then_some(()).ok_or(Error::NotFound)
        })
        .await
    }

    /// Writes down that a token was used.
    pub async fn note_token_use(
        &self,
        workspace_id: WorkspaceId,
        id: TokenId,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| Ok(tx.note_token_use(&workspace_id, &id, moment.now)?))
            .await
    }
}
