//! Positions whose bytes are not what this program wrote (tests/corpus): refused by name or read within their ranges.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use futures_util::FutureExt;

use super::positions::{fix, keep};
use super::*;
use crate::fuzz::{Mutator, corpus, shown};

const MUTATIONS: usize = 800;
const LIMIT: u32 = 10_000;

/// The forms in which positions are kept: named ones with their devices, as they are written now, and plain ones.
#[derive(Clone, Copy)]
enum Form {
    PlainBatch,
    PlainBlock,
    Batch,
    Block,
}

impl Form {
    const fn corpus(self) -> &'static str {
        match self {
            Self::PlainBatch => "track-batch",
            Self::PlainBlock => "track-block",
            Self::Batch => "track-batch-named",
            Self::Block => "track-block-named",
        }
    }

    /// Columns with the head that the program itself would give them.
    fn wrapped(self, columns: &[u8]) -> Vec<u8> {
        let mut sum = Crc::new();
        sum.update(columns);
        let head = |version: u8| [&[version], &sum.sum().to_le_bytes()[..]].concat();
        let deflated = |head: Vec<u8>| {
            let mut deflated = DeflateEncoder::new(head, Compression::fast());
            deflated.write_all(columns).expect("deflated");
            deflated.finish().expect("deflated")
        };
        match self {
            Self::PlainBatch => [&head(2), columns].concat(),
            Self::PlainBlock => deflated(head(1)),
            Self::Batch => [&head(4), columns].concat(),
            Self::Block => deflated(head(3)),
        }
    }

    const fn insert(self) -> &'static str {
        match self {
            Self::PlainBatch | Self::Batch => {
                "insert into batch (area, first_at, last_at, received_at, fixes, body) \
                values ('35.09', $1, $1 + 1000, $1, 1, $2)"
            }
            Self::PlainBlock | Self::Block => {
                "insert into block (area, unit, first_at, last_at, live_at, fixes, thinned, body) \
                values ('35.09', 0, $1, $1 + 1000, $1, 1, 0, $2)"
            }
        }
    }
}

/// Puts bytes where the positions were; whether they could be read.
async fn understands(place: &Place, day: &mut SqliteConnection, form: Form, body: &[u8]) -> bool {
    sqlx::raw_sql("delete from batch; delete from block")
        .execute(&mut *day)
        .await
        .expect("emptied");
    let insert = sqlx::query(form.insert()).bind(MORNING).bind(body);
    insert.execute(&mut *day).await.expect("put there");
    let (from, to) = (at(MORNING - DAY_MS), at(MORNING + DAY_MS));
    let last = place.store.last_fixes(&area()).await.map(|last| last.len());
    assert!(last.is_err() || last.is_ok_and(|last| last <= 1_000));
    match place.store.track(&area(), 0, from, to, LIMIT).await {
        Ok(track) => {
            assert!(track.len() <= usize::try_from(LIMIT).expect("small"));
            assert!(track.windows(2).all(|two| two[0].device_at <= two[1].device_at));
            for fix in track {
                assert!(from <= fix.device_at && fix.device_at < to && fix.unit_index == 0);
                assert!(fix.position.lat().abs() <= 90.0 && fix.position.lon().abs() <= 180.0);
            }
            true
        }
        Err(siaga::store::Error::Corrupt(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

/// The same, naming the bytes that it fails on.
async fn outcome(place: &Place, day: &mut SqliteConnection, form: Form, body: &[u8]) -> bool {
    let read = AssertUnwindSafe(understands(place, day, form, body)).catch_unwind().await;
    read.unwrap_or_else(|_| panic!("{}, see above; the body: {}", form.corpus(), shown(body)))
}

#[tokio::test]
async fn any_stored_bytes_are_refused_as_damaged_or_read_within_their_ranges() {
    let place = Place::sqlite().await;
    keep(&place, &[fix(0, 0)]).await;
    let file = format!("sqlite:{}", place.day_file().expect("a file").display());
    let mut day = SqliteConnection::connect(&file).await.expect("a connection");
    sqlx::raw_sql("pragma synchronous = off").execute(&mut day).await.expect("set");
    for form in [Form::PlainBatch, Form::PlainBlock, Form::Batch, Form::Block] {
        for input in corpus(form.corpus()) {
            let body = form.wrapped(&input.bytes);
            input.expect(outcome(&place, &mut day, form, &body).await);
        }
        let mut mutator = Mutator::new(form.corpus());
        let mut read = 0;
        for n in 0..MUTATIONS {
            let mut body = form.wrapped(&mutator.next());
            if n.is_multiple_of(4) {
                // Damaged after it was written: the checksum is of something else.
                let at = n * 7 % body.len();
                body[at] ^= 1 << (n % 8);
            }
            let well = outcome(&place, &mut day, form, &body).await;
            read += usize::from(well);
        }
        assert!(read * 100 >= MUTATIONS, "only {read} of {MUTATIONS} were understood");
    }
}
