//! Where things are: checked positions and distances. The one file that knows that geo wants longitude first.

use geo::{Distance, Haversine, Point};
use serde::{Deserialize, Serialize};

/// A checked WGS 84 position in degrees: latitude -90 to 90, longitude -180 to 180, both finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "LatLon")]
pub struct Position {
    lat: f64,
    lon: f64,
}

#[derive(Deserialize)]
struct LatLon {
    lat: f64,
    lon: f64,
}

impl TryFrom<LatLon> for Position {
    type Error = String;
    fn try_from(raw: LatLon) -> Result<Self, String> {
        Position::new(raw.lat, raw.lon)
    }
}

impl Position {
    /// Refuses numbers that are no place on Earth, naming them.
    pub fn new(lat: f64, lon: f64) -> Result<Self, String> {
        if !lat.is_finite() || lat.abs() > 90.0 {
            return Err(format!("latitude {lat} is not between -90 and 90"));
        }
        if !lon.is_finite() || lon.abs() > 180.0 {
            return Err(format!("longitude {lon} is not between -180 and 180"));
        }
        Ok(Self { lat, lon })
    }

    #[must_use]
    pub const fn lat(self) -> f64 {
        self.lat
    }

    #[must_use]
    pub const fn lon(self) -> f64 {
        self.lon
    }

    /// From ten-millionths of a degree, as stored and as sent to screens (about 1 cm).
    pub fn from_e7(lat_e7: i32, lon_e7: i32) -> Result<Self, String> {
        Self::new(f64::from(lat_e7) / 1e7, f64::from(lon_e7) / 1e7)
    }

    /// Latitude and longitude in ten-millionths of a degree.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "180 × 10⁷ fits in i32")]
    pub fn e7(self) -> (i32, i32) {
        ((self.lat * 1e7).round() as i32, (self.lon * 1e7).round() as i32)
    }

    /// Metres over the ground to `other`: haversine on the mean Earth radius of 6,371,008.8 m.
    #[must_use]
    pub fn metres_to(self, other: Position) -> f64 {
        Haversine.distance(self.as_point(), other.as_point())
    }

    /// Whether both numbers are zero: the place off Africa that a receiver without a fix reports.
    #[must_use]
    pub fn is_null_island(self) -> bool {
        self.lat.abs() < 1e-6 && self.lon.abs() < 1e-6
    }

    fn as_point(self) -> Point {
        Point::new(self.lon, self.lat)
    }
}

/// A rectangle on the map, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub south: f64,
    pub west: f64,
    pub north: f64,
    pub east: f64,
}

impl Bounds {
    /// Around Indonesia, with a margin at sea.
    pub const INDONESIA: Self = Self { south: -11.5, west: 94.5, north: 6.5, east: 141.5 };

    /// The one place.
    #[must_use]
    pub const fn of(place: Position) -> Self {
        Self { south: place.lat, west: place.lon, north: place.lat, east: place.lon }
    }

    /// Around both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self {
            south: self.south.min(other.south),
            west: self.west.min(other.west),
            north: self.north.max(other.north),
            east: self.east.max(other.east),
        }
    }

    #[must_use]
    pub fn contains(&self, place: Position) -> bool {
        (self.south..=self.north).contains(&place.lat)
            && (self.west..=self.east).contains(&place.lon)
    }

    /// The same with so many degrees more on every side.
    #[must_use]
    pub fn with_margin(&self, degrees: f64) -> Self {
        Self {
            south: self.south - degrees,
            west: self.west - degrees,
            north: self.north + degrees,
            east: self.east + degrees,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_agrees_with_the_golden_value() {
        let from = Position::new(-8.1724, 113.7003).expect("valid");
        let to = Position::new(-8.2680, 113.5300).expect("valid");
        assert!((from.metres_to(to) - 21_546.773).abs() < 0.01, "{}", from.metres_to(to));
    }

    #[test]
    fn numbers_that_are_no_place_are_refused() {
        for (lat, lon) in [(f64::NAN, 0.0), (0.0, f64::INFINITY), (-90.1, 0.0), (0.0, 180.1)] {
            assert!(Position::new(lat, lon).is_err(), "{lat} {lon}");
        }
    }

    #[test]
    fn a_position_survives_storage_to_the_centimetre() {
        let place = Position::new(-8.172_412_3, 113.700_312_9).expect("valid");
        let (lat_e7, lon_e7) = place.e7();
        let back = Position::from_e7(lat_e7, lon_e7).expect("valid");
        assert!(place.metres_to(back) < 0.02);
    }
}
