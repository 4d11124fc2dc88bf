//! Coverage: given these demands and travel times, exactly these counts, gains, losses and choices.

use siaga::dispatch::coverage::{
    BusyFraction, Coverage, IdleUnit, erlang_b, erlang_c, preparedness, reached,
};

/// Three bases and four nodes, worked out by hand. Any unit of time does: limits scale with it.
const TRAVEL: [[u32; 4]; 3] = [[3, 6, 12, 20], [9, 4, 7, 11], [18, 12, 5, 6]];
const DEMAND: [f64; 4] = [10.0, 6.0, 4.0, 8.0];
const WITHIN: u32 = 8;
const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

fn busy(share: f64) -> BusyFraction {
    BusyFraction::new(share).expect("a share")
}

fn bases() -> Vec<Vec<usize>> {
    TRAVEL.iter().map(|travel| reached(*travel, WITHIN)).collect()
}

/// The golden nodes with a unit at each of these bases.
fn standing(at: &[usize]) -> Coverage {
    let mut coverage = Coverage::new(DEMAND);
    at.iter().for_each(|base| coverage.add(&bases()[*base]));
    coverage
}

#[track_caller]
fn check_close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} is not {expected}");
}

#[track_caller]
fn check(found: f64, expected: f64) {
    check_close(found, expected, 1e-9);
}

/// SplitMix64 (Steele, Lea & Flood 2014): the same seed gives the same instances for ever.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn number(&mut self, bound: u32) -> u32 {
        u32::try_from(self.below(u64::from(bound))).expect("below a u32")
    }

    fn demand(&mut self, nodes: usize) -> Vec<f64> {
        (0..nodes).map(|_| f64::from(self.number(12_000))).collect()
    }

    fn share(&mut self) -> f64 {
        f64::from(self.number(1_001)) / 1_000.0
    }

    /// What so many bases reach of so many nodes: a third of them each.
    fn bases(&mut self, bases: usize, nodes: usize) -> Vec<Vec<usize>> {
        let travel = |chance: &mut Self| (0..nodes).map(|_| chance.number(900)).collect::<Vec<_>>();
        (0..bases).map(|_| reached(travel(self), 300)).collect()
    }
}

/// E of so many units on each base, by the definition alone.
fn expected_by_definition(
    demand: &[f64],
    bases: &[Vec<usize>],
    placed: &[u32],
    busy_share: f64,
) -> f64 {
    let mut expected = 0.0;
    for (node, demand) in demand.iter().enumerate() {
        let at = |(reached, count): (&Vec<usize>, &u32)| {
            if reached.contains(&node) { *count } else { 0 }
        };
        let units: u32 = bases.iter().zip(placed).map(at).sum();
        expected += demand * (1.0 - (0..units).fold(1.0, |chance, _| chance * busy_share));
    }
    expected
}

/// Every way to put so many units on so many bases.
fn placements(bases: usize, units: u32) -> Vec<Vec<u32>> {
    if bases == 1 {
        return vec![vec![units]];
    }
    let with_first = |first: u32| {
        let rest = placements(bases - 1, units - first);
        rest.into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..=units).flat_map(with_first).collect()
}

#[test]
fn a_node_exactly_at_the_threshold_is_reached() {
    assert_eq!(reached([299, 300, 301], 300), [0, 1]);
    assert_eq!(bases(), [vec![0, 1], vec![1, 2], vec![2, 3]]);
}

#[test]
fn expected_coverage_is_that_of_the_worked_example() {
    check(standing(&[A, B]).expected_coverage(busy(0.3)), 15.26);
    check(standing(&[A, B, C]).expected_coverage(busy(0.3)), 21.70);
}

#[test]
fn a_freed_unit_goes_where_it_adds_most() {
    let coverage = standing(&[A, B]);
    for (base, gain) in [(A, 2.478), (B, 1.218), (C, 6.44)] {
        check(coverage.marginal_gain(&bases()[base], busy(0.3)), gain);
    }
    assert_eq!(coverage.redeploy(&bases(), busy(0.3)), Some(C));
}

