//! Which facts about resource types a run uses: those of the program, or newer ones from the user's cache.

use super::{Streams, say};
use crate::schema::newer;
use clap::{Args, ValueEnum};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The file in the cache folder.
const NAME: &str = "newer-facts";
/// A file of newer facts is far smaller.
const MAX_BYTES: u64 = 256 << 20;

#[derive(Args, Debug)]
pub(super) struct FactsArgs {
    /// Which facts about resource types to use: those of the program, or newer ones of `schema update` if there are any
    #[arg(long, value_enum, default_value_t = Which::Newest, global = true, hide_short_help = true)]
    facts: Which,

    /// The folder of newer facts, instead of the user's cache folder
    #[arg(long, value_name = "DIR", global = true, hide_short_help = true)]
    cache: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// What the program carries
    Embedded,
    /// Newer ones from the cache, if there are any
    Newest,
}

impl FactsArgs {
    /// The file of newer facts: in the folder that was named, else in the one of the process, if it has any.
    pub(super) fn file(&self, folder: Option<PathBuf>) -> Option<PathBuf> {
        self.cache.clone().or(folder).map(|folder| folder.join(NAME))
    }

    /// Uses newer facts if there are any; says so when they cannot be used.
    pub(super) fn load(&self, file: Option<&Path>, streams: &mut Streams<'_>) {
        let Some(file) = file.filter(|_| self.facts == Which::Newest) else { return };
        let result = match read(file) {
            Ok(Some(bytes)) => newer::install(bytes).map(|_| ()),
            Ok(None) => Ok(()),
            Err(e) => Err(e.to_string()),
        };
        if let Err(why) = result {
            let file = file.display();
            let what =
                format!("the newer facts in {file} are not used: {why}; `stacklens schema update` makes them anew");
            say(streams, &what);
        }
    }
}

/// The content of a file of newer facts; `None` if there is none.
pub(super) fn read(file: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(file) {
        Ok(file) => file,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
        Err(e) => return Err(e),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// The cache folder of the person who runs the process.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let local = || if cfg!(windows) { folder("LOCALAPPDATA") } else { None };
    let home = || folder("HOME").map(|home| home.join(".cache"));
    folder("XDG_CACHE_HOME").or_else(local).or_else(home).map(|cache| cache.join("stacklens"))
}

/// A line on the newer facts in use, for those who want to know.
pub(super) fn described() -> Option<String> {
    let about = newer::in_use()?;
    let date = about.date.as_deref().map_or_else(String::new, |date| format!(" of {date}"));
    Some(format!("using newer facts about resource types{date} from {}", about.source))
}
