//! Response times: exact statistics, who is counted, and every interval's start and stop.

mod capable;
mod form;
mod refusals;

use siaga::clock::Timestamp;
use siaga::dispatch::event::{Category, Disposition, Priority};
use siaga::gazetteer::Regency;
use siaga::ids::IncidentId;
use siaga::report::{
    self, By, Excluded, Figures, Interval, Options, Report, Row, Targets, nearest_rank, wilson_95,
};
use siaga::store::{ReportAssignment, ReportIncident};

/// 23 November 2026, 08:00 in Jember.
const EIGHT: &str = "2026-11-23T01:00:00Z";

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect(text)
}

/// So many seconds after eight o'clock.
fn at(seconds: i64) -> Timestamp {
    time(EIGHT).plus_ms(seconds * 1000)
}

fn options(by: By) -> Options {
    Options {
        from: time("2026-11-01T00:00:00Z"),
        to: time("2026-12-01T00:00:00Z"),
        now: time("2026-12-01T00:00:00Z"),
        by,
        targets: Targets::default(),
    }
}

/// An incident of T0 = 08:00 and T2 = 08:01 that ended with a patient carried.
fn incident(number: u128, assignments: Vec<ReportAssignment>) -> ReportIncident {
    ReportIncident {
        drill: false,
        neighbour: false,
        id: IncidentId::from_uuid(uuid::Uuid::from_u128(number)),
        case_number: format!("261123-{number:03}"),
        received_at: at(0),
        created_at: at(60),
        priority: Priority::P1,
        category: Category::Accident,
        village: Some("35.09.30.2001".to_owned()),
        disposition: Some(Disposition::Transported),
        ended_at: Some(at(10_000)),
        needs: Vec::new(),
        assignments,
    }
}

/// T3 at 08:01:30 and then each step after so many seconds from eight; a skipped one is none.
fn assignment(unit: &str, steps: [Option<i64>; 8]) -> ReportAssignment {
    let [acknowledged, en_route, on_scene, at_patient, transporting, rest @ ..] =
        steps.map(|step| step.map(at));
    let [at_destination, handed_over, cleared] = rest;
    ReportAssignment {
        referral: false,
        id: None,
        unit: unit.to_owned(),
        offered: at(90),
        delivered: None,
        acknowledged,
        en_route,
        on_scene,
        at_patient,
        transporting,
        at_destination,
        handed_over,
        cleared,
        ended_at: None,
        state: "cleared".to_owned(),
        abilities: None,
    }
}

/// A unit that did nothing but arrive, so many seconds after T0.
fn arrival(unit: &str, seconds: i64) -> ReportAssignment {
    assignment(unit, [None, None, Some(seconds), None, None, None, None, None])
}

/// All steps: 100, 150, 600, 660, 1200, 2400, 2700, 3000 seconds after T0.
fn complete(unit: &str) -> ReportAssignment {
    assignment(unit, [100, 150, 600, 660, 1200, 2400, 2700, 3000].map(Some))
}

fn compute(incidents: &[ReportIncident], by: By) -> Report {
    let jember = Regency::load("35.09").expect("Jember");
    Report::compute(incidents, &jember, &options(by))
}

fn figures<'a>(intervals: &'a [Figures], name: &str) -> &'a Figures {
    intervals.iter().find(|figures| figures.name == name).expect(name)
}

fn headline(report: &Report) -> &Figures {
    figures(&report.intervals, "total_response")
}

/// What a report says in few words: number of incidents, counted, excluded, headline n and median.
fn check(incidents: &[ReportIncident], counted: u64, excluded: Excluded, median_s: Option<f64>) {
    let report = compute(incidents, By::Priority);
    assert_eq!(report.incidents, incidents.len() as u64);
    assert_eq!((report.counted, report.excluded), (counted, excluded));
    assert_eq!(report.counted + report.excluded.total(), report.incidents);
    assert_eq!((headline(&report).n, headline(&report).median_s), (counted, median_s));
    assert_eq!(headline(&report).invalid, excluded.invalid);
    let in_rows = |of: fn(&Row) -> Option<f64>| report.rows.iter().filter_map(of).count() as u64;
    assert_eq!(in_rows(|row| row.times.total_response_s), headline(&report).n);
    assert_eq!(in_rows(|row| row.times.turnout_s), figures(&report.intervals, "turnout").n);
}

