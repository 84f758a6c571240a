//! Access and refresh tokens: JSON Web Tokens, HS256, each kind with a secret of its own.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::{Config, Secrets};
use crate::error::Error;
use crate::id::{SessionId, UserId};

const NONCE_BYTES: usize = 16;

/// Only `_id` and `sid` are believed; the rest is there for clients that read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    #[serde(rename = "_id")]
    pub id: UserId,
    pub sid: SessionId,
    pub email: String,
    pub username: String,
    #[serde(rename = "fullName")]
    pub full_name: String,
    /// Tells apart two tokens of one session that are issued within the same second.
    #[serde(default)]
    pub jti: String,
    pub iat: i64,
    pub exp: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct RefreshClaims {
    #[serde(rename = "_id")]
    id: UserId,
    jti: String,
    iat: i64,
    exp: i64,
}

#[derive(Debug)]
pub struct Refresh {
    pub user: UserId,
    pub session: SessionId,
    nonce: [u8; NONCE_BYTES],
}

#[derive(Debug, PartialEq, Eq)]
pub enum TokenError {
    Expired,
    Signature,
    Malformed,
}

pub struct Tokens {
    access: (EncodingKey, DecodingKey),
    refresh: (EncodingKey, DecodingKey),
    refresh_secret: Vec<u8>,
    access_expiry: Duration,
    refresh_expiry: Duration,
}

impl Tokens {
    pub fn new(config: &Config, secrets: &Secrets) -> Self {
        let keys =
            |secret: &str| (EncodingKey::from_secret(secret.as_bytes()), DecodingKey::from_secret(secret.as_bytes()));
        Self {
            access: keys(&secrets.access),
            refresh: keys(&secrets.refresh),
            refresh_secret: secrets.refresh.as_bytes().to_vec(),
            access_expiry: config.access_token_expiry,
            refresh_expiry: config.refresh_token_expiry,
        }
    }

    pub fn access_expiry(&self) -> Duration {
        self.access_expiry
    }

    pub fn refresh_expiry(&self) -> Duration {
        self.refresh_expiry
    }

    /// Fills in `jti`, `iat` and `exp`.
    pub fn write_access(&self, claims: Claims, now_ms: i64) -> Result<String, Error> {
        let (iat, exp) = lifetime(now_ms, self.access_expiry);
        let jti = hex::encode(random_nonce()?);
        encode(&Header::default(), &Claims { jti, iat, exp, ..claims }, &self.access.0).map_err(Error::internal)
    }

    pub fn read_access(&self, token: &str, now_ms: i64) -> Result<Claims, TokenError> {
        let claims: Claims = read(token, &self.access.1)?;
        if claims.exp <= now_ms.div_euclid(1000) { Err(TokenError::Expired) } else { Ok(claims) }
    }

    pub fn write_refresh(&self, refresh: &Refresh, issued_ms: i64) -> Result<String, Error> {
        let (iat, exp) = lifetime(issued_ms, self.refresh_expiry);
        let jti = format!("{}{}", refresh.session, hex::encode(refresh.nonce));
        encode(&Header::default(), &RefreshClaims { id: refresh.user, jti, iat, exp }, &self.refresh.0)
            .map_err(Error::internal)
    }

    pub fn read_refresh(&self, token: &str, now_ms: i64) -> Result<Refresh, TokenError> {
        let claims: RefreshClaims = read(token, &self.refresh.1)?;
        if claims.exp <= now_ms.div_euclid(1000) {
            return Err(TokenError::Expired);
        }
        let (session, nonce) = claims.jti.split_at_checked(24).ok_or(TokenError::Malformed)?;
        let session = session.parse().map_err(|_| TokenError::Malformed)?;
        let mut bytes = [0; NONCE_BYTES];
        hex::decode_to_slice(nonce, &mut bytes).map_err(|_| TokenError::Malformed)?;
        Ok(Refresh { user: claims.id, session, nonce: bytes })
    }

    pub fn first_refresh(user: UserId, session: SessionId) -> Result<Refresh, Error> {
        Ok(Refresh { user, session, nonce: random_nonce()? })
    }

    /// Derives the token, rather than draws it: a client that refreshes twice in parallel gets the same successor both
    /// times and stays logged in whichever response it keeps. Without the secret nobody can tell it from random.
    pub fn successor(&self, used: &Refresh) -> Refresh {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.refresh_secret)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(b"chaitube refresh successor");
        mac.update(used.session.as_bytes());
        mac.update(&used.nonce);
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&mac.finalize().into_bytes()[..NONCE_BYTES]);
        Refresh { nonce, ..*used }
    }
}

impl Refresh {
    /// Is stored. The nonce is random, so a plain digest cannot be reversed.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.nonce).to_vec()
    }
}

fn random_nonce() -> Result<[u8; NONCE_BYTES], Error> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(Error::internal)?;
    Ok(nonce)
}

fn lifetime(from_ms: i64, expiry: Duration) -> (i64, i64) {
    let iat = from_ms.div_euclid(1000);
    (iat, iat.saturating_add(i64::try_from(expiry.as_secs()).unwrap_or(i64::MAX)))
}

fn read<T: DeserializeOwned>(token: &str, key: &DecodingKey) -> Result<T, TokenError> {
    let mut validation = Validation::new(Algorithm::HS256);
    // Expiry is checked against the program's clock by the callers.
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    decode::<T>(token, key, &validation).map(|token| token.claims).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => TokenError::Signature,
        _ => TokenError::Malformed,
    })
}
