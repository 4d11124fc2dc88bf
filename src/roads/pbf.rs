//! OpenStreetMap extracts as they are distributed: the PBF format (wiki.openstreetmap.org/wiki/PBF_Format).
//!
//! A file is a row of blobs, each with its length before it, deflated, and of a known greatest size, so that a wrong or
//! damaged file is refused at the first bytes that cannot be and never fills the memory.

use std::io::{self, Read};

use flate2::read::ZlibDecoder;
use prost::Message;

/// Limits of the format itself.
const HEADER_BYTES_MAX: usize = 64 * 1024;
const BLOB_BYTES_MAX: usize = 32 * 1024 * 1024;
/// What we understand of what a file may require of its readers.
const FEATURES: [&str; 3] = ["OsmSchema-V0.6", "DenseNodes", "HistoricalInformation"];
const NANO_PER_E7: i64 = 100;

/// Why a file cannot be read as an extract.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("it cannot be read at byte {at}: {source}")]
    Io { at: u64, source: io::Error },
    #[error("it is no OpenStreetMap extract in PBF form")]
    NoExtract,
    #[error("it ends in the middle of a part, at byte {at}: fetch it again")]
    CutShort { at: u64 },
    #[error("the part at byte {at} is damaged ({what}): fetch it again")]
    Damaged { at: u64, what: &'static str },
    #[error("it needs a reader that knows '{0}', and this program does not")]
    Feature(String),
}

#[derive(Clone, PartialEq, Message)]
struct BlobHeader {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(int32, tag = "3")]
    datasize: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Blob {
    #[prost(bytes = "vec", optional, tag = "1")]
    raw: Option<Vec<u8>>,
    #[prost(int32, tag = "2")]
    raw_size: i32,
    #[prost(bytes = "vec", optional, tag = "3")]
    zlib_data: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct HeaderBlock {
    #[prost(string, repeated, tag = "4")]
    required_features: Vec<String>,
    #[prost(int64, tag = "32")]
    replication_timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
struct StringTable {
    #[prost(bytes = "vec", repeated, tag = "1")]
    s: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct PrimitiveBlock {
    #[prost(message, optional, tag = "1")]
    stringtable: Option<StringTable>,
    #[prost(message, repeated, tag = "2")]
    groups: Vec<PrimitiveGroup>,
    #[prost(int32, optional, tag = "17")]
    granularity: Option<i32>,
    #[prost(int64, tag = "19")]
    lat_offset: i64,
    #[prost(int64, tag = "20")]
    lon_offset: i64,
}

#[derive(Clone, PartialEq, Message)]
struct PrimitiveGroup {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<PlainNode>,
    #[prost(message, optional, tag = "2")]
    dense: Option<DenseNodes>,
    #[prost(message, repeated, tag = "3")]
    ways: Vec<PlainWay>,
    #[prost(message, repeated, tag = "4")]
    relations: Vec<PlainRelation>,
}

#[derive(Clone, PartialEq, Message)]
struct PlainNode {
    #[prost(sint64, tag = "1")]
    id: i64,
    #[prost(uint32, repeated, tag = "2")]
    keys: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    vals: Vec<u32>,
    #[prost(sint64, tag = "8")]
    lat: i64,
    #[prost(sint64, tag = "9")]
    lon: i64,
}

#[derive(Clone, PartialEq, Message)]
struct DenseNodes {
    #[prost(sint64, repeated, tag = "1")]
    id: Vec<i64>,
    #[prost(sint64, repeated, tag = "8")]
    lat: Vec<i64>,
    #[prost(sint64, repeated, tag = "9")]
    lon: Vec<i64>,
    #[prost(int32, repeated, tag = "10")]
    keys_vals: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct PlainWay {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(uint32, repeated, tag = "2")]
    keys: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    vals: Vec<u32>,
    #[prost(sint64, repeated, tag = "8")]
    refs: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct PlainRelation {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(uint32, repeated, tag = "2")]
    keys: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    vals: Vec<u32>,
    #[prost(int32, repeated, tag = "8")]
    roles: Vec<i32>,
    #[prost(sint64, repeated, tag = "9")]
    members: Vec<i64>,
    #[prost(int32, repeated, tag = "10")]
    types: Vec<i32>,
}

/// The tags of one element.
#[derive(Clone, Copy)]
pub struct Tags<'a> {
    words: &'a [Vec<u8>],
    /// Numbers of words: key, value, key, value, …
    pairs: &'a [u32],
}

impl<'a> Tags<'a> {
    fn word(self, number: u32) -> &'a str {
        let word = usize::try_from(number).ok().and_then(|number| self.words.get(number));
        word.and_then(|word| std::str::from_utf8(word).ok()).unwrap_or_default()
    }

    /// The value of a key; text that is not UTF-8 counts as empty.
    pub fn get(self, key: &str) -> Option<&'a str> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.pairs.chunks_exact(2).map(move |pair| (self.word(pair[0]), self.word(pair[1])))
    }

    pub const fn is_empty(self) -> bool {
        self.pairs.is_empty()
    }
}

