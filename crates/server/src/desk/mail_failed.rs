//! A mail to a customer could not be delivered: whoever reads the conversation is told, as
//! nobody else will notice.

use segue_core::ids::WorkspaceId;

use super::reply::MailOrder;
use super::scene::Scene;
use super::{Desk, Error, load_place};

impl Desk {
    /// Leaves a note for the agents where a mail was given up.
    pub async fn mail_failed(
        &self,
        workspace_id: WorkspaceId,
        order: MailOrder,
    ) -> Result<(), Error> {
        let mail = self.mail;
        self.verb(move |tx, moment| {
            let id = &order.conversation_id;
            let found = tx.conversation(&workspace_id, id)?.ok_or(Error::NotFound)?;
            let place = load_place(tx, &workspace_id, &found.inbox_id, mail)?;
            let mut scene = Scene::load(tx, &place, moment, id)?;
            let contact = scene.tx.contact(&workspace_id, &found.contact_id)?;
            let email = contact
                .and_then(|contact| contact.person.email)
                .unwrap_or_default();
            scene.leave_note("email.failed", &[("email", &email)]);
            scene.finish().map(|_| ())
        })
        .await
    }
}
