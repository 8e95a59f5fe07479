//! A server of its own in a temporary folder, set up through its own doors; and W7.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::Http;
use crate::{Failed, now};

/// A running server with a company, a site and an agent who takes everything.
pub struct House {
    server: Child,
    place: Vec<OsString>,
    on_postgres: bool,
    /// Its data.
    pub folder: PathBuf,
    /// Where it listens.
    pub host: String,
    /// The site key of its widget.
    pub site_key: String,
    /// The agent's connection, signed in and online.
    pub agent: Http,
}

/// What was switched for measuring, printed beside every figure.
pub const SWITCHES: &str =
    "switched: --no-rate-limits; everything else as `segue serve` comes (SQLite, synchronous=full)";
/// The same on PostgreSQL.
const SWITCHES_POSTGRES: &str = "switched: --no-rate-limits, --database postgres (as `scripts/with-postgres` starts it, synchronous_commit=on)";

pub fn binary() -> PathBuf {
    std::env::var_os("SEGUE_BIN").map_or_else(|| "target/release/segue".into(), PathBuf::from)
}

impl House {
    /// Starts one on the embedded database and sets it up.
    pub async fn open() -> Result<Self, Failed> {
        Self::open_on(None).await
    }

    /// The same on a PostgreSQL database, which must be empty.
    pub async fn open_on(database: Option<&str>) -> Result<Self, Failed> {
        let folder = std::env::temp_dir().join(format!("segue-bench-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let place: Vec<OsString> = match database {
            Some(url) => vec!["--database".into(), url.into()],
            None => vec!["--data".into(), folder.clone().into()],
        };
        let (server, line) = start(&place).await?;
        let (host, token) = place_and_token(&line)?;
        let site_key = set_up(&host, &token).await?;
        add_agent(&place).await?;
        let agent = sign_in(&host).await?;
        Ok(Self {
            server,
            place,
            on_postgres: database.is_some(),
            folder,
            host,
            site_key,
            agent,
        })
    }

    /// Ends the server; its data stays.
    pub async fn stop(&mut self) -> Result<(), Failed> {
        Ok(self.server.kill().await?)
    }

    /// Starts it once more on the same data. The agent is not signed in any more.
    pub async fn start_again(&mut self) -> Result<(), Failed> {
        let (server, line) = start(&self.place).await?;
        (self.server, self.host) = (server, place_and_token(&line)?.0);
        Ok(())
    }

    /// A visitor's connection and a conversation of theirs: connection, token, id.
    pub async fn visitor(&self) -> Result<(Http, String, String), Failed> {
        visitor(&self.host, &self.site_key).await
    }

    /// What was switched for measuring.
    pub fn switches(&self) -> &'static str {
        if self.on_postgres {
            SWITCHES_POSTGRES
        } else {
            SWITCHES
        }
    }

    /// Time that the server has spent on a core.
    pub fn cpu(&self) -> Result<Duration, Failed> {
        cpu_of(self.server.id().ok_or("the server has ended")?)
    }

