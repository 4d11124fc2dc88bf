//! The sentences that the server says to people, in Indonesian and in English.

use crate::dispatch::command::Refusal;
use crate::dispatch::fleet::Habit;
use crate::dispatch::rank::{Exclusion, Reason};

/// A language of the product; Indonesian first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    Id,
    En,
}

impl Lang {
    /// The first of our languages that an `Accept-Language` header names.
    #[must_use]
    pub fn of_header(header: &str) -> Self {
        let tags = header.split(',').map(|tag| tag.trim().to_ascii_lowercase());
        let known = tags.filter_map(|tag| match tag.get(..2) {
            Some("id" | "in") => Some(Self::Id),
            Some("en") => Some(Self::En),
            _ => None,
        });
        known.into_iter().next().unwrap_or_default()
    }

    /// The one of two sentences that is in this language.
    #[must_use]
    pub fn pick(self, id: &str, en: &str) -> String {
        match self {
            Self::Id => id.to_owned(),
            Self::En => en.to_owned(),
        }
    }
}

/// What a device's gaps say of it, and what to do; a phone has other remedies than a tracker.
#[must_use]
pub fn habit(habit: Habit, phone: bool, lang: Lang) -> String {
    let (id, en) = match (habit, phone) {
        (Habit::TooNew, _) => {
            ("Belum cukup lama terdengar untuk dinilai.", "Not heard for long enough to be judged.")
        }
        (Habit::Steady, _) => ("Melapor tanpa jeda.", "Reports without gaps."),
        (Habit::SomeGaps, _) => (
            "Ada jeda, terlalu sedikit untuk menyebut sebabnya.",
            "There are gaps, too few to say why.",
        ),
        (Habit::DeadZones, _) => (
            "Kadang di luar jangkauan sinyal; posisi yang disimpan menyusul kemudian.",
            "Out of reach at times; the positions that it kept came in afterwards.",
        ),
        (Habit::NoPlace, _) => (
            "Perangkat melapor tanpa posisi: periksa izin lokasi, GPS dan letak perangkat.",
            "It speaks without a position: check the location permission, GPS and where it lies.",
        ),
        (Habit::Asleep, true) => (
            "Ponsel ini menidurkan aplikasi pelacak. Ikuti langkah untuk merek ponselnya.",
            "This phone puts the tracking app to sleep. Follow the steps for its maker.",
        ),
        (Habit::Asleep, false) => (
            "Alat ini berulang kali mati atau tidur: periksa catu daya dan mode hematnya.",
            "This tracker is off or asleep again and again: check its power and its saving mode.",
        ),
    };
    lang.pick(id, en)
}