/// What a relation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    Node(i64),
    Way(i64),
    Relation(i64),
}

/// One thing on the map.
pub enum Element<'a> {
    /// A place in ten millionths of a degree; none when it is off the earth.
    Node {
        id: i64,
        at: Option<(i32, i32)>,
        tags: Tags<'a>,
    },
    Way {
        id: i64,
        refs: &'a [i64],
        tags: Tags<'a>,
    },
    Relation {
        members: &'a [(Member, &'a str)],
        tags: Tags<'a>,
    },
}

/// Reads an extract from its beginning and shows each element; answers when the data were taken, in seconds since
/// 1970, if the file says so. `read` is told the bytes that were read so far.
pub fn read(
    source: &mut impl Read,
    mut read: impl FnMut(u64),
    mut show: impl FnMut(Element<'_>),
) -> Result<Option<i64>, Fault> {
    let mut blobs = Blobs { source, at: 0 };
    let mut taken_at = None;
    let mut is_first = true;
    while let Some((start, kind, body)) = blobs.next(is_first)? {
        match kind.as_str() {
            "OSMHeader" => {
                let header = HeaderBlock::decode(&body[..]);
                let header = header.map_err(|_| damaged(start, "its header"))?;
                let unknown = header.required_features.into_iter();
                if let Some(unknown) = unknown.into_iter().find(|f| !FEATURES.contains(&f.as_str()))
                {
                    return Err(Fault::Feature(unknown));
                }
                taken_at =
                    (header.replication_timestamp > 0).then_some(header.replication_timestamp);
            }
            _ if is_first => return Err(Fault::NoExtract),
            "OSMData" => {
                let block = PrimitiveBlock::decode(&body[..]);
                let block = block.map_err(|_| damaged(start, "its elements"))?;
                show_block(&block, &mut show).map_err(|what| damaged(start, what))?;
            }
            // Kinds that the format may yet get are passed over, as it asks.
            _ => {}
        }
        is_first = false;
        read(blobs.at);
    }
    if is_first { Err(Fault::NoExtract) } else { Ok(taken_at) }
}

const fn damaged(at: u64, what: &'static str) -> Fault {
    Fault::Damaged { at, what }
}

struct Blobs<'a, R> {
    source: &'a mut R,
    at: u64,
}

impl<R: Read> Blobs<'_, R> {
    /// The next blob with its place, its kind and its inflated body; none at the end.
    fn next(&mut self, is_first: bool) -> Result<Option<(u64, String, Vec<u8>)>, Fault> {
        let start = self.at;
        let Some(length) = self.take(4)? else { return Ok(None) };
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]);
        let wrong = |what| if is_first { Fault::NoExtract } else { damaged(start, what) };
        let length = usize::try_from(length).ok().filter(|length| *length <= HEADER_BYTES_MAX);
        let header = self.whole(length.ok_or_else(|| wrong("its length"))?)?;
        let header = BlobHeader::decode(&header[..]).map_err(|_| wrong("its head"))?;
        let size = usize::try_from(header.datasize).ok().filter(|size| *size <= BLOB_BYTES_MAX);
        let blob = self.whole(size.ok_or_else(|| wrong("its size"))?)?;
        let blob = Blob::decode(&blob[..]).map_err(|_| wrong("its body"))?;
        let body = inflate(blob).map_err(wrong)?;
        Ok(Some((start, header.kind, body)))
    }

    fn whole(&mut self, bytes: usize) -> Result<Vec<u8>, Fault> {
        self.take(bytes)?.ok_or(Fault::CutShort { at: self.at })
    }

    /// So many bytes; none when the file ends before the first.
    fn take(&mut self, bytes: usize) -> Result<Option<Vec<u8>>, Fault> {
        let mut taken = Vec::new();
        let most = u64::try_from(bytes).unwrap_or(u64::MAX);
        let read = self.source.by_ref().take(most).read_to_end(&mut taken);
        let read = read.map_err(|source| Fault::Io { at: self.at, source })?;
        self.at += u64::try_from(read).unwrap_or(u64::MAX);
        match read {
            _ if read == bytes => Ok(Some(taken)),
            0 => Ok(None),
            _ => Err(Fault::CutShort { at: self.at }),
        }
    }
}

