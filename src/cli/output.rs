//! What commands say: notes for a person on stderr, results for a program on stdout.

/// Says something to the person at the terminal.
#[expect(clippy::print_stderr, reason = "the one place where commands speak to a person")]
pub fn note(text: &str) {
    eprintln!("{text}");
}

/// Gives a result; this is what a script reads.
#[expect(clippy::print_stdout, reason = "the one place where commands give results")]
pub fn result(text: &str) {
    println!("{text}");
}
