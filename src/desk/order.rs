//! What a unit's device is told: the order as the desk knows it, before any wire format.

use super::Papers;
use crate::clock::Timestamp;
use crate::dispatch::event::{Category, IncidentPlace, Priority};
use crate::dispatch::{Dispatch, Order};
use crate::ids::{AssignmentId, UnitId};
use crate::place::Position;

/// A place with its names, as a crew needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderPlace {
    pub position: Position,
    pub uncertainty_m: u32,
    pub village: Option<String>,
    pub district: Option<String>,
    pub landmark: Option<String>,
}

/// One order for one unit.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderNote {
    pub unit: UnitId,
    pub assignment: AssignmentId,
    /// Which wording of the order this is; a device confirms it by this number.
    pub revision: u32,
    pub case_number: String,
    pub priority: Priority,
    pub category: Category,
    pub sent_at: Timestamp,
    pub content: OrderContent,
}

/// Do this, or stop.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderContent {
    Offered { place: OrderPlace, facility: Option<(String, Position)> },
    Withdrawn { reason: Option<String> },
}

/// An order's identity for repeating it.
pub(super) const fn key(order: Order) -> (AssignmentId, bool) {
    match order {
        Order::Offered(assignment) => (assignment, true),
        Order::Withdrawn(assignment) => (assignment, false),
    }
}

/// Writes an order out; none when its incident has left the room or has no place.
pub(super) fn note(
    dispatch: &Dispatch,
    papers: &Papers,
    unit: &UnitId,
    order: Order,
    now: Timestamp,
) -> Option<OrderNote> {
    let (assignment, _) = key(order);
    let assignment = dispatch.board().assignment(assignment)?;
    let incident = dispatch.board().leading(assignment.incident)?;
    let content = match order {
        Order::Withdrawn(_) => OrderContent::Withdrawn { reason: assignment.reason.clone() },
        Order::Offered(_) => {
            let named = |id: &str| {
                let facility = papers.room.facilities().find(|facility| facility.id == id)?;
                Some((facility.name.clone(), facility.position))
            };
            let place = match assignment.pick_up.as_deref().and_then(named) {
                Some((name, position)) => OrderPlace {
                    position,
                    uncertainty_m: 0,
                    village: None,
                    district: None,
                    landmark: Some(name),
                },
                None => {
                    let file = papers.private_of(incident.id);
                    let landmark = file.and_then(|file| file.details.landmark.clone());
                    order_place(papers, incident.place.as_ref()?, landmark)
                }
            };
            let facility = assignment.facility.as_deref().and_then(named);
            OrderContent::Offered { place, facility }
        }
    };
    Some(OrderNote {
        unit: unit.clone(),
        assignment: assignment.id,
        revision: assignment.revision,
        case_number: incident.case_number.clone(),
        priority: incident.priority,
        category: incident.category,
        sent_at: now,
        content,
    })
}

fn order_place(papers: &Papers, place: &IncidentPlace, landmark: Option<String>) -> OrderPlace {
    let village = place.village.as_deref().and_then(|code| papers.room.village(code));
    let (village, district) = village.map(|v| (v.name, v.district)).unzip();
    OrderPlace {
        position: place.position,
        uncertainty_m: place.uncertainty_m,
        village,
        district,
        landmark,
    }
}
