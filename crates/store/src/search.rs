//! Conversations found by their words and by what is known of them. Every conversation has
//! a number that grows with the time it began, and every word, of what was said or of what
//! narrows a search down (`state:resolved`), has the list of the numbers that hold it. A
//! search walks the shortest of its lists from the newest on and asks the others: one SQL
//! text on both databases, the same cost however many conversations there are.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use segue_core::conversation::Conversation;
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::conversations::{Listed, listed};
use crate::error::Error;
use crate::sql::{Value, params};
use crate::tx::Tx;

/// What somebody looks for. Empty lists leave nothing out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Of each, one of its forms must be there: words that were said, facets.
    pub groups: Vec<Vec<String>>,
    /// Began then or later.
    pub from: Option<Timestamp>,
    /// Began before then.
    pub until: Option<Timestamp>,
    /// Those before this place; the place of the last one of the page before.
    pub before: Option<i64>,
}

/// What a conversation is to be found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findable {
    /// Words that were said since the event it was in up to.
    pub words: Vec<String>,
    /// All that it is narrowed down by.
    pub facets: Vec<String>,
}

/// The most groups of a search that count.
pub const MOST_GROUPS: usize = 16;
/// Forms of a group that count.
/// Conversations whose words are held in memory while a workspace goes.
const FORGOTTEN_AT_ONCE: i64 = 500;
const FORMS: usize = 4;
/// The most words that one conversation is found by.
const MOST_WORDS: usize = 5_000;
/// Numbers of one millisecond.
const NUMBERS_A_MS: i64 = 4_096;
/// A list longer than this is long, however much longer.
const LONG: i64 = 2_000;

/// The texts that walk a list and ask so many others, made once.
static WALKS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let walk = |others: usize| {
        let mut sql = "select w.number from search_words w where w.word = $2 and w.number >= $3 and w.number < $4"
            .to_string();
        for other in 0..others {
            let [a, b, c, d] = [0, 1, 2, 3].map(|form| 6 + other * FORMS + form);
            sql.push_str(&format!(
                " and exists (select 1 from search_words o where o.number = w.number and o.word in (${a}, ${b}, ${c}, ${d}))"
            ));
        }
        // The last word is the workspace's own rows'.
        sql.push_str(
            " and exists (select 1 from searched s where s.workspace_id = $1 and s.number = w.number)
             order by w.number desc limit $5",
        );
        &*sql.leak()
    };
    (0..MOST_GROUPS).map(walk).collect()
});

