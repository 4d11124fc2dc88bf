//! `siaga roads`: an OpenStreetMap extract becomes the file by which a server ranks.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::output;
use crate::roads::import::{Dropped, Summary, import};
use crate::roads::{file, graph::Graph, landmarks};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a road graph of an OpenStreetMap extract (FILE.osm.pbf).
    Import {
        /// The extract, for example from a regional download.
        file: PathBuf,
        /// Where the graph goes; a server that uses this file takes the new one within seconds.
        #[arg(long, default_value = "roads.siaga")]
        into: PathBuf,
    },
    /// Say what a graph is of.
    Show {
        #[arg(default_value = "roads.siaga")]
        file: PathBuf,
    },
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Import { file, into } => {
            tokio::task::spawn_blocking(move || bring_in(&file, &into)).await?
        }
        Command::Show { file } => {
            let graph = file::read(&file).with_context(|| file.display().to_string())?;
            say(&graph);
            Ok(())
        }
    }
}

fn bring_in(from: &Path, into: &Path) -> anyhow::Result<()> {
    import_into(from, into)?;
    output::note(&format!(
        "Written to {}. In siaga.toml: [roads] file = {:?}",
        into.display(),
        into.display().to_string()
    ));
    Ok(())
}

/// Imports an extract with its progress and says what became of it.
pub fn import_into(from: &Path, into: &Path) -> anyhow::Result<()> {
    let mut told = 0;
    let imported = import(from, |done| {
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a tenth of a share"
        )]
        let tenths = (done * 10.0) as u8;
        if tenths > told {
            told = tenths;
            output::note(&format!("  {}0 %", tenths));
        }
    });
    let (graph, summary) = imported.with_context(|| from.display().to_string())?;
    file::write(&graph, into).with_context(|| format!("{} is not written", into.display()))?;
    say(&graph);
    for line in left_out(&summary) {
        output::note(&line);
    }
    Ok(())
}

fn say(graph: &Graph) {
    let about = &graph.about;
    output::note(&format!(
        "{}: {} km of road, {} junctions, {} segments, {} directions to drive, {} things beside \
         the roads; {} MB in memory",
        about.source,
        about.kilometres,
        about.junctions,
        about.segments,
        about.arcs,
        graph.scenery.things().len(),
        (graph.bytes() + graph.scenery.bytes()) / 1_000_000
    ));
    let landmarks = landmarks::counts(&graph.landmarks).into_iter();
    let landmarks: Vec<String> =
        landmarks.map(|(kind, count)| format!("{count} {}", kind.as_str())).collect();
    output::note(&format!("{} landmarks: {}", graph.landmarks.len(), landmarks.join(", ")));
    output::note("Data © OpenStreetMap contributors, ODbL 1.0");
}

/// What an import left out, a line for each reason.
fn left_out(summary: &Summary) -> Vec<String> {
    let mut lines = vec![format!("{} ways, {} forbidden turns", summary.ways, summary.turns)];
    for (why, count) in &summary.dropped {
        let why = match why {
            Dropped::NotForCars => "paths, steps and the like, too narrow for an ambulance",
            Dropped::NotThere => "roads that are planned, being built or gone",
            Dropped::Closed => "roads closed to motor vehicles and not open to emergency vehicles",
            Dropped::WithoutPlace => "roads with fewer than two nodes in the extract",
            Dropped::OffTheEarth => "nodes whose coordinates are no place",
            Dropped::TurnNotUnderstood => {
                "turn rules by the hour, over a third road, or of roads that were left out"
            }
        };
        lines.push(format!("  left out: {count} {why}"));
    }
    lines
}
