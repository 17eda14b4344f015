//! Nested templates and includes at addresses that a template names, for the option `--fetch`.
//!
//! The addresses are the template's and not the user's, so nothing in a private network is asked: neither a host that is
//! written as a private address nor one whose name stands for such an address, unless the user names the host. What
//! cannot be fetched stays unknown, as it is without the option.

use super::{Failure, client, get, is_this_machine, reason};
use reqwest::Url;
use reqwest::blocking::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// No template may be larger: CloudFormation reads 1 MiB from S3.
const MAX_BYTES: u64 = 1 << 20;
/// How many addresses one run asks.
const MAX_ADDRESSES: usize = 200;
const TIMEOUT: Duration = Duration::from_secs(20);

/// Fetches texts, each address once.
#[derive(Debug)]
pub struct Templates {
    client: Client,
    /// Hosts that the user named, as `name` or `name:port`.
    trusted: Vec<String>,
    known: Mutex<BTreeMap<String, Result<String, String>>>,
}

impl Templates {
    /// With the hosts that may be asked although they are in a private network, each as `name` or `name:port`.
    pub fn new(trusted: Vec<String>) -> Result<Self, String> {
        let public = Public { trusted: trusted.iter().map(|host| name_of(host).to_owned()).chain(proxies()).collect() };
        let client = client(TIMEOUT)
            .dns_resolver(Arc::new(public))
            .build()
            .map_err(|e| format!("cannot fetch: {}", reason(&e)))?;
        Ok(Templates { client, trusted, known: Mutex::default() })
    }

    /// Whether a place that a template names is an address and no file.
    pub fn is_address(location: &str) -> bool {
        ["https://", "http://", "s3://"].iter().any(|scheme| location.starts_with(scheme))
    }

    /// The text at an address; none if it cannot be had.
    pub fn text(&self, address: &str) -> Option<String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = known.get(address) {
            return done.clone().ok();
        }
        let full = known.len() >= MAX_ADDRESSES;
        let found = if full {
            Err(format!("there are more than {MAX_ADDRESSES} addresses to ask"))
        } else {
            self.fetch(address)
        };
        let text = found.clone().ok();
        known.insert(address.to_owned(), found);
        text
    }

    /// What could not be fetched, and why, in the order of the addresses.
    pub fn failures(&self) -> Vec<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = known.iter().filter_map(|(address, found)| Some((address, found.as_ref().err()?)));
        failed.map(|(address, why)| format!("not fetched: {address}: {why}")).collect()
    }

    fn fetch(&self, address: &str) -> Result<String, String> {
        let url = Url::parse(&public_form(address)?).map_err(|e| format!("this is no address: {e}"))?;
        self.allowed(&url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let fetched = get(&self.client, url, MAX_BYTES, TIMEOUT, &mut |_, _| {}).map_err(|failure| match failure {
            Failure::Unreachable(why) => format!("cannot reach {host}: {why}"),
            Failure::Redirected(why) | Failure::Broken(why) => why,
            Failure::Refused(status) if status.as_u16() == 403 => {
                "the server answers 403: it is not public, and no credentials are sent".to_owned()
            }
            Failure::Refused(status) => format!("the server answers {status}"),
            Failure::Silent | Failure::Late => format!("it takes longer than {} seconds", TIMEOUT.as_secs()),
            Failure::Large => "it is larger than the 1 MiB that CloudFormation reads".to_owned(),
        })?;
        String::from_utf8(fetched.bytes).map_err(|_| "it is no text in UTF-8".to_owned())
    }

    fn allowed(&self, url: &Url) -> Result<(), String> {
        let trusted = self.is_trusted(url);
        match url.scheme() {
            "https" => {}
            "http" if trusted && is_this_machine(url) => {}
            _ => return Err("only https and s3 addresses are fetched".to_owned()),
        }
        let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        if !trusted && (is_this_machine(url) || literal.is_some_and(is_private)) {
            return Err("it is in a private network; --fetch-from names hosts that may be asked".to_owned());
        }
        Ok(())
    }

    fn is_trusted(&self, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
        self.trusted.iter().any(|named| *named == host || *named == format!("{host}:{port}"))
    }
}