#[test]
fn the_best_three_units_stand_two_at_a_and_one_at_c() {
    let placed = Coverage::new(DEMAND).best_placement(&bases(), 3, busy(0.3));
    assert_eq!(placed, [2, 0, 1]);
    let worth = |placed: &[u32]| expected_by_definition(&DEMAND, &bases(), placed, 0.3);
    let mut all: Vec<(f64, Vec<u32>)> =
        placements(3, 3).into_iter().map(|placed| (worth(&placed), placed)).collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    assert_eq!(all.len(), 10);
    check(all[0].0, 22.96);
    assert_eq!(all[0].1, [2, 0, 1]);
    check(all[1].0, 22.12);
    assert_eq!(all[1].1, [1, 0, 2]);
}

#[test]
fn placing_on_top_of_standing_units_leaves_them_where_they_are() {
    let placed = standing(&[A]).best_placement(&bases(), 1, busy(0.3));
    assert_eq!(placed, [0, 0, 1], "A, where the first unit would go, has one already");
    let placed = standing(&[A]).best_placement(&bases(), 2, busy(0.3));
    assert_eq!(placed, [1, 0, 1], "together with the one at A again two at A and one at C");
}

#[test]
fn removing_a_unit_costs_what_the_worked_example_says() {
    let coverage = standing(&[A, B, C]);
    for (base, loss) in [(A, 8.26), (B, 2.10), (C, 6.44)] {
        check(coverage.removal_loss(&bases()[base], busy(0.3)), loss);
    }
}

#[test]
fn the_unit_least_missed_differs_from_the_nearest_at_node_3_only() {
    let (coverage, bases) = (standing(&[A, B, C]), bases());
    for (node, nearest, least_missed) in [(0, A, A), (1, B, B), (2, C, B), (3, C, C)] {
        let candidates: Vec<IdleUnit<'_>> = TRAVEL
            .iter()
            .zip(&bases)
            .map(|(travel, reached)| IdleUnit { travel_s: travel[node], reached })
            .collect();
        let closest = (0..3).min_by_key(|unit| candidates[*unit].travel_s);
        assert_eq!(closest, Some(nearest), "node {}", node + 1);
        let chosen = coverage.least_loss(&candidates, WITHIN, busy(0.3));
        assert_eq!(chosen, Some(least_missed), "node {}", node + 1);
    }
}

#[test]
fn when_nobody_is_in_time_all_are_candidates() {
    let (coverage, bases) = (standing(&[A, B, C]), bases());
    let far = |base: usize, travel_s| IdleUnit { travel_s, reached: &bases[base] };
    let candidates = [far(A, 9), far(B, 30), far(C, 10)];
    assert_eq!(coverage.least_loss(&candidates, WITHIN, busy(0.3)), Some(1));
    let candidates = [far(A, 8), far(B, 30), far(C, 10)];
    assert_eq!(coverage.least_loss(&candidates, WITHIN, busy(0.3)), Some(0), "A alone is in time");
}

#[test]
fn ties_go_to_the_first_even_when_the_sums_are_rounded_differently() {
    // 0.1 + 0.2 is a little more than 0.3 to the machine.
    let lists = [vec![2], vec![0, 1]];
    let mut coverage = Coverage::new([0.1, 0.2, 0.3]);
    assert_eq!(coverage.redeploy(&lists, busy(0.0)), Some(0));
    lists.iter().for_each(|list| coverage.add(list));
    let units = [&lists[1], &lists[0]].map(|reached| IdleUnit { travel_s: 60, reached });
    assert_eq!(coverage.least_loss(&units, 300, busy(0.0)), Some(0));
    assert_eq!(coverage.least_loss(&units, 0, busy(0.0)), Some(0));
}

#[test]
fn covered_share_counts_people_and_names_the_villages_left_out() {
    let mut coverage = standing(&[B]);
    assert_eq!(coverage.covered_share(), Some(10.0 / 28.0));
    assert_eq!(coverage.uncovered().collect::<Vec<_>>(), [0, 3]);
    coverage.add(&bases()[A]);
    assert_eq!([0, 1, 2, 3].map(|node| coverage.units_reaching(node)), [1, 2, 1, 0]);
    coverage.remove(&bases()[B]);
    assert_eq!(coverage, standing(&[A]));
    assert_eq!(coverage.covered_share(), Some(16.0 / 28.0));
    assert_eq!(coverage.uncovered().collect::<Vec<_>>(), [2, 3]);
    check(coverage.demand_total(), 28.0);
}

