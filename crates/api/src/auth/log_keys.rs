//! The Ed25519 keys of the sealed log: one signs its checkpoints, former ones still check those that they signed. They are not the
//! keys of tokens: whoever has to replace one need not replace the other.

use stafett_ledger::note::{Kind, Signer, Verifier};

use super::keys::{KeyError, read_or_make, read_public};
use crate::config::Config;

const SETTING: &str = "audit.signing_key_file";
const PREVIOUS: &str = "audit.previous_keys";

/// The keys of the log of this installation.
#[derive(Debug)]
pub struct LogKeys {
    signer: Signer,
    accepted: Vec<Verifier>,
}

impl LogKeys {
    /// Reads the keys that the configuration names, for the log with this name. The key of the data folder is made when it is
    /// missing; one that somebody named is not.
    ///
    /// # Errors
    /// [`KeyError`] when a file is missing, unreadable or no Ed25519 key.
    pub fn load(config: &Config, origin: &str) -> Result<Self, KeyError> {
        let path = config.log_key_file();
        let der = read_or_make(SETTING, &path, config.audit.signing_key_file.is_some())?;
        let signer = Signer::from_pkcs8(origin, Kind::Log, &der).map_err(|_rejected| KeyError::Format { path })?;
        let mut accepted = vec![signer.verifier().clone()];
        accepted.extend(former(config, origin)?);
        Ok(Self { signer, accepted })
    }

    /// The one that signs.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Those by which checkpoints are checked, the one that signs first.
    #[must_use]
    pub fn accepted(&self) -> &[Verifier] {
        &self.accepted
    }
}

fn former(config: &Config, origin: &str) -> Result<Vec<Verifier>, KeyError> {
    let of = |path: &std::path::PathBuf| {
        let wrong = || KeyError::Format { path: path.clone() };
        let public = read_public(PREVIOUS, path)?;
        let public = public.try_into().map_err(|_length| wrong())?;
        Verifier::new(origin, Kind::Log, public).map_err(|_rejected| wrong())
    };
    config.audit.previous_keys.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_makes_a_key_of_its_own_and_former_ones_are_still_accepted() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::embedded(dir.path()).unwrap();
        let keys = LogKeys::load(&config, "stafett.example.org/log").unwrap();
        assert_eq!(keys.accepted(), [keys.signer().verifier().clone()]);
        assert!(!super::super::keys::is_exposed(&config.log_key_file()));
        assert_ne!(config.log_key_file(), config.signing_key_file());
        let former = dir.path().join("former.pem");
        std::fs::rename(config.log_key_file(), &former).unwrap();
        config.audit.previous_keys = vec![former];
        let next = LogKeys::load(&config, "stafett.example.org/log").unwrap();
        assert_ne!(next.signer().verifier(), keys.signer().verifier());
        assert_eq!(next.accepted().last(), Some(keys.signer().verifier()));
        config.audit.signing_key_file = Some(dir.path().join("slip.pem"));
        assert!(matches!(
            LogKeys::load(&config, "x"),
            Err(KeyError::File { setting: SETTING, .. })
        ));
    }
}
