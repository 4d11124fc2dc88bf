//! Letters as people type them: words without case or punctuation, and typing errors between two.

/// Words in lower case. Everything but letters and digits separates; an apostrophe joins: `Ma'u` is
/// `mau`.
pub fn words(text: &str) -> Vec<String> {
    let joined = text.to_lowercase().replace(['\'', '’', '‘', '`'], "");
    let words = joined.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Typing errors between two words: a letter too many, missing, wrong, or two swapped. None above
/// `max`.
pub fn edits(typed: &str, word: &str, max: usize) -> Option<usize> {
    table(typed, word, max).and_then(|row| row.last().copied()).filter(|edits| *edits <= max)
}

/// As `edits`, to the best beginning of `word`: it may not have been typed to its end.
pub fn edits_to_start(typed: &str, word: &str, max: usize) -> Option<usize> {
    table(typed, word, max).and_then(|row| row.into_iter().min()).filter(|edits| *edits <= max)
}

/// Last row of the optimal string alignment table: edits from all of `typed` to each beginning of
/// `word`.
///
/// None as soon as every beginning is more than `max` away.
fn table(typed: &str, word: &str, max: usize) -> Option<Vec<usize>> {
    let (typed, word) = (typed.as_bytes(), word.as_bytes());
    if typed.len() > word.len() + max {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=word.len()).collect();
    for (i, letter) in typed.iter().enumerate() {
        let mut row = Vec::with_capacity(word.len() + 1);
        row.push(i + 1);
        for (j, other) in word.iter().enumerate() {
            let replaced = above[j] + usize::from(letter != other);
            let mut least = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == word[j - 1] && typed[i - 1] == *other {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        if row.iter().all(|edits| *edits > max) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    Some(above)
}

/// Which letters and digits a word has: a quick reason to say that two words differ too much.
pub fn letters(word: &str) -> u64 {
    word.bytes().fold(0, |set, byte| set | 1 << (byte % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_punctuation_do_not_matter() {
        assert_eq!(words("Ds. SEMPOLAN,Kec.Silo"), ["ds", "sempolan", "kec", "silo"]);
        assert_eq!(words("Ma’u / Sogae'adu"), ["mau", "sogaeadu"]);
        assert!(words(" .,-/()").is_empty());
    }

    #[test]
    fn typing_errors_are_counted() {
        let cases = [
            ("sempolan", "sempolan", Some(0)),
            ("semplan", "sempolan", Some(1)),
            ("sepmolan", "sempolan", Some(1)),
            ("zempolaan", "sempolan", Some(2)),
            ("silo", "sempolan", None),
            ("", "ab", Some(2)),
        ];
        for (typed, word, expected) in cases {
            assert_eq!(edits(typed, word, 2), expected, "{typed} {word}");
        }
        assert_eq!(edits_to_start("sampo", "sempolan", 1), Some(1));
        assert_eq!(edits_to_start("sampa", "sempolan", 1), None);
    }
}
