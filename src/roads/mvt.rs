//! Writing a vector tile: Mapbox Vector Tile 2.1, with texts as the only values (pure).

use std::collections::BTreeMap;

use prost::Message;

use super::graph::number;
use super::square::{EXTENT, Step, doubled_area};

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE: u32 = 7;
/// What a feature costs beside its geometry, about, in bytes.
const FEATURE_BYTES: usize = 16;

#[derive(Clone, PartialEq, Message)]
pub struct Tile {
    #[prost(message, repeated, tag = "3")]
    pub layers: Vec<Layer>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Layer {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "2")]
    pub features: Vec<Feature>,
    #[prost(string, repeated, tag = "3")]
    pub keys: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub values: Vec<Value>,
    #[prost(uint32, tag = "5")]
    pub extent: u32,
    #[prost(uint32, tag = "15")]
    pub version: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Feature {
    #[prost(uint32, repeated, tag = "2")]
    pub tags: Vec<u32>,
    #[prost(uint32, tag = "3")]
    pub kind: u32,
    #[prost(uint32, repeated, tag = "4")]
    pub geometry: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(string, tag = "1")]
    pub text: String,
}

/// What is drawn, in steps of the square.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    Point(Step),
    Lines(Vec<Vec<Step>>),
    /// Its outer edge, then the holes in it.
    Area(Vec<Vec<Step>>),
}

/// A layer as it is being drawn: things with a `kind` and, where they have one, a `name`.
#[derive(Debug, Default)]
pub struct Pen {
    features: Vec<Feature>,
    values: Vec<Value>,
    known: BTreeMap<String, u32>,
    bytes: usize,
}

impl Pen {
    /// About how many bytes the layer takes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn draw(&mut self, shape: &Shape, kind: &str, name: &str) {
        let mut tags = vec![0, self.value(kind)];
        if !name.is_empty() {
            tags.extend([1, self.value(name)]);
        }
        let mut hand = Hand::default();
        let kind = match shape {
            Shape::Point(at) => {
                hand.path(&[*at], 0);
                1
            }
            Shape::Lines(lines) => {
                lines.iter().for_each(|line| hand.path(line, 0));
                2
            }
            Shape::Area(rings) => {
                for (n, ring) in rings.iter().enumerate() {
                    // The outer edge runs clockwise, a hole the other way.
                    let turned = (doubled_area(ring) > 0) != (n == 0);
                    let ring: Vec<Step> =
                        if turned { ring.iter().rev().copied().collect() } else { ring.clone() };
                    hand.path(&ring, 1);
                }
                3
            }
        };
        // A number of a path is mostly one byte or two.
        self.bytes += hand.commands.len() * 3 / 2 + FEATURE_BYTES;
        self.features.push(Feature { tags, kind, geometry: hand.commands });
    }

    fn value(&mut self, text: &str) -> u32 {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let next = number(self.values.len());
        self.known.insert(text.to_owned(), next);
        self.values.push(Value { text: text.to_owned() });
        self.bytes += text.len() + 4;
        next
    }

    /// The layer by its name; none when nothing is on it.
    #[must_use]
    pub fn layer(self, name: &str) -> Option<Layer> {
        if self.features.is_empty() {
            return None;
        }
        Some(Layer {
            name: name.to_owned(),
            features: self.features,
            keys: vec!["kind".to_owned(), "name".to_owned()],
            values: self.values,
            extent: EXTENT.unsigned_abs(),
            version: 2,
        })
    }
}

/// Commands and, between them, how far each point is from the one before.
#[derive(Default)]
struct Hand {
    at: Step,
    commands: Vec<u32>,
}

impl Hand {
    fn path(&mut self, points: &[Step], closed: u32) {
        for (n, point) in points.iter().enumerate() {
            match n {
                0 => self.commands.push(MOVE_TO | 1 << 3),
                1 => self.commands.push(LINE_TO | number(points.len() - 1) << 3),
                _ => {}
            }
            self.commands.extend([zigzag(point.0 - self.at.0), zigzag(point.1 - self.at.1)]);
            self.at = *point;
        }
        if closed > 0 {
            self.commands.push(CLOSE | closed << 3);
        }
    }
}

const fn zigzag(change: i32) -> u32 {
    (change << 1 ^ change >> 31).cast_unsigned()
}