impl Tx<'_> {
    /// Conversations that hold what is sought, the newest first, each with its place.
    pub fn search(
        &mut self,
        workspace_id: &WorkspaceId,
        sought: &Sought,
        limit: i64,
    ) -> Result<Vec<(i64, Listed)>, Error> {
        let from = sought.from.map_or(0, first_number);
        let until = sought.until.map_or(i64::MAX, first_number);
        let before = until.min(sought.before.unwrap_or(i64::MAX));
        let mut groups: Vec<Vec<i64>> = sought
            .groups
            .iter()
            .take(MOST_GROUPS)
            .map(|forms| numbers_of(workspace_id, forms))
            .collect();
        let numbers = match self.shortest(&groups)? {
            Some(shortest) => {
                let walked = groups.swap_remove(shortest);
                self.walk(workspace_id, &walked, &groups, (from, before), limit)?
            }
            None => self.newest(workspace_id, (from, before), limit)?,
        };
        let mut found = Vec::with_capacity(numbers.len());
        for number in numbers {
            let row = self.row(
                "select c.snapshot, c.priority, c.touched_at from searched s
                 join conversations c on c.id = s.conversation_id
                 where s.workspace_id = $1 and s.number = $2",
                params![workspace_id, number],
            )?;
            if let Some(row) = row {
                found.push((number, listed(row)?));
            }
        }
        Ok(found)
    }

    /// Which group has the shortest lists.
    fn shortest(&mut self, groups: &[Vec<i64>]) -> Result<Option<usize>, Error> {
        let mut lengths = Vec::with_capacity(groups.len());
        for (at, forms) in groups.iter().enumerate() {
            let mut length = 0;
            for word in forms {
                let row = self.row(
                    "select count(*) from (select number from search_words where word = $1 limit $2) few",
                    params![*word, LONG],
                )?;
                length += row.map_or(Ok(0), |row| row.int(0))?;
            }
            lengths.push((length, at));
            // Nothing is shorter than nothing.
            if length == 0 {
                break;
            }
        }
        Ok(lengths.into_iter().min().map(|(_, at)| at))
    }

    fn walk(
        &mut self,
        workspace_id: &WorkspaceId,
        forms: &[i64],
        others: &[Vec<i64>],
        (from, before): (i64, i64),
        limit: i64,
    ) -> Result<Numbers, Error> {
        let mut found = BTreeSet::new();
        for word in forms {
            let mut values = vec![
                Value::from(workspace_id),
                (*word).into(),
                from.into(),
                before.into(),
                limit.into(),
            ];
            for other in others {
                let last = other.last().copied().unwrap_or_default();
                let padded = other.iter().copied().chain(std::iter::repeat(last));
                values.extend(padded.take(FORMS).map(Value::from));
            }
            for row in self.rows(WALKS[others.len()], &values)? {
                found.insert(Reverse(row.int(0)?));
            }
        }
        let newest = found.into_iter().map(|Reverse(number)| number);
        Ok(newest.take(limit.max(0) as usize).collect())
    }

    fn newest(
        &mut self,
        workspace_id: &WorkspaceId,
        (from, before): (i64, i64),
        limit: i64,
    ) -> Result<Numbers, Error> {
        let rows = self.rows(
            "select number from searched where workspace_id = $1 and number >= $2 and number < $3
             order by number desc limit $4",
            params![workspace_id, from, before, limit],
        )?;
        rows.into_iter().map(|row| row.int(0)).collect()
    }

    // ── what is found ─────────────────────────────────────────────────────────────

    /// Up to which event a conversation can be found, 0 where it cannot.
    pub fn searched_through(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<u64, Error> {
        let row = self.row(
            "select seq from searched where conversation_id = $2 and workspace_id = $1",
            params![workspace_id, id],
        )?;
        Ok(row.map_or(Ok(0), |row| row.int(0))?.max(0) as u64)
    }

    /// Makes a conversation findable by its events up to `through`: adds words, and replaces
    /// what narrows it down. The caller holds the conversation, so that nothing is added
    /// behind an erasure.
    pub fn make_findable(
        &mut self,
        conversation: &Conversation,
        through: u64,
        findable: &Findable,
    ) -> Result<(), Error> {
        let (workspace_id, id) = (&conversation.workspace_id, &conversation.id);
        let before = self.row(
            "select number, words, facets from searched where conversation_id = $2 and workspace_id = $1",
            params![workspace_id, id],
        )?;
        let (number, mut words, facets_before) = match &before {
            Some(row) => (row.int(0)?, unpack(row.bytes(1)?), unpack(row.bytes(2)?)),
            None => (
                self.free_number(conversation)?,
                BTreeSet::new(),
                BTreeSet::new(),
            ),
        };
        let facets: BTreeSet<i64> = numbers_of(workspace_id, &findable.facets)
            .into_iter()
            .collect();
        let mut fresh: Vec<i64> = facets.difference(&facets_before).copied().collect();
        for word in numbers_of(workspace_id, &findable.words) {
            if words.len() < MOST_WORDS && words.insert(word) {
                fresh.push(word);
            }
        }
        self.execute_later(
            "insert into searched (conversation_id, workspace_id, number, seq, words, facets)
             values ($2, $1, $3, $4, $5, $6)
             on conflict (conversation_id) do update set seq = excluded.seq, words = excluded.words,
               facets = excluded.facets",
            params![
                workspace_id,
                id,
                number,
                through as i64,
                pack(&words),
                pack(&facets),
            ],
        )?;
        for word in facets_before.difference(&facets) {
            self.leave_list(workspace_id, *word, number)?;
        }
        for word in fresh {
            self.execute_later(
                "insert into search_words (word, number)
                 select cast($3 as bigint), number from searched where workspace_id = $1 and number = $2
                 on conflict (word, number) do nothing",
                params![workspace_id, number, word],
            )?;
        }
        Ok(())
    }

    /// Takes a conversation's words out of every list (P48); where it stands remains.
    pub(crate) fn forget_words(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<(), Error> {
        let row = self.row(
            "select number, words from searched where conversation_id = $2 and workspace_id = $1",
            params![workspace_id, id],
        )?;
        let Some(row) = row else { return Ok(()) };
        let number = row.int(0)?;
        for word in unpack(row.bytes(1)?) {
            self.leave_list(workspace_id, word, number)?;
        }
        self.execute(
            "update searched set words = $3 where conversation_id = $2 and workspace_id = $1",
            params![workspace_id, id, Vec::<u8>::new()],
        )?;
        Ok(())
    }

    /// Takes all conversations of a workspace out of every list.
    pub(crate) fn forget_all_words(&mut self, workspace_id: &WorkspaceId) -> Result<(), Error> {
        let mut after = i64::MIN;
        loop {
            let rows = self.rows(
                "select number, words, facets from searched
                 where workspace_id = $1 and number > $2 order by number limit $3",
                params![workspace_id, after, FORGOTTEN_AT_ONCE],
            )?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let number = row.int(0)?;
                for word in unpack(row.bytes(1)?).union(&unpack(row.bytes(2)?)) {
                    self.leave_list(workspace_id, *word, number)?;
                }
                after = number;
            }
        }
    }

    fn leave_list(
        &mut self,
        workspace_id: &WorkspaceId,
        word: i64,
        number: i64,
    ) -> Result<(), Error> {
        self.execute_later(
            "delete from search_words where word = $2 and number = $3
               and exists (select 1 from searched where workspace_id = $1 and number = $3)",
            params![workspace_id, word, number],
        )
    }

    /// A number that no other conversation of the workspace has.
    fn free_number(&mut self, conversation: &Conversation) -> Result<i64, Error> {
        let first = first_number(conversation.opened_at);
        let row = self.row(
            "select max(number) from searched where workspace_id = $1 and number >= $2 and number < $3",
            params![&conversation.workspace_id, first, first + NUMBERS_A_MS],
        )?;
        let taken = row.and_then(|row| row.int_or_null(0));
        Ok(taken.map_or(first, |number| number + 1))
    }

    // ── keeping up ────────────────────────────────────────────────────────────────

    /// Conversations with events after `from` that cannot be found by them yet, in the
    /// order of time, each with when that was; at most `limit` events are looked at.
    pub fn unsearched(
        &mut self,
        workspace_id: &WorkspaceId,
        from: Timestamp,
        limit: i64,
    ) -> Result<Vec<(Timestamp, ConversationId)>, Error> {
        self.rows(
            "select e.at, e.conversation_id from events e
             left join searched s on s.conversation_id = e.conversation_id
             where e.workspace_id = $1 and e.at >= $2 and (s.seq is null or s.seq < e.seq)
             order by e.at, e.conversation_id, e.seq limit $3",
            params![workspace_id, from, limit],
        )?
        .into_iter()
        .map(|row| Ok((row.at(0)?, row.id(1)?)))
        .collect()
    }

    /// Up to when every event of a workspace can be found.
    pub fn searched_until(&mut self, workspace_id: &WorkspaceId) -> Result<Timestamp, Error> {
        let row = self.row(
            "select at from search_progress where workspace_id = $1",
            params![workspace_id],
        )?;
        Ok(row.and_then(|row| row.at_or_null(0)).unwrap_or_default())
    }

    /// Writes that down, where `noted` is what stands there still.
    pub fn set_searched_until(
        &mut self,
        workspace_id: &WorkspaceId,
        noted: Timestamp,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "insert into search_progress (workspace_id, at) values ($1, $2)
             on conflict (workspace_id) do update set at = excluded.at where search_progress.at = $3",
            params![workspace_id, at, noted],
        )?;
        Ok(())
    }

    /// Has everything looked through anew: something was written whose time is long past.
    pub fn search_anew(&mut self, workspace_id: &WorkspaceId) -> Result<(), Error> {
        self.execute(
            "delete from search_progress where workspace_id = $1",
            params![workspace_id],
        )?;
        Ok(())
    }
}

/// Numbers, the largest first.
type Numbers = Vec<i64>;

/// The first number of a moment.
fn first_number(at: Timestamp) -> i64 {
    at.as_millis().max(0).saturating_mul(NUMBERS_A_MS)
}

/// Words as numbers, without repeats. Two words have the same one by chance in a billion
/// years of typing; both would be found then, and shown for what they are.
fn numbers_of(workspace_id: &WorkspaceId, words: &[String]) -> Vec<i64> {
    let mut seen = HashSet::new();
    let numbers = words
        .iter()
        .map(|word| number_of(workspace_id.as_str(), word));
    numbers.filter(|number| seen.insert(*number)).collect()
}

/// FNV-1a with 64 bits: the same on every machine and in every version, as what is stored
/// must be.
fn number_of(workspace_id: &str, word: &str) -> i64 {
    let bytes = workspace_id.bytes().chain([0]).chain(word.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash as i64
}

fn pack(words: &BTreeSet<i64>) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn unpack(bytes: &[u8]) -> BTreeSet<i64> {
    let words = bytes.as_chunks::<8>().0.iter();
    words.map(|word| i64::from_le_bytes(*word)).collect()
}
