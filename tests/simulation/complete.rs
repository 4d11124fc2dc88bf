//! Whether somebody in the simulation gives every command, and whether every event happens there.

use super::news::Tally;
use super::run::Outcome;

/// Over all of the suite's seeds each command is given, and each event happens, at least so often.
const LEAST: u64 = 50;

/// What nobody here gives, with the reason.
const NOT_GIVEN: [(&str, &str); 2] = [
    ("Tick", "the keeper gives it to itself with every batch"),
    ("Aid", "one area; two of them talk in tests/dispatch/aid.rs"),
];
/// What does not happen here, with the reason.
const NOT_HAPPENING: [(&str, &str); 1] =
    [("Aid", "one area; two of them talk in tests/dispatch/aid.rs")];

/// Commands and events that occurred less often than that, by name, with how often they did.
pub fn left_out(outcomes: &[Outcome]) -> Vec<(String, u64)> {
    let commands = variants(include_str!("../../src/dispatch/command.rs"), "pub enum Command {");
    let events = variants(include_str!("../../src/dispatch/event.rs"), "pub enum Event {");
    assert!(commands.len() > 20 && events.len() > 30, "the kinds are read from the source");
    let given = commands.into_iter().map(|name| (times(outcomes, |o| &o.commands, &name), name));
    let happened =
        events.into_iter().map(|name| (times(outcomes, |o| &o.events, &snake(&name)), name));
    let excused = |name: &str| NOT_GIVEN.iter().chain(&NOT_HAPPENING).any(|(n, _)| *n == name);
    let seldom = given.chain(happened).filter(|(times, name)| *times < LEAST && !excused(name));
    seldom.map(|(times, name)| (name, times)).collect()
}

fn times(outcomes: &[Outcome], of: impl Fn(&Outcome) -> &Tally, word: &str) -> u64 {
    outcomes.iter().filter_map(|outcome| of(outcome).get(word)).sum()
}

/// The names of an enum's variants, as the source has them: one that is added is looked for without being told here.
fn variants(source: &str, head: &str) -> Vec<String> {
    let body = source.split_once(head).map(|(_, body)| body).unwrap_or_default();
    let body = body.split_once("\n}").map(|(body, _)| body).unwrap_or_default();
    let named = body.lines().filter_map(|line| {
        let name = line.strip_prefix("    ").filter(|rest| rest.starts_with(char::is_uppercase))?;
        Some(name.chars().take_while(char::is_ascii_alphanumeric).collect())
    });
    named.collect()
}

/// `CallTaken` as the log has it: `call_taken`.
fn snake(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
