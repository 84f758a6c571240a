//! Signing keys, configured or generated at the first start.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Config;

const SECRET_BYTES: usize = 32;

#[derive(Clone)]
pub struct Secrets {
    pub access: String,
    pub refresh: String,
}

impl Secrets {
    /// Takes the configured ones, else those in the data folder, else new ones, which are stored there.
    pub fn load(config: &Config) -> std::io::Result<Self> {
        Ok(Self { access: SecretName::Access.load(config)?, refresh: SecretName::Refresh.load(config)? })
    }

    /// Returns what tells whether two nodes have the same. They cannot be found out from it.
    pub fn digest(&self) -> Vec<u8> {
        Sha256::new().chain_update(&self.access).chain_update([0]).chain_update(&self.refresh).finalize().to_vec()
    }
}

#[derive(Clone, Copy, Debug)]
pub enum SecretName {
    Access,
    Refresh,
}

impl SecretName {
    /// Returns the name of its file in the data folder.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access_token_secret",
            Self::Refresh => "refresh_token_secret",
        }
    }

    pub const fn given(self, config: &Config) -> Option<&String> {
        match self {
            Self::Access => config.access_token_secret.as_ref(),
            Self::Refresh => config.refresh_token_secret.as_ref(),
        }
    }

    /// Reads the one in the data folder.
    pub fn stored(self, data_dir: &Path) -> std::io::Result<Option<String>> {
        let path = data_dir.join(self.as_str());
        let mut secret = String::new();
        match OpenOptions::new().read(true).open(&path) {
            Ok(mut file) => file.read_to_string(&mut secret)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if secret.len() < 2 * SECRET_BYTES {
            let error =
                format!("{} is damaged; delete it to generate a new one, which logs everybody out", path.display());
            return Err(std::io::Error::new(ErrorKind::InvalidData, error));
        }
        Ok(Some(secret))
    }

    pub fn random() -> std::io::Result<String> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(hex::encode(bytes))
    }

    fn load(self, config: &Config) -> std::io::Result<String> {
        if let Some(secret) = self.given(config) {
            return Ok(secret.clone());
        }
        let data_dir = &config.data_dir;
        if let Some(secret) = self.stored(data_dir)? {
            return Ok(secret);
        }
        self.store_new(data_dir)?;
        self.stored(data_dir)?.ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// A hard link makes the file appear complete and only once: of several processes at their first start, one wins and
    /// the others read its secret.
    fn store_new(self, data_dir: &Path) -> std::io::Result<()> {
        let name = self.as_str();
        let temporary = data_dir.join(format!("{name}.{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(Self::random()?.as_bytes())?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&temporary, data_dir.join(name));
        std::fs::remove_file(&temporary)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }
}
