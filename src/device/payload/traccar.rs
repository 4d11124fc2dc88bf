//! Traccar Client and whatever else speaks the OsmAnd protocol over HTTP (docs/protocol.md 1.4), and what a Traccar
//! server forwards (1.5).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::native::{battery, device_time, heading, in_range};
use crate::clock::Timestamp;
use crate::dispatch::unit::{Fix, SourceId};
use crate::place::Position;

/// Positions in one request.
pub const FIXES_MAX: usize = 200;
/// Fields of one position that are looked at.
const FIELDS_MAX: usize = 64;
const KMH_IN_KNOT: f32 = 1.852;
const KMH_IN_M_PER_S: f32 = 3.6;
/// A number of this size or more counts milliseconds, as the protocol has it.
const MS_FROM: i64 = (1 << 31) - 1;

/// What a request says.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who is speaking, as it says itself.
    pub id: String,
    /// One for each position, judged alone; none for a heartbeat.
    pub fixes: Vec<Result<Fix, String>>,
}

type Fields = BTreeMap<String, String>;

/// Reads a request of the app: its query and its body (form, JSON object or JSON array). Says in a sentence when not
/// even the speaker can be read.
pub fn decode(query: &str, body: &[u8], received_at: Timestamp) -> Result<Message, String> {
    let mut common = Fields::new();
    add_form(&mut common, query.as_bytes());
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let said = match first {
        Some(b'{' | b'[') => {
            let body: Value = serde_json::from_slice(body).map_err(|e| format!("not JSON: {e}"))?;
            let all = if let Value::Array(all) = body { all } else { vec![body] };
            if all.is_empty() || all.len() > FIXES_MAX {
                return Err(format!("{} positions; 1 to {FIXES_MAX} are taken", all.len()));
            }
            all.iter().map(|one| fields_of(one, &common)).collect()
        }
        Some(_) | None => {
            add_form(&mut common, body);
            vec![common]
        }
    };
    let mut ids = said.iter().map(|fields| first_of(fields, &["id", "deviceid", "device_id"]));
    let id = ids.next().flatten().ok_or("id is missing")?.to_owned();
    if ids.any(|other| other != Some(&id)) {
        return Err("one request speaks for one device".to_owned());
    }
    let fixes = said.iter().filter_map(|fields| fix_of(fields, received_at).transpose());
    Ok(Message { id, fixes: fixes.collect() })
}

fn add_form(fields: &mut Fields, form: &[u8]) {
    let pairs = form_urlencoded::parse(form).take(FIELDS_MAX);
    fields.extend(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())));
}

/// The fields of one JSON position, in the names and units of the form.
fn fields_of(json: &Value, common: &Fields) -> Fields {
    let mut fields = common.clone();
    let mut put = |name: &str, value: Option<&Value>| {
        let text = match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => return,
        };
        fields.insert(name.to_owned(), text);
    };
    let Some(location) = json.get("location").filter(|location| location.is_object()) else {
        let flat = json.as_object().into_iter().flatten().take(FIELDS_MAX);
        flat.for_each(|(name, value)| put(name, Some(value)));
        return fields;
    };
    put("id", json.get("device_id"));
    put("timestamp", location.get("timestamp"));
    put("mock", location.get("mock"));
    let coords = location.get("coords");
    let of_coords = |name| coords.and_then(|coords| coords.get(name));
    let names = [
        ("lat", "latitude"),
        ("lon", "longitude"),
        ("accuracy", "accuracy"),
        ("bearing", "heading"),
        ("speed_m_per_s", "speed"),
    ];
    for (ours, theirs) in names {
        put(ours, of_coords(theirs));
    }
    put("battery_level", location.get("battery").and_then(|battery| battery.get("level")));
    fields
}

fn first_of<'f>(fields: &'f Fields, names: &[&str]) -> Option<&'f str> {
    let found = names.iter().find_map(|name| fields.get(*name));
    found.map(String::as_str).filter(|text| !text.is_empty())
}

fn number(fields: &Fields, names: &[&str]) -> Option<f32> {
    first_of(fields, names)?.trim().parse().ok()
}