/// Why the desk says no, and what to do.
#[must_use]
pub fn refusal(refusal: &Refusal, lang: Lang) -> String {
    let (id, en) = match refusal {
        Refusal::UnknownIncident(id) => (
            format!("Kejadian {id} tidak ada. Muat ulang daftar."),
            format!("There is no incident {id}. Reload the list."),
        ),
        Refusal::UnknownAssignment(id) => {
            (format!("Penugasan {id} tidak ada."), format!("There is no assignment {id}."))
        }
        Refusal::UnknownUnit(unit) => (
            format!("Unit {unit} tidak ada di wilayah ini."),
            format!("There is no unit {unit} in this area."),
        ),
        Refusal::IncidentEnded { case_number } => (
            format!("Kejadian {case_number} sudah selesai."),
            format!("Incident {case_number} has ended."),
        ),
        Refusal::PlaceUnknown { case_number } => (
            format!("Lokasi kejadian {case_number} belum diketahui. Isi desa atau titik dahulu."),
            format!(
                "The place of incident {case_number} is not known yet. Give a village or a point first."
            ),
        ),
        Refusal::IdUsed(id) => (
            format!("Nomor {id} sudah dipakai. Muat ulang dan coba lagi."),
            format!("The id {id} is used already. Reload and try again."),
        ),
        Refusal::UnitBusy { .. }
        | Refusal::UnitOffDuty { .. }
        | Refusal::AssignmentEnded { .. }
        | Refusal::StepBack { .. }
        | Refusal::AlreadyArrived { .. }
        | Refusal::NotYours { .. }
        | Refusal::UnitAtWork { .. }
        | Refusal::NotMerged { .. }
        | Refusal::StillOpen { .. }
        | Refusal::MarkOutOfPlace { .. }
        | Refusal::OfferAnswered { .. } => return state_refusals(refusal, lang),
        Refusal::UnknownAid(_)
        | Refusal::UnknownNeighbour(_)
        | Refusal::AidOver { .. }
        | Refusal::AidArrived { .. } => return aid_refusals(refusal, lang),
        Refusal::UnknownFacility(_)
        | Refusal::UnknownAlarm(_)
        | Refusal::UnknownQuestion(_)
        | Refusal::Merged { .. }
        | Refusal::TooLateToDivert { .. }
        | Refusal::NotMoreUrgent { .. }
        | Refusal::PastTarget { .. }
        | Refusal::NothingToDivert { .. }
        | Refusal::FacilityClosed(_)
        | Refusal::UndoTooLate { .. }
        | Refusal::StepNotTaken { .. } => return more_refusals(refusal, lang),
        Refusal::CallInFuture
        | Refusal::CallTooOld
        | Refusal::ReasonMissing
        | Refusal::DowngradeUnexplained
        | Refusal::MergedIntoItself
        | Refusal::DrillAndReal
        | Refusal::NothingToUndo
        | Refusal::UndoEnded
        | Refusal::StepInFuture
        | Refusal::StepBeforeOrder
        | Refusal::TooManyNeeds => return plain_refusal(refusal, lang),
    };
    lang.pick(&id, &en)
}

/// Refusals because of the state that a unit, an assignment or an incident is in.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are worded where this is called")]
fn state_refusals(refusal: &Refusal, lang: Lang) -> String {
    let word = |state: &str| state_word(state, lang).to_owned();
    let (id, en) = match refusal {
        Refusal::UnitBusy { unit, case_number, .. } => (
            format!("Unit {unit} sedang bertugas pada {case_number}. Pilih calon berikutnya."),
            format!("Unit {unit} is on {case_number}. Choose the next candidate."),
        ),
        Refusal::UnitOffDuty { unit, reason } => {
            let why = because(reason);
            let id = format!("Unit {unit} tidak siap{why}. Pilih calon lain.");
            (id, format!("Unit {unit} is out of service{why}. Choose another candidate."))
        }
        Refusal::AssignmentEnded { state } => {
            let state = word(state);
            let id = format!("Penugasan ini sudah berakhir ({state}).");
            (id, format!("This assignment has ended ({state})."))
        }
        Refusal::StepBack { state, asked } => {
            let (state, asked) = (word(state), word(asked));
            let id = format!("Status sudah {state}; tidak dapat mundur ke {asked}.");
            (id, format!("The status is already {state}; it cannot go back to {asked}."))
        }
        Refusal::AlreadyArrived { unit } => (
            format!("Unit {unit} sudah tiba. Akhiri dengan 'siaga kembali', bukan batal."),
            format!("Unit {unit} has arrived. Finish with 'cleared' instead of cancelling."),
        ),
        Refusal::NotYours { owner } => (
            format!("Penugasan ini milik unit {owner}."),
            format!("This assignment belongs to unit {owner}."),
        ),
        Refusal::UnitAtWork { case_number, unit } => (
            format!("Unit {unit} masih bekerja pada {case_number}; selesaikan tugasnya dahulu."),
            format!("Unit {unit} is still at work on {case_number}; it must clear first."),
        ),
        Refusal::NotMerged { case_number } => (
            format!("{case_number} tidak sedang digabung dengan kejadian lain."),
            format!("{case_number} is not part of another incident."),
        ),
        Refusal::StillOpen { case_number } => {
            (format!("{case_number} masih terbuka."), format!("{case_number} is still open."))
        }
        Refusal::OfferAnswered { unit } => (
            format!("Unit {unit} baru saja menerima tugas ini; tidak perlu pengganti."),
            format!("Unit {unit} has just accepted this order; nobody is needed in its place."),
        ),
        Refusal::MarkOutOfPlace { state, mark } => {
            let (state, mark) = (word(state), word(mark));
            let id = format!("Penugasan ini {state}; {mark} belum atau tidak lagi dapat dicatat.");
            (id, format!("The assignment is {state}; {mark} cannot be noted yet, or no longer."))
        }
        _ => (String::new(), refusal.to_string()),
    };
    lang.pick(&id, &en)
}