#[test]
fn gains_and_losses_are_the_differences_they_stand_for() {
    for seed in 0..200 {
        let mut chance = Chance(seed);
        let nodes = 1 + usize::try_from(chance.below(40)).expect("small");
        let (demand, share) = (chance.demand(nodes), chance.share());
        let lists = chance.bases(12, nodes);
        let mut coverage = Coverage::new(demand.iter().copied());
        let mut placed = vec![0; lists.len()];
        for (step, reached) in lists.iter().enumerate() {
            let before = coverage.expected_coverage(busy(share));
            let gain = coverage.marginal_gain(reached, busy(share));
            coverage.add(reached);
            placed[step] = 1;
            let after = coverage.expected_coverage(busy(share));
            let within = 1e-9 * (1.0 + coverage.demand_total());
            check_close(after - before, gain, within);
            check_close(after, expected_by_definition(&demand, &lists, &placed, share), within);
        }
        for reached in &lists {
            let all = coverage.expected_coverage(busy(share));
            let loss = coverage.removal_loss(reached, busy(share));
            let mut without = coverage.clone();
            without.remove(reached);
            let within = 1e-9 * (1.0 + coverage.demand_total());
            check_close(all - without.expected_coverage(busy(share)), loss, within);
            assert!(loss >= 0.0);
            without.add(reached);
            assert_eq!(without, coverage, "seed {seed}: adding undoes removing");
        }
    }
}

#[test]
fn placement_never_falls_below_what_is_promised_of_it() {
    let (mut exact, mut worst) = (0, 1.0_f64);
    for seed in 0..100 {
        let mut chance = Chance(1_000 + seed);
        let (demand, share) = (chance.demand(12), 0.05 + 0.9 * chance.share());
        let lists = chance.bases(4, 12);
        let worth = |placed: &[u32]| expected_by_definition(&demand, &lists, placed, share);
        let optimum = placements(4, 4).iter().map(|placed| worth(placed)).fold(0.0, f64::max);
        let empty = Coverage::new(demand.iter().copied());
        let placed = empty.best_placement(&lists, 4, busy(share));
        assert_eq!(placed.iter().sum::<u32>(), 4, "seed {seed}");
        let found = worth(&placed);
        assert!(found <= optimum * (1.0 + 1e-9), "seed {seed}: better than the best");
        let part = if optimum > 0.0 { found / optimum } else { 1.0 };
        worst = worst.min(part);
        exact += u32::from(part > 1.0 - 1e-9);
    }
    assert!(worst >= 1.0 - 1.0 / std::f64::consts::E, "{worst}");
    assert!(exact >= 80, "best in {exact} of 100 small instances");
}

#[test]
fn the_chosen_unit_is_the_one_whose_removal_leaves_most() {
    for seed in 0..100 {
        let mut chance = Chance(2_000 + seed);
        let (demand, share) = (chance.demand(20), chance.share());
        let lists = chance.bases(8, 20);
        let mut coverage = Coverage::new(demand);
        lists.iter().for_each(|reached| coverage.add(reached));
        let units: Vec<IdleUnit<'_>> = lists
            .iter()
            .map(|reached| IdleUnit { travel_s: chance.number(900), reached })
            .collect();
        let none_in_time = units.iter().all(|unit| unit.travel_s > 200);
        let left = |unit: &IdleUnit<'_>| {
            let mut without = coverage.clone();
            without.remove(unit.reached);
            without.expected_coverage(busy(share))
        };
        let chosen = coverage.least_loss(&units, 200, busy(share)).expect("eight candidates");
        assert!(none_in_time || units[chosen].travel_s <= 200, "seed {seed}");
        let eligible = units.iter().filter(|unit| none_in_time || unit.travel_s <= 200);
        let most = eligible.map(left).fold(0.0, f64::max);
        check_close(left(&units[chosen]), most, 1e-9 * (1.0 + coverage.demand_total()));
    }
}

