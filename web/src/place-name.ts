// How the village of a place is said: by itself, "in" it, or only "near" it.
import { t } from "./i18n";
import type { Place, VillageBasis, VillageName } from "./protocol";

/** A village said by name stands alone; a point is in a village or near it. */
export function villageOf(place: Pick<Place, "basis"> & { village_basis?: VillageBasis | undefined }, { name, district }: VillageName): string {
  const village = `${name}, ${t("place.district", { district })}`;
  if (place.basis === "village") return village;
  return t(place.village_basis === "inside" ? "place.in" : "place.near", { village });
}
