//! The counts of the measures: by day, inbox, plan, language, topic and main reason (P34 to P38).

use segue_core::ids::WorkspaceId;
use segue_core::measure::{CellKey, Tally};
use segue_core::signal::Trigger;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

impl Tx<'_> {
    /// Throws the counts of a workspace away. The cases stay, for what can be read nowhere
    /// else any more.
    pub fn drop_cells(&mut self, workspace_id: &WorkspaceId) -> Result<(), Error> {
        self.execute(
            "delete from measure_cells where workspace_id = $1",
            params![workspace_id],
        )?;
        Ok(())
    }

    /// Adds to the counts of a cell, and drops it once nothing is left.
    pub fn add_to_cell(
        &mut self,
        workspace_id: &WorkspaceId,
        key: &CellKey,
        more: &Tally,
    ) -> Result<(), Error> {
        let reason = key.trigger.map_or("", Trigger::name);
        let place = params![
            workspace_id,
            key.day,
            &key.inbox_id,
            key.plan.as_str(),
            key.language.as_str(),
            key.topic.as_str(),
            reason
        ];
        let found = self.row(
            "select tally from measure_cells where workspace_id = $1 and day = $2 and inbox_id = $3
               and plan = $4 and language = $5 and topic = $6 and reason = $7",
            place,
        )?;
        let mut tally = match &found {
            Some(row) => read_tally(row.text(0)?)?,
            None => Tally::default(),
        };
        tally.merge(more, 1);
        if tally.is_empty() {
            return self.execute_later(
                "delete from measure_cells where workspace_id = $1 and day = $2 and inbox_id = $3
                   and plan = $4 and language = $5 and topic = $6 and reason = $7",
                place,
            );
        }
        self.execute_later(
            "insert into measure_cells (workspace_id, day, inbox_id, plan, language, topic, reason, tally)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (workspace_id, day, inbox_id, plan, language, topic, reason) do update
             set tally = excluded.tally",
            params![
                workspace_id,
                key.day,
                &key.inbox_id,
                key.plan.as_str(),
                key.language.as_str(),
                key.topic.as_str(),
                reason,
                tally.to_text()
            ],
        )
    }

    /// The counts of some days, the last of them not included.
    pub fn measure_cells(
        &mut self,
        workspace_id: &WorkspaceId,
        days: std::ops::Range<i64>,
    ) -> Result<Vec<(CellKey, Tally)>, Error> {
        let rows = self.rows(
            "select day, inbox_id, plan, language, topic, reason, tally from measure_cells
             where workspace_id = $1 and day >= $2 and day < $3
             order by day, inbox_id, plan, language, topic, reason",
            params![workspace_id, days.start, days.end],
        )?;
        rows.into_iter()
            .map(|row| {
                let key = CellKey {
                    day: row.int(0)?,
                    inbox_id: row.id(1)?,
                    plan: row.text(2)?.into(),
                    language: row.text(3)?.into(),
                    topic: row.text(4)?.into(),
                    trigger: Trigger::from_name(row.text(5)?),
                };
                Ok((key, read_tally(row.text(6)?)?))
            })
            .collect()
    }
}

fn read_tally(text: &str) -> Result<Tally, Error> {
    Tally::parse(text).ok_or_else(|| Error::corrupt("counts of the measures"))
}
