//! Signing keys, configured or generated at the first start.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Config;

const SECRET_BYTES: usize = 32;

#[derive(Clone)]
pub struct Secrets {
    pub access: String,
    pub refresh: String,
}

impl Secrets {
    /// Takes the configured ones, else the stored ones, else new ones, which are stored.
    pub fn load(config: &Config) -> std::io::Result<Self> {
        Ok(Self {
            access: load(config.access_token_secret.as_ref(), &config.data_dir, "access_token_secret")?,
            refresh: load(config.refresh_token_secret.as_ref(), &config.data_dir, "refresh_token_secret")?,
        })
    }
}

fn load(given: Option<&String>, data_dir: &Path, name: &str) -> std::io::Result<String> {
    if let Some(secret) = given {
        return Ok(secret.clone());
    }
    let path = data_dir.join(name);
    // A hard link makes the file appear complete and only once: of several processes at their first start, one wins
    // and the others read its secret.
    if !path.exists() {
        let temporary = data_dir.join(format!("{name}.{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(random_hex()?.as_bytes())?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&temporary, &path);
        std::fs::remove_file(&temporary)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    let mut secret = String::new();
    OpenOptions::new().read(true).open(&path)?.read_to_string(&mut secret)?;
    if secret.len() < 2 * SECRET_BYTES {
        let error = format!("{} is damaged; delete it to generate a new one, which logs everybody out", path.display());
        return Err(std::io::Error::new(ErrorKind::InvalidData, error));
    }
    Ok(secret)
}

fn random_hex() -> std::io::Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(hex::encode(bytes))
}
