//! Reading one input of a command: no more of it than shows that it is too large.

use crate::syntax::MAX_FILE_BYTES;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Up to one byte more than a document may have.
pub(super) fn limited(from: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The same of a file, with room for it made at once.
pub(super) fn limited_file(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata().map_or(0, |m| m.len()).min(MAX_FILE_BYTES as u64 + 1);
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Says why a file of this many bytes is not read, if it is too large.
pub(super) fn too_large(bytes: &[u8]) -> Option<String> {
    (bytes.len() > MAX_FILE_BYTES)
        .then(|| format!("the file has more than {} MB, so it is not read", MAX_FILE_BYTES / (1024 * 1024)))
}

/// All of a file, or of standard input when the path is `-`; with its name for messages.
///
/// # Errors
/// What the system says, or that the file is too large.
pub(super) fn whole(path: &Path, stdin: &mut dyn Read) -> Result<(String, Vec<u8>), String> {
    let (name, bytes) = if path.as_os_str() == "-" {
        ("<stdin>".to_owned(), limited(stdin))
    } else {
        (path.display().to_string(), limited_file(path))
    };
    let bytes = bytes.map_err(|e| e.to_string())?;
    too_large(&bytes).map_or(Ok((name, bytes)), Err)
}
