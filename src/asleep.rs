//! What to do with a phone that puts the tracking app to sleep, maker by maker: a content file.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wording::Lang;

/// A text in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    id: String,
    en: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Maker {
    id: String,
    phones: String,
    page: String,
    steps: Vec<Text>,
}

/// The content file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asleep {
    source: String,
    note: Text,
    vendors: Vec<Maker>,
}

/// What to do, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Remedies {
    /// Where this knowledge comes from.
    pub source: String,
    pub note: String,
    pub vendors: Vec<Remedy>,
}

/// What to do on the phones of one maker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Remedy {
    pub id: String,
    pub phones: String,
    /// The page of the source.
    pub page: String,
    pub steps: Vec<String>,
}

impl Asleep {
    /// The file that comes with the program.
    #[must_use]
    pub fn shipped() -> Self {
        let text = include_str!("../data/devices/asleep.json");
        serde_json::from_str(text).expect("a test reads the shipped file")
    }

    #[must_use]
    pub fn remedies(&self, lang: Lang) -> Remedies {
        let say = |text: &Text| lang.pick(&text.id, &text.en);
        let remedy = |maker: &Maker| Remedy {
            id: maker.id.clone(),
            phones: maker.phones.clone(),
            page: maker.page.clone(),
            steps: maker.steps.iter().map(say).collect(),
        };
        Remedies {
            source: self.source.clone(),
            note: say(&self.note),
            vendors: self.vendors.iter().map(remedy).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_remedies_say_something_in_both_languages_and_name_their_source() {
        let asleep = Asleep::shipped();
        for lang in [Lang::Id, Lang::En] {
            let said = asleep.remedies(lang);
            assert_eq!(said.source, "https://dontkillmyapp.com");
            let makers: Vec<&str> = said.vendors.iter().map(|maker| maker.id.as_str()).collect();
            assert_eq!(makers, ["xiaomi", "oppo", "vivo", "samsung", "huawei", "android"]);
            for maker in said.vendors {
                assert!(maker.page.starts_with(&said.source), "{maker:?}");
                assert!(maker.steps.iter().all(|step| !step.trim().is_empty()));
                assert!((2..=5).contains(&maker.steps.len()));
            }
        }
        assert_ne!(asleep.remedies(Lang::Id), asleep.remedies(Lang::En));
    }
}
