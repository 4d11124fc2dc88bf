//! Which places anybody reaches in time: one search forward from all ambulances at once.

use std::collections::BTreeMap;

use super::{Leaving, Room, Spare, Start, beside, both, leg};
use crate::place::Position;
use crate::roads::graph::{Drive, Graph, NOWHERE, index};
use crate::roads::kind::Paces;
use crate::roads::snap::Spot;

impl Graph {
    /// For each place the milliseconds until the first of the ambulances is there, its delay among them; none where
    /// nobody is within so long.
    #[must_use]
    pub fn first_there(
        &self,
        spare: &Spare,
        paces: &Paces,
        starts: &[Start],
        places: &[Position],
        within_ms: u32,
    ) -> Vec<Option<u32>> {
        let mut room = spare.take(self);
        // By the road on which they are, for places on the same one.
        let mut by_road: BTreeMap<u32, Vec<(Leaving<'_>, u32)>> = BTreeMap::new();
        for (start, spots) in starts.iter().zip(spare.lying(self, starts)) {
            for spot in spots {
                let leaving = Leaving { graph: self, paces, spot };
                for (_, junction, first) in leaving.exits() {
                    room.reach(junction, start.delay_ms.saturating_add(first.ms), NOWHERE);
                }
                by_road.entry(spot.segment).or_default().push((leaving, start.delay_ms));
            }
        }
        while let Some((ms, junction)) = room.next() {
            if ms > within_ms {
                break;
            }
            for (number, arc) in self.arcs_from(junction) {
                let took = paces.ms(arc.effort.decimetres(), arc.effort.grade());
                room.reach(self.head(arc.drive), ms.saturating_add(took), number);
            }
        }
        let first = |place: &Position| {
            let spots = self.spots(*place);
            let straight = spots.iter().flat_map(|spot| {
                let here = by_road.get(&spot.segment).into_iter().flatten();
                here.filter_map(|(leaving, delay_ms)| {
                    Some(leaving.straight_to(spot)?.ms.saturating_add(*delay_ms))
                })
            });
            let around = spots.iter().filter_map(|spot| self.entered_ms(&room, paces, spot));
            straight.chain(around).min().filter(|ms| *ms <= within_ms)
        };
        let first = places.iter().map(first).collect();
        spare.give(room);
        first
    }

    /// When the first comes to a spot from either end of its road.
    fn entered_ms(&self, room: &Room, paces: &Paces, spot: &Spot) -> Option<u32> {
        let from_end = |backward: bool| {
            let drive = Drive::new(spot.segment, backward);
            let head = self.head(drive);
            let along = if backward { 1.0 - spot.along } else { spot.along };
            let last = both(leg(self, paces, spot.segment, along), beside(spot));
            let tails = (head != NOWHERE).then(|| self.arcs_to(head)).into_iter().flatten();
            let tails = tails.filter(|(_, arc)| arc.drive == drive);
            let known = tails.map(|(_, arc)| room.reached[index(arc.tail)].ms).min()?;
            (known != u32::MAX).then(|| known.saturating_add(last.ms))
        };
        [false, true].into_iter().filter_map(from_end).min()
    }
}
