//! A lean HTTP/1.1 client that keeps its connection, and sockets.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::Failed;

/// A connection to the server.
pub struct Http {
    stream: BufReader<TcpStream>,
    host: String,
    /// Sent with every request.
    pub headers: String,
    /// The last `Set-Cookie`, without its attributes.
    pub cookie: Option<String>,
}

impl Http {
    /// Connects to `127.0.0.1:port`.
    pub async fn connect(host: &str) -> Result<Self, Failed> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            host: host.into(),
            headers: String::new(),
            cookie: None,
        })
    }

    /// Sends a request and reads the answer.
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<(u16, String), Failed> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            self.headers,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let status: u16 = line
            .split(' ')
            .nth(1)
            .ok_or("the server closed the connection")?
            .parse()?;
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse()?;
            } else if name.eq_ignore_ascii_case("set-cookie") {
                self.cookie = value.split(';').next().map(str::to_string);
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok((status, String::from_utf8(body)?))
    }

    /// The same, for JSON that must succeed.
    pub async fn json(&mut self, method: &str, path: &str, body: &str) -> Result<Value, Failed> {
        let (status, text) = self.call(method, path, body).await?;
        if !(200..300).contains(&status) {
            return Err(format!("{method} {path}: {status} {text}").into());
        }
        Ok(if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)?
        })
    }
}

/// What a socket reads at once. The library clears this much before every read: at its
/// default of 128 KiB that was nearly half of what the measuring side spent.
const READ_BUFFER: usize = 4 * 1024;

/// A socket to the server.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects, with a cookie for the console's.
    pub async fn connect(host: &str, path: &str, cookie: Option<&str>) -> Result<Self, Failed> {
        let mut request = format!("ws://{host}{path}").into_client_request()?;
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", cookie.parse()?);
        }
        let small = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let (socket, _) =
            tokio_tungstenite::connect_async_with_config(request, Some(small), true).await?;
        Ok(Self(socket))
    }

    /// Sends a text frame.
    pub async fn say(&mut self, text: String) -> Result<(), Failed> {
        Ok(self.0.send(Message::Text(text.into())).await?)
    }

    /// The next text frame; `None` when the line is over. Pings are answered by the way.
    pub async fn hear(&mut self) -> Option<Utf8Bytes> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => return Some(text),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}
