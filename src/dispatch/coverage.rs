//! Who is covered, what a unit's absence costs, how many call takers are enough (pure). Advice: it moves nobody.
//!
//! A node is a village with its demand. A unit covers the nodes it reaches within the threshold. Which these are is
//! worked out once for each post, by [`reached`], and handed in as a list: travel times are no business of this file.
//! Such a list names each node once, ascending; any other list, or one made for other nodes, is a bug and asserted.

/// Two sums closer than this part of themselves are equal. Adding n numbers in another order changes their sum by at
/// most n × 2.2 × 10⁻¹⁶ of it (Higham 2002): 2 × 10⁻¹¹ for all 83,762 villages of the country.
const ROUNDING: f64 = 1e-10;

/// No journey counts as shorter than this: preparedness divides by it.
const TRAVEL_S_MIN: u32 = 1;

/// The share of its time on duty for which a unit cannot be sent, 0 to 1: the q of Daskin 1983.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusyFraction(f64);

impl BusyFraction {
    /// One in twenty.
    pub const LOW: Self = Self(0.05);

    /// Refuses what is no share, naming it.
    pub fn new(share: f64) -> Result<Self, String> {
        if !(0.0..=1.0).contains(&share) {
            return Err(format!("busy fraction {share} is not between 0 and 1"));
        }
        Ok(Self(share))
    }

    /// The chance that so many units are all busy. `f64::powi` may differ from one machine to the next.
    fn all_busy(self, units: u32) -> f64 {
        let (mut chance, mut square, mut left) = (1.0, self.0, units);
        while left > 0 {
            if left % 2 == 1 {
                chance *= square;
            }
            square *= square;
            left /= 2;
        }
        chance
    }

    /// The chance that one more unit is free when so many others are all busy.
    fn only_next_free(self, others: u32) -> f64 {
        (1.0 - self.0) * self.all_busy(others)
    }
}

/// The nodes within a threshold, the limit included, given the seconds to node 0, 1, 2 and so on.
#[must_use]
pub fn reached(travel_s: impl IntoIterator<Item = u32>, within_s: u32) -> Vec<usize> {
    let numbered = travel_s.into_iter().enumerate();
    numbered.filter(|(_, seconds)| *seconds <= within_s).map(|(node, _)| node).collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    demand: f64,
    /// Available units that reach it within the threshold.
    units: u32,
}

/// A unit that could be ordered to an incident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdleUnit<'a> {
    /// To the incident, from where it is now.
    pub travel_s: u32,
    /// From where it stands by, or is heading to stand by.
    pub reached: &'a [usize],
}

/// How many available units reach each node in time.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Coverage {
    nodes: Vec<Node>,
}

impl Coverage {
    /// Nodes without any unit yet. Demand that is negative or not finite counts as none.
    #[must_use]
    pub fn new(demand: impl IntoIterator<Item = f64>) -> Self {
        let checked = |demand: f64| if demand.is_finite() { demand.max(0.0) } else { 0.0 };
        let node = |demand| Node { demand: checked(demand), units: 0 };
        Self { nodes: demand.into_iter().map(node).collect() }
    }

    /// Counts a unit that has become available.
    pub fn add(&mut self, reached: &[usize]) {
        self.assert_fits(reached);
        for node in reached {
            if let Some(node) = self.nodes.get_mut(*node) {
                node.units = node.units.saturating_add(1);
            }
        }
    }

    /// Takes a unit away that was counted with the same list.
    pub fn remove(&mut self, reached: &[usize]) {
        self.assert_fits(reached);
        let counted = reached.iter().all(|node| self.units_reaching(*node) > 0);
        assert!(counted, "only a unit that was added can be removed");
        for node in reached {
            if let Some(node) = self.nodes.get_mut(*node) {
                node.units = node.units.saturating_sub(1);
            }
        }
    }

    /// Units that reach a node in time; none reaches a node that is not there.
    #[must_use]
    pub fn units_reaching(&self, node: usize) -> u32 {
        self.nodes.get(node).map_or(0, |node| node.units)
    }

