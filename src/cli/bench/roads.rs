//! Ranking by road on made-up networks, beside it what PostGIS and a contraction hierarchy take for the same points,
//! and the import of an extract.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hdrhistogram::Histogram;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::{core, network, stopwatch};
use crate::cli::output;
use crate::clock::Timestamp;
use crate::dispatch::policy::Policy;
use crate::dispatch::travel::STARTS_MAX;
use crate::ids::IncidentId;
use crate::place::Position;
use crate::roads::kind::Speeds;
use crate::roads::search::{Enough, Start};
use crate::roads::{Roads, import};
use crate::store::Yardstick;

/// Junctions and units: a regency, and Java with every village of the nation.
const SIZES: [(u32, usize); 2] = [(200_000, 248), (5_000_000, 83_762)];
/// Of the units every so-manieth is free.
const FREE_EVERY: [usize; 3] = [1, 3, 10];
/// Units that are looked for.
const NEAREST: usize = 5;
const SEED: u64 = 1;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Places for which units are ranked, of each size and share.
    #[arg(long, default_value_t = 500)]
    samples: u32,
    /// An OpenStreetMap extract whose import is measured too.
    #[arg(long)]
    extract: Option<PathBuf>,
    /// A PostgreSQL server with PostGIS, where an extension may be made: `postgres://…`.
    #[arg(long)]
    postgres: Option<String>,
    /// The regency alone.
    #[arg(long)]
    regency: bool,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    if let Some(extract) = &args.extract {
        measure_import(extract)?;
    }
    if args.postgres.is_none() {
        output::note("PostGIS is left out: name a server with --postgres");
    }
    if cfg!(not(feature = "bench-hierarchy")) {
        output::note("a contraction hierarchy is left out: build with --features bench-hierarchy");
    }
    for (junctions, units) in SIZES.into_iter().take(if args.regency { 1 } else { SIZES.len() }) {
        let began = stopwatch();
        let graph = network::network(junctions, SEED);
        let arcs = graph.arcs.len().max(1);
        output::result(&format!(
            "{} made in {} ms: {} directions to drive, {} bytes for each to search in, {} with shapes and grid",
            graph.about.source,
            began.elapsed().as_millis(),
            arcs,
            graph.bytes_of_search() / arcs,
            graph.bytes() / arcs
        ));
        let roads = Arc::new(Roads::new(graph, &Speeds::default()));
        measure_ranking(&args, &roads, units).await?;
    }
    Ok(())
}

fn measure_import(extract: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::metadata(extract)?.len();
    let began = stopwatch();
    let (graph, _) = import::import(extract, |_| {})?;
    let ms = began.elapsed().as_millis();
    output::result(&format!(
        "{}: {} km of road from {} kB in {ms} ms, {} ms for each MB",
        graph.about.source,
        graph.about.kilometres,
        bytes / 1_000,
        ms * 1_000_000 / u128::from(bytes.max(1))
    ));
    Ok(())
}

async fn measure_ranking(args: &Args, roads: &Arc<Roads>, units: usize) -> anyhow::Result<()> {
    let mut chance = ChaCha8Rng::seed_from_u64(SEED);
    let mut somewhere = || network::somewhere(roads.graph(), &mut chance);
    let posts: Vec<Position> = (0..units).map(|_| somewhere()).collect();
    let places: Vec<Position> = (0..args.samples).map(|_| somewhere()).collect();
    #[cfg(feature = "bench-hierarchy")]
    let mut hierarchy = prepared(roads, units);
    for every in FREE_EVERY {
        let free: Vec<Position> = posts.iter().step_by(every).copied().collect();
        output::result(&format!("  {} of {units} units free:", free.len()));
        by_road(roads, &free, &places)?;
        by_dispatch(roads, &free, &places)?;
        if let Some(url) = &args.postgres {
            by_postgis(url, &free, &places).await?;
        }
        #[cfg(feature = "bench-hierarchy")]
        if let Some(hierarchy) = &mut hierarchy {
            by_hierarchy(hierarchy, roads, &free, &places)?;
        }
    }
    Ok(())
}

