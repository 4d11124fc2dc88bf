//! What covering the area advises: which of nearly equal units to send to what can wait, and where a unit that has
//! become free would stand by best. Advice moves nobody, and both are off unless the area turns them on.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::coverage::{Coverage, IdleUnit, reached};
use crate::dispatch::event::Priority;
use crate::dispatch::fleet::Tracked;
use crate::dispatch::policy::Policy;
use crate::dispatch::rank::{Candidate, Reason};
use crate::dispatch::travel;
use crate::dispatch::unit::UnitCard;
use crate::ids::UnitId;
use crate::place::Position;

/// A unit is never advised to stand by further away than this.
const MOVE_WITHIN_S: u32 = 30 * 60;
/// Units that are advised to move at once; more would empty one place to fill another.
pub const MOVES_MAX: usize = 5;

/// The villages that calls come from, and which of them a unit at each post reaches in time.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    villages: usize,
    /// By unit index.
    from_posts: Vec<Vec<usize>>,
}

impl Ground {
    /// Works out who reaches what within the target of the most urgent, when advice is asked for at all; every
    /// village counts the same.
    #[must_use]
    pub fn new(villages: &[Position], units: &[UnitCard], policy: &Policy) -> Arc<Self> {
        let within_s = u32::try_from(policy.target_s(Priority::P1)).unwrap_or(u32::MAX);
        let from = |unit: &UnitCard| {
            let seconds = |village: &Position| {
                let travel = travel::estimate(unit.post, *village, policy).seconds;
                policy.mobilisation_s.saturating_add(travel)
            };
            reached(villages.iter().map(seconds), within_s)
        };
        let is_asked = policy.coverage_tie_break || policy.move_up;
        let from_posts = units.iter().filter(|_| is_asked).map(from).collect();
        Arc::new(Self { villages: villages.len(), from_posts })
    }

    fn nobody(&self) -> Coverage {
        Coverage::new(std::iter::repeat_n(1.0, self.villages))
    }

    fn of_post(&self, unit: &Tracked) -> &[usize] {
        let index = usize::try_from(unit.card.index).ok();
        index.and_then(|index| self.from_posts.get(index)).map_or(&[], Vec::as_slice)
    }
}

/// Where a unit would stand by better than at its own post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub unit: UnitId,
    /// Whose post, which nobody holds now.
    pub post_of: UnitId,
    /// Villages that nobody could reach in time otherwise.
    pub villages: usize,
}

impl Dispatch {
    /// Of the units that are there within `tie_s` of the first, puts the one first whose absence costs the least cover
    /// (DMEXCLP dispatch, Jagtenberg 2017), for incidents that can wait. `candidates` by arrival.
    pub(super) fn prefer_cover(&self, priority: Priority, candidates: &mut [Candidate]) {
        if !self.policy().coverage_tie_break || matches!(priority, Priority::P1 | Priority::P2) {
            return;
        }
        let Some(first) = candidates.first().filter(|first| !first.is_doubtful()) else { return };
        let latest_s = first.eta_s.saturating_add(self.policy().tie_s);
        let sure = candidates.partition_point(|candidate| !candidate.is_doubtful());
        let tied = candidates.partition_point(|c| !c.is_doubtful() && c.eta_s <= latest_s);
        let Some(sure) = candidates.get(..sure) else { return };
        let ground = self.ground();
        let covers = |candidate: &Candidate| {
            self.fleet().get(&candidate.unit).map_or(&[][..], |unit| ground.of_post(unit))
        };
        let mut coverage = ground.nobody();
        for candidate in sure {
            coverage.add(covers(candidate));
        }
        let idle = |c: &Candidate| IdleUnit { travel_s: c.eta_s, reached: covers(c) };
        let idle: Vec<IdleUnit<'_>> = sure.iter().take(tied).map(idle).collect();
        let best = coverage.least_loss(&idle, u32::MAX, self.policy().busy);
        if let Some(best) = best.filter(|best| *best > 0)
            && let Some(tied) = candidates.get_mut(..=best)
        {
            tied.rotate_right(1);
            if let Some(chosen) = tied.first_mut() {
                chosen.reasons.push(Reason::KeepsCover);
            }
        }
    }

    /// Where units that are free and away from their posts would stand by best (DMEXCLP redeployment, Jagtenberg
    /// 2015): only posts that nobody holds, only when a village is reached that nobody reaches otherwise.
    #[must_use]
    pub fn moves(&self, now: Timestamp) -> Vec<Move> {
        if !self.policy().move_up {
            return Vec::new();
        }
        let ground = self.ground();
        let free: Vec<&Tracked> = self.free_units(now).collect();
        let (home, away): (Vec<&Tracked>, Vec<&Tracked>) =
            free.into_iter().partition(|tracked| self.is_at_post(tracked));
        let mut coverage = ground.nobody();
        // Whoever is away heads for its post.
        for tracked in home.iter().chain(&away) {
            coverage.add(ground.of_post(tracked));
        }
        let held = |post_of: &Tracked| {
            home.iter().chain(&away).any(|free| free.card.id == post_of.card.id)
        };
        let mut vacant: Vec<&Tracked> = self.fleet().iter().filter(|post| !held(post)).collect();
        let mut moves = Vec::new();
        for unit in away {
            if moves.len() == MOVES_MAX {
                break;
            }
            let own = ground.of_post(unit);
            coverage.remove(own);
            let near =
                |post: &&&Tracked| self.journey(unit, post.card.post).seconds <= MOVE_WITHIN_S;
            let posts: Vec<&Tracked> = vacant.iter().filter(near).copied().collect();
            // Its own post comes first, so that it goes home unless another is better.
            let reached = std::iter::once(own).chain(posts.iter().map(|post| ground.of_post(post)));
            let reached: Vec<Vec<usize>> = reached.map(<[usize]>::to_vec).collect();
            let alone =
                |post: &[usize]| post.iter().filter(|v| coverage.units_reaching(**v) == 0).count();
            let best = coverage
                .redeploy(&reached, self.policy().busy)
                .and_then(|best| best.checked_sub(1));
            let better = best
                .and_then(|best| posts.get(best))
                .filter(|post| alone(ground.of_post(post)) > alone(own));
            let Some(post) = better.copied() else {
                coverage.add(own);
                continue;
            };
            let villages = alone(ground.of_post(post)) - alone(own);
            coverage.add(ground.of_post(post));
            vacant.retain(|vacant| vacant.card.id != post.card.id);
            moves.push(Move {
                unit: unit.card.id.clone(),
                post_of: post.card.id.clone(),
                villages,
            });
        }
        moves
    }
}
