//! The folder of the embedded database: room, rights, and how long the disk takes to be sure.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::{Check, bytes, span};
use crate::edge::{Clock, Stopwatch};

/// Less room than this, and the next busy day may fill the disk.
const LITTLE_ROOM: u64 = 1 << 30;
/// Less than this, and writes will soon fail.
const NO_ROOM: u64 = 100 << 20;
/// An fsync that takes longer makes every message slow: a commit waits for one.
const SLOW_SYNC_MS: u128 = 50;
/// Tries, of which the middle one counts.
const TRIES: usize = 9;
/// How far a file's time may be from the clock's.
const FILE_TIME_MS: i64 = 2_000;

pub(super) fn examine(folder: &Path, is_served: bool, clock: &Clock) -> Vec<Check> {
    if !folder.exists() {
        let found = format!("{} does not exist yet", folder.display());
        return vec![Check::ok("folder", found)];
    }
    let mut checks = vec![rights(folder), room(folder)];
    if is_served {
        checks.push(Check::ok(
            "disk",
            "not tried: a server writes here (it would say so in its log)",
        ));
    } else {
        checks.extend(try_writing(folder, clock));
    }
    if let Some(check) = left_over(folder) {
        checks.push(check);
    }
    checks
}

fn rights(folder: &Path) -> Check {
    let file = folder.join("segue.db");
    let looked = if file.exists() { &file } else { folder };
    match (fs::metadata(folder), fs::metadata(looked)) {
        (Ok(metadata), Ok(inner)) if metadata.permissions().mode() & 0o077 != 0 => Check::warn(
            "folder",
            format!(
                "others on this machine may look into {} (mode {:o}, owner {})",
                folder.display(),
                metadata.permissions().mode() & 0o777,
                inner.uid()
            ),
            format!("chmod 700 {}", folder.display()),
        ),
        (Ok(metadata), Ok(inner)) if metadata.uid() != inner.uid() => Check::fail(
            "folder",
            format!(
                "{} belongs to user {}, the database in it to user {}",
                folder.display(),
                metadata.uid(),
                inner.uid()
            ),
            format!(
                "chown -R the folder to the user who runs segue: {}",
                folder.display()
            ),
        ),
        (Ok(_), Ok(_)) => Check::ok(
            "folder",
            format!("{} is its owner's alone", folder.display()),
        ),
        (Err(error), _) | (_, Err(error)) => Check::fail(
            "folder",
            format!("could not look at {}: {error}", folder.display()),
            "run this as the user who runs segue",
        ),
    }
}

fn room(folder: &Path) -> Check {
    let free = match rustix::fs::statvfs(folder) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => {
            let found = format!("could not ask for free space: {error}");
            return Check::warn("room", found, "look with `df`");
        }
    };
    let found = format!("{} free at {}", bytes(free), folder.display());
    match free {
        0..NO_ROOM => Check::fail("room", found, "free space now: writes are about to fail"),
        NO_ROOM..LITTLE_ROOM => Check::warn("room", found, "free space, or move the folder"),
        _ => Check::ok("room", found),
    }
}

fn try_writing(folder: &Path, clock: &Clock) -> Vec<Check> {
    let place = folder.join(format!(".segue-doctor-{}", std::process::id()));
    let tried = try_file(&place);
    let written_at = fs::metadata(&place).and_then(|metadata| metadata.modified());
    let now = clock.now();
    let _ = fs::remove_file(&place);
    let mut checks = Vec::new();
    match tried {
        Err(error) => checks.push(Check::fail(
            "disk",
            format!("could not write in {}: {error}", folder.display()),
            "look at the folder's owner, at free space, and whether the file system is read-only",
        )),
        Ok(micros) => {
            let ms = micros as f64 / 1_000.0;
            let found = format!("a write is on disk after {ms:.1} ms");
            checks.push(if micros / 1_000 > SLOW_SYNC_MS {
                let next = "every message waits for this: use a faster disk, not a network drive";
                Check::warn("disk", found, next)
            } else {
                Check::ok("disk", found)
            });
        }
    }
    if let Ok(since) = written_at.map(|at| at.duration_since(std::time::UNIX_EPOCH))
        && let Ok(since) = since
    {
        let apart = (now.as_millis() - since.as_millis() as i64).abs();
        if apart > FILE_TIME_MS {
            checks.push(Check::warn(
                "file times",
                format!("files get a time that is {} off the clock", span(apart)),
                "the folder lies on another machine: set both clocks by NTP",
            ));
        }
    }
    checks
}

/// The middle of some tries to write 200 bytes so that they stay, in microseconds.
fn try_file(place: &Path) -> std::io::Result<u128> {
    let mut file = File::create(place)?;
    let mut took = Vec::with_capacity(TRIES);
    for _ in 0..TRIES {
        let watch = Stopwatch::start();
        file.write_all(&[b'.'; 200])?;
        file.sync_data()?;
        took.push(watch.micros());
    }
    took.sort_unstable();
    Ok(took[TRIES / 2])
}

/// What an earlier restore put aside is somebody's data and takes room.
fn left_over(folder: &Path) -> Option<Check> {
    let before = folder.join("before-restore");
    before.exists().then(|| {
        Check::warn(
            "restore",
            format!(
                "{} still holds what was there before a restore",
                before.display()
            ),
            "remove it once all is well: it holds customers' data",
        )
    })
}