#[test]
fn percentiles_are_measured_values_at_the_nearest_rank() {
    let twenty_five: Vec<i64> = (1..=25).map(|x| x * 20 + 40).collect();
    assert_eq!((twenty_five.first(), twenty_five.last()), (Some(&60), Some(&540)));
    assert_eq!(nearest_rank(&twenty_five, 50), Some(300));
    assert_eq!(nearest_rank(&twenty_five, 90), Some(500), "492 would be interpolated");
    let ten = [180, 240, 300, 360, 420, 480, 540, 600, 660, 1500];
    assert_eq!(nearest_rank(&ten, 50), Some(420), "450 would be interpolated");
    assert_eq!(nearest_rank(&ten, 90), Some(660), "744 would be interpolated");
    assert_eq!(nearest_rank(&[], 50), None);
    assert_eq!(nearest_rank(&[7], 1), Some(7));
    assert_eq!(nearest_rank(&[7], 90), Some(7));
    assert_eq!(nearest_rank(&[1, 2], 100), Some(2));
}

#[test]
fn the_report_gives_the_golden_figures() {
    let ten = [180, 240, 300, 360, 420, 480, 540, 600, 660, 1500];
    let incidents: Vec<ReportIncident> =
        (1..).zip(ten).map(|(number, s)| incident(number, vec![arrival("AMB-1", s)])).collect();
    let jember = Regency::load("35.09").expect("Jember");
    let targets = Targets { p1_s: 600, ..Targets::default() };
    let report =
        Report::compute(&incidents, &jember, &Options { targets, ..options(By::Priority) });
    let headline = headline(&report);
    assert_eq!((headline.from, headline.to, headline.unit_of_account), ("T0", "T6", "incident"));
    assert_eq!(headline.n, 10);
    assert_eq!(headline.median_s, Some(420.0));
    assert_eq!(headline.p90_s, Some(660.0));
    assert_eq!(headline.mean_s, Some(528.0));
    assert_eq!(headline.within_target, Some(8), "600 s is within a target of 600 s");
    assert_eq!(headline.target_share, Some(0.8));
    let [low, high] = headline.target_ci.expect("an interval");
    assert!((low - 0.4902).abs() < 5e-5, "{low}");
    assert!((high - 0.9433).abs() < 5e-5, "{high}");
    assert!(figures(&report.intervals, "turnout").within_target.is_none());
}

#[test]
fn wilson_gives_the_golden_intervals() {
    for (hits, n, low, high) in
        [(8, 10, 0.4902, 0.9433), (90, 100, 0.8256, 0.9448), (0, 5, 0.0, 0.4345)]
    {
        let [got_low, got_high] = wilson_95(hits, n).expect("an interval");
        assert!((got_low - low).abs() < 5e-5, "{hits}/{n}: {got_low}");
        assert!((got_high - high).abs() < 5e-5, "{hits}/{n}: {got_high}");
    }
    assert_eq!(wilson_95(0, 0), None);
    assert!(wilson_95(5, 5).is_some_and(|[_, high]| high <= 1.0));
}

#[test]
fn targets_are_inclusive_and_unrounded() {
    let mut late = incident(2, vec![arrival("AMB-2", 900)]);
    late.assignments[0].on_scene = Some(at(900).plus_ms(1));
    let report = compute(&[incident(1, vec![arrival("AMB-1", 900)]), late], By::Priority);
    assert_eq!(headline(&report).within_target, Some(1));
    assert_eq!(headline(&report).p90_s, Some(900.001));
}

#[test]
fn each_priority_has_its_own_target() {
    let priorities = [Priority::P1, Priority::P2, Priority::P3, Priority::P4];
    let incidents: Vec<ReportIncident> = (1..)
        .zip(priorities)
        .map(|(number, priority)| {
            let one = incident(number, vec![arrival("AMB-1", 3600)]);
            ReportIncident { priority, ..one }
        })
        .collect();
    let report = compute(&incidents, By::Priority);
    assert_eq!(headline(&report).within_target, Some(2));
    let slices: Vec<(&str, Option<u64>)> = report
        .slices
        .iter()
        .map(|slice| {
            (slice.key.as_str(), figures(&slice.intervals, "total_response").within_target)
        })
        .collect();
    assert_eq!(slices, [("P1", Some(0)), ("P2", Some(0)), ("P3", Some(1)), ("P4", Some(1))]);
}

