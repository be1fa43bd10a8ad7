//! PINs: hashed with Argon2id on threads of their own. The hash never leaves the engine; the core and the journal know its digest.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use checkstand_core::ask::PinCheck;
use checkstand_core::people::PinDigest;
use checkstand_core::secret::Secret;
use sha2::{Digest, Sha256};

/// A PIN's hash: Argon2id with the crate's recommended cost (19 MiB, two passes) and a fresh salt, as a PHC string.
/// Blocks for some 20 ms.
///
/// # Errors
/// The system gives no randomness for the salt.
pub(crate) fn hash(pin: &Secret<String>) -> Result<String, String> {
    let hash = Argon2::default().hash_password(pin.expose().as_bytes()).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// What the journal knows of a hash.
pub(crate) fn digest(phc: &str) -> PinDigest {
    PinDigest(Sha256::digest(phc.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether a PIN fits the stored hash, and the hash is the one that the journal speaks of. Blocks for some 20 ms.
pub(crate) fn check(stored: Option<&str>, expected: &PinDigest, pin: &Secret<String>) -> PinCheck {
    let Some(phc) = stored.filter(|phc| digest(phc) == *expected) else { return PinCheck::Unusable };
    let Ok(parsed) = PasswordHash::new(phc) else { return PinCheck::Unusable };
    match Argon2::default().verify_password(pin.expose().as_bytes(), &parsed) {
        Ok(()) => PinCheck::Right,
        Err(_) => PinCheck::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r58_a_pin_is_kept_as_an_argon2id_hash_that_only_it_fits() {
        let pin = Secret::text("2580");
        let (one, other) = (hash(&pin).expect("randomness"), hash(&pin).expect("randomness"));
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other, "each has its own salt");
        assert_eq!(check(Some(&one), &digest(&one), &pin), PinCheck::Right);
        assert_eq!(check(Some(&one), &digest(&one), &Secret::text("2581")), PinCheck::Wrong);
    }

    #[test]
    fn r58_a_hash_that_was_exchanged_or_lost_fits_nothing() {
        let (mine, theirs) = (Secret::text("2580"), Secret::text("1397"));
        let (kept, forged) = (hash(&mine).expect("randomness"), hash(&theirs).expect("randomness"));
        assert_eq!(check(Some(&forged), &digest(&kept), &theirs), PinCheck::Unusable);
        assert_eq!(check(None, &digest(&kept), &mine), PinCheck::Unusable);
        assert_eq!(check(Some("2580"), &digest("2580"), &mine), PinCheck::Unusable, "no hash at all");
    }
}
