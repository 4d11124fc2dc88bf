//! What lies beside the roads and makes a map readable: water, woods, built-up land, railways, names of places (pure).
//!
//! It is kept as it stands in the graph's file, one thing after the other; beside it only where each thing lies.

use super::graph::{index, number};
use super::shape;

/// Raised when the form of the section changes.
const VERSION: u8 = 1;
/// Version and count.
const HEAD_BYTES: usize = 5;
/// Largest section: some eight times what Java needs.
pub const BYTES_MAX: usize = 512 * 1024 * 1024;
/// Most things of one section.
pub const THINGS_MAX: usize = 4_000_000;
/// Lines or edges of one thing; more are damage.
pub const PARTS_MAX: usize = 5_000;
const NAME_BYTES_MAX: usize = 1_000;

/// What a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Coast,
    /// Lakes, reservoirs and the area of wide rivers.
    Lake,
    River,
    Stream,
    Wood,
    Park,
    /// Where houses stand, shops or works.
    Built,
    Rail,
    Town,
    Village,
    Hamlet,
}

/// What a thing is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Point,
    Line,
    Area,
}

/// All kinds, by their numbers in the file.
pub const KINDS: [Kind; 11] = [
    Kind::Coast,
    Kind::Lake,
    Kind::River,
    Kind::Stream,
    Kind::Wood,
    Kind::Park,
    Kind::Built,
    Kind::Rail,
    Kind::Town,
    Kind::Village,
    Kind::Hamlet,
];

impl Kind {
    #[must_use]
    pub const fn form(self) -> Form {
        match self {
            Self::Coast | Self::River | Self::Stream | Self::Rail => Form::Line,
            Self::Lake | Self::Wood | Self::Park | Self::Built => Form::Area,
            Self::Town | Self::Village | Self::Hamlet => Form::Point,
        }
    }
}

/// Points in ten millionths of a degree, latitude first.
pub type Points = Vec<(i32, i32)>;

/// Where a thing lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thing {
    pub kind: Kind,
    /// West, south, east, north in ten millionths of a degree.
    pub bounds: [i32; 4],
    /// Where its name begins in the section.
    at: u32,
}

/// All things of an extract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenery {
    things: Vec<Thing>,
    bytes: Vec<u8>,
}

impl Scenery {
    /// Takes a thing; one that is too large, or one too many, is left out. Answers whether it was taken.
    ///
    /// An area's first part is its outer edge, the others are holes in it; a point has one part of one point.
    pub fn take(&mut self, kind: Kind, name: &str, parts: &[Points]) -> bool {
        let kept = self.bytes.len();
        if self.bytes.is_empty() {
            self.bytes = vec![0; HEAD_BYTES];
            self.bytes[0] = VERSION;
        }
        let name = name.get(..name.len().min(NAME_BYTES_MAX)).unwrap_or_default();
        let code = KINDS.iter().position(|known| *known == kind).unwrap_or_default();
        self.bytes.push(number(code).to_le_bytes()[0]);
        let at = self.bytes.len();
        shape::put_number(&mut self.bytes, number(name.len()));
        self.bytes.extend(name.as_bytes());
        shape::put_number(&mut self.bytes, number(parts.len()));
        for points in parts {
            let mut part = Vec::new();
            shape::encode(points, &mut part);
            shape::put_number(&mut self.bytes, number(part.len()));
            self.bytes.extend(part);
        }
        let thing = self.read_at(at).and_then(|(_, parts)| thing(kind, at, &parts));
        let room = self.bytes.len() <= BYTES_MAX && self.things.len() < THINGS_MAX;
        let Some(thing) = thing.filter(|_| room) else {
            self.bytes.truncate(kept);
            return false;
        };
        self.things.push(thing);
        let count = number(self.things.len()).to_le_bytes();
        self.bytes[1..HEAD_BYTES].copy_from_slice(&count);
        true
    }

    /// The section as it stands in the file.
    #[must_use]
    pub fn encoded(&self) -> &[u8] {
        &self.bytes
    }

    /// A section of the file; none when it is damaged or of another version.
    #[must_use]
    pub fn decode(bytes: Vec<u8>) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let head = bytes.get(..HEAD_BYTES)?;
        let count = index(u32::from_le_bytes([head[1], head[2], head[3], head[4]]));
        if head[0] != VERSION || bytes.len() > BYTES_MAX || count > THINGS_MAX {
            return None;
        }
        let mut scenery = Self { things: Vec::new(), bytes };
        let mut at = HEAD_BYTES;
        while at < scenery.bytes.len() {
            let kind = *KINDS.get(usize::from(*scenery.bytes.get(at)?))?;
            let (length, parts) = scenery.read_at(at + 1)?;
            scenery.things.push(thing(kind, at + 1, &parts)?);
            at += 1 + length;
        }
        (scenery.things.len() == count).then_some(scenery)
    }

    /// What it takes in memory.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes.len() + self.things.len() * size_of::<Thing>()
    }

    #[must_use]
    pub fn things(&self) -> &[Thing] {
        &self.things
    }

    /// The name of a thing; empty without one.
    #[must_use]
    pub fn name(&self, thing: &Thing) -> &str {
        let mut rest = self.bytes.get(index(thing.at)..).unwrap_or_default();
        let length = shape::take_number(&mut rest).map_or(0, index);
        let name = rest.get(..length).unwrap_or_default();
        std::str::from_utf8(name).unwrap_or_default()
    }

    /// The lines of a thing, or its edges.
    #[must_use]
    pub fn parts(&self, thing: &Thing) -> Vec<Points> {
        self.read_at(index(thing.at)).map(|(_, parts)| parts).unwrap_or_default()
    }

    /// The parts of the thing whose name begins here, and how many bytes they and the name take.
    fn read_at(&self, at: usize) -> Option<(usize, Vec<Points>)> {
        let whole = self.bytes.get(at..)?;
        let mut rest = whole;
        let name = index(shape::take_number(&mut rest)?);
        if name > NAME_BYTES_MAX || std::str::from_utf8(rest.get(..name)?).is_err() {
            return None;
        }
        rest = rest.get(name..)?;
        let count = index(shape::take_number(&mut rest)?);
        if count > PARTS_MAX {
            return None;
        }
        let mut parts = Vec::new();
        for _ in 0..count {
            let length = index(shape::take_number(&mut rest)?);
            parts.push(shape::points(rest.get(..length)?).collect());
            rest = rest.get(length..)?;
        }
        Some((whole.len() - rest.len(), parts))
    }
}

/// A thing with its bounds; none when it lacks what its form needs, or is not on the earth.
fn thing(kind: Kind, at: usize, parts: &[Points]) -> Option<Thing> {
    let points_min = match kind.form() {
        Form::Point => 1,
        Form::Line => 2,
        Form::Area => 4,
    };
    let is_whole = !parts.is_empty() && parts.iter().all(|points| points.len() >= points_min);
    let mut points = parts.iter().flatten();
    let (lat, lon) = *points.next().filter(|_| is_whole)?;
    let bounds = points.fold([lon, lat, lon, lat], |[west, south, east, north], (lat, lon)| {
        [west.min(*lon), south.min(*lat), east.max(*lon), north.max(*lat)]
    });
    let on_earth = |e7: i32, most: u32| e7.unsigned_abs() <= most;
    let [west, south, east, north] = bounds;
    let fits = on_earth(west, 1_800_000_000)
        && on_earth(east, 1_800_000_000)
        && on_earth(south, 900_000_000)
        && on_earth(north, 900_000_000);
    fits.then_some(Thing { kind, bounds, at: number(at) })
}
