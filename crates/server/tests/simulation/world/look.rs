//! What is seen of the world after each step: rows that changed are read, and the rules with them.

use super::*;

impl World {
    /// After each step: the conversations that were rung, and the floor.
    pub(super) fn look(&mut self) -> Result<(), String> {
        if self.steps.is_multiple_of(WHOLE_LOOK) {
            self.look_at_all()?;
        }
        let (mut rung, mut heard) = (BTreeMap::new(), BTreeSet::new());
        loop {
            match self.bell.try_recv() {
                Ok(Ring::Conversation { id, seq }) => {
                    // Some rings never arrive.
                    if !self.dice.chance(30) {
                        heard.insert(id.clone());
                    }
                    rung.insert(id, seq);
                }
                Ok(_) => {}
                Err(TryRecvError::Empty) => break,
                Err(error) => return Err(format!("the bell says {error}")),
            }
        }
        if rung.is_empty() {
            return Ok(());
        }
        let workspace_id = self.workspace_id.clone();
        let looked_at = self.looked_at.clone();
        let seen = now(self.store().read(move |tx| {
            let (mut faults, mut news) = (Vec::new(), Vec::new());
            for (id, seq) in &rung {
                let Some(conversation) = tx.conversation(&workspace_id, id)? else {
                    faults.push(format!("{id} was rung and is not there"));
                    continue;
                };
                if *seq > conversation.seq {
                    faults.push(format!("{id} was rung before its commit"));
                }
                rules::conversation_faults(tx, &conversation, &mut faults)?;
                let after = looked_at.get(id).copied().unwrap_or(0);
                news.push((id.clone(), tx.events(&workspace_id, id, after, 10_000)?));
            }
            let all =
                tx.list_conversations(&workspace_id, &segue_store::View::All, None, 10_000)?;
            let all: Vec<Conversation> = all.into_iter().map(|it| it.conversation).collect();
            rules::floor_faults(tx, &workspace_id, &all, &mut faults)?;
            Ok::<_, StoreError>((faults, news))
        }));
        let (faults, news) = seen.unwrap();
        for (id, events) in news {
            self.take_in(&id, &events)?;
            if heard.contains(&id) {
                self.show(&id)?;
            }
        }
        refuse(faults)
    }

    /// What is new in a conversation: nobody who was heard is dropped.
    pub(super) fn take_in(&mut self, id: &ConversationId, events: &[Event]) -> Result<(), String> {
        for event in events {
            self.looked_at.insert(id.clone(), event.seq);
            let Fact::Dropped { agent: dropped } = &event.fact else {
                continue;
            };
            let who = self.agents.iter_mut().find(|it| it.actor.id == dropped.id);
            let agent = who.expect("only our agents are here");
            agent.holds.retain(|(held, _)| held != id);
            let grace_ms = Timings::default().agent_grace_ms;
            let silent = |at: Timestamp| event.at.since(at) >= grace_ms;
            let was_silent = agent.seen_at.is_none_or(silent) && silent(self.begins);
            if !was_silent && agent.leaves == 0 {
                return Err(format!(
                    "{} was heard at {:?} and dropped at {}; the process began at {}",
                    agent.actor.name, agent.seen_at, event.at, self.begins
                ));
            }
        }
        Ok(())
    }

    /// A socket that continues where it stands, by the number alone.
    pub(super) fn show(&mut self, id: &ConversationId) -> Result<(), String> {
        let after = self.shown.get(id).copied().unwrap_or(0);
        let (workspace_id, asked) = (self.workspace_id.clone(), id.clone());
        let read = self
            .store()
            .read(move |tx| tx.events(&workspace_id, &asked, after, 10_000));
        let events: Result<_, StoreError> = now(read);
        for event in events.unwrap() {
            let shown = self.shown.entry(id.clone()).or_insert(0);
            if event.seq != *shown + 1 {
                return Err(format!("a socket is shown {} after {shown}", event.seq));
            }
            *shown = event.seq;
        }
        Ok(())
    }

    /// Everything in the database, and whether what was acknowledged is there, once.
    pub fn look_at_all(&mut self) -> Result<(), String> {
        let workspace_id = self.workspace_id.clone();
        let seen = now(self.store().read(move |tx| {
            let mut events = BTreeMap::new();
            let all =
                tx.list_conversations(&workspace_id, &segue_store::View::All, None, 10_000)?;
            for listed in all {
                let id = listed.conversation.id;
                let of_it = tx.events(&workspace_id, &id, 0, 10_000)?;
                events.insert(id, of_it);
            }
            Ok::<_, StoreError>((rules::faults(tx, &workspace_id)?, events))
        }));
        let (mut faults, events) = seen.unwrap();
        for (n, line) in self.lines.iter().enumerate() {
            let in_it = events
                .get(&line.conversation_id)
                .map_or(&[][..], Vec::as_slice);
            let is_it = |event: &&Event| {
                matches!(&event.fact, Fact::MessageAdded(message)
                    if message.client_message_id.as_ref() == Some(&line.client_message_id))
            };
            let found: Vec<&Event> = in_it.iter().filter(is_it).collect();
            let says = |event: &Event| {
                let text = event.body.as_ref().and_then(|body| body.text.as_ref());
                text == Some(&line.text)
            };
            let is_right = match (line.acknowledged, found.as_slice()) {
                (None, []) => true,
                (None, [event]) => says(event),
                (Some(seq), [event]) => event.seq == seq && says(event),
                _ => false,
            };
            if !is_right {
                faults.push(format!(
                    "line {n}, acknowledged as {:?}, is there {} times",
                    line.acknowledged,
                    found.len()
                ));
            }
        }
        refuse(faults)
    }

    /// A number for all that happened: the story and every event.
    pub fn fingerprint(&self) -> u64 {
        let workspace_id = self.workspace_id.clone();
        let read = self.store().read(move |tx| {
            let place = segue_store::EventPlace::default();
            tx.workspace_events(
                &workspace_id,
                &place,
                Timestamp::from_millis(i64::MAX),
                100_000,
            )
        });
        let events: Result<_, StoreError> = now(read);
        let mut told = self.story.join("\n");
        for (id, event) in events.unwrap() {
            told += &format!("\n{id} {}", serde_json::to_string(&event).unwrap());
        }
        // FNV-1a.
        told.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}
