//! Secrets: random tokens, their hashes, and passwords.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::chain::Hash;

/// Letters of a made secret: no vowels and nothing that is read wrongly aloud or on a label.
const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz-";

/// Fewest characters of a password that a person chooses.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Most characters of a password: more only costs the server time.
pub const PASSWORD_CHARS_MAX: usize = 200;

/// Random bytes from the operating system.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system always has random bytes");
    bytes
}

/// A random secret of `length` letters, 5 bits each.
#[must_use]
pub fn random_text(length: usize) -> String {
    let letter = |_| char::from(LETTERS[usize::from(random_bytes::<1>()[0] % 31)]);
    (0..length).map(letter).collect()
}

/// The hash under which a made secret or a session token is stored. These are long and random, so a fast
/// hash is enough.
#[must_use]
pub fn token_hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// Whether two hashes are the same, in a time that does not depend on where they differ.
#[must_use]
pub fn same_hash(a: &Hash, b: &Hash) -> bool {
    a.ct_eq(b).into()
}

/// Hashes a person's password (argon2id, PHC string). Slow on purpose: call it off the async threads.
pub fn hash_password(password: &str) -> Result<String, String> {
    let chars = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        return Err(format!(
            "a password needs {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters, this one has {chars}"
        ));
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|error| format!("the password cannot be hashed: {error}"))
}

/// Whether the password belongs to the stored hash. Slow on purpose: call it off the async threads.
#[must_use]
pub fn verify_password(password: &str, stored: &str) -> bool {
    if password.chars().count() > PASSWORD_CHARS_MAX {
        return false;
    }
    let Ok(hash) = argon2::password_hash::phc::PasswordHash::new(stored) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_its_own_hash_only() {
        let hash = hash_password("malam-yang-tenang").expect("long enough");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify_password("malam-yang-tenang", &hash));
        for wrong in ["malam-yang-tenanG", "", &"x".repeat(10_000)] {
            assert!(!verify_password(wrong, &hash));
        }
        assert!(!verify_password("malam-yang-tenang", "not a hash"));
        assert!(hash_password("pendek").is_err());
    }

    #[test]
    fn made_secrets_differ_and_have_only_letters_that_can_be_read_aloud() {
        let secret = random_text(32);
        assert_eq!(secret.len(), 32);
        assert_ne!(secret, random_text(32));
        assert!(secret.bytes().all(|letter| LETTERS[..31].contains(&letter)));
    }
}
