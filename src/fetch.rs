//! Fetching over the network, which only `schema update` does, under limits of size and time; and archives.

mod archive;

pub use archive::{Archive, unpack};

use reqwest::blocking::{Client, Response};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Url, header};
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
    let start = Instant::now();
    let client = Client::builder()
        .user_agent(concat!("stacklens/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeout.min(Duration::from_secs(15)))
        .timeout(timeout)
        .redirect(Policy::custom(redirect))
        .build()
        .map_err(|e| format!("cannot fetch: {}", reason(&e)))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let response = client.get(url).send().map_err(|e| failure(&host, &e))?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("{address}: the server answers {status}"));
    }
    let date = response.headers().get(header::LAST_MODIFIED).and_then(|value| value.to_str().ok()).and_then(day);
    let late = || format!("{host}: it takes longer than {} seconds (--timeout)", timeout.as_secs());
    let bytes = body(response, &|| start.elapsed() > timeout, progress).map_err(|problem| match problem {
        Problem::Late => late(),
        Problem::Large => format!("{address}: it is larger than {MAX_BYTES} bytes"),
        Problem::Broken(why) => format!("{address}: the answer broke off: {why}"),
    })?;
    Ok(Fetched { bytes, date })
}

enum Problem {
    Late,
    Large,
    Broken(String),
}

fn body(
    mut response: Response,
    late: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Vec<u8>, Problem> {
    let all = response.content_length();
    if all.is_some_and(|all| all > MAX_BYTES) {
        return Err(Problem::Large);
    }
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        if late() {
            return Err(Problem::Late);
        }
        let read = match response.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(read) => read,
            Err(_) if late() => return Err(Problem::Late),
            Err(e) => return Err(Problem::Broken(reason(&e))),
        };
        bytes.extend_from_slice(&buffer[..read]);
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Problem::Large);
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

fn failure(host: &str, error: &reqwest::Error) -> String {
    if error.is_redirect() {
        return format!("{host}: {}", reason(error));
    }
    if error.is_timeout() {
        return format!("{host} does not answer in time");
    }
    let offline = "without a network, fetch the archive elsewhere and use --archive FILE";
    format!("cannot reach {host}: {} ({offline})", reason(error))
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
