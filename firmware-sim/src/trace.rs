//! Recorded drives: what a receiver said on a real road, read from GPX or NMEA and told again.
//!
//! A reader is total: what it cannot use is counted and left out, and only a file without two usable places is refused.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::Offset as Zone;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::place::{Offset, Place};

/// Places of one trace: a day and a half at one a second.
pub const POINTS_MAX: usize = 130_000;
/// Without a place for so long the receiver had none.
const GAP_MS: i64 = 5_000;
/// Said of a receiver that does not tell its own.
const ACCURACY_M: f32 = 8.0;
const KMH_IN_KNOT: f32 = 1.852;

/// One recorded place; `at_ms` counts from the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub at_ms: i64,
    pub place: Place,
    pub speed_kmh: Option<f32>,
    pub heading_deg: Option<f32>,
}

/// A recorded drive of at least two places.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    points: Vec<Point>,
    /// Lines or points that could not be used.
    pub left_out: usize,
}

/// Why a file is no trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither GPX nor NMEA with two places and their times; {left_out} could not be used")]
pub struct NoTrace {
    pub left_out: usize,
}

/// What a receiver says at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Said {
    pub place: Place,
    pub accuracy_m: f32,
    pub speed_kmh: f32,
    pub heading_deg: u16,
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (points, left_out) = (self.points.len(), self.left_out);
        write!(f, "{points} places over {} s, {left_out} left out", self.lasts_ms() / 1_000)
    }
}

impl Trace {
    /// Reads a file: GPX when it begins with `<`, else NMEA.
    pub fn read(content: &[u8]) -> Result<Trace, NoTrace> {
        let text = String::from_utf8_lossy(content);
        let (found, mut left_out) =
            if text.trim_start().starts_with('<') { gpx(&text) } else { nmea(&text) };
        let mut points: Vec<Point> = Vec::new();
        let mut first_ms = 0;
        for point in found {
            let at_ms = match points.last() {
                None => {
                    first_ms = point.at_ms;
                    0
                }
                Some(_) => point.at_ms.saturating_sub(first_ms),
            };
            // A receiver may say one moment twice; time that runs backwards is an error of the recording.
            if points.len() >= POINTS_MAX || points.last().is_some_and(|last| at_ms <= last.at_ms) {
                left_out += 1;
                continue;
            }
            points.push(Point { at_ms, ..point });
        }
        if points.len() < 2 { Err(NoTrace { left_out }) } else { Ok(Trace { points, left_out }) }
    }

    /// From the first place to the last, in milliseconds; more than 0.
    pub fn lasts_ms(&self) -> i64 {
        self.points.last().map_or(1, |last| last.at_ms.max(1))
    }

    /// What the receiver says so long after the start, the drive moved so that it begins at `post`; over and over.
    /// None where the recording has a gap.
    pub fn at(&self, since_start_ms: i64, post: Place) -> Option<Said> {
        let at_ms = since_start_ms.rem_euclid(self.lasts_ms());
        let after = self.points.partition_point(|point| point.at_ms <= at_ms);
        let point = self.points.get(after.checked_sub(1)?)?;
        if at_ms - point.at_ms > GAP_MS {
            return None;
        }
        let next = self.points.get(after).unwrap_or(point);
        let way = point.place.offset_to(next.place);
        let took_s = (next.at_ms - point.at_ms).max(1) as f64 / 1_000.0;
        let driven_kmh = (way.length_m() / took_s * 3.6) as f32;
        let heading = point.heading_deg.unwrap_or(way.heading_deg() as f32);
        let start = self.points.first()?.place;
        let Offset { east_m, north_m } = start.offset_to(point.place);
        Some(Said {
            place: post.offset_by(Offset { east_m, north_m }),
            accuracy_m: ACCURACY_M,
            speed_kmh: point.speed_kmh.unwrap_or(driven_kmh),
            heading_deg: (heading.rem_euclid(360.0).round() as u16) % 360,
        })
    }
}

