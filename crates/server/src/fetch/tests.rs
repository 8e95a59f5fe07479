//! Addresses that somebody would like us to read, and what becomes of each. The servers
//! are on loopback, which the tests allow as an operator would.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use futures_util::stream;
use tokio::net::TcpListener;

use super::*;

const PAGE: &str = "<h1>Returns</h1>";

fn html(body: impl Into<Body>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], body.into())
}

/// A server on loopback that is kind or cruel, by path.
async fn site() -> SocketAddr {
    let endless = || stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 64 * 1024]));
    let drip = || {
        stream::once(async { Ok::<_, std::io::Error>("<p>one word") })
            .chain(stream::once(std::future::pending()))
    };
    let router = Router::new()
        .route("/page", get(|| async { html(PAGE) }))
        .route(
            "/endless",
            get(move || async move { html(Body::from_stream(endless())) }),
        )
        .route(
            "/drip",
            get(move || async move { html(Body::from_stream(drip())) }),
        )
        .route("/silent", get(std::future::pending::<()>))
        .route(
            "/packed",
            get(|| async {
                (
                    [(CONTENT_TYPE, "text/html"), (CONTENT_ENCODING, "gzip")],
                    "\x1f\u{8b}",
                )
            }),
        )
        .route(
            "/picture",
            get(|| async { ([(CONTENT_TYPE, "image/png")], "PNG") }),
        )
        .route(
            "/untyped",
            get(|| async { Body::from("?").into_response().into_body() }),
        )
        .route(
            "/latin",
            get(|| async {
                (
                    [(CONTENT_TYPE, "text/plain; charset=ISO-8859-1")],
                    vec![b'G', 0xfc, b't'],
                )
            }),
        )
        .route(
            "/hop/{left}",
            get(|path: axum::extract::Path<u32>| async move {
                match path.0 {
                    0 => Redirect::temporary("/page"),
                    left => Redirect::temporary(&format!("/hop/{}", left - 1)),
                }
            }),
        )
        .route(
            "/to",
            get(|asked: axum::extract::RawQuery| async move {
                (StatusCode::FOUND, [(LOCATION, asked.0.unwrap_or_default())])
            }),
        )
        .route(
            "/asked",
            get(|headers: HeaderMap| async move {
                ([(CONTENT_TYPE, "text/plain")], format!("{headers:?}"))
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn loopback() -> Vec<IpNet> {
    vec!["127.0.0.0/8".parse().unwrap()]
}

fn limits() -> FetchLimits {
    FetchLimits {
        bytes: 256 * 1024,
        ..FetchLimits::default()
    }
}

fn playing(allowed: Vec<IpNet>, names: &[(&str, &[&[&str]])]) -> Fetcher {
    let parsed = |turn: &&[&str]| turn.iter().map(|text| text.parse().unwrap()).collect();
    let answers = names.iter().map(|(name, turns)| {
        let turns: Vec<Vec<IpAddr>> = turns.iter().map(parsed).collect();
        ((*name).to_string(), turns)
    });
    let answers: HashMap<_, _> = answers.collect();
    Fetcher::with_names(allowed, limits(), Names::Played(Mutex::new(answers)))
}

/// Attack case 38: private, local and special addresses, in every notation.
#[tokio::test]
async fn an_address_that_is_not_public_is_never_connected_to() {
    let fetcher = Fetcher::default();
    for host in [
        "127.0.0.1",
        "127.1",
        "0.0.0.0",
        "0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        // Decimal, octal, hexadecimal, mixed.
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.1",
        "0251.0376.0251.0376",
        "0xa9fea9fe",
        "2852039166",
        // Wide digits, which a browser reads as narrow ones.
        "１２７.０.０.１",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2002:a00:1::]",
        "[2001:0:1::1]",
        "[2001:db8::1]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[100::1]",
        "[3fff::1]",
    ] {
        for scheme in ["http", "https"] {
            let got = fetcher.get(&format!("{scheme}://{host}/")).await;
            assert_eq!(got, Err(FetchError::NotPublic), "{scheme}://{host}/");
        }
    }
}

#[test]
fn public_addresses_are_public() {
    for address in [
        "1.1.1.1",
        "93.184.216.34",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.17.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:4860:4860::8888",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ] {
        assert!(is_public(address.parse().unwrap(), &[]), "{address}");
    }
}

/// Attack case 38: names that stand for such addresses, as nip.io's do.
#[tokio::test]
async fn a_name_is_what_it_resolves_to() {
    let fetcher = playing(
        vec![],
        &[
            ("127.0.0.1.nip.io", &[&["127.0.0.1"]]),
            ("localhost", &[&["127.0.0.1", "::1"]]),
            ("localhost.", &[&["127.0.0.1"]]),
            ("metadata.internal", &[&["169.254.169.254"]]),
            ("mapped.example", &[&["::ffff:192.168.0.1"]]),
            ("nowhere.example", &[&[]]),
        ],
    );
    for name in [
        "127.0.0.1.nip.io",
        "localhost",
        "localhost.",
        "metadata.internal",
        "mapped.example",
        "nowhere.example",
    ] {
        let got = fetcher.get(&format!("http://{name}/")).await;
        assert_eq!(got, Err(FetchError::NotPublic), "{name}");
    }
}

/// Attack case 38: of a name with several addresses only the public ones are tried.
#[tokio::test]
async fn a_private_address_among_public_ones_is_left_out() {
    let site = site().await;
    let names: &[(&str, &[&[&str]])] = &[("both.example", &[&["10.0.0.1", "127.0.0.1"]])];
    let fetcher = playing(loopback(), names);
    let page = fetcher
        .get(&format!("http://both.example:{}/page", site.port()))
        .await;
    assert_eq!(page.unwrap().text, PAGE);
}

/// Attack case 39: what is looked at is what is connected to, and each further request
/// looks anew. Loopback stands for the public web here.
#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let site = site().await;
    let turns: &[&[&str]] = &[&["127.0.0.1"], &["10.0.0.1"]];
    let fetcher = playing(loopback(), &[("fickle.example", turns)]);
    let address = format!("http://fickle.example:{}/hop/0", site.port());
    assert_eq!(fetcher.get(&address).await, Err(FetchError::NotPublic));

    // One look-up for one request: there is no second answer to connect to.
    let fetcher = playing(loopback(), &[("fickle.example", turns)]);
    let address = format!("http://fickle.example:{}/page", site.port());
    assert_eq!(fetcher.get(&address).await.unwrap().text, PAGE);
    assert_eq!(fetcher.get(&address).await, Err(FetchError::NotPublic));
}

/// Attack case 40: a redirect is looked at like the first address; three are followed.
#[tokio::test]
async fn redirects_are_few_and_lead_nowhere_else() {
    let site = site().await;
    let fetcher = Fetcher::new(loopback(), limits());
    let at = |path: &str| format!("http://{site}{path}");
    let page = fetcher.get(&at("/hop/2")).await.unwrap();
    assert_eq!((page.text.as_str(), page.address), (PAGE, at("/page")));
    let got = fetcher.get(&at("/hop/3")).await;
    assert_eq!(got, Err(FetchError::TooManyRedirects));
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "//192.168.0.1/",
        "http://[::1]/",
        "http://2886729729/",
    ] {
        let got = fetcher.get(&at(&format!("/to?{target}"))).await;
        assert_eq!(got, Err(FetchError::NotPublic), "{target}");
    }
    for target in [
        "file:///etc/passwd",
        "gopher://shop.example/",
        "ftp://shop.example/",
        "http://user:secret@shop.example/",
        "http://shop.example:25/",
        "javascript:alert(1)",
        "",
    ] {
        let got = fetcher.get(&at(&format!("/to?{target}"))).await;
        assert!(
            matches!(
                got,
                Err(FetchError::Address(_) | FetchError::TooManyRedirects)
            ),
            "{target}: {got:?}"
        );
    }
}

