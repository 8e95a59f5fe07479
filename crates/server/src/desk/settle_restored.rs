//! A backup was taken back: what is no longer true in it is put right.

use super::{Desk, Error};

impl Desk {
    /// Ends every session, voids one-time links and frees what was claimed: see
    /// [`segue_store::Tx::settle_restored`].
    pub async fn settle_restored(&self) -> Result<(), Error> {
        self.verb(|tx, _| Ok(tx.settle_restored()?)).await
    }
}
