//! `siaga boundaries`: outlines of villages and districts for the maps, and to say in which village a place lies.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::output;
use crate::boundaries::import::{Summary, import};
use crate::boundaries::{Boundaries, Outline, file};

/// Names in one line of the summary.
const SHOWN_MAX: usize = 8;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Take the outlines of a regency's villages and districts from a GeoJSON file.
    Import(Import),
}

#[derive(Debug, clap::Args)]
struct Import {
    /// Polygons in degrees (WGS 84), each with the Kemendagri code of its village or district.
    file: PathBuf,
    /// Where the boundaries go; a server that uses this file takes the new one within seconds.
    #[arg(long, default_value = "boundaries.siaga")]
    into: PathBuf,
    /// The regency, of a file with several: 35.09. Without, the one of most codes.
    #[arg(long)]
    area: Option<String>,
    /// The property that carries the code, where it is none of the usual ones.
    #[arg(long)]
    code_property: Option<String>,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let Command::Import(asked) = args.command;
    tokio::task::spawn_blocking(move || bring_in(&asked)).await?
}

fn bring_in(asked: &Import) -> anyhow::Result<()> {
    let imported = import(&asked.file, asked.area.as_deref(), asked.code_property.as_deref());
    let (boundaries, summary) = imported.with_context(|| asked.file.display().to_string())?;
    let into = &asked.into;
    file::write(&boundaries, into).with_context(|| format!("{} is not written", into.display()))?;
    for line in said(&boundaries, &summary) {
        output::note(&line);
    }
    note_where(into);
    Ok(())
}

fn note_where(into: &Path) {
    let named = into.display().to_string();
    output::note(&format!("Written to {named}. In siaga.toml: [boundaries] file = {named:?}"));
}

/// What was taken and what was not, a line for each.
fn said(boundaries: &Boundaries, summary: &Summary) -> Vec<String> {
    let about = &boundaries.about;
    let villages = boundaries.villages();
    let districts = about.outlines.len() - villages;
    let mut lines = vec![format!(
        "{}: {villages} of {} villages of {} and {districts} districts ({} of them from the file)",
        about.source, summary.villages_known, about.area, summary.districts_given
    )];
    for (why, count) in &summary.passed {
        lines.push(format!("  left out: {count} features {why}"));
    }
    if summary.elsewhere > 0 {
        lines.push(format!("  left out: {} features of other regencies", summary.elsewhere));
    }
    let named = |outlines: &[Outline]| -> Vec<String> {
        outlines.iter().map(|outline| format!("{} {}", outline.code, outline.name)).collect()
    };
    let hopeless = summary.hopeless.iter();
    let hopeless: Vec<String> = hopeless
        .map(|(outline, why)| format!("{} {}: {why}", outline.code, outline.name))
        .collect();
    let overlaps = summary.overlaps.iter().map(|(one, other, share)| {
        format!(
            "{} {} and {} {} by {:.0} %",
            one.code,
            one.name,
            other.code,
            other.name,
            share * 100.0
        )
    });
    let overlaps: Vec<String> = overlaps.collect();
    for (what, which) in [
        ("left out", hopeless),
        ("left out, unknown codes", summary.unknown.clone()),
        ("repaired", named(&summary.repaired)),
        ("in several features, joined", named(&summary.joined)),
        ("without an outline", named(&summary.missing)),
        ("overlap", overlaps),
        ("the centre that is known lies outside of the outline", named(&summary.beside)),
    ] {
        if !which.is_empty() {
            lines.push(format!("  {what}: {}: {}", which.len(), shortened(&which)));
        }
    }
    lines
}

fn shortened<T: Display>(all: &[T]) -> String {
    let shown: Vec<String> = all.iter().take(SHOWN_MAX).map(T::to_string).collect();
    let more = all.len() - shown.len();
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join("; "))
}
