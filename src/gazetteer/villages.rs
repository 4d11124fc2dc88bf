//! Villages as one types, and what each is called so that no two of a regency read alike.

use std::collections::BTreeMap;

use super::coordinates::{self, Reading};
use super::question::Question;
use super::search::{Entry, Index, Sort, Surroundings};
use super::{Regency, Village};
use crate::place::{Bounds, Position};

/// What a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitKind {
    Village,
    Coordinates,
}

/// One place that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub kind: HitKind,
    /// Village and district, or `dekat` the nearest village and the coordinates.
    pub label: String,
    /// Kemendagri code: the village itself, or the nearest one; none for coordinates far from the
    /// regency.
    pub village: Option<String>,
    pub position: Position,
    /// Metres around the position within which the place really is.
    pub uncertainty_m: u32,
}

/// The villages by name, prepared once.
#[derive(Clone, Debug)]
pub(super) struct Villages {
    index: Index,
    labels: Vec<String>,
}

impl Villages {
    pub(super) fn new(around: Surroundings<'_>) -> Self {
        let labels = labels(around.villages);
        let entries = entries(around.villages, &labels);
        Self { index: Index::new(around, &entries), labels }
    }

    pub(super) fn label(&self, village: usize) -> &str {
        self.labels.get(village).map_or("", String::as_str)
    }
}

/// What each village is called when it is looked for.
pub fn entries<'a>(villages: &[Village], labels: &[impl AsRef<str> + 'a]) -> Vec<Entry> {
    let named = villages.iter().zip(labels).enumerate();
    let entry = |(place, (village, label)): (usize, (&Village, &_))| Entry {
        name: village.name.clone(),
        label: AsRef::<str>::as_ref(label).to_owned(),
        sort: Sort::Village,
        at: village.position,
        villages: vec![place],
    };
    named.map(entry).collect()
}

/// Village and district; where two still read alike, their kind or else their code tells them
/// apart.
fn labels(villages: &[Village]) -> Vec<String> {
    let plain = |village: &Village| format!("{}, Kec. {}", village.name, village.district);
    let with_kind = |village: &Village| {
        let kind = village.kind.as_str().replace('_', " ");
        format!("{} ({kind}), Kec. {}", village.name, village.district)
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for village in villages {
        *seen.entry(plain(village).to_lowercase()).or_insert(0) += 1;
        *seen.entry(with_kind(village).to_lowercase()).or_insert(0) += 1;
    }
    let is_alone = |label: &str| seen.get(&label.to_lowercase()) == Some(&1);
    let label = |village: &Village| {
        let choices = [plain(village), with_kind(village)];
        let alone = choices.into_iter().find(|label| is_alone(label));
        alone.unwrap_or_else(|| format!("{} ({})", plain(village), village.code))
    };
    villages.iter().map(label).collect()
}

pub(super) fn search(regency: &Regency, q: &str, limit: usize) -> Vec<Hit> {
    match coordinates::read(q, Bounds::INDONESIA) {
        Reading::Other => by_name(regency, q, limit),
        Reading::Refused => Vec::new(),
        Reading::At { position, uncertainty_m } => {
            let hit = at(regency, position, uncertainty_m);
            std::iter::once(hit).take(limit).collect()
        }
    }
}

fn at(regency: &Regency, position: Position, uncertainty_m: u32) -> Hit {
    let numbers = format!("{:.5}, {:.5}", position.lat(), position.lon());
    Hit {
        kind: HitKind::Coordinates,
        label: format!("{numbers} ({})", regency.whereabouts(position)),
        village: regency.village_of(position).map(|(village, _)| village.code.clone()),
        position,
        uncertainty_m,
    }
}

fn by_name(regency: &Regency, q: &str, limit: usize) -> Vec<Hit> {
    let found = regency.index.index.find(&Question::read(q), None).into_iter().take(limit);
    found.filter_map(|one| village_hit(regency, one.entry)).collect()
}

fn village_hit(regency: &Regency, place: usize) -> Option<Hit> {
    let village = regency.villages.get(place)?;
    Some(Hit {
        kind: HitKind::Village,
        label: regency.index.label(place).to_owned(),
        village: Some(village.code.clone()),
        position: village.position,
        uncertainty_m: village.uncertainty_m,
    })
}
