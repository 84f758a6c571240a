//! The signing keys: a token that one node has given opens the others, too.

use crate::config::{Config, SecretName, Secrets};
use crate::db::{self, Db, args};

/// Why a process must not start.
#[derive(Debug, thiserror::Error)]
pub enum DifferingSecrets {
    #[error(
        "ACCESS_TOKEN_SECRET or REFRESH_TOKEN_SECRET differs from that of another node, which uses this database now: \
         people would be logged out at random. Set the same on every node, or on none of them. To change them, stop all \
         nodes first"
    )]
    Nodes,
    #[error("the signing keys: {0}")]
    Folder(#[from] std::io::Error),
    #[error("the database: {0}")]
    Database(#[from] db::Error),
}

/// Takes the configured keys. Others are in the database if nodes share it, else in the data folder. Those that are
/// missing are made.
///
/// # Errors
/// When they cannot be read or written.
pub async fn load_secrets(config: &Config, db: &Db) -> Result<Secrets, DifferingSecrets> {
    if !db.is_shared() {
        return Ok(Secrets::load(config)?);
    }
    Ok(Secrets {
        access: shared(config, db, SecretName::Access).await?,
        refresh: shared(config, db, SecretName::Refresh).await?,
    })
}

async fn shared(config: &Config, db: &Db, name: SecretName) -> Result<String, DifferingSecrets> {
    if let Some(given) = name.given(config) {
        return Ok(given.clone());
    }
    // A node that was alone until now has one that its sessions need.
    let own = name.stored(&config.data_dir)?;
    let offered = match &own {
        Some(own) => own.clone(),
        None => SecretName::random()?,
    };
    let sql = "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    db.run(sql, args![name.as_str(), offered]).await?;
    let (value,): (String,) = db.one("SELECT value FROM secrets WHERE name = $1", args![name.as_str()]).await?;
    if own.is_some_and(|own| own != value) {
        tracing::warn!("{} of the data folder is not used: the nodes of this database have another one", name.as_str());
    }
    Ok(value)
}
