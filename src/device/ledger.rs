//! Which records of a device's boot are committed: the highest number below which nothing is missing (pure).

use std::collections::BTreeSet;

/// Numbers ahead of a gap that are remembered; a device sends again what it was not told about.
const AHEAD_MAX: usize = 10_000;

/// What of one device's records is committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    boot: String,
    through: u64,
    ahead: BTreeSet<u64>,
}

impl Ledger {
    /// Notes that these records are committed, and that the device keeps nothing below `base`.
    ///
    /// Answers the number through which everything is committed. A new boot starts from its own `base`.
    pub fn commit(&mut self, boot: &str, base: u64, seqs: impl Iterator<Item = u64>) -> u64 {
        if self.boot != boot {
            *self = Self { boot: boot.to_owned(), ..Self::default() };
        }
        self.through = self.through.max(base.saturating_sub(1));
        for seq in seqs {
            if seq > self.through && self.ahead.len() < AHEAD_MAX {
                self.ahead.insert(seq);
            }
        }
        self.ahead = self.ahead.split_off(&(self.through + 1));
        while self.ahead.remove(&(self.through + 1)) {
            self.through += 1;
        }
        self.through
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_holds_the_number_back_until_it_is_filled() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.commit("a", 1, [1, 2].into_iter()), 2);
        assert_eq!(ledger.commit("a", 1, [4, 5].into_iter()), 2);
        assert_eq!(ledger.commit("a", 1, [3].into_iter()), 5);
        assert_eq!(ledger.commit("a", 1, [3, 1].into_iter()), 5, "said twice is harmless");
    }

    #[test]
    fn after_a_restart_the_device_says_from_where_it_still_keeps() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.commit("a", 500, [500, 501].into_iter()), 501);
        assert_eq!(ledger.commit("b", 1, [1].into_iter()), 1, "another boot counts anew");
        assert_eq!(ledger.commit("b", u64::MAX, std::iter::empty()), u64::MAX - 1);
    }
}
