//! A mail server on this machine that dies when it is told to, and remembers what it had
//! taken by then.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Where in the talk a connection ends without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiesAt {
    /// Before it greets.
    Greeting,
    /// Having heard EHLO.
    Ehlo,
    /// Having heard MAIL FROM.
    Mail,
    /// Having heard RCPT TO.
    Rcpt,
    /// Having heard DATA.
    Data,
    /// Having heard half of the mail.
    HalfTheMail,
    /// Having taken the whole mail, before it says so: nobody knows, and it is delivered.
    Taken,
    /// Having said so.
    Quit,
}

/// Every place, in the order of the talk.
pub const PLACES: [DiesAt; 8] = [
    DiesAt::Greeting,
    DiesAt::Ehlo,
    DiesAt::Mail,
    DiesAt::Rcpt,
    DiesAt::Data,
    DiesAt::HalfTheMail,
    DiesAt::Taken,
    DiesAt::Quit,
];

/// What becomes of the n-th connection, counted from 0; `None` if it lives.
type Fate = Box<dyn Fn(u64) -> Option<DiesAt> + Send>;

/// A post office.
#[derive(Clone)]
pub struct Post {
    url: String,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Post {
    /// Opens one on a free port.
    pub fn open(fate: impl Fn(u64) -> Option<DiesAt> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let post = Self {
            url: format!("smtp://{}", listener.local_addr().unwrap()),
            taken: Arc::default(),
        };
        let (taken, fate): (_, Fate) = (post.taken.clone(), Box::new(fate));
        std::thread::spawn(move || {
            for (n, stream) in (0..).zip(listener.incoming()) {
                // A sender that hangs up has sent nothing.
                let _ = stream.and_then(|stream| serve(stream, fate(n), &taken));
            }
        });
        post
    }

    /// Where it is reached.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The Message-IDs of all that it took, in order, without brackets and domain.
    pub fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    dies_at: Option<DiesAt>,
    taken: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let dies = |place| dies_at == Some(place);
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    if dies(DiesAt::Greeting) {
        return Ok(());
    }
    stream.write_all(b"220 ready\r\n")?;
    while let Some(line) = lines.next() {
        let verb = line?.get(..4).unwrap_or_default().to_uppercase();
        let place = match verb.as_str() {
            "EHLO" => DiesAt::Ehlo,
            "MAIL" => DiesAt::Mail,
            "RCPT" => DiesAt::Rcpt,
            "DATA" => DiesAt::Data,
            "QUIT" => return stream.write_all(b"221 bye\r\n"),
            _ => DiesAt::Quit,
        };
        if dies(place) {
            return Ok(());
        }
        if place != DiesAt::Data {
            stream.write_all(b"250 fine\r\n")?;
            continue;
        }
        stream.write_all(b"354 go on\r\n")?;
        let mut id = None;
        loop {
            let Some(line) = lines.next() else {
                return Ok(());
            };
            let line = line?;
            if let Some(named) = line.strip_prefix("Message-ID: <") {
                id = named.split('@').next().map(str::to_string);
            }
            if line.is_empty() && dies(DiesAt::HalfTheMail) {
                return Ok(());
            }
            if line == "." {
                break;
            }
        }
        taken.lock().unwrap().push(id.unwrap_or_default());
        if dies(DiesAt::Taken) {
            return Ok(());
        }
        stream.write_all(b"250 kept\r\n")?;
        if dies(DiesAt::Quit) {
            return Ok(());
        }
    }
    Ok(())
}
