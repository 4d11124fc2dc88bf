// The two looks of the map: dark for a control room, light for a bright office. Text keeps 4.5 to 1 against the ground.

export const FONT = ["sans-serif"];

export interface Look {
  sea: string;
  land: string;
  coast: string;
  village: string;
  district: string;
  villageBorder: string;
  districtBorder: string;
  halo: string;
  facility: string;
  water: string;
  river: string;
  riverName: string;
  wood: string;
  built: string;
  rail: string;
  casing: string;
  lane: string;
  roadName: string;
  roads: Record<"main" | "primary" | "secondary" | "tertiary" | "street" | "lane", string>;
  routeEdge: string;
  /** Of units; null: each in the colour of its state. */
  unit: string | null;
}

export const DARK: Look = {
  sea: "#0a1420",
  land: "#1a2632",
  coast: "#4a6478",
  village: "#93a8b8",
  district: "#b9c8d4",
  villageBorder: "#3a4d5d",
  districtBorder: "#6b8192",
  halo: "#0f1821",
  facility: "#f2d5e6",
  water: "#0e2135",
  river: "#244a6b",
  riverName: "#7fa6c7",
  wood: "#1b2f2c",
  built: "#222f3c",
  rail: "#4c5a68",
  casing: "#121c26",
  lane: "#3a4855",
  roadName: "#a3b3c0",
  roads: { main: "#8496a6", primary: "#748697", secondary: "#647586", tertiary: "#566675", street: "#485764", lane: "#3a4855" },
  routeEdge: "#06121c",
  unit: null,
};

export const LIGHT: Look = {
  sea: "#c6d9e6",
  land: "#f3f1eb",
  coast: "#7f9bb0",
  village: "#4d5f6e",
  district: "#2f3f4d",
  villageBorder: "#c4bdae",
  districtBorder: "#8c8577",
  halo: "#ffffff",
  facility: "#7a2c58",
  water: "#bcd3e4",
  river: "#93b7d2",
  riverName: "#2f628a",
  wood: "#dfe9d6",
  built: "#e8e3d9",
  rail: "#a3a3a3",
  casing: "#c3bbab",
  lane: "#d8d2c5",
  roadName: "#4a5661",
  roads: { main: "#e2b566", primary: "#edd08f", secondary: "#f6e7bd", tertiary: "#ffffff", street: "#ffffff", lane: "#ffffff" },
  routeEdge: "#2a4a60",
  unit: "#14212b",
};

/** The look of the page. */
export function lookNow(): Look {
  return document.documentElement.dataset["theme"] === "light" ? LIGHT : DARK;
}