    /// The demand of all nodes together, in the unit of the demand.
    #[must_use]
    pub fn demand_total(&self) -> f64 {
        total(self.nodes.iter().map(|node| node.demand))
    }

    /// The part of all demand that at least one unit reaches in time, 0 to 1; none when there is no demand.
    #[must_use]
    pub fn covered_share(&self) -> Option<f64> {
        let all = self.demand_total();
        let covered = total(self.nodes.iter().filter(|node| node.units > 0).map(|n| n.demand));
        (all > 0.0 && all.is_finite()).then(|| covered / all)
    }

    /// Nodes that no unit reaches in time, ascending, also those without demand.
    pub fn uncovered(&self) -> impl Iterator<Item = usize> {
        self.nodes.iter().enumerate().filter(|(_, node)| node.units == 0).map(|(index, _)| index)
    }

    /// The demand expected to find a free unit in time: Σ dᵢ (1 − q^kᵢ), the objective of MEXCLP (Daskin 1983).
    #[must_use]
    pub fn expected_coverage(&self, busy: BusyFraction) -> f64 {
        total(self.nodes.iter().map(|node| node.demand * (1.0 - busy.all_busy(node.units))))
    }

    /// What one more unit would add to [`Self::expected_coverage`].
    #[must_use]
    pub fn marginal_gain(&self, reached: &[usize], busy: BusyFraction) -> f64 {
        self.worth(&self.gains(busy), reached)
    }

    /// What [`Self::expected_coverage`] loses without a unit that is counted.
    #[must_use]
    pub fn removal_loss(&self, reached: &[usize], busy: BusyFraction) -> f64 {
        self.worth(&self.losses(busy), reached)
    }

    /// Where to send a unit that has become free: the base where it adds most, given what each base reaches and all
    /// other free units counted here (DMEXCLP; Jagtenberg, Bhulai & van der Mei 2015).
    ///
    /// Equal bases: the first. No base: none.
    #[must_use]
    pub fn redeploy(&self, bases: &[Vec<usize>], busy: BusyFraction) -> Option<usize> {
        let gains = self.gains(busy);
        let worth = bases.iter().map(|reached| self.worth(&gains, reached));
        first_best(worth.enumerate())
    }

