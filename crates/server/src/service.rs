//! Talks to whoever started the process as a service: systemd hears when it is ready, that
//! it stops, and that it still lives. Without systemd nobody is told anything.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use segue_store::Store;

/// It serves.
pub fn ready() {
    tell("READY=1");
}

/// It stops.
pub fn stopping() {
    tell("STOPPING=1");
}

/// Tells that it lives as long as the database answers, be it that it cannot: a process that
/// hangs is killed and started anew, one whose PostgreSQL is away is not.
pub async fn watch(store: Store) {
    let Some(within) = watched_within(|name| std::env::var(name).ok()) else {
        return;
    };
    let mut tick = tokio::time::interval(within / 3);
    loop {
        tick.tick().await;
        let looked = store.read(|tx| tx.first_workspace());
        if tokio::time::timeout(within / 3, looked).await.is_ok() {
            tell("WATCHDOG=1");
        }
    }
}

/// How often systemd wants to hear from this process, if it does.
fn watched_within(variable: impl Fn(&str) -> Option<String>) -> Option<Duration> {
    let is_ours = variable("WATCHDOG_PID").is_none_or(|id| id == std::process::id().to_string());
    let micros: u64 = variable("WATCHDOG_USEC")?.parse().ok()?;
    (is_ours && micros > 0).then_some(Duration::from_micros(micros))
}

fn tell(state: &str) {
    if let Ok(path) = std::env::var("NOTIFY_SOCKET")
        && let Err(error) = send(&path, state)
    {
        tracing::warn!(%error, "could not tell the service manager `{state}`");
    }
}

/// A path, or a name in the abstract namespace, which begins with `@`.
fn send(path: &str, state: &str) -> std::io::Result<()> {
    let address = match path.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(path)?,
    };
    UnixDatagram::unbound()?
        .send_to_addr(state.as_bytes(), &address)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_manager_hears_on_its_socket() {
        let path = std::env::temp_dir().join(format!("segue-notify-{}", std::process::id()));
        let named = format!("@segue-notify-{}", std::process::id());
        let abstracted = SocketAddr::from_abstract_name(&named[1..]).unwrap();
        for (socket, name) in [
            (UnixDatagram::bind(&path).unwrap(), path.to_str().unwrap()),
            (UnixDatagram::bind_addr(&abstracted).unwrap(), &named),
        ] {
            send(name, "READY=1").unwrap();
            let mut heard = [0; 16];
            let length = socket.recv(&mut heard).unwrap();
            assert_eq!(&heard[..length], b"READY=1");
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn it_is_watched_where_its_own_id_is_named_or_none() {
        let own = std::process::id().to_string();
        let check = |id: Option<&str>, micros: Option<&str>, expected: Option<u64>| {
            let variable = |name: &str| match name {
                "WATCHDOG_PID" => id.map(str::to_string),
                _ => micros.map(str::to_string),
            };
            assert_eq!(watched_within(variable), expected.map(Duration::from_secs));
        };
        check(Some(&own), Some("30000000"), Some(30));
        check(None, Some("30000000"), Some(30));
        check(Some("1"), Some("30000000"), None);
        check(Some(&own), None, None);
        check(None, Some("0"), None);
    }
}
