//! Codes for one ambulance in each village: the district's name and a number, short enough to say
//! over a radio.

use std::collections::BTreeMap;

use super::{District, Regency, Village};
use crate::ids::UnitId;

/// Longest district part of a code: with prefix and number it stays below the 40 of a unit code.
const DISTRICT_CHARS_MAX: usize = 24;

/// One ambulance a village, by village code: `AMB-<DISTRICT>-<NN>`, `NN` numbering the district's
/// villages from 01.
///
/// The codes of a regency are unique; the same regency always gets the same codes.
#[must_use]
pub fn unit_codes(regency: &Regency) -> Vec<(UnitId, &Village)> {
    let names = district_parts(&regency.districts);
    let mut last: BTreeMap<&str, u32> = BTreeMap::new();
    let mut codes = Vec::with_capacity(regency.villages.len());
    for village in &regency.villages {
        let number = last.entry(&village.district_code).or_insert(0);
        *number += 1;
        let name = names.get(village.district_code.as_str());
        let name = name.expect("every village has its district");
        let code = format!("AMB-{name}-{number:02}");
        codes.push((UnitId::new(&code).expect("made of allowed letters"), village));
    }
    codes
}

/// What stands for each district, by district code; districts that read alike carry their code.
fn district_parts(districts: &[District]) -> BTreeMap<&str, String> {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for district in districts {
        *alike.entry(slug(&district.name, DISTRICT_CHARS_MAX)).or_insert(0) += 1;
    }
    let part = |district: &District| {
        let name = slug(&district.name, DISTRICT_CHARS_MAX);
        if alike.get(&name) == Some(&1) {
            return name;
        }
        let shorter = slug(&district.name, DISTRICT_CHARS_MAX - district.code.len() - 1);
        format!("{shorter}-{}", district.code)
    };
    districts.iter().map(|district| (district.code.as_str(), part(district))).collect()
}

/// A name in `A-Z`, `0-9` and single hyphens, at most `chars_max` of them.
fn slug(name: &str, chars_max: usize) -> String {
    let mut slug = String::new();
    for letter in name.chars().filter(|letter| !matches!(letter, '\'' | '’')) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_uppercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(chars_max);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Position;

    #[test]
    fn names_become_codes() {
        let cases = [
            ("Silo", "SILO"),
            ("Lawe Sigala-Gala", "LAWE-SIGALA-GALA"),
            ("Ma’u", "MAU"),
            ("Tiro/Truseb", "TIRO-TRUSEB"),
            ("Buay Pematang Ribu Ranau Tengah", "BUAY-PEMATANG-RIBU-RANAU"),
            ("(X)", "X"),
        ];
        for (name, expected) in cases {
            assert_eq!(slug(name, DISTRICT_CHARS_MAX), expected);
        }
    }

    #[test]
    fn districts_that_read_alike_carry_their_code() {
        let district = |code: &str, name: &str| District {
            code: code.to_owned(),
            name: name.to_owned(),
            position: Position::new(-8.0, 113.0).expect("valid"),
        };
        let districts = [
            district("35.09.01", "Pulau Laut Tanjung Selayar Utara"),
            district("35.09.02", "Pulau Laut Tanjung Selayar Barat"),
            district("35.09.03", "Silo"),
        ];
        let parts: Vec<String> = district_parts(&districts).into_values().collect();
        assert_eq!(parts, ["PULAU-LAUT-TANJ-35.09.01", "PULAU-LAUT-TANJ-35.09.02", "SILO"]);
    }
}