/// The track points of a GPX file that have a place and a time, and how many have not.
fn gpx(text: &str) -> (Vec<Point>, usize) {
    let mut reader = Reader::from_str(text);
    let (mut points, mut left_out) = (Vec::new(), 0);
    let mut place = None;
    let (mut in_time, mut at_ms) = (false, None);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if tag.local_name().as_ref() == "trkpt" => {
                place = place_of(&tag);
                at_ms = None;
            }
            Ok(Event::Start(tag)) => in_time = tag.local_name().as_ref() == "time",
            Ok(Event::Text(text)) if in_time => {
                let text: &str = &text;
                at_ms = text.trim().parse::<Timestamp>().ok().map(|at| at.as_millisecond());
            }
            Ok(Event::End(tag)) if tag.local_name().as_ref() == "trkpt" => {
                match (place.take(), at_ms.take()) {
                    (Some(place), Some(at_ms)) => {
                        points.push(Point { at_ms, place, speed_kmh: None, heading_deg: None });
                    }
                    (None, _) | (_, None) => left_out += 1,
                }
            }
            Ok(Event::End(_)) => in_time = false,
            Ok(Event::Eof) => return (points, left_out),
            Ok(_) => {}
            // What comes after a fault cannot be understood.
            Err(_) => return (points, left_out + 1),
        }
    }
}

fn place_of(tag: &BytesStart<'_>) -> Option<Place> {
    let degrees = |name: &str| {
        let found = tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == name)?;
        found.value.trim().parse::<f64>().ok()
    };
    Place::checked(degrees("lat")?, degrees("lon")?)
}

/// The places of the RMC sentences of a recording, and how many of those could not be used.
fn nmea(text: &str) -> (Vec<Point>, usize) {
    let (mut points, mut left_out) = (Vec::new(), 0);
    for line in text.lines() {
        match sentence(line) {
            Some(fields) if fields.first().is_some_and(|name| name.ends_with("RMC")) => {
                match rmc(&fields) {
                    Some(point) => points.push(point),
                    None => left_out += 1,
                }
            }
            Some(_) => {}
            None => left_out += 1,
        }
    }
    (points, left_out)
}

/// The fields of a sentence whose checksum is right.
fn sentence(line: &str) -> Option<Vec<&str>> {
    let (content, sum) = line.trim().strip_prefix('$')?.rsplit_once('*')?;
    let sum = u8::from_str_radix(sum.get(..2)?, 16).ok()?;
    let is_right = content.bytes().fold(0, |sum, byte| sum ^ byte) == sum;
    is_right.then(|| content.split(',').collect())
}

/// `RMC,hhmmss.ss,A,ddmm.mmmm,N,dddmm.mmmm,E,knots,degrees,ddmmyy,…`; only a valid one.
fn rmc(fields: &[&str]) -> Option<Point> {
    let field = |index: usize| fields.get(index).copied();
    if field(2)? != "A" {
        return None;
    }
    let lat = angle(field(3)?, field(4)?)?;
    let lon = angle(field(5)?, field(6)?)?;
    let speed_kmh = field(7)?.parse::<f32>().ok().map(|knots| knots * KMH_IN_KNOT);
    Some(Point {
        at_ms: time(field(1)?, field(9)?)?,
        place: Place::checked(lat, lon)?,
        speed_kmh: speed_kmh.filter(|speed| (0.0..=500.0).contains(speed)),
        heading_deg: field(8)?.parse::<f32>().ok().filter(|heading| heading.is_finite()),
    })
}

/// Degrees and minutes in one number, and the side.
fn angle(text: &str, side: &str) -> Option<f64> {
    let value = text.parse::<f64>().ok().filter(|value| (0.0..18_100.0).contains(value))?;
    let degrees = (value / 100.0).floor();
    let angle = degrees + (value - degrees * 100.0) / 60.0;
    match side {
        "N" | "E" => Some(angle),
        "S" | "W" => Some(-angle),
        _ => None,
    }
}

fn time(clock: &str, day: &str) -> Option<i64> {
    let two = |text: &str, from: usize| text.get(from..from + 2)?.parse::<i8>().ok();
    let part_ns = clock.get(6..).filter(|part| !part.is_empty()).map_or(Some(0.0), |part| {
        part.parse::<f64>().ok().filter(|part| (0.0..1.0).contains(part)).map(|part| part * 1e9)
    })?;
    let year = 2_000 + i16::from(two(day, 4)?);
    let day = jiff::civil::Date::new(year, two(day, 2)?, two(day, 0)?).ok()?;
    let (hour, minute, second) = (two(clock, 0)?, two(clock, 2)?, two(clock, 4)?);
    let time = jiff::civil::Time::new(hour, minute, second, part_ns as i32).ok()?;
    Zone::UTC.to_timestamp(day.to_datetime(time)).ok().map(|at| at.as_millisecond())
}

#[cfg(test)]
mod tests;
