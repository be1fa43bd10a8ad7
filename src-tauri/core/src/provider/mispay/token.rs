//! MIS Pay's access token: asked for once at a time, opened with a key derived outside the loop, renewed early.
//!
//! `result.token` is `base64(salt[16] | nonce[12] | ciphertext | tag[16])`, AES-256-GCM under
//! PBKDF2-HMAC-SHA256(app secret, salt, 40 000 rounds). The plaintext is JSON with the JWT inside.

use crate::secret::Secret;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;

/// How long a token is trusted where neither the JWT nor the answer says.
// Assumed: shorter than any session that the vendor is known to grant.
pub const TOKEN_LIFE_DEFAULT_MS: i64 = 10 * 60_000;
/// Renewed so long before its end, or at half its life if that is sooner.
const RENEW_EARLY_MS: i64 = 60_000;
/// Neither an ageing nor a refused token is renewed more often.
const RENEWAL_EVERY_MS: i64 = 60_000;

const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;

/// The key of one sealed token. Takes 12 to 20 ms at 40 000 rounds: never called on the click path.
pub fn derive_key(secret: &Secret<String>, salt: &[u8], rounds: u32) -> Secret<Vec<u8>> {
    let mut key = vec![0; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(secret.expose().as_bytes(), salt, rounds, &mut key);
    Secret::new(key)
}

/// A token as it comes over the wire.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// For the key.
    pub salt: Vec<u8>,
    nonce_and_ciphertext: Vec<u8>,
}

impl Sealed {
    /// Takes the base64 text apart; `None` where it is none, or too short.
    pub fn read(text: &str) -> Option<Sealed> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        let (salt, rest) = bytes.split_at_checked(SALT_BYTES)?;
        (rest.len() > NONCE_BYTES + 16).then(|| Sealed { salt: salt.to_vec(), nonce_and_ciphertext: rest.to_vec() })
    }

    /// The JWT inside; `None` where the tag does not fit (a wrong secret) or the plaintext is not the paper's.
    pub fn open(&self, key: &Secret<Vec<u8>>) -> Option<Secret<String>> {
        #[derive(Deserialize)]
        struct Plain {
            token: String,
        }
        let key = Key::<Aes256Gcm>::try_from(key.expose().as_slice()).ok()?;
        let (nonce, ciphertext) = self.nonce_and_ciphertext.split_at(NONCE_BYTES);
        let plain = Aes256Gcm::new(&key).decrypt(&Nonce::try_from(nonce).ok()?, ciphertext).ok()?;
        let plain = Secret::new(plain);
        let token = serde_json::from_slice::<Plain>(plain.expose()).ok()?.token;
        // It goes into a header: what could not stand there is no token.
        (!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic())).then(|| Secret::new(token))
    }
}

/// How long a JWT lives, in milliseconds: `exp` less the server's own clock (`Date`, else `iat`). Our wall clock has no say.
pub fn life_ms(jwt: &Secret<String>, server_date_ms: Option<i64>) -> i64 {
    #[derive(Deserialize)]
    struct Claims {
        exp: Option<i64>,
        iat: Option<i64>,
    }
    let payload = jwt.expose().split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims = payload.and_then(|payload| serde_json::from_slice::<Claims>(&payload).ok());
    let (Some(exp), iat) = claims.map_or((None, None), |claims| (claims.exp, claims.iat)) else {
        return TOKEN_LIFE_DEFAULT_MS;
    };
    let begin_ms = server_date_ms.or_else(|| iat.map(|s| s.saturating_mul(1000)));
    match begin_ms.map(|begin_ms| exp.saturating_mul(1000).saturating_sub(begin_ms)) {
        Some(life_ms) if (1..=24 * 3_600_000).contains(&life_ms) => life_ms,
        _ => TOKEN_LIFE_DEFAULT_MS,
    }
}

/// A token in use.
#[derive(Clone, Debug)]
pub struct Ready {
    /// In clear; leaves only in a header.
    pub jwt: Secret<String>,
    /// When it was received (boot clock, ms). Names it.
    pub got_ms: i64,
    /// When its life ends (boot clock, ms).
    pub ends_ms: i64,
}

/// A token request under way.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Its call.
    pub call: u64,
    /// The answer, and the server's `Date` (UTC ms), while the key is derived.
    pub sealed: Option<(Sealed, Option<i64>)>,
}

/// What the machine knows about its token. One request at a time, whoever asks.
#[derive(Clone, Debug, Default)]
pub struct TokenDesk {
    /// The newest usable token.
    pub ready: Option<Ready>,
    /// The request that is under way.
    pub asking: Option<Asking>,
    /// Failures in a row.
    pub errors: u32,
    last_forced_ms: Option<i64>,
}

impl TokenDesk {
    /// The token, if it lives.
    pub fn usable(&self, now_ms: i64) -> Option<&Ready> {
        self.ready.as_ref().filter(|ready| ready.ends_ms > now_ms)
    }

    /// When to renew the token that is in use (boot clock, ms).
    /// At most once a minute: a token that lives shorter is fetched when it is needed.
    pub fn renew_at_ms(&self) -> Option<i64> {
        let renew_ms = |ready: &Ready| ready.ends_ms - RENEW_EARLY_MS.min((ready.ends_ms - ready.got_ms) / 2);
        self.ready.as_ref().map(|ready| renew_ms(ready).max(ready.got_ms + RENEWAL_EVERY_MS))
    }

    /// A request made with the token of `got_ms` was refused. Says whether another token is there or may be fetched now.
    pub fn refused(&mut self, got_ms: i64, now_ms: i64) -> bool {
        if self.ready.as_ref().is_some_and(|ready| ready.got_ms > got_ms) || self.asking.is_some() {
            return true;
        }
        if self.last_forced_ms.is_some_and(|last| now_ms - last < RENEWAL_EVERY_MS) {
            return false;
        }
        self.last_forced_ms = Some(now_ms);
        self.ready = None;
        true
    }
}
