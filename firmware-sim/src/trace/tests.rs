//! What is made of a recording, and of what is none.

use super::*;

const POST: Place = Place { lat: -8.25, lon: 113.85 };

fn with_sum(content: &str) -> String {
    let sum = content.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("${content}*{sum:02X}")
}

fn drive() -> String {
    let line = |second: u32, minutes: f64| {
        with_sum(&format!(
            "GPRMC,1101{second:02}.50,A,5505.{minutes:06.0},N,03858.587325,E,20.0,86.2,310317,8.9,E,D"
        ))
    };
    let lines = [line(1, 330_000.0), line(2, 340_000.0), line(3, 350_000.0), line(20, 360_000.0)];
    lines.join("\r\n")
}

#[test]
fn an_nmea_recording_is_told_again_from_a_post_of_ours() {
    let trace = Trace::read(drive().as_bytes()).unwrap();
    assert_eq!((trace.points.len(), trace.left_out, trace.lasts_ms()), (4, 0, 19_000));
    let first = trace.points[0].place;
    assert!((first.lat - 55.088_833).abs() < 1e-5 && (first.lon - 38.976_455).abs() < 1e-5);
    let start = trace.at(0, POST).unwrap();
    assert!(start.place.distance_m(POST) < 0.1);
    assert_eq!((start.heading_deg, start.speed_kmh.round()), (86, 37.0));
    let second = trace.at(2_000, POST).unwrap();
    assert!((30.0..45.0).contains(&second.place.distance_m(POST)), "{second:?}");
    assert_eq!(trace.at(2_000 + 19_000, POST), Some(second), "over and over");
    assert_eq!(trace.at(12_000, POST), None, "the receiver had no place");
}

#[test]
fn sentences_that_are_wrong_are_counted_and_the_others_used() {
    let good = drive();
    let lines = [
        "",
        "noise",
        "$GPRMC,110124,A*00",
        &with_sum("GPRMC,110130,V,5505.33,N,03858.58,E,1,1,310317"),
        &with_sum("GPRMC,110131,A,9905.33,N,03858.58,E,1,1,310317"),
        &with_sum("GPRMC,110132,A,5505.33,Q,03858.58,E,1,1,310317"),
        &with_sum("GPRMC,996199,A,5505.33,N,03858.58,E,1,1,310317"),
        &with_sum("GPRMC,110133,A,5505.33,N,03858.58,E,1,1,320317"),
        &with_sum("GPRMC,110134,A"),
        &with_sum("GPGGA,110134,5505.33,N,03858.58,E,1,9,0.9,120,M,,M,,"),
        &good,
        &good,
    ];
    let trace = Trace::read(lines.join("\n").as_bytes()).unwrap();
    assert_eq!(trace.points.len(), 4);
    assert_eq!(trace.left_out, 13, "nine bad ones and what was said before");
}

#[test]
fn a_gpx_recording_is_told_again_too() {
    let point = |second: u32, lat: f64| {
        format!(
            "<trkpt lat=\"{lat}\" lon=\"13.72\"><ele>3</ele><time>2026-11-23T01:00:{second:02}Z</time></trkpt>"
        )
    };
    let text = format!(
        "<?xml version=\"1.0\"?><gpx xmlns=\"http://www.topografix.com/GPX/1/1\">\
         <metadata><time>2020-01-01T00:00:00Z</time></metadata>\
         <wpt lat=\"1\" lon=\"2\"/><trk><trkseg>{}{}\
         <trkpt lat=\"45.2\" lon=\"13\"></trkpt>\
         <trkpt lat=\"95\" lon=\"13\"><time>2026-11-23T01:00:05Z</time></trkpt></trkseg></trk></gpx>",
        point(0, 45.28),
        point(4, 45.281),
    );
    let trace = Trace::read(text.as_bytes()).unwrap();
    assert_eq!((trace.points.len(), trace.left_out), (2, 2));
    let said = trace.at(1_000, POST).unwrap();
    assert_eq!(said.heading_deg, 0);
    assert!((95.0..105.0).contains(&said.speed_kmh), "{said:?}: 111 m in 4 s");
    let cut = &text[..text.len() - 60];
    assert!(Trace::read(cut.as_bytes()).is_ok(), "what came before the fault is used");
}

#[test]
fn what_is_no_recording_is_refused() {
    let one = drive().lines().next().unwrap().to_owned();
    for content in ["", "<gpx></gpx>", "<", "hello", &one, "<gpx><trkpt lat=\"1\""] {
        assert!(Trace::read(content.as_bytes()).is_err(), "{content}");
    }
    assert!(Trace::read(&[0xff; 100]).is_err());
}