/// Attack case 41: an answer without end, without beginning, or packed.
#[tokio::test]
async fn an_answer_is_cut_off_at_a_size_and_a_time() {
    let site = site().await;
    let fetcher = Fetcher::new(loopback(), limits());
    let got = fetcher.get(&format!("http://{site}/endless")).await;
    assert_eq!(got, Err(FetchError::TooLarge(limits().bytes)));
    let got = fetcher.get(&format!("http://{site}/packed")).await;
    assert_eq!(got, Err(FetchError::Kind("gzip".into())));

    let impatient = FetchLimits {
        whole: Duration::from_millis(200),
        ..limits()
    };
    let fetcher = Fetcher::new(loopback(), impatient);
    for path in ["/drip", "/silent"] {
        let got = fetcher.get(&format!("http://{site}{path}")).await;
        assert_eq!(got, Err(FetchError::TooSlow(0)), "{path}");
    }
}

/// Attack case 43: nothing that could begin a new line of a request, and no credentials.
#[tokio::test]
async fn an_address_is_an_address_and_nothing_more() {
    let site = site().await;
    let fetcher = Fetcher::new(loopback(), limits());
    for address in [
        "",
        "shop.example",
        "/page",
        "file:///etc/passwd",
        "ftp://shop.example/",
        "http://",
        "data:text/html,hi",
        "unix:/run/docker.sock",
        "http://shop.example/\r\nX-Admin: yes",
        "http://shop.example/\nHost: evil",
        "http://shop.example/a b",
        "http://shop.example/\t",
        "ht\ntp://shop.example/",
        "http://shop\u{0}.example/",
        "http://user@shop.example/",
        "http://:secret@shop.example/",
        "http://shop.example:22/",
        "http://shop.example:99999/",
    ] {
        let got = fetcher.get(address).await;
        assert!(
            matches!(got, Err(FetchError::Address(_))),
            "{address:?}: {got:?}"
        );
    }
    let long = format!("http://shop.example/{}", "a".repeat(LONGEST_ADDRESS));
    assert!(matches!(
        fetcher.get(&long).await,
        Err(FetchError::Address(_))
    ));
    // Percent-encoded line ends stay what they are: part of a path.
    let asked = fetcher
        .get(&format!("http://{site}/asked?%0d%0aX-Admin:%20yes"))
        .await;
    assert!(!asked.unwrap().text.contains("x-admin"));
}

#[tokio::test]
async fn pages_are_read_and_other_things_are_not() {
    let site = site().await;
    let fetcher = Fetcher::new(loopback(), limits());
    let at = |path: &str| format!("http://{site}{path}");
    let page = fetcher.get(&at("/page#returns")).await.unwrap();
    assert_eq!((page.kind, page.text.as_str()), (PageKind::Html, PAGE));
    assert_eq!(fetcher.get(&at("/latin")).await.unwrap().text, "Güt");
    let got = fetcher.get(&at("/picture")).await;
    assert_eq!(got, Err(FetchError::Kind("image/png".into())));
    let got = fetcher.get(&at("/nothing")).await;
    assert_eq!(got, Err(FetchError::Status(404)));
    assert!(matches!(
        fetcher.get(&at("/untyped")).await,
        Err(FetchError::Kind(_))
    ));
    // What is asked carries nothing of ours: no cookie, no authorization, no referrer.
    let asked = fetcher.get(&at("/asked")).await.unwrap().text;
    for name in ["cookie", "authorization", "referer"] {
        assert!(!asked.contains(name), "{asked}");
    }
}