/// The position in some fields; none in a heartbeat.
fn fix_of(fields: &Fields, received_at: Timestamp) -> Result<Option<Fix>, String> {
    let pair = first_of(fields, &["location"]).and_then(|pair| pair.split_once(','));
    let lat = first_of(fields, &["lat"]).or(pair.map(|(lat, _)| lat));
    let lon = first_of(fields, &["lon"]).or(pair.map(|(_, lon)| lon));
    let (Some(lat), Some(lon)) = (lat, lon) else { return Ok(None) };
    // The app says so of a place that it remembers and has not measured.
    if first_of(fields, &["valid"]).is_some_and(|valid| matches!(valid, "false" | "0")) {
        return Ok(None);
    }
    let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| "lat or lon is no number");
    let device_at = match first_of(fields, &["timestamp"]) {
        Some(text) => time_of(text)?,
        None => received_at,
    };
    let knots = number(fields, &["speed"]).map(|knots| knots * KMH_IN_KNOT);
    let speed = number(fields, &["speed_m_per_s"]).map(|speed| speed * KMH_IN_M_PER_S).or(knots);
    let level = number(fields, &["battery_level"]).map(|level| level * 100.0);
    Ok(Some(Fix {
        device_at,
        received_at,
        position: Position::new(degrees(lat)?, degrees(lon)?)?,
        speed_kmh: in_range(speed, 0.0, 500.0),
        heading_deg: heading(number(fields, &["bearing", "heading"])),
        accuracy_m: in_range(number(fields, &["accuracy"]), 0.0, 1e6),
        battery_pct: battery(level.or(number(fields, &["batt"]))),
        behind_ms: None,
        mocked: first_of(fields, &["mock"]) == Some("true"),
        source: SourceId::default(),
    }))
}

/// Seconds, milliseconds, RFC 3339, or `2026-01-31 08:00:00` in UTC.
pub fn time_of(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return device_time(if number >= MS_FROM { number } else { number.saturating_mul(1000) });
    }
    if text.contains('T') {
        return Timestamp::parse(text);
    }
    let civil = text.split_once(' ').map(|(day, time)| format!("{day}T{time}Z"));
    Timestamp::parse(&civil.ok_or("timestamp cannot be read")?)
}

#[derive(Deserialize)]
struct RawForward {
    /// None in what is forwarded of an event.
    position: Option<RawPosition>,
    device: RawDevice,
}

