//! The core alone, without a socket or a disk: how long ranking and deciding take for a regency and for the nation.

use hdrhistogram::Histogram;
use uuid::Uuid;

use super::{line, stopwatch, village_posts};
use crate::cli::output;
use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::command::{Command, NewCall};
use crate::dispatch::event::{Category, Channel, IncidentPlace, PlaceBasis, VillageBasis};
use crate::dispatch::policy::Policy;
use crate::dispatch::unit::{Fix, SourceId, UnitCard};
use crate::ids::{AssignmentId, CallId, IncidentId, UnitId};
use crate::place::Position;

/// Jember's villages and Indonesia's.
const FLEETS: [usize; 2] = [248, 83_762];

/// Prints how long it takes to rank every unit for an incident and to decide the order.
pub fn run(samples: u32) -> anyhow::Result<()> {
    for units in FLEETS {
        let now = Timestamp::from_ms(1_763_859_723_000);
        let places: Vec<Position> =
            village_posts(units).into_iter().map(|(_, post)| post).collect();
        let mut room = fleet(&places, now);
        let incident = IncidentId::from_uuid(Uuid::from_u128(1));
        take_call(&mut room, now, incident, places.first().copied())?;
        let (mut ranking, mut deciding) = (Histogram::new(3)?, Histogram::new(3)?);
        for sample in 0..samples {
            let began = stopwatch();
            let Some(place) = places.get(usize::try_from(sample)? % places.len()) else { break };
            let ranked = room.rank(now, *place, Some(incident));
            ranking.record(u64::try_from(began.elapsed().as_micros())?)?;
            let Some(best) = ranked.candidates.first() else { continue };
            let assignment = AssignmentId::from_uuid(Uuid::from_u128(u128::from(sample) + 2));
            let order = Command::offer(assignment, incident, best.unit.clone());
            let began = stopwatch();
            room.decide(now, &order)?;
            deciding.record(u64::try_from(began.elapsed().as_micros())?)?;
        }
        output::result(&format!("{units} units, without a socket or a disk:"));
        output::result(&line("  rank every unit", &ranking));
        output::result(&line("  decide an order, the ranking included", &deciding));
    }
    Ok(())
}

/// A room with a unit at each of these places.
pub(super) fn fleet(places: &[Position], now: Timestamp) -> Dispatch {
    let named = |index: usize| UnitId::new(&format!("AMB-{index}")).ok();
    let cards = places.iter().zip(0_u32..).filter_map(|(post, index)| {
        let id = named(usize::try_from(index).ok()?)?;
        Some(UnitCard { id, index, post: *post, capabilities: Vec::new() })
    });
    let mut room = Dispatch::new(Policy::default(), cards.collect(), Vec::new());
    for (index, place) in places.iter().enumerate() {
        let Some(unit) = named(index) else { continue };
        let fix = Fix {
            device_at: now,
            received_at: now,
            position: *place,
            speed_kmh: Some(0.0),
            heading_deg: None,
            accuracy_m: Some(5.0),
            battery_pct: Some(80),
            behind_ms: None,
            mocked: false,
            source: SourceId::default(),
        };
        room.observe(&unit, fix);
        room.observe_link(now, &unit, true);
    }
    room
}

/// Takes a call about an incident at a place.
pub(super) fn take_call(
    room: &mut Dispatch,
    now: Timestamp,
    incident: IncidentId,
    place: Option<Position>,
) -> anyhow::Result<()> {
    let place = place.map(|position| IncidentPlace {
        position,
        uncertainty_m: 50,
        basis: PlaceBasis::Point,
        village: None,
        village_basis: VillageBasis::Nearest,
    });
    let call = NewCall {
        call: CallId::from_uuid(Uuid::nil()),
        incident,
        channel: Channel::Phone,
        received_at: now,
        category: Category::Accident,
        answers: std::collections::BTreeMap::new(),
        priority: None,
        place,
        drill: false,
    };
    for event in room.decide(now, &Command::TakeCall(call))? {
        room.apply(now, &event);
    }
    Ok(())
}
