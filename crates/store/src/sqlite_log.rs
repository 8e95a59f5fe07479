//! Looks at the embedded database's log before SQLite does. SQLite ends its reading at the
//! first frame whose checksum does not hold: right for a commit that a crash cut off, since
//! nobody was told of it, and silent loss where the disk has changed a frame in the middle,
//! since acknowledged commits stand behind that. This tells the two apart.
//!
//! The format is SQLite's (<https://www.sqlite.org/fileformat2.html#the_write_ahead_log>): a
//! header of 32 bytes, then frames of 24 bytes and a page, each with the header's salts and a
//! checksum that runs on from the frame before.

use std::io;
use std::path::Path;

/// What a log is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogState {
    /// Nothing is in it, or there is none: the last process ended in order.
    Empty,
    /// All of it reads.
    Whole {
        /// Commits in it.
        commits: u64,
    },
    /// Its end was being written when the process or the machine stopped.
    Unfinished {
        /// Commits before that.
        commits: u64,
    },
    /// Something in it was changed after it was written.
    Damaged {
        /// Commits before the damage, which SQLite will find.
        commits: u64,
        /// Commits behind it, which it will not. 0: the header itself is damaged, and how
        /// many there were is not known.
        lost: u64,
    },
}

const HEADER: usize = 32;
const FRAME: usize = 24;
/// Commits that may stand behind the first frame that does not read: only the last one can
/// have been under way, each commit being on disk before the next begins.
const UNDER_WAY: u64 = 1;

/// Looks at the log in a folder. Somebody who writes to it meanwhile confuses this.
pub fn examine_log(folder: &Path) -> io::Result<LogState> {
    match std::fs::read(folder.join("segue.db-wal")) {
        Ok(log) => Ok(examine(&log)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(LogState::Empty),
        Err(error) => Err(error),
    }
}

fn examine(log: &[u8]) -> LogState {
    if log.iter().all(|byte| *byte == 0) {
        return LogState::Empty;
    }
    let Some(header) = Header::read(log) else {
        return LogState::Damaged {
            commits: 0,
            lost: 0,
        };
    };
    let mut sum = header.sum;
    let mut commits = 0;
    let mut behind = 0;
    let mut is_broken = false;
    let mut hangs_over = false;
    for frame in log[HEADER..].chunks(FRAME + header.page) {
        let is_of_this_log = frame.len() >= 16 && frame[8..16] == log[16..24];
        let is_commit = is_of_this_log && number(frame, 4) != 0;
        let reads = !is_broken
            && is_of_this_log
            && frame.len() == FRAME + header.page
            && header.advance(&mut sum, frame);
        if reads {
            hangs_over = !is_commit;
            commits += u64::from(is_commit);
            continue;
        }
        is_broken = true;
        // Frames of an older log stay behind until they are overwritten: no harm.
        hangs_over |= is_of_this_log;
        behind += u64::from(is_commit);
    }
    if behind > UNDER_WAY {
        LogState::Damaged {
            commits,
            lost: behind,
        }
    } else if hangs_over {
        LogState::Unfinished { commits }
    } else if commits == 0 {
        LogState::Empty
    } else {
        LogState::Whole { commits }
    }
}

struct Header {
    is_big_endian: bool,
    page: usize,
    sum: (u32, u32),
}

impl Header {
    /// `None` if it is not one, or does not hold its own checksum.
    fn read(log: &[u8]) -> Option<Self> {
        let bytes = log.get(..HEADER)?;
        let magic = number(bytes, 0);
        if magic & !1 != 0x377f_0682 {
            return None;
        }
        let mut header = Header {
            is_big_endian: magic & 1 == 1,
            page: number(bytes, 8) as usize,
            sum: (0, 0),
        };
        header.sum = header.add((0, 0), &bytes[..24]);
        let holds = header.sum == (number(bytes, 24), number(bytes, 28));
        (holds && header.page >= 512).then_some(header)
    }

    /// Runs the checksum on over a frame; `false` if it is not the frame's own.
    fn advance(&self, sum: &mut (u32, u32), frame: &[u8]) -> bool {
        let over_head = self.add(*sum, &frame[..8]);
        let next = self.add(over_head, &frame[FRAME..]);
        let holds = next == (number(frame, 16), number(frame, 20));
        if holds {
            *sum = next;
        }
        holds
    }

    fn add(&self, (mut one, mut two): (u32, u32), bytes: &[u8]) -> (u32, u32) {
        for pair in bytes.chunks_exact(8) {
            let (first, second) = (self.word(pair, 0), self.word(pair, 4));
            one = one.wrapping_add(first).wrapping_add(two);
            two = two.wrapping_add(second).wrapping_add(one);
        }
        (one, two)
    }

    fn word(&self, bytes: &[u8], at: usize) -> u32 {
        let big = number(bytes, at);
        if self.is_big_endian {
            big
        } else {
            big.swap_bytes()
        }
    }
}

/// A big-endian number.
fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
