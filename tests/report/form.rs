//! The report as JSON and CSV, and the words by which it is asked for.

use super::*;

#[test]
fn the_json_is_what_the_protocol_says() {
    let report = compute(&[incident(1, vec![complete("AMB-1")])], By::Priority);
    let json = serde_json::to_value(&report).expect("JSON");
    assert_eq!(json["targets_s"], serde_json::json!({"P1":900,"P2":1800,"P3":3600,"P4":7200}));
    assert_eq!(json["targets_source"], "lokal");
    assert_eq!(json["by"], "priority");
    assert_eq!(json["from"], "2026-11-01T00:00:00.000Z");
    let excluded = json["excluded"].as_object().expect("counts by reason");
    let words = "cancelled drill health_worker_visit incomplete invalid neighbour open prank \
                 solved_by_phone transfer transferred unmet";
    assert_eq!(excluded.keys().map(String::as_str).collect::<Vec<_>>().join(" "), words);
    assert!(excluded.values().all(|n| *n == 0));
    let headline = &json["intervals"][0];
    assert_eq!(headline["unit_of_account"], "incident");
    assert_eq!(headline["target_ci"].as_array().map(Vec::len), Some(2));
    assert!(json["intervals"][1]["within_target"].is_null());
    let row = &json["rows"][0];
    assert_eq!((&row["unit"], &row["village"]["code"]), (&"AMB-1".into(), &"35.09.30.2001".into()));
    assert_eq!((&row["total_response_s"], &row["task_s"]), (&600.0.into(), &2910.0.into()));
    assert_eq!(json["slices"][0]["key"], "P1");
}

#[test]
fn csv_has_a_header_and_no_formulas() {
    let mut incidents = Vec::new();
    for (number, text) in (1..).zip(["=1+1", "+62", "-1", "@SUM(A1)", "\t=1", "plain, \"quoted\""])
    {
        let mut one = incident(number, vec![arrival(text, 600)]);
        one.case_number = text.to_owned();
        incidents.push(one);
    }
    let csv = report::to_csv(&compute(&incidents, By::Priority));
    assert!(csv.starts_with("incident,case_number,received_at,received_local,priority,"), "{csv}");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|own| own == name).expect(name);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let expected = ["'=1+1", "'+62", "'-1", "'@SUM(A1)", "'\t=1", "plain, \"quoted\""];
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(row.get(place("case_number")), Some(expected));
        assert_eq!(row.get(place("unit")), Some(expected));
        assert_eq!(row.get(place("total_response_s")), Some("600"));
        assert_eq!(row.get(place("turnout_s")), Some(""));
        assert_eq!(row.get(place("village_name")), Some("Sempolan"));
        let cells = row.iter().filter(|cell| cell.starts_with(['=', '+', '-', '@', '\t']));
        assert_eq!(cells.count(), 0, "{row:?}");
    }
}

#[test]
fn words_for_slices_are_read() {
    for (word, by) in [
        ("priority", By::Priority),
        ("category", By::Category),
        ("district", By::District),
        ("village", By::Village),
        ("unit", By::Unit),
        ("hour", By::Hour),
    ] {
        assert_eq!(By::parse(word), Some(by));
        assert_eq!(serde_json::to_value(by).expect("JSON"), word);
    }
    assert_eq!(By::parse("Priority"), None);
    assert_eq!(By::parse(""), None);
}
