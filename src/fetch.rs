//! Fetching over the network, which only `schema update` and the option `--fetch` do, under limits of size and time; and
//! archives.

mod archive;
mod templates;

pub use archive::{Archive, unpack};
pub use templates::Templates;

use reqwest::blocking::{Client, ClientBuilder, Response};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{StatusCode, Url, header};
use std::io::Read;
use std::time::{Duration, Instant};

/// No archive of schemas is nearly as large.
pub const MAX_BYTES: u64 = 64 << 20;
const MAX_REDIRECTS: usize = 5;

/// What was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// The content.
    pub bytes: Vec<u8>,
    /// The day when it was made, as the server says: 2026-11-21.
    pub date: Option<String>,
}

/// Fetches what is at an address; tells how many bytes are there already, and of how many.
///
/// Only `https`; `http` for this machine, or if the content is `checked` against a digest.
pub fn fetch(
    address: &str,
    checked: bool,
    timeout: Duration,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Fetched, String> {
    let url = Url::parse(address).map_err(|e| format!("`{address}` is no address: {e}"))?;
    match url.scheme() {
        "https" => {}
        "http" if checked || is_this_machine(&url) => {}
        "http" => return Err(format!("`{address}` is not protected: use https, or say its digest with --sha256")),
        _ => return Err(format!("`{address}`: only https addresses can be fetched")),
    }
    let client = client(timeout).build().map_err(|e| format!("cannot fetch: {}", reason(&e)))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    get(&client, url, MAX_BYTES, timeout, progress).map_err(|failure| match failure {
        Failure::Unreachable(why) => {
            format!(
                "cannot reach {host}: {why} (without a network, fetch the archive elsewhere and use --archive FILE)"
            )
        }
        Failure::Redirected(why) => format!("{host}: {why}"),
        Failure::Refused(status) => format!("{address}: the server answers {status}"),
        Failure::Silent => format!("{host} does not answer in time"),
        Failure::Late => format!("{host}: it takes longer than {} seconds (--timeout)", timeout.as_secs()),
        Failure::Large => format!("{address}: it is larger than {MAX_BYTES} bytes"),
        Failure::Broken(why) => format!("{address}: the answer broke off: {why}"),
    })
}

/// What every client is like.
fn client(timeout: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("stacklens/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeout.min(Duration::from_secs(15)))
        .timeout(timeout)
        .redirect(Policy::custom(redirect))
}

/// Why there is no content.
enum Failure {
    /// The host cannot be reached.
    Unreachable(String),
    /// It sends elsewhere.
    Redirected(String),
    /// It answers with something else than success.
    Refused(StatusCode),
    /// It says nothing.
    Silent,
    /// It takes too long.
    Late,
    /// There is too much of it.
    Large,
    /// The answer broke off.
    Broken(String),
}

/// Gets what is at an address: up to so many bytes, within a time.
fn get(
    client: &Client,
    url: Url,
    most: u64,
    timeout: Duration,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Fetched, Failure> {
    let start = Instant::now();
    let response = client.get(url).send().map_err(|e| failure(&e))?;
    let status = response.status();
    if !status.is_success() {
        return Err(Failure::Refused(status));
    }
    let date = response.headers().get(header::LAST_MODIFIED).and_then(|value| value.to_str().ok()).and_then(day);
    let bytes = body(response, most, &|| start.elapsed() > timeout, progress)?;
    Ok(Fetched { bytes, date })
}

fn body(
    mut response: Response,
    most: u64,
    late: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Vec<u8>, Failure> {
    let all = response.content_length();
    if all.is_some_and(|all| all > most) {
        return Err(Failure::Large);
    }
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        if late() {
            return Err(Failure::Late);
        }
        let read = match response.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(read) => read,
            Err(_) if late() => return Err(Failure::Late),
            Err(e) => return Err(Failure::Broken(reason(&e))),
        };
        bytes.extend_from_slice(&buffer[..read]);
        if bytes.len() as u64 > most {
            return Err(Failure::Large);
        }
        progress(bytes.len() as u64, all);
    }
}

/// Follows what stays on the same host.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let Some(last) = attempt.previous().last() else { return attempt.stop() };
    let same = last.host_str() == attempt.url().host_str()
        && last.port_or_known_default() == attempt.url().port_or_known_default()
        && last.scheme() == attempt.url().scheme();
    if !same {
        let to = attempt.url().host_str().unwrap_or_default().to_owned();
        return attempt.error(format!("the server sends to another place (`{to}`), which is not followed"));
    }
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error("the server sends from one place to the next without end");
    }
    attempt.follow()
}

fn is_this_machine(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn failure(error: &reqwest::Error) -> Failure {
    if error.is_redirect() {
        Failure::Redirected(reason(error))
    } else if error.is_timeout() {
        Failure::Silent
    } else {
        Failure::Unreachable(reason(error))
    }
}

/// The innermost reason, which is what a person can do something about.
fn reason(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// The day of a date as servers write it: `Wed, 21 Oct 2026 07:28:00 GMT`.
fn day(text: &str) -> Option<String> {
    let mut words = text.split_whitespace().skip(1);
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == month)? + 1;
    let (day, year): (u8, u16) = (day.parse().ok()?, year.parse().ok()?);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_servers() {
        assert_eq!(day("Wed, 21 Oct 2026 07:28:00 GMT").as_deref(), Some("2026-10-21"));
        assert_eq!(day("yesterday"), None);
        assert_eq!(day("Wed, 21 Brumaire 2026"), None);
    }

    #[test]
    fn only_protected_addresses() {
        let fetch = |address: &str| fetch(address, false, Duration::from_secs(1), &mut |_, _| {}).unwrap_err();
        for address in ["http://example.com/a.zip", "file:///etc/passwd", "ftp://example.com/a", "no address"] {
            assert!(fetch(address).starts_with(&format!("`{address}`")), "{}", fetch(address));
        }
    }
}
