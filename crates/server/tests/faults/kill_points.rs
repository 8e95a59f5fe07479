//! The process dies at each of its named points, in the middle of a day's work. Then the
//! folder keeps every rule, everything that was acknowledged is there once, the next process
//! serves it, and what was left undone gets done.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::ground::{Folder, shop};
use crate::left_behind;
use crate::post::Post;
use crate::process::{Manner, Process};
use crate::talk::{Dice, People};

/// Every point, and how often it may be passed before the process dies there.
const POINTS: [(&str, u64); 26] = [
    ("accept.between", 1),
    ("acknowledge.before", 4),
    ("answer.after", 25),
    ("answer.between", 2),
    ("checkpoint.after", 2),
    ("checkpoint.before", 2),
    ("commit.after", 25),
    ("commit.before", 25),
    ("drop.between", 1),
    ("fan_out.after", 2),
    ("fan_out.before", 2),
    ("hand_off.between", 2),
    ("invite.after", 1),
    ("job.claimed", 2),
    ("job.done", 2),
    ("job.written_down", 2),
    ("mail.after", 1),
    ("mail.before", 1),
    ("migration.after", 1),
    ("migration.middle", 1),
    ("receive.recorded", 4),
    ("resolve.between", 1),
    ("resume.before", 1),
    ("ring.after", 25),
    ("sweep.between", 2),
    ("verb.after", 40),
];
/// Points on the way of a mail that comes in; `mail_in` dies at each of them.
pub const POINTS_OF_MAIL: [&str; 4] = [
    "mail_in.fetched",
    "mail_in.placed",
    "mail_in.received",
    "mail_in.taken",
];
/// Points where another program is told something; `webhook` dies at each of them.
pub const POINTS_OF_WEBHOOKS: [&str; 2] = ["webhook.after", "webhook.before"];
/// Things done before the process is waited for.
const DEEDS: usize = 150;
/// Seeds for each point in a soak.
const SOAK_SEEDS: u64 = 200;

#[test]
fn every_point_in_the_source_is_one_to_die_at() {
    let mut named = BTreeMap::new();
    for member in ["../store/src", "src"] {
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(member),
            &mut named,
        );
    }
    let mut points: Vec<&str> = POINTS.iter().map(|(name, _)| *name).collect();
    points.extend(POINTS_OF_MAIL);
    points.extend(POINTS_OF_WEBHOOKS);
    points.sort_unstable();
    assert_eq!(named.keys().map(String::as_str).collect::<Vec<_>>(), points);
}

fn collect(folder: &Path, named: &mut BTreeMap<String, ()>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, named);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for call in text.split("kill_point(\"").skip(1) {
                named.insert(call.split('"').next().unwrap().into(), ());
            }
        }
    }
}

/// Attack case 72.
#[test]
fn whatever_point_the_process_dies_at_nothing_acknowledged_is_lost() {
    let shop = shop();
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((point, most)) = POINTS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let died = (1..=6).find_map(|seed| match die(&shop, point, *most, seed) {
                        Ok(true) => Some(Ok(())),
                        Ok(false) => None,
                        Err(fault) => Some(Err(fault)),
                    });
                    let never = || Err(format!("{point}: nobody ever died there"));
                    if let Err(fault) = died.unwrap_or_else(never) {
                        faults.lock().unwrap().push(fault);
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Attack case 72, for as long as `SOAK_MINUTES` allow: points × seeds.
#[test]
#[ignore = "it takes as long as it is given; `make soak` runs it"]
fn soak_kill_points() {
    let minutes = std::env::var("SOAK_MINUTES")
        .ok()
        .and_then(|text| text.parse().ok());
    let mut beats = Duration::from_secs(60 * minutes.unwrap_or(5));
    let (mut runs, mut died) = (0_u64, 0_u64);
    let shop = shop();
    'soak: for seed in 1..=SOAK_SEEDS {
        for (point, most) in POINTS {
            let took = timed(|| match die(&shop, point, most, seed) {
                Ok(is_dead) => died += u64::from(is_dead),
                Err(fault) => panic!("seed {seed}: {fault}"),
            });
            runs += 1;
            beats = beats.saturating_sub(took);
            if beats.is_zero() {
                break 'soak;
            }
        }
    }
    println!(
        "soak: killed {died} times in {runs} runs at {} points",
        POINTS.len()
    );
}

#[expect(clippy::disallowed_methods, reason = "a soak ends by the clock")]
fn timed(run: impl FnOnce()) -> Duration {
    let began = std::time::Instant::now();
    run();
    began.elapsed()
}

/// One life and death; whether it died at the point.
fn die(shop: &Folder, point: &str, most: u64, seed: u64) -> Result<bool, String> {
    let name = |sum: u64, byte: u8| sum.wrapping_mul(31).wrapping_add(byte.into());
    let mut dice = Dice(seed ^ point.bytes().fold(7, name));
    let is_migration = point.starts_with("migration");
    let folder = if is_migration {
        Folder::new()
    } else {
        shop.copy()
    };
    let post = Post::open(|_| None);
    let kill_at = format!("{point}:{}", 1 + dice.below(most));
    let manner = Manner {
        post: Some(post.url()),
        kill_at: Some(&kill_at),
        ..Manner::default()
    };
    let mut people = People::default();
    let mut died = true;
    if let Some(mut process) = Process::start(&folder.0, &manner) {
        for _ in 0..DEEDS {
            if people.act(&process.host, &mut dice).is_none() {
                break;
            }
        }
        // Carrying over, mails and sweeps come by themselves in this time.
        died = process.end(Duration::from_secs(2)).is_some();
        process.kill();
    }
    let wrong = |fault: String| format!("{kill_at}, seed {seed}: {fault}");
    left_behind::check(&folder.0).map_err(wrong)?;
    let next = Manner {
        post: Some(post.url()),
        ..Manner::default()
    };
    let mut process =
        Process::start(&folder.0, &next).ok_or_else(|| wrong("nobody serves it again".into()))?;
    people.check_lines(&process.host).map_err(wrong)?;
    if !is_migration {
        people
            .arrive(&process.host)
            .ok_or_else(|| wrong("it does not serve".into()))?;
    }
    process.kill();
    left_behind::finish(&folder.0, &post).map_err(wrong)?;
    Ok(died)
}
