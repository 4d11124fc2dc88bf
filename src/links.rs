//! Links for people without a sign-in: making one, the words with which it is sent, and judging the position that a
//! caller's phone gives by one.
//!
//! The token stands behind the `#` of a link, which no browser sends anywhere: no log of ours or of a proxy has it.

use std::fmt;

use crate::chain::Hash;
use crate::clock::Timestamp;
use crate::ids::IncidentId;
use crate::place::{Bounds, Position};
use crate::secret;
use crate::store::{CallerPosition, Link, LinkKind, LinkSubject};
use crate::wording::Lang;

/// Letters of a token, of 31: more than 128 bits, also by the likeliest of them.
const TOKEN_LETTERS: usize = 27;
/// A caller opens a link while still on the telephone, or never.
pub const CALLER_GOOD_MS: i64 = 30 * 60 * 1000;
/// Longer than any unit that is sent needs; a family's link shows nothing from the arrival on.
pub const FAMILY_GOOD_MS: i64 = 4 * 60 * 60 * 1000;
/// Positions that one caller's link takes: some minutes of a phone that finds its place slowly, and it once more.
pub const POSITIONS_MAX: u32 = 60;
/// A phone that knows no better than this says less than the caller's village.
pub const ACCURACY_M_MAX: f64 = 10_000.0;
/// A position that the phone has kept for longer says where it was.
pub const AGE_S_MAX: f64 = 300.0;
/// Digits of a telephone number with its country.
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// A token as it stands in a link. Its debug form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A token as somebody came with it; none when it cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_one = text.len() == TOKEN_LETTERS && text.bytes().all(|c| c.is_ascii_alphanumeric());
        is_one.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn hash(&self) -> Hash {
        secret::token_hash(&self.0)
    }
}

/// Makes a link: what is kept of it, and the token that is handed out.
#[must_use]
pub fn make(subject: LinkSubject, incident: IncidentId, now: Timestamp) -> (Link, Token) {
    let token = Token(secret::random_text(TOKEN_LETTERS));
    let good_ms = match subject {
        LinkSubject::Caller => CALLER_GOOD_MS,
        LinkSubject::Family(_) => FAMILY_GOOD_MS,
    };
    let (token_hash, expires_at) = (token.hash(), now.plus_ms(good_ms));
    (Link { subject, incident, token_hash, made_at: now, expires_at }, token)
}

/// A link ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub url: String,
    pub text: String,
    /// Opens WhatsApp with the text, to the number where it is known.
    pub whatsapp: String,
    /// Opens the app for text messages.
    pub sms: String,
}

impl Letter {
    /// What is sent to whoever called the centre of that area; `web` is where phones reach us.
    #[must_use]
    pub fn write(
        kind: LinkKind,
        token: &Token,
        web: &str,
        area: &str,
        phone: Option<&str>,
    ) -> Self {
        let path = match kind {
            LinkKind::Caller => "l",
            LinkKind::Family => "i",
        };
        let url = format!("{web}/{path}#{}", token.0);
        // One text message has 160 letters, and the link takes a third of them.
        let text = match kind {
            LinkKind::Caller => {
                format!(
                    "PSC {area}: buka dan tekan KIRIM LOKASI agar ambulans menemukan Anda. Berlaku 30 menit. {url}"
                )
            }
            LinkKind::Family => {
                format!("PSC {area}: ikuti ambulans yang menuju Anda sampai tiba. {url}")
            }
        };
        let said = encoded(&text);
        let number = phone.and_then(international);
        let digits = number.as_deref().unwrap_or_default();
        let whatsapp = format!("https://wa.me/{digits}?text={said}");
        let plus = if digits.is_empty() { "" } else { "+" };
        let sms = format!("sms:{plus}{digits}?body={said}");
        Self { url, text, whatsapp, sms }
    }
}

/// The digits of a number with its country; none when somebody wrote something else, or more than a number.
fn international(text: &str) -> Option<String> {
    let is_written = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '.' | '(' | ')');
    let digits = crate::private::phone_key(text).filter(|_| text.chars().all(is_written))?;
    NUMBER_DIGITS.contains(&digits.len()).then_some(digits)
}

/// As it may stand in a query; a space is `%20`, because what opens these links takes a `+` for itself.
fn encoded(text: &str) -> String {
    let pieces = form_urlencoded::byte_serialize(text.as_bytes());
    pieces.collect::<String>().replace('+', "%20")
}

/// A position as a caller's phone says it.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    pub lat: f64,
    pub lon: f64,
    pub accuracy_m: f64,
    pub age_s: f64,
}

/// Why a position is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    NoPlace,
    OutsideCountry,
    Accuracy,
    Age,
}

impl Unusable {
    /// The sentence for the caller.
    #[must_use]
    pub fn sentence(self, lang: Lang) -> String {
        match self {
            Self::NoPlace => lang.pick(
                "Lokasi ini bukan tempat di bumi. Tekan tombolnya sekali lagi.",
                "This is no place on Earth. Press the button once more.",
            ),
            Self::OutsideCountry => lang.pick(
                "Lokasi ini di luar negeri. Matikan VPN atau lokasi palsu, lalu coba lagi.",
                "This place is outside the country. Turn a VPN or a false location off and try again.",
            ),
            Self::Accuracy => lang.pick(
                "Ponsel belum tahu lokasinya. Nyalakan GPS, keluar ke tempat terbuka, lalu coba lagi.",
                "The phone does not know its place yet. Turn GPS on, step outside and try again.",
            ),
            Self::Age => lang.pick(
                "Lokasi ini sudah lama. Nyalakan GPS lalu coba lagi.",
                "This position is old. Turn GPS on and try again.",
            ),
        }
    }
}

