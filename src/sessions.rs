//! Signing in: who a browser speaks for. Sessions are revocable and stored as hashes only.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::clock::{Clock, Timestamp};
use crate::ids::{AreaId, UnitId};
use crate::secret;
use crate::store::{self, Role, Session, Store};

/// The cookie that carries the session's token.
pub const COOKIE: &str = "siaga_session";
/// A session ends after so long, a shift and its handover.
pub const SESSION_MS: i64 = 16 * 60 * 60 * 1000;
/// Passwords checked at the same time: each costs a core and 19 MB for a moment.
const CHECKS_AT_ONCE: usize = 2;
/// Sign-ins waiting for their check; more are told to try again.
const CHECKS_WAITING_MAX: usize = 32;

/// A signed-in person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub name: String,
    pub role: Role,
    pub area: AreaId,
    /// For crew: the unit they speak for.
    pub unit: Option<UnitId>,
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("wrong name or password")]
    WrongCredentials,
    #[error("too many sign-ins at once")]
    Busy,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Signs people in and recognises them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sessions {
    store: Store,
    clock: Clock,
    /// People of other areas are nobody here, though the store may know them.
    area: AreaId,
    checks: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// The hash of no password, so that an unknown name takes as long as a wrong password.
    nobody: Arc<str>,
}

impl Sessions {
    #[must_use]
    pub fn new(store: Store, clock: Clock, area: AreaId) -> Self {
        Self {
            store,
            clock,
            area,
            checks: Arc::new(Semaphore::new(CHECKS_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(CHECKS_WAITING_MAX)),
            nobody: secret::hash_password(&secret::random_text(32)).unwrap_or_default().into(),
        }
    }

    /// Checks a name and password; answers the person and the token for the browser.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<(Person, String), Error> {
        let _place = self.waiting.try_acquire().map_err(|_| Error::Busy)?;
        let user = self.store.user(name).await?;
        let stored =
            user.as_ref().map_or(&*self.nobody, |user| user.password_hash.as_str()).to_owned();
        let password = password.to_owned();
        let turn = self.checks.acquire().await;
        let check = move || secret::verify_password(&password, &stored);
        let right = tokio::task::spawn_blocking(check).await.unwrap_or(false);
        drop(turn);
        let user = user.filter(|user| right && user.area == self.area);
        let user = user.ok_or(Error::WrongCredentials)?;
        let token = secret::random_text(48);
        let now = self.clock.now();
        let session = Session {
            token_hash: secret::token_hash(&token),
            user: user.name.clone(),
            created_at: now,
            expires_at: now.plus_ms(SESSION_MS),
        };
        self.store.prune_sessions(now).await?;
        self.store.add_session(&session).await?;
        let person = Person { name: user.name, role: user.role, area: user.area, unit: user.unit };
        Ok((person, token))
    }

    /// The person of this area whose token this is; none when it is unknown, ended or too old.
    pub async fn person(&self, token: &str) -> Result<Option<Person>, store::Error> {
        let now: Timestamp = self.clock.now();
        let found = self.store.session(&secret::token_hash(token), now).await?;
        let found = found.filter(|(_, user)| user.area == self.area);
        Ok(found.map(|(_, user)| Person {
            name: user.name,
            role: user.role,
            area: user.area,
            unit: user.unit,
        }))
    }

    pub async fn sign_out(&self, token: &str) -> Result<(), store::Error> {
        self.store.end_session(&secret::token_hash(token)).await
    }
}

/// The session's token in a `Cookie` header.
#[must_use]
pub fn token_in(cookies: &str) -> Option<&str> {
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, token)| token);
    ours.next().filter(|token| !token.is_empty())
}

/// Whether a request that changes something, or opens a socket, comes from our own pages.
///
/// A browser always says where such a request comes from; programs that are not browsers say nothing and pass.
#[must_use]
pub fn is_same_origin(origin: Option<&str>, host: Option<&str>) -> bool {
    let Some(origin) = origin else { return true };
    let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    from.is_some() && from == host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_change_something() {
        assert!(is_same_origin(None, Some("siaga.local")));
        assert!(is_same_origin(Some("https://siaga.local:8443"), Some("siaga.local:8443")));
        for foreign in ["https://evil.example", "null", "siaga.local", "https://siaga.local.evil"] {
            assert!(!is_same_origin(Some(foreign), Some("siaga.local")), "{foreign}");
        }
        assert!(!is_same_origin(Some("https://siaga.local"), None));
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        assert_eq!(token_in("a=1; siaga_session=abc; b=2"), Some("abc"));
        for none in ["", "siaga_session=", "xsiaga_session=abc", "siaga_session"] {
            assert_eq!(token_in(none), None, "{none}");
        }
    }
}
