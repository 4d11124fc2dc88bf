//! Letters as people type them: words without case or punctuation, how they sound, and typing errors between two.

/// Words in lower case. Everything but letters and digits separates, and so does the step from one to the other:
/// `SDN2` is `sdn 2`. An apostrophe joins: `Ma'u` is `mau`.
pub fn words(text: &str) -> Vec<String> {
    let joined = text.to_lowercase().replace(['\'', '’', '‘', '`'], "");
    let parts = joined.split(|c: char| !c.is_alphanumeric());
    let words = parts.flat_map(|part| part.as_bytes().chunk_by(is_same_sort));
    let words = words.filter_map(|word| std::str::from_utf8(word).ok());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_same_sort(a: &u8, b: &u8) -> bool {
    a.is_ascii_digit() == b.is_ascii_digit()
}

/// Letters that are written in more than one way and said in one: the spelling before 1972, Arabic names, and what is
/// often left out. The first that fits counts.
const SOUNDS: [(&str, &str); 18] = [
    ("oe", "u"),
    ("dj", "j"),
    ("tj", "c"),
    ("sy", "s"),
    ("ts", "s"),
    ("dz", "s"),
    ("uw", "u"),
    ("iy", "i"),
    ("z", "s"),
    ("f", "p"),
    ("v", "p"),
    ("q", "k"),
    ("x", "ks"),
    ("y", "i"),
    ("h", ""),
    ("é", "e"),
    ("è", "e"),
    ("ê", "e"),
];

/// Numbers of schools and the like as they stand on their walls.
const ROMAN: [(&str, &str); 8] = [
    ("ii", "2"),
    ("iii", "3"),
    ("iv", "4"),
    ("vi", "6"),
    ("vii", "7"),
    ("viii", "8"),
    ("ix", "9"),
    ("xi", "11"),
];

/// How a word sounds: `Soebandi` is `subandi`, `musholla` is `musola`, `02` is `2`.
pub fn sound(word: &str) -> String {
    if let Some((_, number)) = ROMAN.iter().find(|(roman, _)| *roman == word) {
        return (*number).to_owned();
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = word.trim_start_matches('0');
        return if number.is_empty() { "0" } else { number }.to_owned();
    }
    let mut heard = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(letter) = rest.chars().next() {
        let known = SOUNDS.iter().find(|(written, _)| rest.starts_with(written));
        let written = known.map_or(letter.len_utf8(), |(written, _)| written.len());
        match known {
            Some((_, said)) => heard.push_str(said),
            None => heard.push(letter),
        }
        rest = rest.get(written..).unwrap_or_default();
    }
    if heard.is_empty() { word.to_owned() } else { once(&heard) }
}

/// Doubled letters once. At a beginning, or more than two, they are no spelling of anything.
fn once(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let runs = letters.chunk_by(|a, b| a == b);
    let mut once = String::with_capacity(word.len());
    for run in runs {
        let shown = if run.len() == 2 && !once.is_empty() { 1 } else { run.len() };
        once.extend(run.iter().take(shown));
    }
    once
}

/// Typing errors between two words: a letter too many, missing, wrong, or two swapped. None above
/// `max`.
pub fn edits(typed: &str, word: &str, max: usize) -> Option<usize> {
    table(typed.as_bytes(), word.as_bytes(), max)
        .and_then(|row| row.last().copied())
        .filter(|edits| *edits <= max)
}

/// As `edits`, to the best beginning of `word`: it may not have been typed to its end.
pub fn edits_to_start(typed: &str, word: &str, max: usize) -> Option<usize> {
    // What comes after as many letters as typed and allowed cannot help.
    let reach = word.as_bytes().get(..typed.len() + max).unwrap_or(word.as_bytes());
    table(typed.as_bytes(), reach, max)
        .and_then(|row| row.into_iter().min())
        .filter(|edits| *edits <= max)
}

/// Last row of the optimal string alignment table: edits from all of `typed` to each beginning of
/// `word`.
///
/// None as soon as every beginning is more than `max` away.
fn table(typed: &[u8], word: &[u8], max: usize) -> Option<Vec<usize>> {
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
    fn words_that_sound_alike_are_alike() {
        for alike in [
            &["soebandi", "subandi"][..],
            &["musholla", "mushola", "musola", "mushollah"],
            &["djember", "jember"],
            &["tjurah", "curah"],
            &["sidomulyo", "sidomulio"],
            &["glagahwero", "glagawero"],
            &["muttaqin", "mutaqin", "mutakin"],
            &["nurussyifa", "nurussifa"],
            &["nopember", "november"],
            &["ukhuwah", "ukuwah"],
            &["02", "2", "ii"],
        ] {
            let heard: Vec<String> = alike.iter().map(|word| sound(word)).collect();
            assert!(heard.windows(2).all(|two| two[0] == two[1]), "{alike:?}: {heard:?}");
        }
        assert_eq!(sound("zzzz"), "ssss", "nonsense stays as long as it is");
        assert_eq!((sound("h"), sound("00"), sound("11")), ("h".into(), "0".into(), "11".into()));
        assert_eq!(words("SDN2 rt03"), ["sdn", "2", "rt", "03"]);
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