#[test]
fn every_interval_has_its_start_and_stop() {
    let one =
        ReportIncident { category: Category::Maternal, ..incident(1, vec![complete("AMB-1")]) };
    let report = compute(&[one], By::Priority);
    let expected = [
        ("total_response", "T0", "T6", 600.0),
        ("first_any_unit", "T0", "T6", 600.0),
        ("processing", "T2", "T3", 30.0),
        ("acknowledgement", "T3", "T4", 10.0),
        ("turnout", "T3", "T5", 60.0),
        ("travel", "T5", "T6", 450.0),
        ("patient_access", "T6", "T7", 60.0),
        ("unit_response", "T3", "T6", 510.0),
        ("on_scene", "T6", "T8", 600.0),
        ("transport", "T8", "T9", 1200.0),
        ("handover", "T9", "T10", 300.0),
        ("turnaround", "T9", "T11", 600.0),
        ("task", "T3", "T11", 2910.0),
        ("delay_2", "T0", "T9", 2400.0),
    ];
    assert_eq!(report.intervals.len(), expected.len());
    let row = report.rows.first().expect("a row");
    let in_row = row.times.in_order();
    for ((figures, (name, from, to, seconds)), value) in
        report.intervals.iter().zip(expected).zip(in_row)
    {
        assert_eq!((figures.name, figures.from, figures.to), (name, from, to));
        assert_eq!((figures.n, figures.median_s, figures.invalid), (1, Some(seconds), 0), "{name}");
        assert_eq!(value, Some(seconds), "{name}");
    }
}

#[test]
fn delay_2_is_of_mothers_and_newborns_only() {
    let of = |category| ReportIncident { category, ..incident(1, vec![complete("AMB-1")]) };
    for (category, n) in [(Category::Maternal, 1), (Category::Neonatal, 1), (Category::Accident, 0)]
    {
        let report = compute(&[of(category)], By::Priority);
        assert_eq!(figures(&report.intervals, "delay_2").n, n, "{category:?}");
    }
}

#[test]
fn a_reassigned_incident_keeps_its_t0() {
    let rejected = ReportAssignment {
        referral: false,
        state: "rejected".to_owned(),
        ended_at: Some(at(150)),
        ..assignment("AMB-1", [None; 8])
    };
    let diverted = ReportAssignment {
        referral: false,
        state: "cancelled".to_owned(),
        ended_at: Some(at(400)),
        ..assignment("AMB-2", [Some(200), Some(260), None, None, None, None, None, None])
    };
    let mut came = assignment("AMB-3", [500, 560, 1000, 1010, 1500, 2000, 2100, 2200].map(Some));
    came.offered = at(450);
    let report = compute(&[incident(1, vec![rejected, diverted, came])], By::Unit);
    assert_eq!(headline(&report).median_s, Some(1000.0));
    assert_eq!(figures(&report.intervals, "processing").median_s, Some(30.0));
    assert_eq!(figures(&report.intervals, "unit_response").median_s, Some(550.0));
    assert_eq!(figures(&report.intervals, "turnout").n, 2, "only who set out");
    assert_eq!(figures(&report.intervals, "travel").n, 1, "only who arrived");
    let of_unit: Vec<(&str, u64, u64)> = report
        .slices
        .iter()
        .map(|s| (s.key.as_str(), s.incidents, figures(&s.intervals, "total_response").n))
        .collect();
    assert_eq!(of_unit, [("AMB-1", 0, 0), ("AMB-2", 0, 0), ("AMB-3", 1, 1)]);
    assert_eq!(report.rows.len(), 3);
    let totals: Vec<Option<f64>> =
        report.rows.iter().map(|row| row.times.total_response_s).collect();
    assert_eq!(totals, [None, None, Some(1000.0)]);
}

