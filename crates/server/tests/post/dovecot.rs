//! A real IMAP server on this machine: Dovecot with a configuration of its own, in a folder
//! of its own, on a free port (`scripts/install-test-tools` installs it). Any user's password is `secret`.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Whom the mails belong to where the tests run as root, as whom Dovecot does not read any.
const NOBODY: u32 = 65_534;

/// A running server.
pub struct Dovecot {
    /// Where it listens, on the loopback address.
    pub port: u16,
    folder: PathBuf,
    server: Child,
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Dovecot {
    /// Starts one in a folder that does not exist yet.
    pub fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        std::fs::create_dir_all(folder.join("mail")).unwrap();
        let (user, uid) = (said_by(&["id", "-un"]), said_by(&["id", "-u"]));
        let own: u32 = uid.parse().unwrap();
        let owner = if own == 0 { NOBODY } else { own };
        if own == 0 {
            chown(folder.join("mail"), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut text = settings(folder, port, owner);
        if own != 0 {
            let group = said_by(&["id", "-gn"]);
            writeln!(text, "default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}").unwrap();
        }
        let file = folder.join("dovecot.conf");
        std::fs::write(&file, text).unwrap();
        let dovecot = Self {
            port,
            folder: folder.into(),
            server: run(&file),
        };
        dovecot.await_it();
        dovecot
    }

    fn await_it(&self) {
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("Dovecot does not listen: {}", self.log());
    }

    fn stop(&mut self) {
        // Its own children end with it, when it is asked and not when it is killed.
        let asked = Command::new("kill")
            .arg(self.server.id().to_string())
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }

    /// What it says.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Puts a mail into a user's inbox.
    pub fn deliver(&self, user: &str, mail: &[u8]) {
        self.append(user, &format!("APPEND INBOX {{{}}}", mail.len()), mail);
    }

    /// The same as of an earlier day, `1-Jan-2026`.
    pub fn deliver_of(&self, day: &str, user: &str, mail: &[u8]) {
        let size = mail.len();
        let command = format!("APPEND INBOX \"{day} 08:00:00 +0000\" {{{size}}}");
        self.append(user, &command, mail);
    }

    fn append(&self, user: &str, command: &str, mail: &[u8]) {
        let mut talk = self.sign_in(user);
        talk.command(command, Some(mail));
        talk.command("LOGOUT", None);
    }

    /// When it was started, by the clock that it reads, in milliseconds since 1970.
    pub fn started_ms(&self) -> i64 {
        let file = std::fs::metadata(self.folder.join("dovecot.conf")).unwrap();
        let since = file
            .modified()
            .unwrap()
            .duration_since(std::time::UNIX_EPOCH);
        since.unwrap().as_millis() as i64
    }

    /// Restarts it with the numbers of a user's mails forgotten, so that they begin anew.
    pub fn forget_numbers(&mut self, user: &str) {
        self.stop();
        let mail = self.folder.join("mail").join(user);
        for entry in std::fs::read_dir(mail).unwrap() {
            let path = entry.unwrap().path();
            if path
                .file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("dovecot")
            {
                std::fs::remove_file(path).unwrap();
            }
        }
        self.server = run(&self.folder.join("dovecot.conf"));
        self.await_it();
    }

    fn sign_in(&self, user: &str) -> Talk {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut talk = Talk {
            lines: BufReader::new(stream.try_clone().unwrap()),
            stream,
        };
        let mut greeting = String::new();
        talk.lines.read_line(&mut greeting).unwrap();
        talk.command(&format!("LOGIN {user} secret"), None);
        talk
    }
}

fn run(file: &Path) -> Child {
    // Not everybody has the folder of servers on their path.
    let installed = Path::new("/usr/sbin/dovecot");
    let program = if installed.exists() {
        installed
    } else {
        Path::new("dovecot")
    };
    Command::new(program)
        .arg("-c")
        .arg(file)
        .arg("-F")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Dovecot is not installed; scripts/install-test-tools does it")
}

struct Talk {
    stream: TcpStream,
    lines: BufReader<TcpStream>,
}

impl Talk {
    fn command(&mut self, command: &str, literal: Option<&[u8]>) {
        self.stream
            .write_all(format!("a {command}\r\n").as_bytes())
            .unwrap();
        loop {
            let mut line = String::new();
            self.lines.read_line(&mut line).unwrap();
            if let (true, Some(literal)) = (line.starts_with('+'), literal) {
                self.stream.write_all(literal).unwrap();
                self.stream.write_all(b"\r\n").unwrap();
            }
            if let Some(end) = line.strip_prefix("a ") {
                assert!(end.starts_with("OK"), "{command}: {line}");
                return;
            }
            assert!(!line.is_empty(), "{command}: Dovecot hung up");
        }
    }
}

fn settings(folder: &Path, port: u16, owner: u32) -> String {
    let folder = folder.display();
    format!(
        "base_dir = {folder}/run\nstate_dir = {folder}/run\nlog_path = {folder}/log\nprotocols = imap\n\
         listen = 127.0.0.1\nssl = no\ndisable_plaintext_auth = no\nfirst_valid_uid = {owner}\n\
         mail_location = maildir:{folder}/mail/%u\n\
         passdb {{\n  driver = static\n  args = password=secret\n}}\n\
         userdb {{\n  driver = static\n  args = uid={owner} gid={owner} home={folder}/mail/%u\n}}\n\
         service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {port}\n  }}\n  inet_listener imaps {{\n    port = 0\n  }}\n}}\n\
         service anvil {{\n  chroot =\n}}\n"
    )
}

fn said_by(command: &[&str]) -> String {
    let said = Command::new(command[0])
        .args(&command[1..])
        .output()
        .unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_string()
}
