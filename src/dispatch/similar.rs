//! Which open incidents may be the same emergency as another: close in time, close in place, of a kind that fits.
//!
//! A suggestion for a person and nothing more: two real accidents on one road do happen. Siaga's own rule; no
//! standard was found.

use crate::clock::Timestamp;
use crate::dispatch::Dispatch;
use crate::dispatch::event::{Category, IncidentPlace, PlaceBasis};
use crate::dispatch::incident::Incident;
use crate::ids::IncidentId;

/// Calls further apart than this are not suggested as the same emergency.
const APART_MS_MAX: i64 = 15 * 60 * 1000;
/// Places nearer than this are the same place, whatever is known of their precision.
const NEAR_M: f64 = 300.0;

/// What is known of a report that may be about a known emergency.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub received_at: Timestamp,
    pub category: Category,
    pub place: Option<IncidentPlace>,
    /// The incident it has become already, which is not like itself.
    pub incident: Option<IncidentId>,
}

/// An open incident that may be the same, with what speaks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Similar {
    pub incident: IncidentId,
    pub apart_s: i64,
    /// None when the two are only known by the same village.
    pub metres: Option<u32>,
}

impl Dispatch {
    /// Open incidents that may be the same emergency, nearest in time first.
    #[must_use]
    pub fn similar(&self, report: &Report) -> Vec<Similar> {
        let open = self.board().open_incidents().filter(|i| Some(i.id) != report.incident);
        let mut similar: Vec<Similar> = open.filter_map(|i| self.compare(report, i)).collect();
        similar.sort_by_key(|similar| (similar.apart_s, similar.incident));
        similar
    }

    fn compare(&self, report: &Report, incident: &Incident) -> Option<Similar> {
        let apart_ms = report.received_at.ms_since(self.board().received_at(incident)).abs();
        if apart_ms > APART_MS_MAX || !fits(report.category, incident.category) {
            return None;
        }
        let (here, there) = (report.place.as_ref()?, incident.place.as_ref()?);
        let by_village = here.basis == PlaceBasis::Village || there.basis == PlaceBasis::Village;
        let same_village = by_village && here.village.is_some() && here.village == there.village;
        let metres = here.position.metres_to(there.position);
        let blur_m = f64::from(here.uncertainty_m) + f64::from(there.uncertainty_m);
        if !same_village && metres > blur_m.max(NEAR_M) {
            return None;
        }
        #[expect(clippy::as_conversions, reason = "no distance on Earth leaves the range of u32")]
        let metres = (!same_village).then(|| metres.round() as u32);
        Some(Similar { incident: incident.id, apart_s: apart_ms / 1000, metres })
    }
}

/// Whether two kinds may be two people's words for the same thing. A mother or a newborn is not a traffic accident;
/// what nobody could name may be anything.
fn fits(a: Category, b: Category) -> bool {
    let group = |category: Category| match category {
        Category::Accident | Category::Trauma => 1,
        Category::Maternal | Category::Neonatal => 2,
        Category::Internal | Category::Neuro | Category::Cardiac | Category::Mental => 3,
        Category::Transfer => 4,
        Category::Other => 0,
    };
    let (a, b) = (group(a), group(b));
    a == b || a == 0 || b == 0
}
