//! What each seed draws for itself: sizes, paces and fault rates. No two seeds run in the same weather.

use super::chance::Chance;
use super::errands::{ERRANDS, PAGE_ERRANDS};

/// A device's positions come so far apart once nothing goes wrong any more.
const FIX_AT_REST_MS: i64 = 30_000;

/// The weather of one run. Rates are in a million of the occasions named; times are in milliseconds.
#[derive(Clone, Debug)]
pub struct Swarm {
    pub units: usize,
    pub operators: usize,
    /// Between two turns of an operator.
    pub operator_turn_ms: i64,
    /// Between two turns of a device.
    pub device_turn_ms: i64,
    /// Share of an operator's turns that take a new call.
    pub call: u32,
    /// Open incidents beyond which no new call is taken.
    pub open_max: usize,
    /// Share of commands that are said again after they were answered.
    pub say_again: u32,
    /// Share of a device's turns that take a position.
    pub fix: u32,
    /// Share of positions that are bad in some way.
    pub bad_fix: u32,
    /// Share of a device's turns in which its crew presses a button.
    pub press: u32,
    /// Share of crews' answers that refuse.
    pub refuse: u32,
    /// Positions that a device keeps.
    pub kept_max: usize,
    /// A device's clock is up to so far from the true time.
    pub skew_ms: i64,
    /// Of messages, each way.
    pub lost: u32,
    pub doubled: u32,
    pub cut_short: u32,
    pub delay_ms: i64,
    /// Share of messages that take sixty times as long.
    pub straggler: u32,
    /// Of writes to the log.
    pub write_fails: u32,
    pub write_unknown: u32,
    pub write_late: u32,
    pub read_fails: u32,
    pub write_ms: i64,
    pub tracks_fail: u32,
    /// Of occasions for mischief, which come every `mischief_ms`.
    pub mischief_ms: i64,
    pub crash: u32,
    pub clock_step: u32,
    pub partition: u32,
    pub device_restart: u32,
    pub device_wipe: u32,
    pub rogue: u32,
    /// Hours in which nothing happens at all.
    pub night: u32,
    /// An operator speaks for a crew that has no button.
    pub by_telephone: u32,
    /// Share of calls that are an exercise.
    pub drill: u32,
    /// Share of an operator's turns that do something beside calls and orders, and the weight of each such thing.
    pub errand: u32,
    pub errands: [u32; ERRANDS.len()],
    /// Share of the turns of the crews' page in which a crew says something there, and the weight of each thing.
    pub page: u32,
    pub page_errands: [u32; PAGE_ERRANDS.len()],
    /// The two automatic modes of the area.
    pub passes_on: bool,
    pub dispatches: bool,
}

impl Swarm {
    pub fn drawn(chance: &mut Chance) -> Self {
        let times = |chance: &mut Chance, most: i64| 1 + chance.between(0, most);
        let small = chance.below(4) == 0;
        Self {
            units: usize::try_from(chance.between(1, if small { 3 } else { 12 })).unwrap(),
            operators: usize::try_from(chance.between(1, 4)).unwrap(),
            operator_turn_ms: 100 + times(chance, 2_000),
            device_turn_ms: 50 + times(chance, 1_000),
            call: 20_000 + chance.rate(200_000),
            open_max: usize::try_from(chance.between(2, 12)).unwrap(),
            say_again: chance.rate(300_000),
            fix: 20_000 + chance.rate(200_000),
            bad_fix: chance.rate(200_000),
            press: 5_000 + chance.rate(100_000),
            refuse: chance.rate(300_000),
            kept_max: if chance.below(5) == 0 { 20 } else { 28_800 },
            skew_ms: [0, 2_000, 60_000, 86_400_000][chance.index(4)],
            lost: chance.rate(300_000),
            doubled: chance.rate(500_000),
            cut_short: chance.rate(20_000),
            delay_ms: times(chance, 1_000),
            straggler: chance.rate(50_000),
            write_fails: chance.rate(100_000),
            write_unknown: chance.rate(100_000),
            write_late: chance.rate(50_000),
            read_fails: chance.rate(100_000),
            write_ms: times(chance, 40),
            tracks_fail: chance.rate(100_000),
            mischief_ms: 3_000,
            crash: chance.rate(5_000),
            clock_step: chance.rate(5_000),
            partition: chance.rate(100_000),
            device_restart: chance.rate(30_000),
            device_wipe: chance.rate(5_000),
            rogue: chance.rate(20_000),
            night: chance.rate(50_000),
            by_telephone: chance.rate(100_000),
            drill: chance.rate(200_000),
            errand: 20_000 + chance.rate(300_000),
            errands: std::array::from_fn(|_| chance.rate(1_000_000)),
            page: chance.rate(200_000),
            page_errands: std::array::from_fn(|_| chance.rate(1_000_000)),
            passes_on: chance.below(2) == 0,
            dispatches: chance.below(3) == 0,
        }
    }

    /// The same house in fair weather: every fault at zero.
    pub fn heal(&mut self) {
        for rate in [
            &mut self.say_again,
            &mut self.bad_fix,
            &mut self.refuse,
            &mut self.lost,
            &mut self.doubled,
            &mut self.cut_short,
            &mut self.straggler,
            &mut self.write_fails,
            &mut self.write_unknown,
            &mut self.write_late,
            &mut self.read_fails,
            &mut self.tracks_fail,
            &mut self.crash,
            &mut self.clock_step,
            &mut self.partition,
            &mut self.device_restart,
            &mut self.device_wipe,
            &mut self.rogue,
            &mut self.night,
            &mut self.by_telephone,
            &mut self.call,
            &mut self.errand,
            &mut self.page,
        ] {
            *rate = 0;
        }
        // Half a minute apart: rare enough for rest, often enough for the system to know where its units are.
        self.fix = u32::try_from(self.device_turn_ms * 1_000_000 / FIX_AT_REST_MS).unwrap();
        self.press = 300_000;
        self.delay_ms = self.delay_ms.min(200);
    }
}