/// Refusals about merging, diverting, destinations and correcting.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are worded where this is called")]
fn more_refusals(refusal: &Refusal, lang: Lang) -> String {
    let word = |state: &str| state_word(state, lang).to_owned();
    let (id, en) = match refusal {
        Refusal::UnknownFacility(facility) => (
            format!("Faskes '{facility}' tidak ada di wilayah ini."),
            format!("There is no facility '{facility}' in this area."),
        ),
        Refusal::UnknownAlarm(_) => (
            "Alarm ini sudah tidak ada: penyebabnya sudah selesai.".to_owned(),
            "This alarm is gone: what it was about is over.".to_owned(),
        ),
        Refusal::UnknownQuestion(question) => (
            format!("Pertanyaan '{question}' tidak ada dalam daftar yang berlaku. Muat ulang."),
            format!("There is no question '{question}' in the current set. Reload."),
        ),
        Refusal::Merged { case_number, into } => (
            format!("{case_number} sudah digabung ke {into}. Kerjakan {into}."),
            format!("{case_number} is part of {into}. Work on {into}."),
        ),
        Refusal::TooLateToDivert { unit, case_number, state } => {
            let state = word(state);
            (
                format!("Unit {unit} pada {case_number} sudah {state}; tidak dapat dialihkan."),
                format!("Unit {unit} is {state} on {case_number}; it cannot be diverted any more."),
            )
        }
        Refusal::NotMoreUrgent { unit, case_number } => (
            format!(
                "Unit {unit} menangani {case_number}, yang tidak kurang gawat. Pilih unit lain."
            ),
            format!("Unit {unit} is on {case_number}, which is not less urgent. Choose another."),
        ),
        Refusal::PastTarget { unit, case_number } => (
            format!("{case_number} sudah melewati target waktunya; unit {unit} tidak dialihkan."),
            format!("{case_number} has waited past its target; unit {unit} stays with it."),
        ),
        Refusal::NothingToDivert { unit } => (
            format!("Unit {unit} sedang bebas: tugaskan saja."),
            format!("Unit {unit} is free: order it out instead."),
        ),
        Refusal::FacilityClosed(facility) => (
            format!("Faskes '{facility}' sedang tutup. Pilih tujuan lain."),
            format!("The facility '{facility}' is closed. Choose another destination."),
        ),
        Refusal::UndoTooLate { minutes } => (
            format!("Status hanya dapat ditarik dalam {minutes} menit. Pakai koreksi waktu."),
            format!(
                "A step can be taken back within {minutes} minutes only. Correct the time instead."
            ),
        ),
        Refusal::StepNotTaken { state, asked } => {
            let (state, asked) = (word(state), word(asked));
            (
                format!(
                    "Penugasan ini {state}; belum pernah {asked}, jadi tidak ada waktu untuk dikoreksi."
                ),
                format!(
                    "This assignment is {state}; it never was {asked}, so there is no time to correct."
                ),
            )
        }
        _ => (String::new(), refusal.to_string()),
    };
    lang.pick(&id, &en)
}

/// Refusals about mutual aid between areas.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are worded where this is called")]
fn aid_refusals(refusal: &Refusal, lang: Lang) -> String {
    let (id, en) = match refusal {
        Refusal::UnknownAid(aid) => (
            format!("Permintaan bantuan {aid} tidak ada. Muat ulang daftar."),
            format!("There is no request for aid {aid}. Reload the list."),
        ),
        Refusal::UnknownNeighbour(area) => (
            format!("Wilayah {area} tidak terdaftar sebagai tetangga. Hubungi pengelola."),
            format!("The area {area} is not a known neighbour. Tell the administrator."),
        ),
        Refusal::AidOver { state } => {
            let (id, en) = (state_word(state, Lang::Id), state_word(state, Lang::En));
            (
                format!("Permintaan bantuan ini sudah {id}."),
                format!("This request for aid is over: {en}."),
            )
        }
        Refusal::AidArrived { area } => (
            format!("Unit dari {area} sudah di lokasi; permintaan tidak dapat ditarik."),
            format!("The unit of {area} is at the scene; the request cannot be withdrawn."),
        ),
        _ => (String::new(), refusal.to_string()),
    };
    lang.pick(&id, &en)
}