#[test]
fn the_first_arrival_stops_the_clock_whoever_was_asked_first() {
    let both = vec![arrival("AMB-1", 800), arrival("AMB-2", 500)];
    check(&[incident(1, both)], 1, Excluded::default(), Some(500.0));
}

#[test]
fn skipped_steps_leave_nulls() {
    let few =
        assignment("AMB-1", [None, None, Some(600), None, None, Some(2000), None, Some(2500)]);
    let report = compute(&[incident(1, vec![few])], By::Priority);
    let times = report.rows.first().expect("a row").times;
    assert_eq!((times.total_response_s, times.unit_response_s), (Some(600.0), Some(510.0)));
    assert_eq!((times.turnaround_s, times.task_s), (Some(500.0), Some(2410.0)));
    let skipped = [
        times.acknowledgement_s,
        times.turnout_s,
        times.travel_s,
        times.patient_access_s,
        times.on_scene_s,
        times.transport_s,
        times.handover_s,
    ];
    assert_eq!(skipped, [None; 7]);
    assert!(report.intervals.iter().all(|figures| figures.invalid == 0));
}

#[test]
fn who_is_not_counted_is_counted_apart() {
    let ended = |disposition, assignments| ReportIncident {
        drill: false,
        disposition: Some(disposition),
        ..incident(1, assignments)
    };
    let none = Excluded::default();
    let set_out =
        || assignment("AMB-1", [Some(100), Some(150), None, None, None, None, None, None]);
    let arrived = || arrival("AMB-1", 600);
    let cases = [
        (ended(Disposition::Cancelled, vec![set_out()]), Excluded { cancelled: 1, ..none }),
        (ended(Disposition::Cancelled, vec![]), Excluded { cancelled: 1, ..none }),
        (ended(Disposition::Prank, vec![arrived()]), Excluded { prank: 1, ..none }),
        (ended(Disposition::Incomplete, vec![]), Excluded { incomplete: 1, ..none }),
        (ended(Disposition::SolvedByPhone, vec![]), Excluded { solved_by_phone: 1, ..none }),
        (
            ended(Disposition::HealthWorkerVisit, vec![]),
            Excluded { health_worker_visit: 1, ..none },
        ),
        (
            ReportIncident { disposition: None, ended_at: None, ..incident(1, vec![arrived()]) },
            Excluded { open: 1, ..none },
        ),
        (
            ReportIncident { category: Category::Transfer, ..incident(1, vec![complete("AMB-1")]) },
            Excluded { transfer: 1, ..none },
        ),
        (ended(Disposition::Completed, vec![]), Excluded { invalid: 1, ..none }),
        (ended(Disposition::Transported, vec![set_out()]), Excluded { invalid: 1, ..none }),
    ];
    for (one, excluded) in cases {
        check(std::slice::from_ref(&one), 0, excluded, None);
        let counted = incident(2, vec![arrival("AMB-2", 300)]);
        check(&[one, counted], 1, excluded, Some(300.0));
    }
}

#[test]
fn a_response_that_arrived_counts_although_it_was_cancelled_then() {
    let one = ReportIncident {
        drill: false,
        disposition: Some(Disposition::Cancelled),
        ..incident(1, vec![arrival("AMB-1", 600)])
    };
    check(&[one], 1, Excluded::default(), Some(600.0));
}

#[test]
fn a_crew_that_was_called_back_still_has_its_turnout() {
    let set_out = assignment("AMB-1", [Some(100), Some(150), None, None, None, None, None, None]);
    let one =
        ReportIncident { disposition: Some(Disposition::Cancelled), ..incident(1, vec![set_out]) };
    let report = compute(&[one], By::Priority);
    assert_eq!(figures(&report.intervals, "turnout").median_s, Some(60.0));
    assert_eq!(figures(&report.intervals, "travel").n, 0);
    assert_eq!(report.rows.first().and_then(|row| row.excluded), Some("cancelled"));
}