fn inflate(blob: Blob) -> Result<Vec<u8>, &'static str> {
    if let Some(raw) = blob.raw {
        return Ok(raw);
    }
    let deflated = blob.zlib_data.ok_or("it is packed in a way that is not known")?;
    let size = usize::try_from(blob.raw_size).ok().filter(|size| *size <= BLOB_BYTES_MAX);
    let size = size.ok_or("its inflated size")?;
    let mut body = Vec::with_capacity(size);
    let most = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
    let inflated = ZlibDecoder::new(&deflated[..]).take(most).read_to_end(&mut body);
    inflated.map_err(|_| "it cannot be inflated")?;
    if body.len() == size { Ok(body) } else { Err("its inflated size") }
}

fn show_block(
    block: &PrimitiveBlock,
    show: &mut impl FnMut(Element<'_>),
) -> Result<(), &'static str> {
    let words = block.stringtable.as_ref().map_or(&[][..], |table| &table.s[..]);
    let place = |lat: i64, lon: i64| {
        let granularity = i64::from(block.granularity.unwrap_or(100));
        let e7 = |units: i64, offset: i64, most: i64| {
            let nano = units.checked_mul(granularity)?.checked_add(offset)?;
            let e7 = nano / NANO_PER_E7;
            i32::try_from(e7).ok().filter(|_| e7.abs() <= most)
        };
        e7(lat, block.lat_offset, 900_000_000).zip(e7(lon, block.lon_offset, 1_800_000_000))
    };
    for group in &block.groups {
        let mut pairs = Vec::new();
        for node in &group.nodes {
            pair_up(&node.keys, &node.vals, &mut pairs)?;
            let tags = Tags { words, pairs: &pairs };
            show(Element::Node { id: node.id, at: place(node.lat, node.lon), tags });
        }
        if let Some(dense) = &group.dense {
            show_dense(dense, words, place, show)?;
        }
        let mut refs = Vec::new();
        for way in &group.ways {
            pair_up(&way.keys, &way.vals, &mut pairs)?;
            sums(&way.refs, &mut refs);
            let tags = Tags { words, pairs: &pairs };
            show(Element::Way { id: way.id, refs: &refs, tags });
        }
        for relation in &group.relations {
            pair_up(&relation.keys, &relation.vals, &mut pairs)?;
            let tags = Tags { words, pairs: &pairs };
            let members = members(relation, tags, &mut refs)?;
            show(Element::Relation { members: &members, tags });
        }
    }
    Ok(())
}

fn show_dense(
    dense: &DenseNodes,
    words: &[Vec<u8>],
    place: impl Fn(i64, i64) -> Option<(i32, i32)>,
    show: &mut impl FnMut(Element<'_>),
) -> Result<(), &'static str> {
    if dense.lat.len() != dense.id.len() || dense.lon.len() != dense.id.len() {
        return Err("places and numbers of its nodes");
    }
    let (mut id, mut lat, mut lon) = (0_i64, 0_i64, 0_i64);
    let mut tags_left = dense.keys_vals.iter();
    let mut pairs = Vec::new();
    for node in 0..dense.id.len() {
        id = id.wrapping_add(dense.id[node]);
        lat = lat.wrapping_add(dense.lat[node]);
        lon = lon.wrapping_add(dense.lon[node]);
        pairs.clear();
        // Each node's tags end with a 0; where no node has any, there is nothing at all.
        while let Some(word) = tags_left.next().filter(|word| **word != 0) {
            pairs.push(u32::try_from(*word).map_err(|_| "the tags of its nodes")?);
        }
        if pairs.len() % 2 == 1 {
            return Err("the tags of its nodes");
        }
        show(Element::Node { id, at: place(lat, lon), tags: Tags { words, pairs: &pairs } });
    }
    Ok(())
}

fn pair_up(keys: &[u32], vals: &[u32], pairs: &mut Vec<u32>) -> Result<(), &'static str> {
    if keys.len() != vals.len() {
        return Err("keys and values of its tags");
    }
    pairs.clear();
    pairs.extend(keys.iter().zip(vals).flat_map(|(key, value)| [*key, *value]));
    Ok(())
}

/// Numbers that were given as their distances.
fn sums(distances: &[i64], sums: &mut Vec<i64>) {
    sums.clear();
    let mut sum = 0_i64;
    sums.extend(distances.iter().map(|distance| {
        sum = sum.wrapping_add(*distance);
        sum
    }));
}