#[derive(Deserialize)]
struct RawDevice {
    #[serde(rename = "uniqueId")]
    unique_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPosition {
    fix_time: Value,
    latitude: f64,
    longitude: f64,
    /// Knots.
    speed: Option<f32>,
    course: Option<f32>,
    accuracy: Option<f32>,
    valid: Option<bool>,
    /// The server has no new place and gives the last one.
    outdated: Option<bool>,
    #[serde(default)]
    attributes: RawAttributes,
}

#[derive(Default, Deserialize)]
struct RawAttributes {
    #[serde(rename = "batteryLevel")]
    battery_level: Option<f32>,
}

/// Reads what a Traccar server forwards (`forward.type = json`): the tracker's `uniqueId` and its position, none when
/// it has none that is valid. Says in a sentence when not even the tracker can be read.
pub fn decode_forwarded(body: &[u8], received_at: Timestamp) -> Result<Message, String> {
    let raw: RawForward =
        serde_json::from_slice(body).map_err(|e| format!("not a forwarded position: {e}"))?;
    let position = raw.position.filter(|p| p.valid != Some(false) && p.outdated != Some(true));
    let fix = position.map(|position| forwarded_fix(&position, received_at));
    Ok(Message { id: raw.device.unique_id, fixes: fix.into_iter().collect() })
}

fn forwarded_fix(raw: &RawPosition, received_at: Timestamp) -> Result<Fix, String> {
    let device_at = match &raw.fix_time {
        Value::String(text) => time_of(text)?,
        Value::Number(ms) => device_time(ms.as_i64().ok_or("fixTime cannot be read")?)?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return Err("fixTime cannot be read".to_owned());
        }
    };
    // 0 stands for one that is not known.
    let accuracy = in_range(raw.accuracy, 0.0, 1e6).filter(|metres| *metres > 0.0);
    Ok(Fix {
        device_at,
        received_at,
        position: Position::new(raw.latitude, raw.longitude)?,
        speed_kmh: in_range(raw.speed.map(|knots| knots * KMH_IN_KNOT), 0.0, 500.0),
        heading_deg: heading(raw.course),
        accuracy_m: accuracy,
        battery_pct: battery(raw.attributes.battery_level),
        behind_ms: None,
        mocked: false,
        source: SourceId::default(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_795_395_600_000);

    fn one(query: &str) -> Result<Option<Fix>, String> {
        let mut fixes = decode(query, b"", NOW)?.fixes.into_iter();
        fixes.next().transpose()
    }

    fn at(timestamp: &str) -> Result<i64, String> {
        let fix = one(&format!("id=a&lat=-8.2&lon=113.7&timestamp={timestamp}"))?;
        Ok(fix.expect("a place").device_at.ms())
    }

    #[test]
    fn a_time_is_read_in_each_form_that_apps_have() {
        for text in [
            "1795395600",
            "1795395600000",
            "2026-11-23T01:00:00Z",
            "2026-11-23T08:00:00%2B07:00",
            "2026-11-23+01:00:00",
        ] {
            assert_eq!(at(text), Ok(NOW.ms()), "{text}");
        }
        for text in ["yesterday", "2026-11-23", "-1", "99999999999999999999"] {
            assert!(at(text).is_err(), "{text}");
        }
        let now = one("id=a&lat=-8.2&lon=113.7").expect("read").expect("a place");
        assert_eq!(now.device_at, NOW, "none was said");
    }

    #[test]
    fn a_place_is_one_pair_or_two_numbers_and_may_be_missing() {
        let pair = one("deviceid=a&location=-8.2,113.7").expect("read").expect("a place");
        assert_eq!((pair.position.lat(), pair.position.lon()), (-8.2, 113.7));
        for heartbeat in
            ["id=a", "id=a&lat=-8.2", "id=a&lat=-8.2&lon=113.7&valid=false", "id=a&lat=&lon="]
        {
            assert_eq!(one(heartbeat), Ok(None), "{heartbeat}");
        }
        for wrong in
            ["id=a&lat=x&lon=1", "id=a&lat=91&lon=1", "id=a&lat=NaN&lon=1", "id=a&location=1,x"]
        {
            assert!(one(wrong).is_err(), "{wrong}");
        }
        for nobody in ["", "lat=1&lon=2", "id=&lat=1&lon=2"] {
            assert_eq!(one(nobody), Err("id is missing".to_owned()), "{nobody}");
        }
    }

    #[test]
    fn an_array_speaks_for_one_device_and_has_an_end() {
        let body = |ids: &[&str]| {
            let flat =
                ids.iter().map(|id| serde_json::json!({"id": id, "lat": -8.2, "lon": 113.7}));
            serde_json::to_vec(&flat.collect::<Vec<_>>()).expect("JSON")
        };
        assert_eq!(decode("", &body(&["a", "a"]), NOW).map(|said| said.fixes.len()), Ok(2));
        assert!(decode("", &body(&["a", "b"]), NOW).is_err());
        assert!(decode("", b"[]", NOW).is_err());
        assert!(decode("id=a", b"[1, null]", NOW).is_ok_and(|said| said.fixes.is_empty()));
        assert!(decode("", &body(&vec!["a"; FIXES_MAX + 1]), NOW).is_err());
        let unknown = br#"{"device_id":"a","location":{"battery":{"level":-1},
            "coords":{"latitude":-8.2,"longitude":113.7,"speed":-1,"heading":-1}}}"#;
        let mut fixes = decode("", unknown, NOW).expect("read").fixes;
        let fix = fixes.pop().expect("one").expect("a place");
        assert_eq!((fix.speed_kmh, fix.heading_deg, fix.battery_pct), (None, None, None));
    }

    proptest! {
        #[test]
        fn any_request_is_read_or_refused_and_never_a_panic(
            query in ".{0,80}",
            body in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = decode(&query, &body, NOW);
            let _ = decode_forwarded(&body, NOW);
        }
    }
}
