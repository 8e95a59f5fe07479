//! The same deaths with PostgreSQL behind: what the dead node had begun there is undone by
//! the server, and a node that is started next finds every rule kept. A part of the points:
//! those within verbs, jobs and fan-out; the ones around a commit stand in SQLite's lane. `scripts/with-postgres` provides the server.

use segue_server::edge::Clock;
use segue_store::Store;

use crate::ground::{Folder, found, runtime};
use crate::left_behind;
use crate::post::Post;
use crate::process::{Manner, Process};
use crate::talk::{Dice, People};

/// Points with how often each may be passed before the process dies there.
const POINTS: [(&str, u64); 8] = [
    ("accept.between", 1),
    ("answer.between", 2),
    ("fan_out.before", 2),
    ("hand_off.between", 2),
    ("invite.after", 1),
    ("job.claimed", 2),
    ("job.done", 2),
    ("receive.recorded", 4),
];
/// Things done before the process is waited for.
const DEEDS: usize = 150;

/// A database of its own with a shop in it.
fn shop() -> String {
    let server = std::env::var("SEGUE_TEST_POSTGRES")
        .expect("SEGUE_TEST_POSTGRES is not set; run this through scripts/with-postgres");
    let name = segue_server::edge::secret("faults");
    let mut admin = postgres::Client::connect(&server, postgres::NoTls).unwrap();
    admin
        .batch_execute(&format!("create database {name}"))
        .unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{name}");
    let store = Store::open_postgres(&url).unwrap();
    runtime().block_on(found(&store, Clock::System));
    url
}

/// Attack case 72, on PostgreSQL.
#[test]
fn whatever_point_a_node_dies_at_nothing_acknowledged_is_lost_on_postgresql() {
    let mut faults = Vec::new();
    for (point, most) in POINTS {
        let died = (1..=6).find_map(|seed| match die(point, most, seed) {
            Ok(true) => Some(Ok(())),
            Ok(false) => None,
            Err(fault) => Some(Err(fault)),
        });
        let never = || Err(format!("{point}: nobody ever died there"));
        if let Err(fault) = died.unwrap_or_else(never) {
            faults.push(fault);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// One life and death; whether it died at the point.
fn die(point: &str, most: u64, seed: u64) -> Result<bool, String> {
    let name = |sum: u64, byte: u8| sum.wrapping_mul(31).wrapping_add(byte.into());
    let mut dice = Dice(seed ^ point.bytes().fold(7, name));
    let (url, folder, post) = (shop(), Folder::new(), Post::open(|_| None));
    let kill_at = format!("{point}:{}", 1 + dice.below(most));
    let whole = Manner {
        post: Some(post.url()),
        database: Some(&url),
        ..Manner::default()
    };
    let doomed = Manner {
        post: Some(post.url()),
        kill_at: Some(&kill_at),
        database: Some(&url),
        ..Manner::default()
    };
    let mut people = People::default();
    let mut died = true;
    if let Some(mut process) = Process::start(&folder.0, &doomed) {
        for _ in 0..DEEDS {
            if people.act(&process.host, &mut dice).is_none() {
                break;
            }
        }
        // Mails and sweeps come by themselves in this time.
        died = process.end(std::time::Duration::from_secs(2)).is_some();
        process.kill();
    }
    let wrong = |fault: String| format!("{kill_at}, seed {seed}: {fault}");
    left_behind::check_at(&url).map_err(wrong)?;
    let mut process =
        Process::start(&folder.0, &whole).ok_or_else(|| wrong("no node serves it again".into()))?;
    people.check_lines(&process.host).map_err(wrong)?;
    people
        .arrive(&process.host)
        .ok_or_else(|| wrong("it does not serve".into()))?;
    process.kill();
    left_behind::finish_at(&url, &post).map_err(wrong)?;
    Ok(died)
}
