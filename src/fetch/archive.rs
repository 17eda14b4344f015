//! Reading an archive in memory: nothing in it names a place where anything is written.

use std::io::{Cursor, Read};
use zip::ZipArchive;

/// More entries than this are no archive of schemas.
const MAX_ENTRIES: usize = 20_000;
/// Bytes of one entry.
const MAX_ENTRY: u64 = 8 << 20;
/// Bytes of all entries together.
const MAX_TOTAL: u64 = 256 << 20;

/// The content of an archive.
#[derive(Debug, Default)]
pub struct Archive {
    /// Name and content of each JSON file.
    pub entries: Vec<(String, Vec<u8>)>,
    /// The day of the newest entry: 2026-11-21.
    pub date: Option<String>,
}

/// Reads an archive; or says why it is none that can be used.
pub fn unpack(bytes: &[u8]) -> Result<Archive, String> {
    let mut zip =
        ZipArchive::new(Cursor::new(bytes)).map_err(|e| format!("it is no archive, or it is cut short: {e}"))?;
    if zip.len() > MAX_ENTRIES {
        return Err(format!("the archive has more than {MAX_ENTRIES} entries"));
    }
    let (mut archive, mut total) = (Archive::default(), 0);
    for at in 0..zip.len() {
        let entry = zip.by_index(at).map_err(|e| format!("the archive is damaged: {e}"))?;
        // A name that cannot be read is not that of a schema.
        let name = entry.name().map(|name| name.into_owned()).unwrap_or_default();
        if entry.is_dir() || !name.ends_with(".json") {
            continue;
        }
        let date = entry.last_modified().map(|d| format!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day()));
        // 1980-01-01 is what programs write that do not know.
        archive.date = archive.date.max(date.filter(|date| date.as_str() > "1980-01-01"));
        let mut content = Vec::new();
        let read = entry.take(MAX_ENTRY + 1).read_to_end(&mut content);
        read.map_err(|e| format!("the archive is damaged: {e}"))?;
        total += content.len() as u64;
        if content.len() as u64 > MAX_ENTRY {
            return Err(format!("an entry of the archive is larger than {MAX_ENTRY} bytes"));
        }
        if total > MAX_TOTAL {
            return Err(format!("the archive unpacks to more than {MAX_TOTAL} bytes"));
        }
        archive.entries.push((name, content));
    }
    Ok(archive)
}
