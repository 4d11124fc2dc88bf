//! The rules of the house that a machine can keep: what the core may not know, who may import whom, sizes, purpose
//! lines, and a map that names every file.

use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 600;
const LINE_COLUMNS_MAX: usize = 120;
const FUNCTION_LINES_MAX: usize = 70;

/// Files that are pure: the same input always gives the same output.
const PURE: &[&str] = &[
    "src/dispatch",
    "src/report",
    "src/gazetteer",
    "src/places",
    "src/roads/mvt.rs",
    "src/roads/route.rs",
    "src/roads/scenery.rs",
    "src/roads/square.rs",
    "src/roads/tile.rs",
    "src/boundaries.rs",
    "src/boundaries/geojson.rs",
    "src/boundaries/repair.rs",
    "src/boundaries/topology.rs",
    "src/roads/learned.rs",
    "src/chain.rs",
    "src/ids.rs",
    "src/place.rs",
    "src/wording.rs",
    "src/device/payload",
    "src/device/ledger.rs",
    "src/live/frame.rs",
    "src/store/block.rs",
    "src/store/projection.rs",
    "firmware-sim/src/device",
    "firmware-sim/src/vehicle",
    "firmware-sim/src/crew",
    "firmware-sim/src/payload",
];

const IMPURE_WORDS: &[&str] = &[
    "tokio::",
    "sqlx",
    "rumqttc",
    "std::net",
    "std::fs",
    "async fn",
    "SystemTime",
    "Instant::now",
    "thread_rng",
    "rand::rng()",
    "getrandom",
    "HashMap",
    "HashSet",
];