#[test]
fn without_nodes_or_demand_there_is_no_share_and_nothing_to_gain() {
    for demand in [vec![], vec![0.0, 0.0]] {
        let mut coverage = Coverage::new(demand.iter().copied());
        let everything: Vec<usize> = (0..demand.len()).collect();
        let bases = [everything.clone(), everything.clone()];
        assert_eq!(coverage.covered_share(), None);
        assert_eq!(coverage.uncovered().count(), demand.len(), "villages without people too");
        assert_eq!(coverage.redeploy(&bases, busy(0.3)), Some(0));
        assert_eq!(coverage.best_placement(&bases, 2, busy(0.3)), [2, 0]);
        coverage.add(&everything);
        for nothing in [
            coverage.demand_total(),
            coverage.expected_coverage(busy(0.3)),
            coverage.marginal_gain(&everything, busy(0.3)),
            coverage.removal_loss(&everything, busy(0.3)),
        ] {
            assert_eq!(nothing.to_string(), "0", "not minus zero either");
        }
    }
}

#[test]
fn without_bases_or_candidates_there_is_no_choice() {
    let coverage = standing(&[A]);
    assert_eq!(coverage.redeploy(&[], busy(0.3)), None);
    assert_eq!(coverage.least_loss(&[], WITHIN, busy(0.3)), None);
    assert!(coverage.best_placement(&[], 3, busy(0.3)).is_empty());
    assert_eq!(coverage.best_placement(&bases(), 0, busy(0.3)), [0, 0, 0]);
}

#[test]
fn demand_that_is_no_number_of_people_counts_as_none() {
    let coverage = Coverage::new([f64::NAN, -5.0, f64::INFINITY, f64::NEG_INFINITY, 7.0]);
    check(coverage.demand_total(), 7.0);
    assert_eq!(coverage.covered_share(), Some(0.0));
    assert_eq!(coverage.uncovered().count(), 5);
    assert_eq!(Coverage::new([f64::MAX, f64::MAX]).covered_share(), None, "a sum without end");
}

#[test]
fn units_never_busy_make_the_first_cover_count_alone() {
    let coverage = standing(&[A, A, B]);
    check(coverage.expected_coverage(busy(0.0)), 20.0);
    check(coverage.removal_loss(&bases()[A], busy(0.0)), 0.0);
    check(coverage.removal_loss(&bases()[B], busy(0.0)), 4.0);
    check(coverage.marginal_gain(&bases()[C], busy(0.0)), 8.0);
}

#[test]
fn units_always_busy_cover_nothing() {
    let coverage = standing(&[A, B, C]);
    check(coverage.expected_coverage(busy(1.0)), 0.0);
    check(coverage.marginal_gain(&bases()[C], busy(1.0)), 0.0);
    check(coverage.removal_loss(&bases()[C], busy(1.0)), 0.0);
    assert_eq!(coverage.redeploy(&bases(), busy(1.0)), Some(A));
}

#[test]
fn a_busy_fraction_outside_0_to_1_is_refused_by_name() {
    for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refusal = BusyFraction::new(wrong).expect_err("no share");
        assert!(refusal.contains(&wrong.to_string()), "{refusal}");
    }
    assert!(BusyFraction::new(0.0).is_ok());
    assert!(BusyFraction::new(1.0).is_ok());
}

#[test]
fn within_no_time_a_post_covers_its_own_village_alone() {
    assert_eq!(reached([5, 0, 1, u32::MAX], 0), [1]);
    assert!(reached([], 300).is_empty());
}

#[test]
fn a_unit_that_was_not_counted_is_not_missed() {
    check(Coverage::new(DEMAND).removal_loss(&[0, 1], busy(0.3)), 0.0);
    assert_eq!(Coverage::new(DEMAND).units_reaching(99), 0);
}

#[test]
#[should_panic(expected = "only a unit that was added")]
fn removing_a_unit_that_was_never_added_is_a_bug() {
    standing(&[A]).remove(&[1, 2]);
}

#[test]
#[should_panic(expected = "made for other nodes")]
fn a_list_made_for_other_nodes_is_a_bug() {
    standing(&[]).add(&[4]);
}

#[test]
#[should_panic(expected = "once, ascending")]
fn counting_a_unit_twice_at_a_node_is_a_bug() {
    standing(&[]).add(&[1, 1]);
}

