//! Orders that came to nothing, and units off duty: what officials review beside response times.

use siaga::report::{AreaLine, Duty, Refusals, Stage};
use siaga::store::{Dropped, DutyChange, ReportOffer};

use super::*;

fn area() -> AreaLine {
    AreaLine::of(&Regency::load("35.09").expect("Jember"))
}

fn offer(unit: &str, steps: [Option<i64>; 2], end: Option<(i64, &str)>) -> ReportOffer {
    let [accepted, rolling] = steps.map(|step| step.map(at));
    let dropped = end.map(|(after, outcome)| Dropped {
        at: at(after),
        outcome: outcome.to_owned(),
        reason: Some("=ban kempes".to_owned()),
        by: "crew".to_owned(),
    });
    let case_number = "261123-001".to_owned();
    ReportOffer { unit: unit.to_owned(), case_number, offered: at(0), accepted, rolling, dropped }
}

fn refusals(offers: &[ReportOffer]) -> Refusals {
    Refusals::compute(offers, area(), (at(0), at(100)), at(1_000))
}

#[test]
fn a_refusal_says_how_late_it_came_and_at_which_stage() {
    let report = refusals(&[
        offer("AMB-1", [None, None], Some((40, "rejected"))),
        offer("AMB-2", [Some(5), None], Some((50, "cancelled"))),
        offer("AMB-3", [Some(5), Some(9)], Some((60, "diverted"))),
        offer("AMB-4", [Some(5), Some(9)], None),
    ]);
    let seen: Vec<_> =
        report.refusals.iter().map(|r| (r.unit.as_str(), r.after_s, r.stage)).collect();
    let expected = [
        ("AMB-1", 40.0, Stage::BeforeAnswer),
        ("AMB-2", 50.0, Stage::BeforeRolling),
        ("AMB-3", 60.0, Stage::OnTheWay),
    ];
    assert_eq!(seen, expected);
    let csv = report.to_csv();
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains("rejected,before_answer,'=ban kempes,crew"), "{csv}");
}

#[test]
fn each_unit_has_its_totals_and_the_share_it_refused() {
    let ends = [Some((9, "rejected")), Some((9, "timed_out")), Some((9, "cancelled")), None];
    let offers: Vec<ReportOffer> =
        ends.into_iter().map(|end| offer("AMB-1", [None, None], end)).collect();
    let mut outside = offer("AMB-2", [None, None], None);
    outside.offered = at(100);
    let report = refusals(&[&offers[..], &[outside]].concat());
    let [one] = &report.units[..] else { panic!("{:?}", report.units) };
    assert_eq!((one.offers, one.accepted, one.diverted), (4, 0, 0));
    assert_eq!((one.rejected, one.timed_out, one.cancelled), (1, 1, 1));
    assert!((one.refused_share - 0.5).abs() < f64::EPSILON);
    assert_eq!(refusals(&[]).units, []);
    assert_eq!(refusals(&[]).to_csv().lines().count(), 1);
}

fn change(unit: &str, hour: i64, on_duty: bool, reason: &str) -> DutyChange {
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    DutyChange { unit: unit.to_owned(), at: at(hour * 3600), on_duty, reason }
}

#[test]
fn hours_off_duty_are_those_within_the_period() {
    let changes = [
        change("AMB-1", -5, false, "servis"),
        change("AMB-2", -4, true, ""),
        change("AMB-1", 2, true, ""),
        change("AMB-1", 3, false, "bahan bakar"),
        change("AMB-1", 4, false, "ban"),
        change("AMB-3", 9, false, "kru sakit"),
        change("AMB-4", 10, false, "sesudah masa ini"),
    ];
    let period = (at(0), at(10 * 3600));
    let of = |now_h: i64| Duty::compute(&changes, area(), period, at(now_h * 3600));
    let report = of(100);
    let seen: Vec<_> = report
        .absences
        .iter()
        .map(|a| (a.unit.as_str(), a.from, a.to, a.reason.as_deref(), a.hours))
        .collect();
    let hour = |hour: i64| at(hour * 3600);
    let expected = [
        ("AMB-1", hour(-5), Some(hour(2)), Some("servis"), 2.0),
        ("AMB-1", hour(3), None, Some("bahan bakar"), 7.0),
        ("AMB-3", hour(9), None, Some("kru sakit"), 1.0),
    ];
    assert_eq!(seen, expected);
    let totals: Vec<_> = report.units.iter().map(|u| (u.unit.as_str(), u.hours)).collect();
    assert_eq!(totals, [("AMB-1", 9.0), ("AMB-3", 1.0)]);
    let early: Vec<f64> = of(5).units.iter().map(|unit| unit.hours).collect();
    assert_eq!(early, [4.0, 0.0], "what has not passed yet is no hour off duty");
    assert!(report.to_csv().starts_with("unit,from,to,reason,hours\r\nAMB-1,"));
}
