//! The port: free, ours, or somebody else's.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::Check;

/// How long a running server may take to say how it does.
const ANSWER: Duration = Duration::from_secs(5);
/// More than a health answer ever has.
const LONGEST: u64 = 64 * 1024;

pub(super) fn examine(listen: SocketAddr, is_served: bool) -> Check {
    match TcpListener::bind(listen) {
        Ok(_) if is_served => Check::warn(
            "port",
            format!("a server holds the folder, but does not listen on {listen}"),
            "it was started with another --listen; give the same here",
        ),
        Ok(_) => Check::ok("port", format!("{listen} is free{}", who_may_come(listen))),
        Err(error) if error.kind() == ErrorKind::AddrInUse => taken(listen),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Check::fail(
            "port",
            format!("this user may not listen on {listen}"),
            "ports below 1024 are root's: listen on 7700 behind a proxy",
        ),
        Err(error) => Check::fail(
            "port",
            format!("could not listen on {listen}: {error}"),
            "give an address of this machine with --listen",
        ),
    }
}

fn who_may_come(listen: SocketAddr) -> &'static str {
    if listen.ip().is_loopback() {
        ""
    } else {
        "; other machines can reach it, so a proxy with TLS must stand before it"
    }
}

fn taken(listen: SocketAddr) -> Check {
    match ask(listen, "/health/ready") {
        Ok((200, body)) if body.starts_with("ready") => {
            let reading = body.lines().nth(1).unwrap_or_default();
            Check::ok("port", format!("a segue answers on {listen}; {reading}"))
        }
        Ok((503, body)) => Check::fail(
            "port",
            format!(
                "a segue answers on {listen} and is not ready: {}",
                body.trim()
            ),
            "its log says why: journalctl -u segue",
        ),
        _ => Check::fail(
            "port",
            format!("{listen} is held by {}", holder(listen.port())),
            "stop that program, or choose another port with --listen",
        ),
    }
}

/// Asks a server over plain HTTP: the status and the body.
pub fn ask(listen: SocketAddr, path: &str) -> std::io::Result<(u16, String)> {
    let address = reachable(listen);
    let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let no_http =
        || std::io::Error::new(ErrorKind::InvalidData, "what listens there speaks no HTTP");
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(no_http)?;
    let status = head
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    let status = status
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(no_http)?;
    Ok((status, body.to_string()))
}

/// Where what listens on every address is reached from here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The program that listens on a port, as far as this user may know.
fn holder(port: u16) -> String {
    let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .flat_map(|text| listening(&text, port))
        .collect();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ours = processes.filter_map(|entry| {
        let handles = fs::read_dir(entry.path().join("fd")).ok()?;
        let mut links = handles
            .flatten()
            .filter_map(|handle| fs::read_link(handle.path()).ok());
        let holds = links.any(|link| {
            sockets
                .iter()
                .any(|socket| *socket == link.to_string_lossy())
        });
        let name = fs::read_to_string(entry.path().join("comm")).ok()?;
        holds.then(|| {
            format!(
                "{} (process {})",
                name.trim(),
                entry.file_name().to_string_lossy()
            )
        })
    });
    let names: Vec<String> = ours.collect();
    if names.is_empty() {
        "another user's program".into()
    } else {
        names.join(", ")
    }
}

/// The sockets that listen on a port, as their handles are named.
fn listening(table: &str, port: u16) -> Vec<String> {
    let wanted = format!(":{port:04X}");
    let rows = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.len() > 9 && row[1].ends_with(&wanted) && row[3] == "0A")
        .map(|row| format!("socket:[{}]", row[9]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_free_port_is_free_and_a_taken_one_names_its_holder() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = held.local_addr().unwrap();
        // It takes connections and hangs up, as some other program might.
        let hangs_up = std::thread::spawn(move || drop(held.accept()));
        let taken = examine(address, false);
        assert_eq!(taken.state, State::Fail);
        hangs_up.join().unwrap();
        let free = examine(address, false);
        assert_eq!((free.state, free.next), (State::Ok, None));
        assert_eq!(examine(address, true).state, State::Warn);
    }

    #[test]
    fn the_system_tells_who_listens() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let told = holder(held.local_addr().unwrap().port());
        assert!(told.contains(&std::process::id().to_string()), "{told}");
    }
}