/// What a part may not import: arrows point one way.
const FORBIDDEN_IMPORTS: &[(&str, &[&str])] = &[
    (
        "src/dispatch",
        &["store", "desk", "device", "http", "live", "cli", "server", "room", "view", "sessions"],
    ),
    ("src/store", &["desk", "device", "http", "live", "cli", "server", "room", "view"]),
    ("src/device", &["http", "live", "cli", "server"]),
    ("src/http", &["live", "cli", "server"]),
    ("src/live", &["http", "device", "cli", "server", "store::Store"]),
    ("src/report", &["desk", "device", "http", "live", "cli", "server"]),
    ("src/desk", &["http", "device", "cli", "server"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust source with its path from the root, tests and server alike.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in std::fs::read_dir(&path).expect("readable") {
                open.push(entry.expect("readable").path());
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("readable");
            let name = path.strip_prefix(root()).expect("below the root").to_string_lossy();
            found.push((name.replace('\\', "/"), text));
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no sources below {folders:?}");
    found
}

fn product() -> Vec<(String, String)> {
    sources(&["src", "firmware-sim/src"])
}

/// The part of a file before its own tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn belongs(file: &str, part: &str) -> bool {
    file == part || file == format!("{part}.rs") || file.starts_with(&format!("{part}/"))
}

fn check(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_core_is_pure() {
    let mut faults = Vec::new();
    for (file, text) in product() {
        if !PURE.iter().any(|part| belongs(&file, part)) {
            continue;
        }
        for (number, line) in (1..).zip(without_tests(&text).lines()) {
            let code = line.split("//").next().unwrap_or_default();
            for word in IMPURE_WORDS.iter().filter(|word| code.contains(**word)) {
                faults.push(format!("{file}:{number}: the core may not use {word}"));
            }
        }
    }
    check(&faults);
}

#[test]
fn imports_point_one_way() {
    let mut faults = Vec::new();
    for (file, text) in product() {
        for (part, forbidden) in FORBIDDEN_IMPORTS.iter().filter(|(part, _)| belongs(&file, part)) {
            for (number, line) in (1..).zip(text.lines()) {
                for word in *forbidden {
                    let path = format!("crate::{word}");
                    let found = line.find(&path).is_some_and(|at| {
                        let next = line[at + path.len()..].chars().next();
                        !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
                    });
                    if found {
                        faults.push(format!("{file}:{number}: {part} may not import {word}"));
                    }
                }
            }
        }
        let sql = ["select ", "insert into", "update ", "delete from", "sqlx::"];
        let in_store = belongs(&file, "src/store");
        for (number, line) in (1..).zip(text.lines()).filter(|_| !in_store) {
            let code = line.split("//").next().unwrap_or_default();
            let quoted = code.contains('"');
            if sql.iter().any(|word| code.contains(word)) && (quoted || code.contains("sqlx::")) {
                faults.push(format!("{file}:{number}: SQL belongs under src/store"));
            }
        }
    }
    check(&faults);
}

#[test]
fn every_file_is_short_and_says_what_it_is_for() {
    let mut faults = Vec::new();
    for (file, text) in sources(&["src", "firmware-sim/src", "tests"]) {
        if !text.starts_with("//!") {
            faults.push(format!("{file}: the first line must say what the file is for (//!)"));
        }
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            faults.push(format!(
                "{file}: {lines} lines; a file has one job and {FILE_LINES_MAX} at most"
            ));
        }
        for (number, line) in (1..).zip(text.lines()) {
            if line.chars().count() > LINE_COLUMNS_MAX {
                faults.push(format!("{file}:{number}: over {LINE_COLUMNS_MAX} columns"));
            }
        }
    }
    check(&faults);
}

#[test]
fn every_function_fits_on_a_screen() {
    let mut faults = Vec::new();
    for (file, text) in sources(&["src", "firmware-sim/src", "tests"]) {
        let mut open: Vec<(String, usize, usize)> = Vec::new();
        for (number, line) in (1_usize..).zip(text.lines()) {
            let indent = line.len() - line.trim_start().len();
            let code = line.trim_start();
            let is_function = !code.starts_with("//")
                && (code.starts_with("fn ") || code.contains(" fn "))
                && !code.ends_with(';')
                && !code.contains("Fn(");
            if is_function && !code.contains('"') {
                open.push((code.to_owned(), indent, number));
            }
            if code == "}"
                && let Some((_, opened, _)) = open.last()
                && *opened == indent
            {
                let (name, _, from) = open.pop().expect("just seen");
                let lines = number - from + 1;
                if lines > FUNCTION_LINES_MAX {
                    faults.push(format!("{file}:{from}: {lines} lines: {name}"));
                }
            }
        }
    }
    check(&faults);
}

#[test]
fn the_map_names_every_file() {
    let map = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the map");
    let files = product();
    // A file's own tests stand beside it and need no line of their own.
    let named_or_tests =
        |file: &str| map.contains(&format!("`{file}`")) || file.ends_with("/tests.rs");
    let missing = files.iter().filter(|(file, _)| !named_or_tests(file));
    let faults: Vec<String> =
        missing.map(|(file, _)| format!("docs/architecture.md does not name `{file}`")).collect();
    check(&faults);
    let named = map.split('`').skip(1).step_by(2).filter(|word| word.ends_with(".rs"));
    let gone: Vec<String> = named
        .filter(|word| word.contains('/') && !root().join(word).exists())
        .map(|word| format!("docs/architecture.md names `{word}`, which is not there"))
        .collect();
    check(&gone);
}

#[test]
fn the_repository_speaks_of_siaga_alone() {
    let mut faults = Vec::new();
    for file in ["README.md", "docs/architecture.md", "docs/protocol.md"] {
        assert!(Path::new(&root().join(file)).exists(), "{file} is missing");
    }
    // Pieces, so that this file does not contain what it looks for.
    let forbidden =
        [["/wor", "k/"].concat(), ["npm", "js.org"].concat(), ["crates", ".io"].concat()];
    for (file, text) in sources(&["src", "firmware-sim/src", "tests"]) {
        for word in forbidden.iter().filter(|word| text.contains(word.as_str())) {
            faults.push(format!("{file}: {word}"));
        }
    }
    check(&faults);
}
