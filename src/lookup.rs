//! Where each of many things stands, by its name. It can be asked and not gone through, so that nothing in the core
//! comes to depend on the order of a hash map.

use std::collections::HashMap;
use std::hash::Hash;

/// The places of things in a list.
#[derive(Clone, Debug)]
pub struct Lookup<K>(HashMap<K, usize>);

impl<K: Eq + Hash> Lookup<K> {
    /// The places of these, in the order in which they come; of two of one name the later counts.
    pub fn new(keys: impl Iterator<Item = K>) -> Self {
        Self(keys.zip(0..).collect())
    }

    #[must_use]
    pub fn get(&self, key: &K) -> Option<usize> {
        self.0.get(key).copied()
    }
}

impl<K> Default for Lookup<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}
