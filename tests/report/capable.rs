//! The clock of the headline stops for a unit that can do what is needed; the first of any kind stands beside it.

use super::*;

fn able(unit: &str, seconds: i64, abilities: &[&str]) -> ReportAssignment {
    let abilities = Some(abilities.iter().map(|&word| word.to_owned()).collect());
    ReportAssignment { abilities, ..arrival(unit, seconds) }
}

fn needing(needs: &[&str], assignments: Vec<ReportAssignment>) -> ReportIncident {
    let needs = needs.iter().map(|&word| word.to_owned()).collect();
    ReportIncident { needs, ..incident(1, assignments) }
}

/// Median of the headline and of the first unit of any kind.
fn both(one: ReportIncident) -> (Option<f64>, Option<f64>) {
    let report = compute(&[one], By::Priority);
    let of = |name| figures(&report.intervals, name).median_s;
    (of("total_response"), of("first_any_unit"))
}

#[test]
fn the_clock_stops_for_the_first_unit_that_brings_something_that_is_needed() {
    let basic = || able("AMB-1", 300, &["transport"]);
    let right = || able("AMB-2", 900, &["transport", "maternal"]);
    let cases = [
        (&["maternal"][..], vec![basic(), right()], (Some(900.0), Some(300.0))),
        (&["als", "maternal"], vec![basic(), right()], (Some(900.0), Some(300.0))),
        (&["transport"], vec![basic(), right()], (Some(300.0), Some(300.0))),
        (&[], vec![basic(), right()], (Some(300.0), Some(300.0))),
        (&["maternal"], vec![right()], (Some(900.0), Some(900.0))),
    ];
    for (needs, assignments, expected) in cases {
        assert_eq!(both(needing(needs, assignments)), expected, "{needs:?}");
    }
    let unknown = ReportAssignment { abilities: None, ..arrival("AMB-1", 300) };
    let expected = (Some(300.0), Some(300.0));
    assert_eq!(both(needing(&["maternal"], vec![unknown])), expected, "not noted: any unit");
}

#[test]
fn an_incident_that_no_capable_unit_reached_is_counted_apart_and_waited_in_vain() {
    let unmet = needing(&["maternal"], vec![able("AMB-1", 300, &["transport"])]);
    let report = compute(std::slice::from_ref(&unmet), By::Unit);
    assert_eq!(report.excluded, Excluded { unmet: 1, ..Excluded::default() });
    assert_eq!((headline(&report).n, headline(&report).invalid), (0, 0));
    assert_eq!(figures(&report.intervals, "first_any_unit").median_s, Some(300.0));
    assert_eq!(report.rows[0].excluded, Some("unmet"));
    assert_eq!(report.slices[0].key, "AMB-1");
    let reached = incident(2, vec![arrival("AMB-2", 9_000)]);
    let later = incident(3, vec![arrival("AMB-3", 9_500)]);
    let report = compute(&[unmet, reached, later], By::Priority);
    assert_eq!(headline(&report).median_s, Some(9_000.0));
    assert_eq!(
        headline(&report).kaplan_meier_median_s,
        Some(9_500.0),
        "it waited 10 000 s in vain"
    );
}

#[test]
fn cancelled_before_a_capable_unit_arrived_is_cancelled() {
    let basic = || able("AMB-1", 300, &["transport"]);
    let right = able("AMB-2", 900, &["maternal"]);
    let cancelled = |assignments| ReportIncident {
        disposition: Some(Disposition::Cancelled),
        ..needing(&["maternal"], assignments)
    };
    let excluded = Excluded { cancelled: 1, ..Excluded::default() };
    check(&[cancelled(vec![basic()])], 0, excluded, None);
    check(&[cancelled(vec![basic(), right])], 1, Excluded::default(), Some(900.0));
}

#[test]
fn a_wrong_arrival_of_a_capable_unit_is_invalid_and_not_mended_by_another() {
    let basic = able("AMB-1", 300, &["transport"]);
    let wrong = able("AMB-2", -5, &["maternal"]);
    let excluded = Excluded { invalid: 1, ..Excluded::default() };
    check(&[needing(&["maternal"], vec![basic, wrong])], 0, excluded, None);
}
