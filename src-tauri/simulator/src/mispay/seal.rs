//! How MIS Pay makes and wraps its token. The layout is known from the vendor's plugins.

use crate::chance::Chance;
use crate::json::Object;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A token that looks like an HS256 JWT. Its signature is chance: nobody but the far end could
/// check it anyway.
pub(crate) fn jwt(subject: &str, issued_ms: i64, life_ms: i64, chance: &mut Chance) -> String {
    let issued_s = issued_ms.div_euclid(1_000);
    let ends_s = issued_ms.saturating_add(life_ms).div_euclid(1_000);
    let payload = Object::new()
        .text("sub", subject)
        .text("jti", &chance.hex(16))
        .number("iat", issued_s)
        .number("exp", ends_s)
        .close();
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signature: [u8; 32] = chance.bytes();
    format!("{}.{}.{}", encode(br#"{"alg":"HS256","typ":"JWT"}"#), encode(payload.as_bytes()), encode(&signature))
}

/// base64( salt[16] | nonce[12] | ciphertext | tag[16] ), AES-256-GCM under
/// PBKDF2-HMAC-SHA256(secret, salt, rounds).
pub(crate) fn seal(plain: &str, secret: &[u8], rounds: u32, chance: &mut Chance) -> String {
    let salt: [u8; 16] = chance.bytes();
    let nonce: [u8; 12] = chance.bytes();
    let mut key = [0_u8; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(secret, &salt, rounds, &mut key);
    let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(key));
    let sealed = cipher.encrypt(&Nonce::from(nonce), plain.as_bytes()).expect("a short text can be sealed");
    STANDARD.encode([salt.as_slice(), nonce.as_slice(), sealed.as_slice()].concat())
}
