//! A disk that is full, and one that does not keep what it is told to keep: real ones, under
//! a real process.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::ground::{Folder, shop};
use crate::left_behind;
use crate::process::{Manner, Pass, Process, ask, listen};
use crate::talk::{Dice, People};

/// How the room on a process's disk is taken and given back.
trait Room {
    fn take(&self);
    fn give(&self);
}

/// A file system of some megabytes in a name space of the process's own.
struct SmallDisk {
    root: std::path::PathBuf,
}

impl SmallDisk {
    fn filling(&self) -> std::path::PathBuf {
        self.root.join("filling")
    }
}

impl Room for SmallDisk {
    fn take(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.filling()).unwrap();
        for size in [64 * 1024, 4096, 512, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn give(&self) {
        std::fs::remove_file(self.filling()).unwrap();
    }
}

/// A limit to how large the process's files may grow.
struct Limit {
    pid: u32,
    folder: std::path::PathBuf,
}

impl Limit {
    fn set(&self, bytes: &str) {
        let set = Command::new("prlimit")
            .args(["--pid", &self.pid.to_string(), &format!("--fsize={bytes}:")])
            .status();
        assert!(set.unwrap().success(), "prlimit is part of util-linux");
    }
}

impl Room for Limit {
    fn take(&self) {
        let size = |name: &str| {
            let file = std::fs::metadata(self.folder.join(name));
            file.map_or(0, |file| file.len())
        };
        let largest = size("segue.db").max(size("segue.db-wal"));
        self.set(&(largest + 8 * 4_096).to_string());
    }

    fn give(&self) {
        self.set("unlimited");
    }
}

/// Until the disk is full each message is acknowledged; from then on each gets 503 and words,
/// while reading and sockets go on; and when there is room again, so do the messages.
fn check(process: &mut Process, room: &dyn Room) {
    let host = process.host.clone();
    let mut people = People::default();
    people.arrive(&host).unwrap();
    people.post(&host, 0, "handoff", json!({})).unwrap();
    people.say(&host, 0, "before").unwrap();
    let token = people.customers[0].token.clone();
    let id = people.customers[0].conversation.clone();
    let socket = listen(&host, &token, &id, 0).expect("a socket opens");
    room.take();
    let long = "x".repeat(1_500);
    let path = format!("/api/widget/conversations/{id}/messages");
    let mut refused = None;
    for n in 0..2_000 {
        let body =
            json!({ "client_message_id": format!("filling-{n}"), "text": format!("{long} {n}") });
        let (status, _, said) = ask(&host, "POST", &path, &Pass::visitor(&token), &body).unwrap();
        if status != 200 {
            refused = Some((status, said));
            break;
        }
    }
    let (status, said) = refused.expect("the disk is full at last");
    assert_eq!(status, 503, "{said}");
    let detail = said["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("again in a moment"), "{said}");
    // Again and again, as customers do.
    for _ in 0..10 {
        let body = json!({ "client_message_id": "filling-more", "text": long });
        let (status, ..) = ask(&host, "POST", &path, &Pass::visitor(&token), &body).unwrap();
        assert_eq!(status, 503);
    }
    let told = people.told(&host, 0);
    assert!(
        told.iter().any(|(text, _)| text == "before (0)"),
        "reading goes on"
    );
    let second = listen(&host, &token, &id, 0).expect("sockets open");
    room.give();
    people.say(&host, 0, "after").expect("it recovers alone");
    people.check_lines(&host).unwrap();
    assert_eq!(process.child.try_wait().unwrap(), None, "it never ended");
    drop((socket, second));
}

/// Attack case 74, on a file system with no room left.
#[test]
fn a_full_disk_refuses_writes_keeps_reading_and_recovers_alone() {
    let folder = shop();
    let script = "mount -t tmpfs -o size=6m tmpfs /mnt && cp $SHOP/* /mnt/ && exec \"$@\"";
    let through = ["unshare", "--user", "--map-root-user", "--mount", "env"];
    let shop = format!("SHOP={}", folder.0.display());
    let through = [&through[..], &[&shop, "sh", "-c", script, "sh"]].concat();
    let may_mount = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "mount",
            "-t",
            "tmpfs",
            "tmpfs",
            "/mnt",
        ])
        .output()
        .is_ok_and(|done| done.status.success());
    if !may_mount {
        println!("no name space to mount a small disk in; the limit below stands for it");
        return;
    }
    let manner = Manner {
        through: &through,
        ..Manner::default()
    };
    let mut process = Process::start(Path::new("/mnt"), &manner).expect("it starts");
    let root = Path::new("/proc")
        .join(process.child.id().to_string())
        .join("root/mnt");
    check(&mut process, &SmallDisk { root });
}

/// Attack case 74, with files that may not grow.
#[test]
fn files_that_may_not_grow_refuse_writes_keep_reading_and_recover_alone() {
    let folder = shop();
    // A shell that ignores the signal, so that the process gets the error instead.
    let through = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
    let manner = Manner {
        through: &through,
        ..Manner::default()
    };
    let mut process = Process::start(&folder.0, &manner).expect("it starts");
    let room = Limit {
        pid: process.child.id(),
        folder: folder.0.clone(),
    };
    check(&mut process, &room);
    process.kill();
    left_behind::check(&folder.0).unwrap();
}

/// Attack case 75, with syncs that really fail: the kernel says EIO.
#[test]
#[ignore = "it needs strace; `make soak` runs it"]
fn soak_failed_sync_ends_the_process_and_the_next_one_has_everything() {
    let folder: Folder = shop();
    let when = "inject=fdatasync,fsync:error=EIO:when=40+";
    let through = [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync,fsync",
        "-e",
        when,
    ];
    let manner = Manner {
        through: &through,
        ..Manner::default()
    };
    let mut process = Process::start(&folder.0, &manner).expect("strace runs it");
    let (mut people, mut dice) = (People::default(), Dice(75));
    people.arrive(&process.host).unwrap();
    people.post(&process.host, 0, "handoff", json!({})).unwrap();
    for n in 0..2_000 {
        if people
            .say(&process.host, 0, &format!("line {n} {}", dice.below(9)))
            .is_none()
        {
            break;
        }
    }
    let ended = process
        .end(Duration::from_secs(20))
        .expect("it ends by itself");
    assert!(!ended.success(), "{ended}");
    left_behind::check(&folder.0).unwrap();
    let acknowledged = people
        .lines
        .iter()
        .filter(|line| line.acknowledged.is_some())
        .count();
    assert!(
        acknowledged > 5,
        "{acknowledged} lines before the disk failed"
    );
    let process = Process::start(&folder.0, &Manner::default()).expect("it starts again");
    people.check_lines(&process.host).unwrap();
    println!("soak: a failed sync after {acknowledged} messages ended the process; none was lost");
}
