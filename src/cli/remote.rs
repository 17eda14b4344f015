//! The option `--fetch`: nested templates and includes at addresses. Without it nothing but files is read.

use super::{Streams, say};
use clap::Args;
use std::path::Path;

/// What the user allows to be fetched.
#[derive(Args, Debug, Clone, Default)]
pub(super) struct FetchArgs {
    /// Also read nested templates and includes at https and s3 addresses
    #[arg(long, hide_short_help = true)]
    fetch: bool,

    /// With --fetch: ask this host even though it is in a private network
    #[arg(long, value_name = "HOST[:PORT]", requires = "fetch", hide_short_help = true)]
    #[cfg_attr(not(feature = "fetch"), allow(dead_code))]
    fetch_from: Vec<String>,
}

/// Where what a template names is read from: the folder of the template and, if it is allowed, the network.
#[derive(Debug, Default)]
pub(super) struct Sources {
    #[cfg(feature = "fetch")]
    remote: Option<crate::fetch::Templates>,
}

impl FetchArgs {
    /// What there is to read from.
    ///
    /// # Errors
    /// Nothing can be fetched by this program, or by this machine.
    #[cfg(feature = "fetch")]
    pub fn sources(&self) -> Result<Sources, String> {
        let remote = self.fetch.then(|| crate::fetch::Templates::new(self.fetch_from.clone())).transpose()?;
        Ok(Sources { remote })
    }

    /// What there is to read from.
    ///
    /// # Errors
    /// Nothing can be fetched by this program.
    #[cfg(not(feature = "fetch"))]
    pub fn sources(&self) -> Result<Sources, String> {
        if self.fetch {
            return Err("this program was built without the feature `fetch`, so it cannot fetch anything".to_owned());
        }
        Ok(Sources::default())
    }
}

impl Sources {
    /// The text of what a template names: a file in a folder or below, or what is at an address.
    pub fn load(&self, folder: &Path, location: &str) -> Option<String> {
        #[cfg(feature = "fetch")]
        if let Some(remote) = self.remote.as_ref().filter(|_| crate::fetch::Templates::is_address(location)) {
            return remote.text(location);
        }
        super::includes::load(folder, location)
    }

    /// Says what could not be fetched.
    pub fn tell(&self, streams: &mut Streams<'_>) {
        #[cfg(feature = "fetch")]
        for failure in self.remote.iter().flat_map(crate::fetch::Templates::failures) {
            say(streams, &failure);
        }
        #[cfg(not(feature = "fetch"))]
        let _ = (streams, say);
    }
}
