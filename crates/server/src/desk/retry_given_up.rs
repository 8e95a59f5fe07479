//! Work that was given up is tried again, once its cause is mended.

use super::{Desk, Error};

impl Desk {
    /// Enters every job that was given up again; how many there were.
    pub async fn retry_given_up(&self) -> Result<u64, Error> {
        self.verb(|tx, moment| Ok(tx.retry_given_up(moment.now)?))
            .await
    }
}
