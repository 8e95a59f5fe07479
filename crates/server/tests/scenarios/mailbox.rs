//! The customers' mailboxes: a mail server on this machine that keeps what it is given.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What was delivered so far, each mail as its source.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<Mutex<Vec<String>>>);

impl Mailbox {
    /// Opens a server on a free port; its URL.
    pub fn open(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let mails = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A sender that hangs up has sent nothing.
                let _ = stream.and_then(|stream| mails.serve(stream));
            }
        });
        url
    }

    /// The mail that came first of those not taken yet.
    pub fn take(&self) -> Option<String> {
        let mut mails = self.0.lock().unwrap();
        (!mails.is_empty()).then(|| mails.remove(0))
    }

    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        stream.write_all(b"220 ready\r\n")?;
        while let Some(line) = lines.next() {
            let answer: &[u8] = match line?.get(..4) {
                Some("DATA") => {
                    stream.write_all(b"354 go on\r\n")?;
                    let mut mail = String::new();
                    for line in lines.by_ref().map_while(Result::ok) {
                        if line == "." {
                            break;
                        }
                        mail.push_str(&line);
                        mail.push('\n');
                    }
                    self.0.lock().unwrap().push(mail);
                    b"250 kept\r\n"
                }
                Some("QUIT") => return stream.write_all(b"221 bye\r\n"),
                _ => b"250 fine\r\n",
            };
            stream.write_all(answer)?;
        }
        Ok(())
    }
}