/// The search alone, after the choice of those that are nearest in a straight line.
fn by_road(roads: &Roads, free: &[Position], places: &[Position]) -> anyhow::Result<()> {
    let delay_ms = Policy::default().mobilisation_s.saturating_mul(1_000);
    let starts = free.iter().map(|post| Start { position: *post, heading_deg: None, delay_ms });
    let starts: Vec<Start> = starts.collect();
    let (mut times, mut looked_at) = (Histogram::new(3)?, Histogram::<u64>::new(3)?);
    // The first search makes room for itself.
    let enough = Enough { met: NEAREST, junctions: usize::MAX };
    for place in places.first().into_iter().chain(places) {
        let mut nearest = starts.clone();
        let began = stopwatch();
        if nearest.len() > STARTS_MAX {
            let away = |start: &Start| apart(start.position, *place);
            nearest.select_nth_unstable_by(STARTS_MAX, |a, b| away(a).total_cmp(&away(b)));
            nearest.truncate(STARTS_MAX);
        }
        let met = roads.meet(*place, &nearest, enough);
        times.record(u64::try_from(began.elapsed().as_micros())?)?;
        looked_at.record(u64::try_from(met.junctions)?)?;
    }
    output::result(&line(&format!("the {NEAREST} soonest by road"), &times));
    output::result(&format!(
        "      junctions looked at: p50 {}, p99 {}",
        looked_at.value_at_quantile(0.5),
        looked_at.value_at_quantile(0.99)
    ));
    Ok(())
}

/// What is further away is further away by this too, within some hundred kilometres.
fn apart(one: Position, other: Position) -> f64 {
    let up = one.lat() - other.lat();
    let across = (one.lon() - other.lon()) * one.lat().to_radians().cos();
    up * up + across * across
}

/// The whole ranking as an operator sees it: every unit, with its reasons.
fn by_dispatch(roads: &Arc<Roads>, free: &[Position], places: &[Position]) -> anyhow::Result<()> {
    let now = Timestamp::from_ms(1_763_859_723_000);
    let mut room = core::fleet(free, now);
    room.set_roads(Some(roads.clone()));
    let incident = IncidentId::from_uuid(Uuid::from_u128(1));
    core::take_call(&mut room, now, incident, places.first().copied())?;
    let mut times = Histogram::new(3)?;
    for place in places {
        let began = stopwatch();
        let ranked = room.rank(now, *place, Some(incident));
        times.record(u64::try_from(began.elapsed().as_micros())?)?;
        std::hint::black_box(ranked);
    }
    output::result(&line("the ranking of all of them, with the 12 soonest by road", &times));
    Ok(())
}

async fn by_postgis(url: &str, free: &[Position], places: &[Position]) -> anyhow::Result<()> {
    let mut yardstick = Yardstick::connect(url).await?;
    yardstick.set(free).await?;
    let mut times = Histogram::new(3)?;
    for place in places {
        let began = stopwatch();
        let nearest = yardstick.nearest(*place, u32::try_from(NEAREST)?).await?;
        times.record(u64::try_from(began.elapsed().as_micros())?)?;
        std::hint::black_box(nearest);
    }
    yardstick.close().await?;
    output::result(&line("PostGIS, in a straight line (<->), over one connection", &times));
    Ok(())
}

#[cfg(feature = "bench-hierarchy")]
fn prepared(roads: &Roads, units: usize) -> Option<super::hierarchy::Hierarchy> {
    // The larger network would be prepared for many minutes.
    if units > SIZES[0].1 {
        output::note("a contraction hierarchy of this network is left out");
        return None;
    }
    let began = stopwatch();
    let hierarchy = super::hierarchy::Hierarchy::prepare(roads.graph());
    let ms = began.elapsed().as_millis();
    output::result(&format!("  a contraction hierarchy was prepared in {ms} ms"));
    Some(hierarchy)
}

#[cfg(feature = "bench-hierarchy")]
fn by_hierarchy(
    hierarchy: &mut super::hierarchy::Hierarchy,
    roads: &Roads,
    free: &[Position],
    places: &[Position],
) -> anyhow::Result<()> {
    let at = |place: &Position| super::hierarchy::junction(roads.graph(), *place);
    let units: Vec<usize> = free.iter().filter_map(at).collect();
    let mut times = Histogram::new(3)?;
    for place in places.iter().filter_map(at) {
        let began = stopwatch();
        let soonest = hierarchy.soonest(&units, place, NEAREST);
        times.record(u64::try_from(began.elapsed().as_micros())?)?;
        std::hint::black_box(soonest);
    }
    output::result(&line("a contraction hierarchy, one query for each unit", &times));
    Ok(())
}

fn line(what: &str, histogram: &Histogram<u64>) -> String {
    #[expect(clippy::as_conversions, reason = "microseconds of a bench are exact in f64")]
    let ms = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1000.0;
    format!(
        "    {what}: n {}, p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        histogram.len(),
        ms(0.5),
        ms(0.9),
        ms(0.99),
        ms(1.0)
    )
}
