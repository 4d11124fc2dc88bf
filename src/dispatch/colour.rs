//! The crew's triage colour at a mass casualty incident, by START (adults); children need JumpSTART.
//!
//! A colour is never a dispatch priority: there is no way from one to the other, and Black stands for the dead.

use serde::{Deserialize, Serialize};

use crate::dispatch::event::Colour;

/// What the crew sees of the breathing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breathing {
    /// None, even after the airway was opened.
    Absent,
    /// It came when the airway was opened.
    AfterOpening,
    /// More than 30 breaths a minute.
    Over30,
    /// At most 30 breaths a minute.
    UpTo30,
}

/// What the crew sees of the circulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Perfusion {
    /// No radial pulse, or capillary refill over 2 seconds.
    Poor,
    /// Radial pulse, or capillary refill within 2 seconds.
    Good,
}

/// What START asks, in its order; a later sign does not count once an earlier one has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signs {
    pub walks: bool,
    pub breathing: Breathing,
    pub perfusion: Perfusion,
    pub obeys_commands: bool,
}

/// The colour of one casualty.
#[must_use]
pub const fn start(signs: Signs) -> Colour {
    if signs.walks {
        return Colour::Green;
    }
    match (signs.breathing, signs.perfusion) {
        (Breathing::Absent, Perfusion::Poor | Perfusion::Good) => Colour::Black,
        (Breathing::AfterOpening | Breathing::Over30, Perfusion::Poor | Perfusion::Good)
        | (Breathing::UpTo30, Perfusion::Poor) => Colour::Red,
        (Breathing::UpTo30, Perfusion::Good) if signs.obeys_commands => Colour::Yellow,
        (Breathing::UpTo30, Perfusion::Good) => Colour::Red,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREATHINGS: [Breathing; 4] =
        [Breathing::Absent, Breathing::AfterOpening, Breathing::Over30, Breathing::UpTo30];
    const PERFUSIONS: [Perfusion; 2] = [Perfusion::Poor, Perfusion::Good];

    fn all() -> impl Iterator<Item = Signs> {
        let bits = |n: u8| (n & 1 == 1, n & 2 == 2);
        BREATHINGS.into_iter().flat_map(move |breathing| {
            PERFUSIONS.into_iter().flat_map(move |perfusion| {
                (0..4).map(bits).map(move |(walks, obeys_commands)| Signs {
                    walks,
                    breathing,
                    perfusion,
                    obeys_commands,
                })
            })
        })
    }

    #[test]
    fn each_step_of_start_gives_its_colour() {
        use Breathing::{Absent, AfterOpening, Over30, UpTo30};
        use Perfusion::{Good, Poor};
        let table = [
            (true, UpTo30, Good, true, Colour::Green),
            (true, Over30, Poor, false, Colour::Green),
            (false, Absent, Poor, false, Colour::Black),
            (false, Absent, Good, true, Colour::Black),
            (false, AfterOpening, Good, true, Colour::Red),
            (false, AfterOpening, Poor, false, Colour::Red),
            (false, Over30, Good, true, Colour::Red),
            (false, UpTo30, Poor, true, Colour::Red),
            (false, UpTo30, Good, false, Colour::Red),
            (false, UpTo30, Good, true, Colour::Yellow),
        ];
        for (walks, breathing, perfusion, obeys_commands, expected) in table {
            let signs = Signs { walks, breathing, perfusion, obeys_commands };
            assert_eq!(start(signs), expected, "{signs:?}");
        }
    }

    #[test]
    fn of_the_32_combinations_one_is_yellow_and_only_the_breathless_are_black() {
        let count = |colour| all().filter(|signs| start(*signs) == colour).count();
        let colours = [Colour::Green, Colour::Black, Colour::Red, Colour::Yellow];
        assert_eq!(colours.map(count), [16, 4, 11, 1]);
        for signs in all().filter(|signs| start(*signs) == Colour::Black) {
            assert_eq!((signs.breathing, signs.walks), (Breathing::Absent, false));
        }
    }

    #[test]
    fn a_worse_sign_never_gives_a_calmer_colour_to_one_who_lies_and_breathes() {
        let breathes = |signs: &Signs| !signs.walks && signs.breathing != Breathing::Absent;
        for signs in all().filter(breathes) {
            let worse = [
                Signs { breathing: Breathing::Over30, ..signs },
                Signs { perfusion: Perfusion::Poor, ..signs },
                Signs { obeys_commands: false, ..signs },
            ];
            for sign in worse.into_iter().filter(|worse| *worse != signs) {
                assert_eq!(start(sign), Colour::Red, "{sign:?}");
            }
        }
    }

    #[test]
    fn a_colour_is_not_a_priority_even_as_text() {
        for colour in [Colour::Red, Colour::Yellow, Colour::Green, Colour::Black] {
            let text = serde_json::to_string(&colour).expect("writes");
            assert!(
                serde_json::from_str::<crate::dispatch::event::Priority>(&text).is_err(),
                "{text}"
            );
        }
    }
}