fn members<'a>(
    relation: &PlainRelation,
    tags: Tags<'a>,
    ids: &mut Vec<i64>,
) -> Result<Vec<(Member, &'a str)>, &'static str> {
    sums(&relation.members, ids);
    if relation.roles.len() != ids.len() || relation.types.len() != ids.len() {
        return Err("the members of a relation");
    }
    let member = |n: usize| {
        let role = tags.word(u32::try_from(relation.roles[n]).map_err(|_| "a role")?);
        let member = match relation.types[n] {
            0 => Member::Node(ids[n]),
            1 => Member::Way(ids[n]),
            2 => Member::Relation(ids[n]),
            _ => return Err("the members of a relation"),
        };
        Ok((member, role))
    };
    (0..ids.len()).map(member).collect()
}

/// Extracts that a test draws, in the same format.
#[cfg(test)]
pub mod drawn {
    use std::collections::BTreeMap;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    /// A map as it is being drawn.
    #[derive(Default)]
    pub struct Map {
        words: Vec<Vec<u8>>,
        known: BTreeMap<String, u32>,
        nodes: BTreeMap<i64, PlainNode>,
        ways: Vec<PlainWay>,
        relations: Vec<PlainRelation>,
        needs: Vec<String>,
    }

    impl Map {
        fn word(&mut self, word: &str) -> u32 {
            if self.words.is_empty() {
                self.words.push(Vec::new());
            }
            if let Some(known) = self.known.get(word) {
                return *known;
            }
            let number = u32::try_from(self.words.len()).expect("few");
            self.words.push(word.as_bytes().to_vec());
            self.known.insert(word.to_owned(), number);
            number
        }

        fn tags(&mut self, tags: &[(&str, &str)]) -> (Vec<u32>, Vec<u32>) {
            // Of a key that is there twice the last counts.
            let tags: BTreeMap<&str, &str> = tags.iter().copied().collect();
            tags.into_iter().map(|(key, value)| (self.word(key), self.word(value))).unzip()
        }

        /// A place in ten millionths of a degree, latitude first; drawn again, it is moved.
        pub fn node(&mut self, id: i64, (lat, lon): (i32, i32), tags: &[(&str, &str)]) {
            let (keys, vals) = self.tags(tags);
            let node = PlainNode { id, keys, vals, lat: lat.into(), lon: lon.into() };
            self.nodes.insert(id, node);
        }

        /// A node whose coordinates are no place.
        pub fn far_node(&mut self, id: i64, tags: &[(&str, &str)]) {
            let (keys, vals) = self.tags(tags);
            self.nodes.insert(id, PlainNode { id, keys, vals, lat: i64::MAX / 2, lon: 3 });
        }

        pub fn way(&mut self, id: i64, refs: &[i64], tags: &[(&str, &str)]) {
            let (keys, vals) = self.tags(tags);
            self.ways.push(PlainWay { id, keys, vals, refs: distances(refs) });
        }

        pub fn relation(&mut self, id: i64, members: &[(&str, Member)], tags: &[(&str, &str)]) {
            let (keys, vals) = self.tags(tags);
            let roles = members.iter().map(|(role, _)| self.word(role).cast_signed()).collect();
            let (types, ids): (Vec<i32>, Vec<i64>) = members
                .iter()
                .map(|(_, member)| match member {
                    Member::Node(id) => (0, *id),
                    Member::Way(id) => (1, *id),
                    Member::Relation(id) => (2, *id),
                })
                .unzip();
            let members = distances(&ids);
            self.relations.push(PlainRelation { id, keys, vals, roles, members, types });
        }

        /// Asks something of whoever reads it.
        pub fn needs(&mut self, feature: &str) {
            self.needs.push(feature.to_owned());
        }

        pub fn bytes(&self) -> Vec<u8> {
            let required_features = [&["OsmSchema-V0.6".to_owned()], &self.needs[..]].concat();
            let header = HeaderBlock { required_features, replication_timestamp: 0 };
            let group = PrimitiveGroup {
                nodes: self.nodes.values().cloned().collect(),
                dense: None,
                ways: self.ways.clone(),
                relations: self.relations.clone(),
            };
            let block = PrimitiveBlock {
                stringtable: Some(StringTable { s: self.words.clone() }),
                groups: vec![group],
                granularity: None,
                lat_offset: 0,
                lon_offset: 0,
            };
            [blob("OSMHeader", &header.encode_to_vec()), blob("OSMData", &block.encode_to_vec())]
                .concat()
        }
    }

    fn distances(numbers: &[i64]) -> Vec<i64> {
        let before = std::iter::once(&0).chain(numbers);
        numbers.iter().zip(before).map(|(number, before)| number - before).collect()
    }

    fn blob(kind: &str, body: &[u8]) -> Vec<u8> {
        let mut deflated = ZlibEncoder::new(Vec::new(), Compression::fast());
        deflated.write_all(body).expect("deflated");
        let zlib_data = Some(deflated.finish().expect("deflated"));
        let raw_size = i32::try_from(body.len()).expect("small");
        let blob = Blob { raw: None, raw_size, zlib_data }.encode_to_vec();
        let datasize = i32::try_from(blob.len()).expect("small");
        let header = BlobHeader { kind: kind.to_owned(), datasize }.encode_to_vec();
        let length = u32::try_from(header.len()).expect("small").to_be_bytes();
        [&length[..], &header, &blob].concat()
    }
}