#[test]
fn preparedness_is_that_of_the_worked_example() {
    let expected = [0.04028, 0.05903, 0.07307, 0.02808];
    for (node, expected) in expected.into_iter().enumerate() {
        let travel: Vec<u32> = TRAVEL.iter().map(|travel| travel[node]).collect();
        let found = preparedness(DEMAND[node], &travel, &[1.0, 0.5, 0.25]).expect("demand");
        check_close(found, expected, 5e-6);
    }
}

#[test]
fn preparedness_counts_the_nearest_units_and_no_more_than_have_a_weight() {
    let weights = [1.0, 0.5];
    assert_eq!(preparedness(1.0, &[], &weights), Some(0.0));
    assert_eq!(preparedness(1.0, &[40], &weights), Some(1.0 / 40.0));
    assert_eq!(preparedness(1.0, &[900, 40, 80], &weights), Some(1.0 / 40.0 + 0.5 / 80.0));
    assert_eq!(preparedness(2.0, &[0], &weights), Some(0.5), "on the spot counts as one second");
    assert_eq!(preparedness(1.0, &[40], &[]), Some(0.0));
    for nobody in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(preparedness(nobody, &[40], &weights), None);
    }
}

#[test]
#[should_panic(expected = "never weighs less")]
fn weights_that_prefer_far_units_are_a_bug() {
    let _ = preparedness(1.0, &[40], &[0.5, 1.0]);
}

#[test]
fn two_call_takers_under_one_erlang_make_one_caller_in_three_wait() {
    check(erlang_b(1.0, 2), 0.2);
    check(erlang_c(1.0, 2), 1.0 / 3.0);
}

#[test]
fn erlang_agrees_with_its_definition_by_factorials() {
    for servers in 1_u16..=15 {
        for tenth in 1..10 * u32::from(servers) {
            let load = f64::from(tenth) / 10.0;
            let mut terms = vec![1.0];
            (1..=servers).for_each(|n| terms.push(terms[terms.len() - 1] * load / f64::from(n)));
            let last = terms[terms.len() - 1];
            check(erlang_b(load, servers), last / terms.iter().sum::<f64>());
            let waiting = last * f64::from(servers) / (f64::from(servers) - load);
            let served: f64 = terms[..terms.len() - 1].iter().sum();
            check(erlang_c(load, servers), waiting / (served + waiting));
        }
    }
}

#[test]
fn without_call_takers_or_with_too_few_everybody_waits() {
    for load in [0.0, 1.0, f64::NAN] {
        check(erlang_b(load, 0), 1.0);
        check(erlang_c(load, 0), 1.0);
    }
    check(erlang_c(2.0, 2), 1.0);
    check(erlang_c(5.0, 2), 1.0);
    assert!(erlang_c(1.999_999, 2) < 1.0);
    assert!(erlang_b(5.0, 2) < 1.0, "callers turned away leave room for others");
}

#[test]
fn nobody_waits_where_nobody_calls() {
    check(erlang_b(0.0, 3), 0.0);
    check(erlang_c(0.0, 3), 0.0);
}

#[test]
fn a_load_that_is_no_load_is_answered_with_the_worst() {
    for load in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        check(erlang_b(load, 3), 1.0);
        check(erlang_c(load, 3), 1.0);
    }
}

#[test]
fn great_loads_stay_chances() {
    for (load, servers) in
        [(1e300, u16::MAX), (60_000.0, u16::MAX), (65_534.999, u16::MAX), (1e-300, u16::MAX)]
    {
        for chance in [erlang_b(load, servers), erlang_c(load, servers)] {
            assert!((0.0..=1.0).contains(&chance), "{load} {servers}: {chance}");
        }
    }
}

#[test]
fn a_regency_of_248_villages_is_counted_and_advised_the_same_every_time() {
    let run = || {
        let mut chance = Chance(35_09);
        let demand = chance.demand(248);
        let lists = chance.bases(248, 248);
        let mut coverage = Coverage::new(demand);
        lists.iter().for_each(|reached| coverage.add(reached));
        let next = coverage.redeploy(&lists, busy(0.02));
        let placed = coverage.best_placement(&lists, 3, busy(0.02));
        (coverage.expected_coverage(busy(0.02)).to_bits(), next, placed)
    };
    assert_eq!(run(), run());
}
