//! Accepts connections and serves each: a cap on all of them and on those of one address,
//! a time within which a request's head must have come, and an end when it is time to
//! stop. A connection that became a socket is no longer served here.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::Service;

use crate::http::{Connection, Proxies};

/// What connections may take.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Connections at once, sockets included. Who comes then waits to be accepted.
    pub all: usize,
    /// Connections at once from one address, a trusted proxy's excepted.
    pub of_one_address: usize,
    /// How long the head of a request may take, and a connection lie idle between two.
    pub head: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            all: 16_384,
            of_one_address: 1_024,
            head: Duration::from_secs(30),
        }
    }
}

impl ConnectionLimits {
    /// As many as the system gives, for benchmarks.
    pub fn unlimited() -> Self {
        Self {
            all: Semaphore::MAX_PERMITS,
            of_one_address: usize::MAX,
            ..Self::default()
        }
    }
}

/// Bytes that the head of a request may have.
const HEAD_BYTES: usize = 32 * 1024;
/// Headers that a request may have.
const HEADERS: usize = 100;
/// Pause after the system had no connection to give: too many files are open, say.
const BREATHER: Duration = Duration::from_millis(200);

/// Serves connections until `stop` comes, then lets open requests end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    proxies: Proxies,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.all));
    let guests = Guests::default();
    // Every connection holds a receiver: once all are gone, all have ended.
    let (stopping, heard) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection; more follow in a moment");
                tokio::time::sleep(BREATHER).await;
                continue;
            }
        };
        let most = if proxies.trusts(peer.ip()) {
            usize::MAX
        } else {
            limits.of_one_address
        };
        // Hung up on without a word: an answer would cost more than the asking.
        let Some(guest) = guests.enter(peer.ip(), most) else {
            metrics::counter!("segue_connections_refused_total").increment(1);
            continue;
        };
        let (router, heard, head) = (router.clone(), heard.clone(), limits.head);
        let proxies = proxies.clone();
        tokio::spawn(async move {
            let held = Held {
                _place: place.ok(),
                _guest: guest,
            };
            attend(stream, (peer, proxies), router, head, heard, held).await;
        });
    }
    drop(listener);
    drop(heard);
    let _ = stopping.send(true);
    stopping.closed().await;
}

/// What a connection takes up until it ends, as a socket too.
struct Held {
    _place: Option<tokio::sync::OwnedSemaphorePermit>,
    _guest: Guest,
}

async fn attend(
    stream: TcpStream,
    (peer, proxies): (SocketAddr, Proxies),
    router: Router,
    head: Duration,
    mut stopping: watch::Receiver<bool>,
    held: Held,
) {
    // Small frames leave at once. A system that cannot serves them a moment later.
    let _ = stream.set_nodelay(true);
    let held = Connection::holding(held);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        proxies.hush(peer.ip(), request.headers_mut());
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(held.clone());
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // How a connection breaks off is its caller's affair.
        _ = &mut connection => return,
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// The connections of each address.
#[derive(Clone, Default)]
struct Guests(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection of an address.
struct Guest {
    guests: Guests,
    address: IpAddr,
}

impl Guests {
    /// Counts a connection in, unless its address has `most` already.
    fn enter(&self, address: IpAddr, most: usize) -> Option<Guest> {
        let address = address.to_canonical();
        let mut counts = self.0.lock().expect("nobody panics with the lock held");
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Guest {
            guests: self.clone(),
            address,
        })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut counts = self
            .guests
            .0
            .lock()
            .expect("nobody panics with the lock held");
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}
