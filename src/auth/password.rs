//! Password hashing, off the async threads and with a bounded queue.

use std::thread::available_parallelism;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::Error;
use crate::gate::Gate;

/// Hashing time does not depend on it; the limit only keeps it sane.
pub const PASSWORD_BYTES_MAX: usize = 1000;
/// bcrypt reads no further than this (the original's hashes; new ones are argon2id).
const BCRYPT_BYTES_MAX: usize = 72;

/// Cost of a new hash. Verifying uses the cost in the stored hash.
#[derive(Clone, Copy, Debug)]
pub struct HashingCost {
    pub memory_kib: u32,
    pub iterations: u32,
}

impl Default for HashingCost {
    /// OWASP's first choice for argon2id.
    fn default() -> Self {
        Self { memory_kib: Params::DEFAULT_M_COST, iterations: Params::DEFAULT_T_COST }
    }
}

/// Works on at most one password a core at a time: each needs a core and 19 MiB.
pub struct Hasher {
    cores: Gate,
    queue: Gate,
    argon2: Argon2<'static>,
    /// Checked for unknown accounts, so that they take the same time as a wrong password.
    decoy: String,
}

pub enum Verdict {
    Wrong,
    Right,
    /// Store this one instead: the stored hash is of an old kind.
    RightRehashed(String),
}

impl Hasher {
    pub fn new(queue_max: usize, cost: HashingCost) -> Result<Self, Error> {
        let cores = available_parallelism().map_or(1, usize::from);
        let params = Params::new(cost.memory_kib, cost.iterations, Params::DEFAULT_P_COST, None);
        let params = params.map_err(|error| Error::internal(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self {
            cores: Gate::new(cores),
            queue: Gate::new(queue_max + cores),
            decoy: hash(&argon2, "nobody's password")?,
            argon2,
        })
    }

    /// Returns a PHC string; 503 when too many others are waiting.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        let argon2 = self.argon2.clone();
        self.run(move || hash(&argon2, &password)).await?
    }

    /// Takes argon2 and bcrypt hashes; `None` stands for an account that does not exist. 503 when too many others are
    /// waiting, 400 when a password is longer than the account's bcrypt hash covers.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, Error> {
        let argon2 = self.argon2.clone();
        let decoy = stored.is_none();
        let stored = stored.unwrap_or_else(|| self.decoy.clone());
        let verdict = self.run(move || verify(&argon2, &password, &stored)).await??;
        Ok(if decoy { Verdict::Wrong } else { verdict })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let busy = || Error::Busy("The server is busy checking passwords. Try again in a moment.".into());
        let _place = self.queue.try_enter().ok_or_else(busy)?;
        // Moves into the work, which goes on when the request goes away.
        let core = self.cores.enter().await?;
        let work = move || {
            let result = work();
            drop(core);
            result
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, Error> {
    let hash = argon2.hash_password(password.as_bytes()).map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

fn verify(argon2: &Argon2<'_>, password: &str, stored: &str) -> Result<Verdict, Error> {
    if !stored.starts_with("$2") {
        let parsed = PasswordHash::new(stored).map_err(|error| Error::internal(error.to_string()))?;
        let right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
        return Ok(if right { Verdict::Right } else { Verdict::Wrong });
    }
    if password.len() > BCRYPT_BYTES_MAX {
        return Err(Error::field("password", format!("password must have at most {BCRYPT_BYTES_MAX} bytes")));
    }
    if bcrypt::verify(password, stored).map_err(Error::internal)? {
        Ok(Verdict::RightRehashed(hash(argon2, password)?))
    } else {
        Ok(Verdict::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn new_hashes_cost_what_owasp_asks_for() {
        let hash = Hasher::new(1, HashingCost::default()).unwrap().hash("secret".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }
}
