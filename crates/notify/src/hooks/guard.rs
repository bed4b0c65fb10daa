//! Where a telling may go: to the world outside, and never into the house's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no address of the web.
    #[error("it is no web address")]
    NotAnAddress,
    /// What is told would not be secret on the way.
    #[error("it does not begin with https")]
    NotSecret,
    /// It holds a user or a password, which would stand in lists.
    #[error("it holds a user or a password")]
    HoldsSecret,
    /// It leads into a private network.
    #[error("it leads into a private network")]
    Private,
    /// No name leads anywhere.
    #[error("its name leads nowhere")]
    Nowhere,
}

/// Reads an address as an administrator has written it. `loopback` is for tests: addresses of this machine, without TLS.
///
/// # Errors
/// [`Refused`].
pub fn read(text: &str, loopback: bool) -> Result<Url, Refused> {
    let url = Url::parse(text).map_err(|_not_a_url| Refused::NotAnAddress)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::HoldsSecret);
    }
    let host = url.host().ok_or(Refused::NotAnAddress)?;
    let literal = match &host {
        Host::Ipv4(ip) => Some(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(*ip)),
        Host::Domain(_) => None,
    };
    let is_here = literal.is_some_and(|ip| ip.is_loopback()) || matches!(&host, Host::Domain("localhost"));
    match url.scheme() {
        "https" => {}
        "http" if loopback && is_here => return Ok(url),
        "http" => return Err(Refused::NotSecret),
        _ => return Err(Refused::NotAnAddress),
    }
    if literal.is_some_and(|ip| !may_reach(ip, loopback)) {
        return Err(Refused::Private);
    }
    let is_inner = |name: &str| {
        let name = name.trim_end_matches('.');
        !name.contains('.') || name.ends_with(".localhost") || name.ends_with(".local") || name.ends_with(".internal")
    };
    if matches!(&host, Host::Domain(name) if is_inner(name)) && !(loopback && is_here) {
        return Err(Refused::Private);
    }
    Ok(url)
}

/// Resolves an address as a connection will, so that one that leads inside is refused when it is entered and not only later.
///
/// # Errors
/// [`Refused`].
pub async fn resolve(url: &Url, loopback: bool) -> Result<(), Refused> {
    let Some(Host::Domain(name)) = url.host() else {
        return Ok(());
    };
    match outside(name, loopback).await {
        Ok(found) if found.is_empty() => Err(Refused::Private),
        Ok(_) => Ok(()),
        Err(_no_such_name) => Err(Refused::Nowhere),
    }
}

/// Resolves names for connections: a connection goes to what was looked at, and to nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outside {
    pub(super) loopback: bool,
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found = outside(name.as_str(), loopback).await?;
            match found.is_empty() {
                true => Err(Refused::Private.into()),
                false => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

/// What a name leads to; nothing when any of it lies inside.
async fn outside(name: &str, loopback: bool) -> std::io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
    match found.iter().all(|address| may_reach(address.ip(), loopback)) {
        true => Ok(found),
        false => Ok(Vec::new()),
    }
}

fn may_reach(ip: IpAddr, loopback: bool) -> bool {
    is_public(ip) || (loopback && ip.is_loopback())
}

/// Whether an address belongs to the world outside.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // shared by providers
        || (a == 192 && b == 0 && c == 0) // protocols
        || (a == 192 && b == 88 && c == 99) // relays of old
        || (a == 198 && (18..20).contains(&b))) // benchmarks
}

/// Only what is given out, and nothing that wraps an address of the other kind.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let given_out = (0x2000..0x4000).contains(&first);
    let wraps = first == 0x2002 || (first == 0x2001 && second < 0x0200);
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    given_out && !wraps && !documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_inside() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::a00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "193.0.0.1",
            "2a00:1450::1",
            "2606:4700::1111",
            "2001:67c::1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn what_is_entered_is_read_strictly() {
        for (text, refused) in [
            ("hook.example.org", Refused::NotAnAddress),
            ("ftp://hook.example.org", Refused::NotAnAddress),
            ("file:///etc/passwd", Refused::NotAnAddress),
            ("http://hook.example.org/x", Refused::NotSecret),
            ("https://user:word@hook.example.org", Refused::HoldsSecret),
            ("https://127.0.0.1/", Refused::Private),
            ("https://2130706433/", Refused::Private),
            ("https://0x7f.1/", Refused::Private),
            ("https://[::1]/", Refused::Private),
            ("https://[::ffff:127.0.0.1]/", Refused::Private),
            ("https://169.254.169.254/latest/meta-data", Refused::Private),
            ("https://localhost/", Refused::Private),
            ("https://db/", Refused::Private),
            ("https://db.internal/", Refused::Private),
            ("http://127.0.0.1:8080/", Refused::NotSecret),
        ] {
            assert_eq!(read(text, false), Err(refused), "{text}");
        }
        assert!(read("https://hook.example.org:8443/stafett?unit=1", false).is_ok());
        assert!(read("http://127.0.0.1:8080/", true).is_ok());
        assert_eq!(read("http://10.0.0.1/", true), Err(Refused::NotSecret));
        assert_eq!(read("https://10.0.0.1/", true), Err(Refused::Private));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        let found = Outside { loopback: false }.resolve("localhost".parse().unwrap()).await;
        assert!(found.is_err());
        assert!(
            Outside { loopback: true }
                .resolve("localhost".parse().unwrap())
                .await
                .is_ok()
        );
        let url = Url::parse("https://localhost/").unwrap();
        assert_eq!(resolve(&url, false).await, Err(Refused::Private));
    }
}