impl Said {
    /// The position that it says, received now.
    #[expect(clippy::as_conversions, reason = "both were checked to be small and not negative")]
    pub fn checked(self, country: Bounds, now: Timestamp) -> Result<CallerPosition, Unusable> {
        let position = Position::new(self.lat, self.lon).map_err(|_| Unusable::NoPlace)?;
        if !country.contains(position) {
            return Err(Unusable::OutsideCountry);
        }
        if !(0.0..=ACCURACY_M_MAX).contains(&self.accuracy_m) {
            return Err(Unusable::Accuracy);
        }
        if !(0.0..=AGE_S_MAX).contains(&self.age_s) {
            return Err(Unusable::Age);
        }
        Ok(CallerPosition {
            position,
            // Nobody stands on a point.
            accuracy_m: (self.accuracy_m.ceil() as u32).max(1),
            taken_at: now.plus_ms(-((self.age_s * 1_000.0) as i64)),
            received_at: now,
            accepted_at: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn whatever_numbers_a_phone_says_what_is_taken_is_a_place_in_the_country(
            lat: f64, lon in -200.0..200.0, accuracy_m: f64, age_s: f64, near: bool,
        ) {
            let said = Said { lat: if near { lat % 12.0 } else { lat }, lon, accuracy_m, age_s };
            if let Ok(taken) = said.checked(Bounds::INDONESIA, NOW) {
                assert!(Bounds::INDONESIA.contains(taken.position));
                assert!((1..=10_000).contains(&taken.accuracy_m));
                assert!((0..=300_000).contains(&NOW.ms_since(taken.taken_at)));
            }
        }

        #[test]
        fn whatever_somebody_comes_with_only_letters_of_the_right_number_are_a_token(text: String) {
            let is_one = Token::read(&text).is_some();
            assert_eq!(is_one, text.len() == TOKEN_LETTERS && text.bytes().all(|c| c.is_ascii_alphanumeric()));
        }
    }

    const NOW: Timestamp = Timestamp::from_ms(1_795_395_600_000);
    const WEB: &str = "https://psc.jemberkab.go.id";

    fn letter(kind: LinkKind, phone: Option<&str>) -> Letter {
        let subject = LinkSubject::Caller;
        let (_, token) = make(subject, IncidentId::from_uuid(uuid::Uuid::now_v7()), NOW);
        Letter::write(kind, &token, WEB, "Kabupaten Jember", phone)
    }

    #[test]
    fn a_letter_is_one_text_message_and_goes_to_the_caller_where_the_number_is_known() {
        for kind in [LinkKind::Caller, LinkKind::Family] {
            let letter = letter(kind, Some("0812-3456-7890"));
            assert!(letter.text.len() <= 160, "{} letters", letter.text.len());
            assert!(letter.text.ends_with(&letter.url));
            assert!(letter.whatsapp.starts_with("https://wa.me/6281234567890?text=PSC%20Kab"));
            assert!(letter.sms.starts_with("sms:+6281234567890?body=PSC%20Kab"), "{}", letter.sms);
            assert!(letter.sms.contains("%23"), "the # of the link would end the text");
        }
        for unknown in [None, Some("119"), Some("tanya Bu Sri"), Some("0812 3456 7890 / 0813")] {
            let letter = letter(LinkKind::Caller, unknown);
            assert!(letter.whatsapp.starts_with("https://wa.me/?text="), "{unknown:?}");
            assert!(letter.sms.starts_with("sms:?body="), "{unknown:?}");
        }
    }

    #[test]
    fn a_token_is_read_back_from_its_link_and_shown_nowhere_else() {
        let (link, token) =
            make(LinkSubject::Caller, IncidentId::from_uuid(uuid::Uuid::nil()), NOW);
        let letter = Letter::write(link.kind(), &token, WEB, "Jember", None);
        let text = letter.url.split('#').nth(1).expect("a token");
        assert_eq!(Token::read(text).map(|token| token.hash()), Some(link.token_hash));
        assert!(!format!("{token:?} {link:?}").contains(text));
        for wrong in ["", &text[1..], &format!("{text}x"), &text.replace(&text[..1], "/"), "é"] {
            assert_eq!(Token::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_that_cannot_be_a_callers_place_are_refused() {
        let good = Said { lat: -8.25, lon: 113.65, accuracy_m: 12.2, age_s: 1.5 };
        let check = |said: Said| said.checked(Bounds::INDONESIA, NOW);
        let taken = check(good).expect("a place");
        assert_eq!((taken.accuracy_m, NOW.ms_since(taken.taken_at)), (13, 1_500));
        let refused = [
            (Said { lat: f64::NAN, ..good }, Unusable::NoPlace),
            (Said { lon: f64::INFINITY, ..good }, Unusable::NoPlace),
            (Said { lat: 91.0, ..good }, Unusable::NoPlace),
            (Said { lat: 0.0, lon: 0.0, ..good }, Unusable::OutsideCountry),
            (Said { lat: 52.5, lon: 13.4, ..good }, Unusable::OutsideCountry),
            (Said { accuracy_m: -1.0, ..good }, Unusable::Accuracy),
            (Said { accuracy_m: f64::NAN, ..good }, Unusable::Accuracy),
            (Said { accuracy_m: 1e12, ..good }, Unusable::Accuracy),
            (Said { age_s: -5.0, ..good }, Unusable::Age),
            (Said { age_s: 1e9, ..good }, Unusable::Age),
            (Said { age_s: f64::NAN, ..good }, Unusable::Age),
        ];
        for (said, why) in refused {
            assert_eq!(check(said), Err(why), "{said:?}");
            assert_ne!(why.sentence(Lang::Id), why.sentence(Lang::En));
        }
    }
}
