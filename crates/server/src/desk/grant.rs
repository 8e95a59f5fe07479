//! Programs are let in with tokens, and sites sign with keys. A secret is shown once; a
//! token is kept as a hash, a key as it is, because a signature is checked with it.

use segue_core::access::Scope;
use segue_core::audit::{Action, By};
use segue_core::ids::{IdentityKeyId, InboxId, TokenId, WorkspaceId};
use segue_store::{ApiToken, IdentityKey, IdentitySecret};

use super::audit::{Deed, write_down};
use super::{Desk, Error};
use crate::edge::{hash_of, long_secret, secret};

/// The most API tokens of a workspace.
const MOST_TOKENS: usize = 200;
/// The most identity keys of an inbox, ended ones among them.
const MOST_KEYS: usize = 10;

impl Desk {
    /// Makes an API token; with its secret, shown this once.
    pub async fn add_token(
        &self,
        workspace_id: WorkspaceId,
        name: String,
        scopes: Vec<Scope>,
        by: By,
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
                let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
                let deed = Deed::new(Action::TokenMade)
                    .on(&token.id)
                    .with("name", &name)
                    .with("scopes", names.join(" "));
                write_down(tx, moment, &workspace_id, &by, deed)?;
                Ok(token)
            })
            .await?;
        Ok((token, key))
    }

    /// Revokes an API token: the next request with it is refused, on every node.
    pub async fn revoke_token(
        &self,
        workspace_id: WorkspaceId,
        id: TokenId,
        by: By,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            if !tx.drop_api_token(&workspace_id, &id)? {
                return Err(Error::NotFound);
            }
            let deed = Deed::new(Action::TokenRevoked).on(&id);
            write_down(tx, moment, &workspace_id, &by, deed)
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

    /// Makes a key with which the site of an inbox signs who its user is; with its
    /// secret, shown this once. Older keys go on until they are ended.
    pub async fn add_identity_key(
        &self,
        workspace_id: WorkspaceId,
        inbox_id: InboxId,
        by: By,
    ) -> Result<(IdentityKey, IdentitySecret), Error> {
        let secret = IdentitySecret(long_secret("sgi"));
        let kept = secret.clone();
        let key = self
            .verb(move |tx, moment| {
                tx.inbox(&workspace_id, &inbox_id)?.ok_or(Error::NotFound)?;
                let keys = tx.identity_keys(&workspace_id)?;
                if keys.iter().filter(|key| key.inbox_id == inbox_id).count() >= MOST_KEYS {
                    return Err(Error::Invalid("there are 10 keys; remove one first"));
                }
                let key = IdentityKey {
                    id: moment.id(),
                    workspace_id: workspace_id.clone(),
                    inbox_id: inbox_id.clone(),
                    created_at: moment.now,
                    not_after: None,
                };
                tx.add_identity_key(&key, &kept)?;
                let deed = Deed::new(Action::IdentityKeyMade).on(&key.id);
                write_down(tx, moment, &workspace_id, &by, deed)?;
                Ok(key)
            })
            .await?;
        Ok((key, secret))
    }

    /// A key counts for `in_ms` more and no longer.
    pub async fn end_identity_key(
        &self,
        workspace_id: WorkspaceId,
        id: IdentityKeyId,
        in_ms: i64,
        by: By,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let not_after = moment.now.plus(in_ms);
            if !tx.end_identity_key(&workspace_id, &id, not_after)? {
                return Err(Error::NotFound);
            }
            let deed = Deed::new(Action::IdentityKeyRetired)
                .on(&id)
                .with("not_after", not_after);
            write_down(tx, moment, &workspace_id, &by, deed)
        })
        .await
    }

    /// Removes a key with its secret; what it signed counts no more.
    pub async fn drop_identity_key(
        &self,
        workspace_id: WorkspaceId,
        id: IdentityKeyId,
        by: By,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            if !tx.drop_identity_key(&workspace_id, &id)? {
                return Err(Error::NotFound);
            }
            let deed = Deed::new(Action::IdentityKeyRetired).on(&id);
            write_down(tx, moment, &workspace_id, &by, deed)
        })
        .await
    }
}
