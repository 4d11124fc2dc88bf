//! Finding a place as one types: how long each key takes over a regency with everything in it.

use std::sync::Arc;

use hdrhistogram::Histogram;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{REGENCY, line, stopwatch};
use crate::cli::output;
use crate::gazetteer::{LANDMARK_KINDS, Regency};
use crate::place::Bounds;
use crate::places::{Asked, Places};
use crate::roads::Roads;
use crate::roads::graph::Graph;
use crate::roads::kind::Speeds;
use crate::roads::landmarks::Landmark;

/// Landmarks of a regency whose volunteers have been busy.
const LANDMARKS: usize = 20_000;
/// What is typed, key by key.
const PHRASES: [&str; 8] = [
    "belakang masjid nurul huda sukorejo bangsalsari",
    "sdn 2 sempolan",
    "dusun krajan rt 03 rw 11 desa pace kec silo",
    "pkm silo",
    "jl mastrip sumbersari",
    "depan indomaret tegal besar",
    "jembatan kali jompo",
    "soekowono",
];
/// Of which names of landmarks are made.
const WORDS: [&str; 24] = [
    "Nurul",
    "Huda",
    "Al",
    "Ikhlas",
    "Jaya",
    "Abadi",
    "Sumber",
    "Rejeki",
    "Mandiri",
    "Makmur",
    "Tirta",
    "Krajan",
    "Curah",
    "Baru",
    "Indah",
    "Utama",
    "Sari",
    "Timur",
    "Barat",
    "Muhammadiyah",
    "Negeri",
    "Dharma",
    "Wanita",
    "Sejahtera",
];

/// Prints how long the search takes for each key of phrases that are typed `samples` times.
pub fn run(samples: u32) -> anyhow::Result<()> {
    let regency = Regency::load(REGENCY)?;
    let graph = Graph { landmarks: landmarks(&regency), ..Graph::default() };
    let roads = Arc::new(Roads::new(graph, &Speeds::default()));
    let began = stopwatch();
    let places = Places::new(Arc::new(regency), &[], Some(roads));
    output::result(&format!(
        "{} places of one regency, prepared in {} ms:",
        places.count(),
        began.elapsed().as_millis()
    ));
    let (mut each, mut found) = (Histogram::new(3)?, 0);
    for _ in 0..samples {
        for phrase in PHRASES {
            for (end, _) in phrase.char_indices().skip(1) {
                let q = phrase.get(..end).unwrap_or_default();
                let asked =
                    Asked { q, near: None, limit: 8, said: &[], country: Bounds::INDONESIA };
                let began = stopwatch();
                found += places.find(&asked).places.len();
                each.record(u64::try_from(began.elapsed().as_micros())?)?;
            }
        }
    }
    output::result(&line("  each key", &each));
    output::result(&format!("  {found} places were found for {} keys", each.len()));
    Ok(())
}

/// Made-up landmarks around the villages, some of them with a village's name.
fn landmarks(regency: &Regency) -> Vec<Landmark> {
    let mut chance = ChaCha8Rng::seed_from_u64(20_000);
    let mut below = |end: usize| {
        let end = u64::try_from(end.max(1)).unwrap_or(1);
        usize::try_from(chance.next_u64() % end).unwrap_or_default()
    };
    let mut landmarks = Vec::with_capacity(LANDMARKS);
    while landmarks.len() < LANDMARKS {
        let (Some(village), Some(kind)) = (
            regency.villages.get(below(regency.villages.len())),
            LANDMARK_KINDS.get(below(LANDMARK_KINDS.len())),
        ) else {
            break;
        };
        let mut name = vec![kind.unnamed().unwrap_or("Toko").to_owned()];
        if below(3) == 0 {
            name.push(village.name.clone());
            name.push(format!("{:02}", below(12)));
        } else {
            let words = (0..1 + below(3)).filter_map(|_| WORDS.get(below(WORDS.len())));
            name.extend(words.map(|word| (*word).to_owned()));
            name.push(format!("{}{}", WORDS.get(below(24)).unwrap_or(&""), below(400)));
        }
        let (lat, lon) = village.position.e7();
        let off = |n: usize| i32::try_from(n).unwrap_or_default() - 200_000;
        let at = (lat + off(below(400_000)), lon + off(below(400_000)));
        landmarks.push(Landmark { kind: *kind, name: name.join(" "), at });
    }
    landmarks
}
