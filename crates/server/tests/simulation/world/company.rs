//! A company with its team, its agents and the customers it has met, at the beginning.

use super::*;

impl World {
    pub(super) fn found(&self) {
        let workspace = Workspace {
            id: self.workspace_id.clone(),
            name: "Fernhill".into(),
            settings: Settings::default(),
        };
        let inbox = Inbox {
            id: self.inbox_id.clone(),
            workspace_id: self.workspace_id.clone(),
            name: "Site".into(),
            site_key: "site".into(),
            policy: policy(),
            hours: Hours::always(),
            closed_at: None,
        };
        let founded: Result<(), StoreError> = now(self.store().write(move |tx| {
            tx.add_workspace(&workspace, BEGINS)?;
            tx.add_inbox(&inbox)
        }));
        founded.unwrap();
        let articles = ARTICLES.map(|(name, text)| (name.to_string(), text.as_bytes().to_vec()));
        let desk = &self.tools.desk;
        now(desk.import(&self.workspace_id, articles.into(), |_, _| {})).unwrap();
    }

    /// The first agent is a team; others may join it, or take its place.
    pub(super) fn make_team(&mut self) {
        let actor = self.agents[0].actor.clone();
        let wanted = TeamWanted {
            name: "Support".into(),
            members: vec![actor.id.clone()],
            overflow: None,
        };
        self.team_id = now(self.tools.desk.add_team(actor, wanted)).unwrap();
    }

    pub(super) fn meet(&mut self, n: usize) {
        let new = NewContact {
            person: Person {
                name: Some(format!("Customer {n}")),
                ..Person::default()
            },
            plan: "team".into(),
            vip: n == 1,
            signed_up_at: None,
        };
        let desk = &self.tools.desk;
        let met = desk.meet(self.workspace_id.clone(), new, segue_server::desk::Plain);
        let met = now(met).unwrap();
        self.customers.push(Customer {
            contact_id: met.id,
            conversations: vec![],
        });
    }

    pub(super) fn hire(&mut self, name: &str, capacity: i64) {
        let moment = self.clock.moment();
        let agent = NewAgent {
            id: moment.id(),
            workspace_id: self.workspace_id.clone(),
            email: format!("{name}@fernhill.example"),
            name: name.into(),
            role: Role::Agent,
            password_hash: String::new(),
            capacity,
        };
        let actor = Actor {
            id: agent.id.clone(),
            workspace_id: self.workspace_id.clone(),
            name: name.into(),
        };
        now(self.store().write(move |tx| tx.add_agent(&agent, BEGINS))).unwrap();
        self.agents.push(Agent {
            actor,
            is_connected: false,
            seen_at: None,
            leaves: 0,
            holds: vec![],
        });
    }
}
