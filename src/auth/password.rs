//! Password hashing, off the async threads and with a queue that has an end.

use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::error::Error;

/// The longest password accepted. Hashing time does not depend on it; the limit only keeps it sane.
pub const PASSWORD_BYTES_MAX: usize = 1000;
/// bcrypt reads no further than this (the original's hashes; new ones are argon2id).
const BCRYPT_BYTES_MAX: usize = 72;

/// Hashes and verifies passwords. At most one a core at a time, since each needs a core and 19 MiB.
pub struct Hasher {
    cores: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// What an unknown account's password is checked against, to take the same time as a wrong one.
    decoy: String,
}

/// What checking a password came to.
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but the stored hash is of an old kind: store this one instead.
    RightRehashed(String),
}

impl Hasher {
    /// # Errors
    /// When the operating system gives no random salt.
    pub fn new(queue_max: usize) -> Result<Self, Error> {
        let cores = available_parallelism().map_or(1, usize::from);
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores)),
            queue: Arc::new(Semaphore::new(queue_max + cores)),
            decoy: hash("nobody's password")?,
        })
    }

    /// The argon2id hash of a new password, as a PHC string.
    ///
    /// # Errors
    /// 503 when too many others are waiting.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.run(move || hash(&password)).await?
    }

    /// Checks a password against an argon2 or bcrypt hash; `None` stands for an account that does not exist.
    ///
    /// # Errors
    /// 503 when too many others are waiting; 400 when a password is longer than the account's bcrypt hash covers.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, Error> {
        let decoy = stored.is_none();
        let stored = stored.unwrap_or_else(|| self.decoy.clone());
        let verdict = self.run(move || verify(&password, &stored)).await??;
        Ok(if decoy { Verdict::Wrong } else { verdict })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let busy = || Error::Busy("The server is busy checking passwords. Try again in a moment.".into());
        let _place = self.queue.try_acquire().map_err(|_| busy())?;
        // Owned, so that a request that goes away does not free the core while the work goes on.
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| busy())?;
        let work = move || {
            let result = work();
            drop(core);
            result
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn hash(password: &str) -> Result<String, Error> {
    let hash =
        Argon2::default().hash_password(password.as_bytes()).map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

fn verify(password: &str, stored: &str) -> Result<Verdict, Error> {
    if !stored.starts_with("$2") {
        let parsed = PasswordHash::new(stored).map_err(|error| Error::internal(error.to_string()))?;
        let right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
        return Ok(if right { Verdict::Right } else { Verdict::Wrong });
    }
    if password.len() > BCRYPT_BYTES_MAX {
        return Err(Error::field("password", format!("password must have at most {BCRYPT_BYTES_MAX} bytes")));
    }
    if bcrypt::verify(password, stored).map_err(Error::internal)? {
        Ok(Verdict::RightRehashed(hash(password)?))
    } else {
        Ok(Verdict::Wrong)
    }
}
