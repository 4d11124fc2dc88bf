//! What an operator pastes for a place.

use siaga::place::Bounds;
use siaga::places::pasted::{self, Pasted};
use siaga::places::{milestones, plus_code};

use super::on_every_input;

#[test]
fn any_pasted_text_is_a_place_within_the_country_or_none() {
    on_every_input("pasted", 20_000, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Some(asked) = milestones::read(&text) {
            assert!(asked.km > 0.0 && asked.km <= milestones::KM_MAX, "{asked:?}");
        }
        match pasted::read(&text, Bounds::INDONESIA) {
            Pasted::At { position, uncertainty_m, .. } => {
                assert!(Bounds::INDONESIA.contains(position), "{position:?}");
                assert!((20..=100_000).contains(&uncertainty_m), "{uncertainty_m}");
                true
            }
            Pasted::Code(code, rest) => {
                assert!(rest.len() <= text.len());
                let jember = siaga::place::Position::new(-8.17, 113.7).expect("a place");
                let square = code.square(jember);
                assert!(
                    square.is_none_or(|square| (0.0..3e6).contains(&square.reach_m)),
                    "{square:?}"
                );
                assert!(plus_code::find(&text).is_some() || text.contains('%'));
                true
            }
            Pasted::Words(_) | Pasted::Nowhere(..) => false,
        }
    });
}
