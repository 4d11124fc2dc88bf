//! Kinds of landmarks, and the words that people use for them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::letters;

/// What a landmark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LandmarkKind {
    Mosque,
    Church,
    Temple,
    School,
    Market,
    Bridge,
    Hospital,
    /// A doctor or a clinic.
    Clinic,
    /// Puskesmas, pustu, polindes, posyandu.
    HealthPost,
    Pharmacy,
    /// Of a village, a district or another authority.
    Office,
    Police,
    Fuel,
    /// Of trains or buses.
    Station,
    Shop,
    /// Where one eats.
    Food,
    Hotel,
    Bank,
    /// A dusun or another part of a village.
    Hamlet,
    /// A crossing with a name.
    Junction,
    Cemetery,
    /// A factory or a mill.
    Works,
    /// A square, a park, a sports ground.
    Ground,
    /// A beach, a mountain, a waterfall.
    Nature,
}

use LandmarkKind::{
    Bank, Bridge, Cemetery, Church, Clinic, Food, Fuel, Ground, Hamlet, HealthPost, Hospital,
    Hotel, Junction, Market, Mosque, Nature, Office, Pharmacy, Police, School, Shop, Station,
    Temple, Works,
};

/// Every kind; its place here is its number in the file of the roads, so new ones come last.
pub const LANDMARK_KINDS: [LandmarkKind; 24] = [
    Mosque, Church, Temple, School, Market, Bridge, Hospital, Clinic, HealthPost, Pharmacy, Office,
    Police, Fuel, Station, Shop, Food, Hotel, Bank, Hamlet, Junction, Cemetery, Works, Ground,
    Nature,
];

impl LandmarkKind {
    /// In the protocol.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Mosque => "mosque",
            Church => "church",
            Temple => "temple",
            School => "school",
            Market => "market",
            Bridge => "bridge",
            Hospital => "hospital",
            Clinic => "clinic",
            HealthPost => "health_post",
            Pharmacy => "pharmacy",
            Office => "office",
            Police => "police",
            Fuel => "fuel",
            Station => "station",
            Shop => "shop",
            Food => "food",
            Hotel => "hotel",
            Bank => "bank",
            Hamlet => "hamlet",
            Junction => "junction",
            Cemetery => "cemetery",
            Works => "works",
            Ground => "ground",
            Nature => "nature",
        }
    }

    /// What one without a name is called; none where it says nothing without one.
    #[must_use]
    pub const fn unnamed(self) -> Option<&'static str> {
        match self {
            Mosque => Some("Masjid"),
            Church => Some("Gereja"),
            Temple => Some("Pura"),
            School => Some("Sekolah"),
            Market => Some("Pasar"),
            Hospital => Some("Rumah sakit"),
            HealthPost => Some("Pos kesehatan"),
            Office => Some("Balai desa"),
            Police => Some("Kantor polisi"),
            Fuel => Some("SPBU"),
            Station => Some("Stasiun"),
            Bridge | Clinic | Pharmacy | Shop | Food | Hotel | Bank | Hamlet | Junction
            | Cemetery | Works | Ground | Nature => None,
        }
    }

    /// Metres around its middle within which somebody who names it is.
    #[must_use]
    pub const fn uncertainty_m(self) -> u32 {
        match self {
            Hamlet => 500,
            Nature => 1_000,
            Market | Hospital | Works | Ground | Cemetery | Bridge | Station => 200,
            Mosque | Church | Temple | School | Clinic | HealthPost | Pharmacy | Office
            | Police | Fuel | Shop | Food | Hotel | Bank | Junction => 100,
        }
    }
}

/// What people call them. Words by which schools are told apart (SD, SMP) are names and not here.
const WORDS: [(&[&str], &[LandmarkKind]); 24] = [
    (&["masjid", "musholla", "mushalla", "langgar", "surau"], &[Mosque]),
    (&["gereja", "kapel"], &[Church]),
    (&["pura", "vihara", "kelenteng", "klenteng", "candi"], &[Temple]),
    (&["sekolah", "sekolahan", "madrasah", "kampus", "universitas", "pesantren"], &[School]),
    (&["pasar"], &[Market]),
    (&["jembatan", "kreteg"], &[Bridge]),
    (&["rs", "rsu", "rsud", "rsd", "rsia", "sakit"], &[Hospital]),
    (&["klinik", "dokter", "bidan"], &[Clinic, HealthPost]),
    (&["puskesmas"], &[HealthPost]),
    (&["pustu", "polindes", "poskesdes", "posyandu", "ponkesdes"], &[HealthPost, Clinic]),
    (&["apotek", "apotik"], &[Pharmacy]),
    (&["balai", "balaidesa", "kantor"], &[Office, Police, Bank]),
    (&["polsek", "polres", "polisi", "koramil"], &[Police]),
    (&["spbu", "bensin", "pertamina", "pertashop"], &[Fuel]),
    (&["stasiun", "terminal", "halte"], &[Station]),
    (&["toko", "swalayan", "minimarket", "mall", "kios", "bengkel"], &[Shop]),
    (&["warung", "restoran", "kafe", "rm", "depot"], &[Food, Shop]),
    (&["hotel", "penginapan", "losmen", "homestay", "villa"], &[Hotel]),
    (&["bank", "atm"], &[Bank]),
    (&["simpang", "pertigaan", "perempatan", "prapatan"], &[Junction]),
    (&["makam", "kuburan", "tpu", "pemakaman"], &[Cemetery]),
    (&["pabrik", "gudang"], &[Works]),
    (&["lapangan", "alun", "stadion", "taman", "gor"], &[Ground]),
    (&["pantai", "gunung", "bukit", "terjun"], &[Nature]),
];

static BY_SOUND: LazyLock<BTreeMap<String, &'static [LandmarkKind]>> = LazyLock::new(|| {
    let words = WORDS.iter().flat_map(|(words, kinds)| words.iter().map(|word| (*word, *kinds)));
    words.map(|(word, kinds)| (letters::sound(word), kinds)).collect()
});

/// The kinds that a word may mean, by its sound; none when it is no such word.
#[must_use]
pub fn kinds_of(sound: &str) -> &'static [LandmarkKind] {
    BY_SOUND.get(sound).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_at_its_place_and_has_a_word_of_its_own() {
        for (number, kind) in LANDMARK_KINDS.iter().enumerate() {
            let before = LANDMARK_KINDS.iter().take(number);
            assert!(before.into_iter().all(|other| other.as_str() != kind.as_str()), "{kind:?}");
        }
        assert_eq!(kinds_of(&letters::sound("mushola")), [Mosque]);
        assert_eq!(kinds_of("sempolan"), []);
    }
}