#[test]
fn open_incidents_transfers_and_pranks_have_no_figures_at_all() {
    let open = ReportIncident { disposition: None, ..incident(1, vec![complete("AMB-1")]) };
    let transfer =
        ReportIncident { category: Category::Transfer, ..incident(2, vec![complete("AMB-2")]) };
    let prank = ReportIncident {
        drill: false,
        disposition: Some(Disposition::Prank),
        ..incident(3, vec![complete("AMB-3")])
    };
    let report = compute(&[open, transfer, prank], By::Priority);
    assert!(report.intervals.iter().all(|figures| figures.n == 0 && figures.invalid == 0));
    assert_eq!(report.rows.len(), 3);
    assert!(report.rows.iter().all(|row| row.times.in_order() == [None; 14]));
}

#[test]
fn impossible_times_are_left_out_and_counted_never_mended() {
    let before_the_call = arrival("AMB-1", -1);
    let before_departure =
        assignment("AMB-1", [Some(100), Some(700), Some(600), None, None, None, None, None]);
    let too_long = arrival("AMB-1", 24 * 3600 + 1);
    for wrong in [before_the_call, before_departure, too_long] {
        let report = compute(&[incident(1, vec![wrong])], By::Priority);
        assert_eq!(report.excluded, Excluded { invalid: 1, ..Excluded::default() });
        assert_eq!((headline(&report).n, headline(&report).invalid), (0, 1));
        let row = report.rows.first().expect("a row");
        assert!(row.invalid.contains(&"total_response"), "{row:?}");
        assert_eq!(row.times.total_response_s, None);
        let slice = report.slices.first().expect("a slice");
        assert_eq!(figures(&slice.intervals, "total_response").invalid, 1);
    }
    let exactly_a_day = arrival("AMB-1", 24 * 3600);
    check(&[incident(1, vec![exactly_a_day])], 1, Excluded::default(), Some(86_400.0));
}

#[test]
fn a_wrong_order_spoils_only_the_intervals_it_touches() {
    let mut wrong = complete("AMB-1");
    wrong.handed_over = Some(at(2300));
    let report = compute(&[incident(1, vec![wrong])], By::Priority);
    assert_eq!(report.counted, 1);
    let invalid: Vec<&str> =
        report.intervals.iter().filter(|f| f.invalid > 0).map(|f| f.name).collect();
    assert_eq!(invalid, ["transport", "handover", "turnaround"]);
    let future =
        assignment("AMB-1", [None, None, Some(600), None, None, None, None, Some(9_000_000)]);
    let report = compute(&[incident(1, vec![future])], By::Priority);
    assert_eq!(figures(&report.intervals, "task").invalid, 1);
}

#[test]
fn the_hour_is_that_of_t0_on_the_area_s_clock() {
    let of = |number, received: &str| {
        let mut one = incident(number, vec![arrival("AMB-1", 0)]);
        one.received_at = time(received);
        one.created_at = one.received_at;
        one.assignments[0].offered = one.received_at;
        one.assignments[0].on_scene = Some(one.received_at.plus_ms(600_000));
        one
    };
    let incidents = [
        of(1, "2026-11-22T16:59:59.999Z"),
        of(2, "2026-11-22T17:00:00Z"),
        of(3, "2026-11-22T17:59:59Z"),
        of(4, "2026-11-22T23:30:00Z"),
    ];
    let keys = |regency: &str| {
        let regency = Regency::load(regency).expect(regency);
        let report = Report::compute(&incidents, &regency, &options(By::Hour));
        let slices = report.slices.into_iter();
        slices.map(|slice| (slice.key, slice.counted)).collect::<Vec<_>>()
    };
    let hour = |key: &str, n: u64| (key.to_owned(), n);
    assert_eq!(keys("35.09"), [hour("00", 2), hour("06", 1), hour("23", 1)]);
    assert_eq!(keys("91.71"), [hour("01", 1), hour("02", 2), hour("08", 1)]);
    let report = compute(&incidents, By::Hour);
    let first = report.rows.first().expect("a row");
    assert_eq!(first.received_local, "2026-11-22T23:59:59", "the clock has not struck yet");
    assert_eq!(report.slices.first().map(|s| s.label.as_str()), Some("00.00–00.59"));
}

