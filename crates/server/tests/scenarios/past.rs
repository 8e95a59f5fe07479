//! What happened before a scenario begins, lived through at the same desk.

use segue_core::event::Disposition;
use segue_core::time::{DAY_MS, MINUTE_MS, Timestamp};
use segue_server::desk::Error;
use segue_store::Presence;

use super::given::{AgentGiven, Given};
use super::stage::Stage;

/// The colleague who worked yesterday and is not there today.
const COLLEAGUE: &str = "Yesterday";

impl Stage {
    /// Earlier contacts, each asked and closed by its customer; and yesterday's waits,
    /// which the estimate of today's rests on.
    pub async fn live_through_the_past(&mut self, given: &Given, begins: Timestamp) {
        for past in &given.past {
            self.to(begins.plus(-past.days_ago * DAY_MS));
            let customer = &self.customers[&past.customer];
            let (contact_id, language) = (customer.contact_id.clone(), customer.language);
            let place = self.place().await;
            let opened = self
                .desk
                .open(place.clone(), contact_id.clone(), language.into());
            let id = opened.await.unwrap().id;
            let inbound = self.inbound(&id, &contact_id, &past.text);
            self.desk.receive(place.clone(), inbound).await.unwrap();
            self.settle().await;
            let closed = self.desk.resolve_by_customer(place, id, contact_id);
            closed.await.unwrap();
        }
        let Some((count, minutes)) = given.past_waits else {
            return;
        };
        let colleague = AgentGiven {
            leads: false,
            name: COLLEAGUE.into(),
            online: false,
            capacity: 1,
        };
        self.hire(&colleague).await;
        let colleague = self.agents[COLLEAGUE].actor.clone();
        self.to(begins.plus(-DAY_MS));
        let comes = self
            .desk
            .set_presence(colleague.clone(), Presence::Online, false);
        comes.await.unwrap();
        for _ in 0..count {
            self.wait_once(i64::from(minutes) * MINUTE_MS)
                .await
                .unwrap();
        }
        let goes = self.desk.set_presence(colleague, Presence::Offline, false);
        goes.await.unwrap();
        self.agents.remove(COLLEAGUE);
    }

    async fn wait_once(&mut self, wait_ms: i64) -> Result<(), Error> {
        let place = self.place().await;
        let (desk, actor) = (self.desk.clone(), self.agents[COLLEAGUE].actor.clone());
        let (contact_id, _) = desk.arrive(place.clone()).await?;
        let opened = desk.open(place.clone(), contact_id.clone(), "en".into());
        let id = opened.await?.id;
        let waits = desk.request_human(place.clone(), id.clone(), contact_id);
        let epoch = waits.await?.epoch;
        self.desk.clock.advance(wait_ms);
        let accepted = desk.accept(place.clone(), id.clone(), actor.clone(), epoch);
        let epoch = accepted.await?.epoch;
        let reply = self.reply(&id, Some(epoch), "Hello.");
        desk.reply(place.clone(), actor.clone(), reply).await?;
        let solved = desk.resolve(place, id, actor, epoch, Disposition::Solved);
        solved.await.map(|_| ())
    }
}