/// Refusals that name nothing but what is wrong or missing.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are worded where this is called")]
fn plain_refusal(refusal: &Refusal, lang: Lang) -> String {
    let (id, en) = match refusal {
        Refusal::CallInFuture => (
            "Waktu panggilan lebih lambat daripada jam server. Periksa jam komputer ini.",
            "The call's time is later than the server's clock. Check this computer's clock.",
        ),
        Refusal::CallTooOld => (
            "Panggilan lebih dari 24 jam yang lalu tidak dapat dicatat.",
            "A call more than 24 hours old cannot be entered.",
        ),
        Refusal::DowngradeUnexplained => (
            "Menurunkan prioritas memerlukan alasan. Tuliskan alasannya.",
            "A lower priority needs a reason. Give the reason.",
        ),
        Refusal::MergedIntoItself => (
            "Sebuah kejadian tidak dapat digabung dengan dirinya sendiri.",
            "An incident cannot be merged into itself.",
        ),
        Refusal::DrillAndReal => (
            "Simulasi dan kejadian nyata tidak dapat digabung.",
            "An exercise and a real emergency cannot be merged.",
        ),
        Refusal::NothingToUndo => {
            ("Belum ada status yang dapat ditarik.", "There is no step to take back yet.")
        }
        Refusal::UndoEnded => (
            "Penugasan sudah berakhir; statusnya tidak dapat ditarik. Pakai koreksi waktu.",
            "The assignment has ended; its steps cannot be taken back. Correct the time instead.",
        ),
        Refusal::StepInFuture => (
            "Waktu koreksi lebih lambat daripada sekarang. Tuliskan waktu yang sudah lewat.",
            "The corrected time is later than now. Give a time that has passed.",
        ),
        Refusal::StepBeforeOrder => (
            "Waktu koreksi mendahului penugasan. Periksa waktunya.",
            "The corrected time is before the order. Check the time.",
        ),
        Refusal::TooManyNeeds => (
            "Kebutuhan unit: paling banyak 10 jenis yang berbeda, masing-masing 1 sampai 20 unit.",
            "Units needed: at most 10 different kinds, 1 to 20 units of each.",
        ),
        _ => ("Tuliskan alasannya.", "Give the reason."),
    };
    lang.pick(id, en)
}

fn because(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
}

/// A state of an assignment in words.
#[must_use]
pub fn state_word(state: &str, lang: Lang) -> &str {
    let (id, en) = match state {
        "offered" => ("ditugaskan", "offered"),
        "acknowledged" => ("diterima kru", "acknowledged"),
        "en_route" => ("menuju lokasi", "en route"),
        "on_scene" => ("tiba di lokasi", "on scene"),
        "at_patient" => ("bersama pasien", "with the patient"),
        "transporting" => ("membawa pasien", "transporting"),
        "at_destination" => ("tiba di faskes", "at the facility"),
        "handed_over" => ("serah terima", "handed over"),
        "cleared" => ("siaga kembali", "cleared"),
        "staged" => ("menunggu di dekat lokasi", "staged"),
        "care_transferred" => ("pasien diserahkan ke layanan lain", "care transferred"),
        "home" => ("kembali ke pos", "home"),
        "completed" => ("selesai administrasi", "completed"),
        "rejected" => ("ditolak", "rejected"),
        "cancelled" => ("dibatalkan", "cancelled"),
        "timed_out" => ("tidak dijawab", "not answered"),
        "diverted" => ("dialihkan", "diverted"),
        "asked" => ("diminta", "asked"),
        "confirmed" => ("disanggupi", "confirmed"),
        "refused" => ("ditolak", "refused"),
        "withdrawn" => ("ditarik", "withdrawn"),
        other => (other, other),
    };
    match lang {
        Lang::Id => id,
        Lang::En => en,
    }
}

