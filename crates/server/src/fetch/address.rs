//! Which addresses are on the public web. Everything else (this machine, private and
//! link-local networks, carriers' own, multicast, those kept for documentation, and the
//! IPv6 forms that carry one of these inside) is reached only where the operator says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Whether `address` may be connected to.
pub(super) fn is_public(address: IpAddr, allowed: &[IpNet]) -> bool {
    // `::ffff:10.0.0.1` is 10.0.0.1, for the operator's list too.
    let address = address.to_canonical();
    if allowed.iter().any(|network| network.contains(&address)) {
        return true;
    }
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IANA's registry of special IPv4 addresses, all of it.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        // This network; private; loopback; link-local, where clouds keep their secrets.
        (0 | 10 | 127, _, _) | (169, 254, _)
            // Carriers' networks.
            | (100, 64..=127, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            // Protocols, documentation, the old 6to4 relays.
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            // Measuring, documentation.
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            // Multicast, reserved, broadcast.
            | (224..=255, _, _)
    )
}

/// Only what is handed out to the public, less what is special within it. An address that
/// a NAT64 gateway translates is what it carries.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        // Protocols (Teredo among them), documentation, 6to4, documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => {
            false
        }
        [first, ..] => first & 0xe000 == 0x2000,
    }
}
