// The words of a link's page, which shares nothing with the console: Indonesian is the source, English has every key.

export type Language = "id" | "en";

export const id = {
  "title.caller": "Kirim lokasi Anda",
  "title.family": "Ambulans Anda",
  "language": "Bahasa",
  "wait": "Sebentar…",
  "retry": "Coba lagi",
  "offline": "Tidak ada sambungan internet. Halaman ini mencoba lagi sendiri.",
  "call": "Telepon 119",
  "failed": "Halaman ini gagal dibuka. Telepon pusat (119).",

  "caller.what": "Pusat ambulans {centre} meminta lokasi ponsel ini supaya ambulans menemukan Anda.",
  "caller.how": "Lokasi hanya terkirim bila Anda menekan tombol, dan hanya dilihat petugas yang menolong Anda.",
  "caller.button": "KIRIM LOKASI",
  "caller.again": "Kirim lagi",
  "caller.allow": "Bila ponsel bertanya, tekan Izinkan.",
  "caller.searching": "Mencari lokasi… Tetap di telepon.",
  "caller.sending": "Mencari lokasi yang lebih tepat… sekarang ±{n} m.",
  "caller.given": "Lokasi terkirim (±{n} m). Petugas sedang melihatnya; tetap di telepon.",
  "caller.accepted": "Petugas sudah melihat dan memakai lokasi Anda. Tetap di tempat yang aman dan biarkan ponsel menyala.",
  "caller.denied": "Ponsel tidak mengizinkan lokasi. Buka setelan ponsel, izinkan lokasi untuk browser ini, lalu tekan lagi.",
  "caller.none": "Ponsel belum menemukan lokasinya. Nyalakan GPS, pergi ke tempat terbuka, lalu tekan lagi.",
  "caller.insecure": "Alamat ini bukan https, jadi ponsel tidak boleh memberi lokasinya di sini.",
  "caller.by_voice": "Tetap di telepon, atau telepon pusat sekali lagi: sebutkan desa, dusun, dan patokan terdekat.",

  "family.assigned": "Ambulans sudah ditugaskan",
  "family.en_route": "Ambulans sudah berangkat",
  "family.arrived": "Ambulans sudah tiba",
  "family.call_centre": "Telepon pusat (119)",
  "family.call_how": "Ambulans ini tidak jadi datang atau diganti yang lain. Petugas memberi tahu Anda.",
  "family.eta": "{n} menit lagi",
  "family.eta_soon": "kurang dari 1 menit lagi",
  "family.guess": "perkiraan",
  "family.by_road": "perkiraan, menurut jalan",
  "family.distance": "Jarak garis lurus {distance}",
  "family.age": "Posisi ambulans {age} yang lalu",
  "family.old": "Posisi ambulans sudah lama: {age} yang lalu. Mungkin tidak ada sinyal di jalan.",
  "family.unseen": "Posisi ambulans belum diketahui.",
  "family.over": "Tautan ini berakhir di sini. Semoga lekas tertolong.",
  "family.stay": "Nyalakan lampu, buka jalan masuk, dan minta seseorang menunggu di tepi jalan.",
  "family.sketch": "Sketsa, utara di atas: ambulans {distance} dari Anda",
  "family.you": "Anda",
  "family.unit": "ambulans",
  "family.north": "U",
  "unit.s": "{n} detik",
  "unit.min": "{n} menit",
  "unit.m": "{n} m",
  "unit.km": "{n} km",
} as const;

export type Key = keyof typeof id;

export const en: Record<Key, string> = {
  "title.caller": "Send your position",
  "title.family": "Your ambulance",
  "language": "Language",
  "wait": "One moment…",
  "retry": "Try again",
  "offline": "There is no internet connection. This page tries again by itself.",
  "call": "Call 119",
  "failed": "This page could not be opened. Call the centre (119).",

  "caller.what": "The ambulance centre of {centre} asks where this phone is, so that the ambulance finds you.",
  "caller.how": "Your position is sent only when you press the button, and only those who help you see it.",
  "caller.button": "SEND MY POSITION",
  "caller.again": "Send again",
  "caller.allow": "When the phone asks, press Allow.",
  "caller.searching": "Looking for your position… Stay on the telephone.",
  "caller.sending": "Looking for a better position… now ±{n} m.",
  "caller.given": "Your position was sent (±{n} m). The operator is looking at it; stay on the telephone.",
  "caller.accepted": "The operator has seen and uses your position. Stay somewhere safe and leave the phone on.",
  "caller.denied": "The phone does not allow it. Open its settings, allow this browser to use the location, and press again.",
  "caller.none": "The phone has not found its position. Turn GPS on, step outside, and press again.",
  "caller.insecure": "This address is not https, so the phone may not give its position here.",
  "caller.by_voice": "Stay on the telephone, or call the centre again: say the village, the hamlet and the nearest landmark.",

  "family.assigned": "An ambulance has been ordered out",
  "family.en_route": "The ambulance is on its way",
  "family.arrived": "The ambulance has arrived",
  "family.call_centre": "Call the centre (119)",
  "family.call_how": "This ambulance does not come, or another comes in its place. The operator will tell you.",
  "family.eta": "in {n} minutes",
  "family.eta_soon": "in less than a minute",
  "family.guess": "estimated",
  "family.by_road": "estimated, by road",
  "family.distance": "{distance} in a straight line",
  "family.age": "The ambulance's position is {age} old",
  "family.old": "The ambulance's position is old: {age}. There may be no signal on its road.",
  "family.unseen": "The ambulance's position is not known yet.",
  "family.over": "This link ends here. We wish you well.",
  "family.stay": "Turn lights on, open the way in, and have somebody wait at the road.",
  "family.sketch": "Sketch, north up: the ambulance is {distance} from you",
  "family.you": "you",
  "family.unit": "ambulance",
  "family.north": "N",
  "unit.s": "{n} seconds",
  "unit.min": "{n} minutes",
  "unit.m": "{n} m",
  "unit.km": "{n} km",
};

const dictionaries: Record<Language, Record<Key, string>> = { id, en };

/** Indonesian for everybody whose browser does not ask for English: Javanese, Madurese, Malay. */
export const languageOf = (browser: string): Language => (/^en\b/i.test(browser) ? "en" : "id");

let language: Language = typeof navigator === "undefined" ? "id" : languageOf(navigator.language);

export const spoken = (): Language => language;

export function speak(next: Language): void {
  language = next;
}

export function t(key: Key, values: Record<string, string | number> = {}): string {
  return dictionaries[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] === undefined ? whole : values[name]));
}

export function distanceText(metres: number): string {
  if (metres < 1000) return t("unit.m", { n: Math.round(metres / 10) * 10 });
  const km = (metres / 1000).toFixed(metres < 20_000 ? 1 : 0).replace(/\.0$/, "");
  return t("unit.km", { n: language === "id" ? km.replace(".", ",") : km });
}

export function ageText(seconds: number): string {
  return seconds < 100 ? t("unit.s", { n: Math.floor(seconds) }) : t("unit.min", { n: Math.round(seconds / 60) });
}
