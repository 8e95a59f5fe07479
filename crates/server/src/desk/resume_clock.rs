//! The clock goes on from where the record ends.

use super::{Desk, Error};

impl Desk {
    /// Lets the clock show nothing that is older than the last thing on record: the system's
    /// may have been set back while nobody ran.
    pub async fn resume_clock(&self) -> Result<(), Error> {
        let last = self.store.read(|tx| {
            let mut last = None;
            for workspace in tx.workspaces()? {
                last = last.max(tx.last_event_at(&workspace.id)?);
            }
            Ok::<_, Error>(last)
        });
        if let Some(last) = last.await?
            && !self.clock.not_before(last)
        {
            tracing::error!(
                last_event_at = %last,
                "the clock is more than a day behind what was last recorded; look at it, what was due later than it shows waits for it"
            );
        }
        Ok(())
    }
}
