//! Where a caller is, for limits. Behind a proxy every connection comes from the proxy, so
//! the address that it passes on is taken, but from no one else: anybody can write a
//! header. IPv6 addresses are counted by their /64, which one customer has for themselves.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use super::App;

/// The proxies that are believed. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    trusted: Arc<[IpNet]>,
}

impl Proxies {
    /// Believes what these networks pass on.
    pub fn new(trusted: Vec<IpNet>) -> Self {
        Self {
            trusted: trusted.into(),
        }
    }

    /// Whether connections from `address` are a proxy's.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted
            .iter()
            .any(|network| network.contains(&address))
    }

    /// Takes away what only a proxy may say of how a request came to it, unless `peer` is one.
    pub fn hush(&self, peer: IpAddr, headers: &mut HeaderMap) {
        if !self.trusts(peer) {
            headers.remove("x-forwarded-proto");
        }
    }

    /// The address that `peer` speaks for: its own, or the one that it passes on.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let old = list(headers, "x-forwarded-for", |entry| Some(entry));
        let new = list(headers, "forwarded", |entry| {
            let mut pairs = entry.split(';').map(str::trim);
            pairs.find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.trim().eq_ignore_ascii_case("for").then_some(value)
            })
        });
        match (self.last(peer, &old), self.last(peer, &new)) {
            // A proxy that writes one of the two passes the other on as it came, so what
            // contradicts itself was written by the caller.
            (Some(a), Some(b)) if a != b => peer,
            (Some(address), _) | (_, Some(address)) => address,
            (None, None) => peer,
        }
    }

    /// From the right, where the nearest proxy has written, the first address that is not
    /// a proxy's. What lies to the left of it may be anybody's invention.
    fn last(&self, peer: IpAddr, entries: &[Option<IpAddr>]) -> Option<IpAddr> {
        let mut nearest = None;
        for entry in entries.iter().rev() {
            // `unknown`, a hidden name, nonsense: the proxy before it answers for it.
            let Some(address) = *entry else {
                return nearest.or(Some(peer));
            };
            nearest = Some(address);
            if !self.trusts(address) {
                break;
            }
        }
        nearest
    }
}

/// The entries of a header that may be written in several lines, in order.
fn list(
    headers: &HeaderMap,
    name: &str,
    pick: impl Fn(&str) -> Option<&str>,
) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name).iter();
    let lines = lines.map(|line| line.to_str().unwrap_or("unknown"));
    lines
        .flat_map(|line| line.split(','))
        .map(|entry| read(pick(entry.trim())?))
        .collect()
}

/// `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `"[2001:db8::1]:80"`.
fn read(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let address = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())?;
    Some(address.to_canonical())
}

/// The name under which an address is counted.
pub fn key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// The address of the caller, for limits; `-` where it is not known, as in tests.
pub struct Address(pub String);

impl FromRequestParts<App> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Address(peer.map_or_else(
            || "-".into(),
            |peer| key(app.proxies.client(peer.0.ip(), &parts.headers)),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(peer: &str, headers: &[(&'static str, &str)], expected: &str) {
        let trusted = ["10.0.0.0/8", "::1/128"].map(|text| text.parse().unwrap());
        let proxies = Proxies::new(trusted.to_vec());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let found = proxies.client(peer.parse().unwrap(), &map);
        assert_eq!(found.to_string(), expected, "{peer} {headers:?}");
    }

    #[test]
    fn only_a_trusted_proxy_says_that_a_request_came_by_tls() {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        for (peer, is_kept) in [("10.0.0.2", true), ("203.0.113.9", false)] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-proto", "https".parse().unwrap());
            proxies.hush(peer.parse().unwrap(), &mut headers);
            assert_eq!(headers.contains_key("x-forwarded-proto"), is_kept, "{peer}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_speaks_for_others() {
        let forged = [("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=1.1.1.1")];
        check("203.0.113.9", &forged, "203.0.113.9");
        check("10.0.0.2", &[], "10.0.0.2");
        check(
            "10.0.0.2",
            &[("x-forwarded-for", "198.51.100.7")],
            "198.51.100.7",
        );
        check(
            "::ffff:10.0.0.2",
            &[("x-forwarded-for", "198.51.100.7")],
            "198.51.100.7",
        );
        // What the customer wrote stands to the left of what the proxy saw.
        check(
            "10.0.0.2",
            &[("x-forwarded-for", "1.1.1.1, 198.51.100.7")],
            "198.51.100.7",
        );
        let lines = [
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        check("10.0.0.2", &lines, "198.51.100.7");
        // Two proxies of ours in a row.
        let chain = "1.1.1.1, 198.51.100.7, 10.0.0.9";
        check("10.0.0.2", &[("x-forwarded-for", chain)], "198.51.100.7");
        check(
            "10.0.0.2",
            &[("x-forwarded-for", "10.0.0.8, 10.0.0.9")],
            "10.0.0.8",
        );
    }

    #[test]
    fn the_forms_that_proxies_write_are_read() {
        for (written, expected) in [
            ("for=198.51.100.7", "198.51.100.7"),
            ("For=\"198.51.100.7:4711\";proto=https", "198.51.100.7"),
            ("proto=https; for=\"[2001:db8::17]:80\"", "2001:db8::17"),
            ("for=1.1.1.1, for=198.51.100.7;by=10.0.0.2", "198.51.100.7"),
            ("for=unknown", "10.0.0.2"),
            ("for=_hidden, for=_name", "10.0.0.2"),
            ("nonsense", "10.0.0.2"),
        ] {
            check("10.0.0.2", &[("forwarded", written)], expected);
        }
        for (written, expected) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("2001:db8::17", "2001:db8::17"),
            ("[2001:db8::17]:80", "2001:db8::17"),
            ("1.1.1.1, '; drop table", "10.0.0.2"),
            ("", "10.0.0.2"),
        ] {
            check("10.0.0.2", &[("x-forwarded-for", written)], expected);
        }
    }

    #[test]
    fn two_headers_that_contradict_each_other_are_both_left_aside() {
        let same = [
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=198.51.100.7"),
        ];
        check("10.0.0.2", &same, "198.51.100.7");
        let other = [
            ("x-forwarded-for", "1.1.1.1"),
            ("forwarded", "for=198.51.100.7"),
        ];
        check("10.0.0.2", &other, "10.0.0.2");
    }

    #[test]
    fn an_ipv6_customer_is_counted_by_their_network() {
        let key = |text: &str| key(text.parse().unwrap());
        assert_eq!(
            key("2001:db8:1:2::1"),
            key("2001:db8:1:2:ffff:ffff:ffff:ffff")
        );
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:198.51.100.7"), "198.51.100.7");
    }
}
