//! What commands say: notes for a person on stderr, results for a program on stdout.

use std::io::Write as _;

/// Says something to the person at the terminal; what a full disk or a closed terminal does not take is lost.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Gives a result; this is what a script reads. When nobody reads any more the program ends, as `head` expects.
#[expect(clippy::exit, reason = "whoever read the results has gone away")]
pub fn result(text: &str) {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => note(&format!("a result cannot be written: {error}")),
        Ok(()) => {}
    }
}
