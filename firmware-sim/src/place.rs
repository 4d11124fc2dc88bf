//! A place on the ground and short distances between places; knows nothing of roads or heights.

const EARTH_RADIUS_M: f64 = 6_371_008.8;
const METRES_PER_DEGREE: f64 = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;

/// A point in WGS 84 degrees; latitude is -90 to 90, longitude -180 to 180.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    pub lat: f64,
    pub lon: f64,
}

/// A short way from one place to another in metres; the ground is taken as flat over it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Offset {
    pub east_m: f64,
    pub north_m: f64,
}

impl Place {
    /// A place on the globe, or nothing when a number is not finite or out of range.
    pub fn checked(lat: f64, lon: f64) -> Option<Place> {
        let lat_valid = (-90.0..=90.0).contains(&lat);
        let lon_valid = (-180.0..=180.0).contains(&lon);
        (lat_valid && lon_valid).then_some(Place { lat, lon })
    }

    /// Great-circle distance in metres (haversine on the mean sphere, error under 0.5 %).
    pub fn distance_m(self, other: Place) -> f64 {
        let half_lat = (other.lat - self.lat).to_radians() / 2.0;
        let half_lon = (other.lon - self.lon).to_radians() / 2.0;
        let across = self.lat.to_radians().cos() * other.lat.to_radians().cos();
        let h = half_lat.sin().powi(2) + across * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }

    /// The way from here to `other`, good for distances of up to about 100 km off the poles.
    pub fn offset_to(self, other: Place) -> Offset {
        Offset {
            east_m: (other.lon - self.lon) * self.metres_per_degree_east(),
            north_m: (other.lat - self.lat) * METRES_PER_DEGREE,
        }
    }

    /// The place reached by going `way` from here, kept on the globe.
    pub fn offset_by(self, way: Offset) -> Place {
        Place {
            lat: (self.lat + way.north_m / METRES_PER_DEGREE).clamp(-90.0, 90.0),
            lon: (self.lon + way.east_m / self.metres_per_degree_east()).clamp(-180.0, 180.0),
        }
    }

    /// Never zero, so that a place at a pole divides like any other.
    fn metres_per_degree_east(self) -> f64 {
        METRES_PER_DEGREE * self.lat.to_radians().cos().max(1e-3)
    }
}

impl Offset {
    /// Length in metres.
    pub fn length_m(self) -> f64 {
        self.east_m.hypot(self.north_m)
    }

    /// Direction in degrees clockwise from north, 0 up to but not including 360.
    pub fn heading_deg(self) -> f64 {
        self.east_m.atan2(self.north_m).to_degrees().rem_euclid(360.0)
    }

    /// The way of `length_m` metres towards `heading_deg` degrees clockwise from north.
    pub fn towards(heading_deg: f64, length_m: f64) -> Offset {
        let heading = heading_deg.to_radians();
        Offset { east_m: heading.sin() * length_m, north_m: heading.cos() * length_m }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JEMBER: Place = Place { lat: -8.1724, lon: 113.7003 };

    #[test]
    fn an_offset_leads_to_the_place_it_was_measured_to() {
        for (heading_deg, length_m) in [(0.0, 500.0), (90.0, 12_000.0), (217.0, 3.5)] {
            let there = JEMBER.offset_by(Offset::towards(heading_deg, length_m));
            assert!((JEMBER.distance_m(there) - length_m).abs() < 0.005 * length_m);
            let way = JEMBER.offset_to(there);
            assert!((way.heading_deg() - heading_deg).abs() < 0.01);
            assert!((way.length_m() - length_m).abs() < 0.001 * length_m);
        }
    }

    #[test]
    fn places_off_the_globe_are_refused() {
        assert!(Place::checked(-8.0, 113.0).is_some());
        let bad = [(91.0, 0.0), (-90.1, 0.0), (0.0, 180.5), (f64::NAN, 1.0), (1.0, f64::INFINITY)];
        for (lat, lon) in bad {
            assert!(Place::checked(lat, lon).is_none(), "{lat} {lon}");
        }
    }
}