/// Why a unit stands where it stands: a stable word and a few words for people.
#[must_use]
pub fn reason(reason: &Reason, lang: Lang) -> (&'static str, String) {
    match reason {
        Reason::AtPost { mobilisation_s } => (
            "at_post",
            lang.pick(
                &format!("siaga di pos, siap berangkat {mobilisation_s} dtk"),
                &format!("at its post, {mobilisation_s} s to get rolling"),
            ),
        ),
        Reason::Mobile => ("mobile", lang.pick("sudah di jalan", "already on the road")),
        Reason::Fresh { age_s } => {
            let age = age_words(*age_s, lang);
            ("fresh", lang.pick(&format!("posisi {age} lalu"), &format!("position {age} ago")))
        }
        Reason::Stale { age_s } => {
            let age = age_words(*age_s, lang);
            let id = format!("posisi usang, {age} lalu");
            ("stale", lang.pick(&id, &format!("stale position, {age} ago")))
        }
        Reason::AssumedAtPost => (
            "assumed_at_post",
            lang.pick(
                "posisi tidak diketahui, dianggap di pos",
                "no position known, assumed at its post",
            ),
        ),
        Reason::Unreachable => (
            "unreachable",
            lang.pick("perangkat luring, telepon kru", "device offline, telephone the crew"),
        ),
        Reason::BatteryLow { percent } => (
            "battery_low",
            lang.pick(&format!("baterai {percent} %"), &format!("battery {percent} %")),
        ),
        Reason::Limited { lacking } => (
            "limited",
            lang.pick(
                &format!("siaga terbatas: tanpa {lacking}"),
                &format!("limited: no {lacking}"),
            ),
        ),
        Reason::KeepsCover => (
            "keeps_cover",
            lang.pick(
                "hampir secepat yang terdekat, dan wilayah tetap lebih terjaga",
                "nearly as soon as the nearest, and leaves the area better covered",
            ),
        ),
    }
}

/// Why a unit is not a candidate: a stable word and a few words for people.
#[must_use]
pub fn exclusion(exclusion: &Exclusion, lang: Lang) -> (&'static str, String) {
    match exclusion {
        Exclusion::Busy { case_number, divertible_in_s: None } => (
            "busy",
            lang.pick(&format!("sedang bertugas pada {case_number}"), &format!("on {case_number}")),
        ),
        Exclusion::Busy { case_number, divertible_in_s: Some(eta_s) } => ("divertible", {
            let there = age_words(i64::from(*eta_s), lang);
            lang.pick(
                &format!("menuju {case_number} yang kurang gawat; dapat dialihkan, tiba {there}"),
                &format!(
                    "on its way to {case_number}, less urgent; diverted it is there in {there}"
                ),
            )
        }),
        Exclusion::OffDuty { reason } => {
            let why = because(reason);
            ("off_duty", lang.pick(&format!("tidak siap{why}"), &format!("out of service{why}")))
        }
        Exclusion::Refused { reason } => {
            let why = because(reason);
            let id = format!("menolak kejadian ini{why}");
            ("refused", lang.pick(&id, &format!("refused this incident{why}")))
        }
        Exclusion::NoAnswer => {
            ("no_answer", lang.pick("tidak menjawab permintaan ini", "did not answer this order"))
        }
        Exclusion::Lacks { capability } => (
            "lacks",
            lang.pick(&format!("tanpa kemampuan {capability}"), &format!("lacks {capability}")),
        ),
        Exclusion::BeyondReach { eta_s } => {
            let age = age_words(i64::from(*eta_s), lang);
            let id = format!("terlalu jauh: {age}");
            ("beyond_reach", lang.pick(&id, &format!("too far: {age}")))
        }
    }
}

fn age_words(age_s: i64, lang: Lang) -> String {
    if age_s < 100 {
        return lang.pick(&format!("{age_s} dtk"), &format!("{age_s} s"));
    }
    let minutes = age_s / 60;
    if minutes < 100 {
        return lang.pick(&format!("{minutes} mnt"), &format!("{minutes} min"));
    }
    let hours = minutes / 60;
    lang.pick(&format!("{hours} jam"), &format!("{hours} h"))
}
