//! Databases for tests: a fresh one on the common server, or a server of one's own that
//! can be restarted.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A database of its own.
pub struct Database {
    pub url: String,
    /// A server that nobody else uses.
    server: Option<Server>,
}

struct Server {
    child: Child,
    ctl: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Database {
    /// A fresh one on the server that `scripts/with-postgres` has started.
    pub fn fresh() -> Self {
        let server = std::env::var("SEGUE_TEST_POSTGRES")
            .expect("SEGUE_TEST_POSTGRES is not set; run this through scripts/with-postgres");
        let name = segue_server::edge::secret("nodes");
        let mut admin = postgres::Client::connect(&server, postgres::NoTls).unwrap();
        admin
            .batch_execute(&format!("create database {name}"))
            .unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Self {
            url: format!("{base}/{name}"),
            server: None,
        }
    }

    /// One on a server of its own.
    pub fn on_own_server() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/with-postgres");
        let mut child = Command::new(script)
            .args(["sh", "-c"])
            .arg("echo $SEGUE_TEST_POSTGRES $SEGUE_TEST_POSTGRES_CTL; cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (url, ctl) = line.trim().split_once(' ').expect("it says where it is");
        let (url, ctl) = (url.to_string(), ctl.to_string());
        Self {
            url,
            server: Some(Server { child, ctl }),
        }
    }

    /// Crashes the server and starts it again: what it has not on disk is gone.
    pub fn crash(&self) {
        let server = self.server.as_ref().expect("it has a server of its own");
        let restarted = Command::new(&server.ctl)
            .args(["restart", "-m", "immediate"])
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(restarted.success(), "the server did not come back");
    }

    /// A look past the nodes.
    pub fn client(&self) -> postgres::Client {
        postgres::Client::connect(&self.url, postgres::NoTls).unwrap()
    }

    /// Who keeps the queue, and under which epoch.
    pub fn keeper(&self) -> Option<(String, i64)> {
        let found = self
            .client()
            .query_opt("select holder, epoch from leases", &[])
            .unwrap();
        found.map(|row| (row.get(0), row.get(1)))
    }
}