    /// Resident memory of the server, in bytes.
    pub fn memory(&self) -> Result<u64, Failed> {
        memory_of(&self.server)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.server.start_kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Where a server listens and the token of its first start, from the line that it prints.
fn place_and_token(line: &str) -> Result<(String, String), Failed> {
    let link = line
        .split_whitespace()
        .find(|word| word.starts_with("http"))
        .ok_or("no link was printed")?;
    let mut parts = link.trim_start_matches("http://").split('/');
    let host = parts.next().unwrap_or_default();
    let token = parts.next_back().unwrap_or_default();
    Ok((host.into(), token.into()))
}

/// Makes the company and its first account; the site key of its widget.
async fn set_up(host: &str, token: &str) -> Result<String, Failed> {
    let mut admin = Http::connect(host).await?;
    let setup = format!(
        r#"{{"token":"{token}","company":"Bench","name":"Admin","email":"admin@bench.example","password":"correct horse"}}"#
    );
    let session = admin.json("POST", "/api/console/setup", &setup).await?;
    let site_key = session["workspace"]["site_keys"][0].as_str();
    Ok(site_key.unwrap_or_default().into())
}

/// A visitor's connection and a conversation of theirs: connection, token, id.
async fn visitor(host: &str, site_key: &str) -> Result<(Http, String, String), Failed> {
    let mut http = Http::connect(host).await?;
    let body = format!(r#"{{"inbox":"{site_key}"}}"#);
    let arrived = http.json("POST", "/api/widget/visitors", &body).await?;
    let token = arrived["token"].as_str().unwrap_or_default().to_string();
    http.headers = format!("Authorization: Bearer {token}\r\n");
    let view = http
        .json("POST", "/api/widget/conversations", r#"{"language":"en"}"#)
        .await?;
    let id = view["id"].as_str().unwrap_or_default().to_string();
    Ok((http, token, id))
}

async fn start(place: &[OsString]) -> Result<(Child, String), Failed> {
    start_with(&["--no-rate-limits"], place).await
}

/// Starts a server with these options; with the first line that it prints.
pub async fn start_with(options: &[&str], place: &[OsString]) -> Result<(Child, String), Failed> {
    let mut server = Command::new(binary())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(options)
        .args(place)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            format!(
                "could not start {}: {error}; `make build` makes it",
                binary().display()
            )
        })?;
    let stdout = server.stdout.take().ok_or("the server has no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let line = lines.next_line().await?.ok_or("the server said nothing")?;
    Ok((server, line))
}

async fn add_agent(place: &[OsString]) -> Result<(), Failed> {
    let mut added = Command::new(binary())
        .args([
            "user",
            "add",
            "agent@bench.example",
            "--name",
            "Agent",
            "--capacity",
            "100000",
        ])
        .args(place)
        .stdin(Stdio::piped())
        .spawn()?;
    added
        .stdin
        .take()
        .ok_or("no input")?
        .write_all(b"correct horse\n")
        .await?;
    if added.wait().await?.success() {
        Ok(())
    } else {
        Err("could not add an agent".into())
    }
}

async fn sign_in(host: &str) -> Result<Http, Failed> {
    let mut agent = signed_in(host, "agent").await?;
    agent
        .json("POST", "/api/console/presence", r#"{"presence":"online"}"#)
        .await?;
    Ok(agent)
}

/// The admin's connection.
pub async fn admin(host: &str) -> Result<Http, Failed> {
    signed_in(host, "admin").await
}

async fn signed_in(host: &str, who: &str) -> Result<Http, Failed> {
    let mut http = Http::connect(host).await?;
    let body = format!(r#"{{"email":"{who}@bench.example","password":"correct horse"}}"#);
    let session = http.json("POST", "/api/console/session", &body).await?;
    let cookie = http.cookie.clone().ok_or("no cookie came")?;
    http.headers = format!(
        "Cookie: {cookie}\r\nX-CSRF-Token: {}\r\n",
        session["csrf"].as_str().unwrap_or_default()
    );
    Ok(http)
}

/// Time that a process has spent on a core.
pub fn cpu_of(process: u32) -> Result<Duration, Failed> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The command's name in brackets may hold spaces; user and system time are the
    // 12th and 13th figures after it, in hundredths of a second.
    let figures = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = figures
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}

fn memory_of(server: &Child) -> Result<u64, Failed> {
    let status = std::fs::read_to_string(format!(
        "/proc/{}/status",
        server.id().ok_or("the server has ended")?
    ))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .ok_or("no VmRSS")?;
    let kib: u64 = line.split_whitespace().nth(1).ok_or("no VmRSS")?.parse()?;
    Ok(kib * 1024)
}

const ROUNDS: usize = 5;
/// After so long without a text the server has its sentence model at rest.
const QUIET: Duration = Duration::from_secs(170);

/// W7: from the start of the process to a ready answer, and until texts are read as they will
/// be; memory once a page was served and a message read, and when nobody has written since, so
/// that the sentence model rests; size.
pub async fn w7() -> Result<(), Failed> {
    let (mut starts, mut models, mut used) = (Vec::new(), Vec::new(), Vec::new());
    let (mut reading, mut idle) = (String::new(), 0);
    for round in 0..ROUNDS {
        let folder =
            std::env::temp_dir().join(format!("segue-bench-w7-{}-{round}", std::process::id()));
        let begin = now();
        let (mut server, line) = start(&["--data".into(), folder.clone().into()]).await?;
        let (host, token) = place_and_token(&line)?;
        let mut http = Http::connect(&host).await?;
        let (status, mut said) = http.call("GET", "/health/ready", "").await?;
        if status != 200 {
            return Err(format!("not ready: {status}").into());
        }
        starts.push(begin.elapsed());
        while !said.contains("lexical mode") && !said.contains("sentence vectors\n") {
            tokio::time::sleep(Duration::from_millis(2)).await;
            said = http.call("GET", "/health/ready", "").await?.1;
        }
        models.push(begin.elapsed());
        reading = said.lines().nth(1).unwrap_or_default().to_string();
        http.call("GET", "/console/", "").await?;
        let site_key = set_up(&host, &token).await?;
        let (mut customer, _, id) = visitor(&host, &site_key).await?;
        let message =
            r#"{"client_message_id":"footprint-1","text":"Where is my order? It should be here."}"#;
        let path = format!("/api/widget/conversations/{id}/messages");
        customer.json("POST", &path, message).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        used.push(memory_of(&server)?);
        if round + 1 == ROUNDS {
            tokio::time::sleep(QUIET).await;
            idle = memory_of(&server)?;
        }
        server.kill().await?;
        let _ = std::fs::remove_dir_all(&folder);
    }
    starts.sort_unstable();
    models.sort_unstable();
    used.sort_unstable();
    let size = std::fs::metadata(binary())?.len();
    println!(
        "W7  first start to ready {:.0} ms (median of {ROUNDS}, database made), {reading} after {:.0} ms; {:.1} MB after a page and a message, {:.1} MB idle ({} s later), binary {:.1} MB",
        crate::quantile(&starts, 0.5),
        crate::quantile(&models, 0.5),
        used[used.len() / 2] as f64 / 1e6,
        idle as f64 / 1e6,
        QUIET.as_secs(),
        size as f64 / 1e6
    );
    Ok(())
}
