// Coordinates as people paste them: "-8.25, 113.85", map links, messages with a pin. Everything else is left to the server.

const PAIR = /(-?\d{1,2}[.]\d+)\s*(?:,|;|\s|%2C)\s*\+?(-?\d{1,3}[.]\d+)/i;

/** The first pair of coordinates in a text as "lat, lon"; null when there is none that can be on Earth. */
export function coordinatesIn(text: string): string | null {
  const found = PAIR.exec(text);
  if (!found) return null;
  const lat = Number(found[1]);
  const lon = Number(found[2]);
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? `${lat}, ${lon}` : null;
}