#[test]
fn slices_name_places_by_village_and_district() {
    let at_village = |number, village: Option<&str>| ReportIncident {
        drill: false,
        village: village.map(str::to_owned),
        ..incident(number, vec![arrival("AMB-1", 600)])
    };
    let incidents = [
        at_village(1, Some("35.09.09.2006")),
        at_village(2, Some("35.09.29.2006")),
        at_village(3, Some("35.10.01.2001")),
        at_village(4, None),
    ];
    let read = |by| {
        let slices = compute(&incidents, by).slices.into_iter();
        slices.map(|slice| format!("{} {}", slice.key, slice.label)).collect::<Vec<_>>()
    };
    assert_eq!(
        read(By::Village),
        [
            "35.09.09.2006 Sukorejo, Kec. Bangsalsari",
            "35.09.29.2006 Sukorejo, Kec. Sukowono",
            "35.10.01.2001 35.10.01.2001",
            "unknown Tidak diketahui",
        ]
    );
    assert_eq!(
        read(By::District),
        [
            "35.09.09 Bangsalsari",
            "35.09.29 Sukowono",
            "35.10.01 35.10.01",
            "unknown Tidak diketahui",
        ]
    );
    assert_eq!(read(By::Category), ["accident Kecelakaan"]);
}

#[test]
fn every_slicing_has_every_incident_once() {
    let mut incidents: Vec<ReportIncident> = (1..40)
        .map(|number| incident(number, vec![complete("AMB-1"), arrival("AMB-2", 700)]))
        .collect();
    for (place, one) in incidents.iter_mut().enumerate() {
        let hours = i64::try_from(place).expect("small");
        one.received_at = at(0).plus_ms(-hours * 1_800_000);
        one.disposition = if place % 3 == 0 { None } else { one.disposition };
    }
    for by in [By::Priority, By::Category, By::District, By::Village, By::Unit, By::Hour] {
        let report = compute(&incidents, by);
        let sum = |of: fn(&siaga::report::Slice) -> u64| report.slices.iter().map(of).sum::<u64>();
        assert_eq!(sum(|slice| slice.incidents), report.incidents, "{by:?}");
        assert_eq!(sum(|slice| slice.counted), report.counted, "{by:?}");
        for interval in Interval::ALL {
            let of = |intervals: &[Figures]| figures(intervals, interval.name()).n;
            let sliced: u64 = report.slices.iter().map(|slice| of(&slice.intervals)).sum();
            assert_eq!(sliced, of(&report.intervals), "{by:?} {}", interval.name());
        }
    }
}

#[test]
fn the_period_begins_and_ends_with_t0() {
    let mut incidents = Vec::new();
    for (number, received) in (1..).zip([
        "2026-10-31T23:59:59.999Z",
        "2026-11-01T00:00:00Z",
        "2026-11-30T23:59:59.999Z",
        "2026-12-01T00:00:00Z",
    ]) {
        let one = ReportIncident { disposition: None, ..incident(number, Vec::new()) };
        incidents.push(ReportIncident { received_at: time(received), ..one });
    }
    let report = compute(&incidents, By::Priority);
    let cases: Vec<&str> = report.rows.iter().map(|row| row.case_number.as_str()).collect();
    assert_eq!(cases, ["261123-002", "261123-003"]);
}

#[test]
fn an_empty_period_has_no_figures_and_breaks_nothing() {
    let report = compute(&[], By::Priority);
    assert_eq!((report.incidents, report.counted, report.excluded.total()), (0, 0, 0));
    assert!(report.slices.is_empty());
    assert_eq!(report.intervals.len(), 14);
    let none = headline(&report);
    assert_eq!((none.n, none.median_s, none.p90_s, none.mean_s), (0, None, None, None));
    assert_eq!((none.within_target, none.target_share), (Some(0), None));
    assert_eq!(none.target_ci, None);
    assert_eq!(report::to_csv(&report).lines().count(), 1);
}

#[test]
fn one_value_is_its_own_median_and_percentile() {
    let report = compute(&[incident(1, vec![arrival("AMB-1", 777)])], By::Priority);
    let one = headline(&report);
    assert_eq!((one.median_s, one.p90_s, one.mean_s), (Some(777.0), Some(777.0), Some(777.0)));
    assert_eq!(one.target_share, Some(1.0));
}