/// The https address of an object in S3; of any other address itself.
fn public_form(address: &str) -> Result<String, String> {
    let Some(rest) = address.strip_prefix("s3://") else { return Ok(address.to_owned()) };
    let (bucket, key) = rest
        .split_once('/')
        .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
        .ok_or("an s3 address has a bucket and a key: s3://bucket/key")?;
    if !bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.')) {
        return Err(format!("`{bucket}` is no name of a bucket"));
    }
    // A name with dots does not fit the certificate of the bucket's own host.
    Ok(if bucket.contains('.') {
        format!("https://s3.amazonaws.com/{bucket}/{key}")
    } else {
        format!("https://{bucket}.s3.amazonaws.com/{key}")
    })
}

fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The user's own proxies, which are mostly in a private network.
fn proxies() -> impl Iterator<Item = String> {
    let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    names.into_iter().filter_map(|name| {
        let value = std::env::var(name).ok()?;
        let url = Url::parse(&value).or_else(|_| Url::parse(&format!("http://{value}"))).ok()?;
        url.host_str().map(str::to_owned)
    })
}

/// Gives no private address for a name, unless it is trusted.
#[derive(Debug)]
struct Public {
    trusted: Vec<String>,
}

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        let trusted = self.trusted.iter().any(|t| t == name.as_str());
        Box::pin(async move {
            let found: Vec<SocketAddr> = (name.as_str(), 0).to_socket_addrs()?.collect();
            if !trusted && found.iter().any(|address| is_private(address.ip())) {
                let why =
                    "its name stands for an address in a private network; --fetch-from names hosts that may be asked";
                return Err(why.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is not one of the public internet.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => embedded(v6).map_or_else(|| is_private_v6(v6), is_private_v4),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || a == 100 && (64..128).contains(&b)
        || a == 198 && (b == 18 || b == 19)
        || (a, b, c) == (192, 0, 0)
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
}

/// The IPv4 address that an IPv6 address is another form of: mapped, translated (64:ff9b::/96) or 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => address.to_ipv4_mapped(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses() {
        let private = "10.1.2.3 127.0.0.1 169.254.169.254 172.16.0.1 192.168.1.1 100.64.0.1 0.0.0.0 255.255.255.255 \
            224.0.0.1 198.18.0.1 ::1 :: fd00:ec2::254 fe80::1 ff02::1 ::ffff:10.0.0.1 64:ff9b::a9fe:a9fe 2002:0a00:1::";
        for text in private.split_whitespace() {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in ["52.216.1.1", "8.8.8.8", "100.128.0.1", "2600:1f18::1", "::ffff:52.216.1.1", "64:ff9b::3400:1"] {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn objects_in_s3() {
        let form = |address: &str| public_form(address);
        assert_eq!(form("s3://bucket/a/b.yaml").unwrap(), "https://bucket.s3.amazonaws.com/a/b.yaml");
        assert_eq!(form("s3://my.bucket/a.yaml").unwrap(), "https://s3.amazonaws.com/my.bucket/a.yaml");
        assert_eq!(form("https://host/a").unwrap(), "https://host/a");
        for wrong in ["s3://", "s3://bucket", "s3:///key", "s3://host:80@evil/key", "s3://a#b/c"] {
            assert!(form(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_asked() {
        let templates = Templates::new(vec!["localhost:8080".to_owned()]).unwrap();
        let allowed = |address: &str| templates.allowed(&Url::parse(address).unwrap()).is_ok();
        for address in [
            "https://127.0.0.1/a",
            "https://localhost/a",
            "https://[::1]/a",
            "https://[::ffff:10.0.0.1]/a",
            "https://0x7f.1/a",
            "https://2130706433/a",
            "http://example.com/a",
            "http://localhost:8081/a",
            "file:///etc/passwd",
        ] {
            assert!(!allowed(address), "{address}");
        }
        for address in ["https://bucket.s3.amazonaws.com/a.yaml", "http://localhost:8080/a", "https://localhost:8080/a"]
        {
            assert!(allowed(address), "{address}");
        }
    }
}