    /// Which unit to send so that the area loses least: of those within the threshold of the incident, or of all
    /// when none is (DMEXCLP dispatch; Jagtenberg, Bhulai & van der Mei 2017, who report a mean response 37 % longer
    /// than with the nearest unit: for incidents that can wait). All candidates must be counted here.
    ///
    /// Equal losses: the first, so hand them in by arrival time. No candidate: none.
    #[must_use]
    pub fn least_loss(
        &self,
        candidates: &[IdleUnit<'_>],
        within_s: u32,
        busy: BusyFraction,
    ) -> Option<usize> {
        let losses = self.losses(busy);
        let none_in_time = candidates.iter().all(|unit| unit.travel_s > within_s);
        let numbered = candidates.iter().enumerate();
        let eligible = numbered.filter(|(_, unit)| none_in_time || unit.travel_s <= within_s);
        first_best(eligible.map(|(index, unit)| (index, -self.worth(&losses, unit.reached))))
    }

    /// How many of so many new units to put on each base, one after the other where it adds most; a base holds any
    /// number, and units counted here already stay where they are.
    ///
    /// Not always the best placement, but never below 1 − 1/e (63 %) of the gain of the best (Nemhauser, Wolsey &
    /// Fisher 1978). No base: no unit is placed.
    #[must_use]
    pub fn best_placement(&self, bases: &[Vec<usize>], units: u32, busy: BusyFraction) -> Vec<u32> {
        let mut standing = self.clone();
        let mut placed = vec![0; bases.len()];
        for _ in 0..units {
            let best = standing.redeploy(bases, busy);
            let chosen = best.and_then(|best| bases.iter().zip(&mut placed).nth(best));
            let Some((reached, count)) = chosen else { break };
            standing.add(reached);
            *count += 1;
        }
        placed
    }

    /// What one more unit is worth at each node: dᵢ (1 − q) q^kᵢ.
    fn gains(&self, busy: BusyFraction) -> Vec<f64> {
        self.nodes.iter().map(|node| node.demand * busy.only_next_free(node.units)).collect()
    }

    /// What the last unit is worth at each node: dᵢ (1 − q) q^(kᵢ − 1); nothing where there is none.
    fn losses(&self, busy: BusyFraction) -> Vec<f64> {
        let lost = |node: &Node| {
            let others = node.units.checked_sub(1)?;
            Some(node.demand * busy.only_next_free(others))
        };
        self.nodes.iter().map(|node| lost(node).unwrap_or(0.0)).collect()
    }

    fn worth(&self, of_nodes: &[f64], reached: &[usize]) -> f64 {
        self.assert_fits(reached);
        total(reached.iter().filter_map(|node| of_nodes.get(*node).copied()))
    }

    fn assert_fits(&self, reached: &[usize]) {
        assert!(reached.is_sorted_by(|a, b| a < b), "nodes are named once, ascending");
        let ours = reached.last().is_none_or(|last| *last < self.nodes.len());
        assert!(ours, "the list was made for other nodes");
    }
}

/// How well an area is prepared for a call from one node: (1 / c) Σ γₗ / tₗ, where tₗ are the seconds that the l-th
/// nearest available unit needs (Andersson & Värbrand 2007). Higher is better; only comparisons mean anything.
///
/// `travel_s` in any order; `weights` for the nearest unit first, falling, and units beyond them do not count. A
/// journey below 1 s counts as 1 s. No unit: 0. None without demand that is positive and finite.
#[must_use]
pub fn preparedness(demand: f64, travel_s: &[u32], weights: &[f64]) -> Option<f64> {
    assert!(weights.is_sorted_by(|near, far| near >= far), "a nearer unit never weighs less");
    if !demand.is_finite() || demand <= 0.0 {
        return None;
    }
    let mut nearest = travel_s.to_vec();
    nearest.sort_unstable();
    let share = |(weight, seconds): (&f64, u32)| weight / f64::from(seconds.max(TRAVEL_S_MIN));
    Some(total(weights.iter().zip(nearest).map(share)) / demand)
}

/// The chance that a caller finds all call takers busy and is turned away (Erlang 1917, loss formula), by the
/// recursion Bₙ = a Bₙ₋₁ / (n + a Bₙ₋₁) from B₀ = 1, which no number of call takers makes overflow.
///
/// Load in erlang: calls per hour × mean hours each takes. 1.0 without call takers, and for a load that is negative
/// or not finite: where nothing is known the worst is assumed.
#[must_use]
pub fn erlang_b(load_erlang: f64, servers: u16) -> f64 {
    if !load_erlang.is_finite() || load_erlang < 0.0 {
        return 1.0;
    }
    (1..=servers).fold(1.0, |blocked, server| {
        let offered = load_erlang * blocked;
        offered / (f64::from(server) + offered)
    })
}

/// The chance that a caller has to wait until a call taker is free (Erlang 1917, delay formula), from the loss B:
/// n B / (n − a (1 − B)).
///
/// 1.0 where the queue only grows: a load of as many erlang as there are call takers, or more. Otherwise as
/// [`erlang_b`].
#[must_use]
pub fn erlang_c(load_erlang: f64, servers: u16) -> f64 {
    let (blocked, capacity) = (erlang_b(load_erlang, servers), f64::from(servers));
    // A load that is not a number fails this comparison too.
    let keeps_up = load_erlang < capacity;
    if !keeps_up {
        return 1.0;
    }
    let waits = capacity * blocked / (capacity - load_erlang * (1.0 - blocked));
    waits.min(1.0)
}

/// The first entry of the highest value, sums that differ by rounding alone being equal.
fn first_best(values: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
    let better = |(best, most): (usize, f64), (index, value): (usize, f64)| {
        let clearly = value - most > ROUNDING * value.abs().max(most.abs());
        if clearly { (index, value) } else { (best, most) }
    };
    values.reduce(better).map(|(index, _)| index)
}

/// A sum from plus zero: `Iterator::sum` of no number is minus zero, and would be printed so.
fn total(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, value| sum + value)
}
