// The small drawings of the screen, as inline SVG: unit shapes, ticks, signs. Never letters of a picture font.
import type { JSX } from "preact";
import type { AlarmLevel } from "./protocol";
import { SHAPE_COLOUR, type Shape } from "./words";

type IconProps = { size?: number; title?: string };

function Svg({ size = 14, title, children }: IconProps & { children: JSX.Element | JSX.Element[] }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.8"
      stroke-linecap="round" stroke-linejoin="round" role={title ? "img" : undefined} aria-label={title} aria-hidden={title ? undefined : "true"}>
      {children}
    </svg>
  );
}

export const Tick = (p: IconProps) => <Svg {...p}><path d="M3 8.5l3.2 3.2L13 5" /></Svg>;
export const Clock = (p: IconProps) => <Svg {...p}><circle cx="8" cy="8" r="6" /><path d="M8 4.6V8l2.3 1.6" /></Svg>;
export const Warn = (p: IconProps) => <Svg {...p}><path d="M8 2l6.4 11.5H1.6z" /><path d="M8 6.4v3.2M8 11.6v.2" /></Svg>;
export const Cross = (p: IconProps) => <Svg {...p}><path d="M4 4l8 8M12 4l-8 8" /></Svg>;
export const Phone = (p: IconProps) => (
  <Svg {...p}><path d="M4 2.2h2l1 3-1.4 1.1a7.4 7.4 0 0 0 4 4L10.8 9l3 1v2a1.7 1.7 0 0 1-1.8 1.700A10.3 10.3 0 0 1 2.3 4 1.7 1.7 0 0 1 4 2.200z" /></Svg>
);
export const Home = (p: IconProps) => <Svg {...p}><path d="M2.5 8L8 3l5.5 5M4.2 7v6h7.600V7" /></Svg>;
export const Target = (p: IconProps) => <Svg {...p}><circle cx="8" cy="8" r="4.5" /><path d="M8 1.500v3M8 11.500v3M1.5 8h3M11.5 8h3" /></Svg>;
export const Undo = (p: IconProps) => <Svg {...p}><path d="M6 3L2.8 6.2 6 9.400M3 6.200h6.500a3.5 3.5 0 0 1 0 7H7" /></Svg>;
export const Exit = (p: IconProps) => <Svg {...p}><path d="M6.5 2.500h-4v11h4M10 5l3 3-3 3M13 8H6" /></Svg>;
export const Mark = (p: IconProps) => (
  <svg class="icon" width={p.size ?? 22} height={p.size ?? 22} viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" fill="#0b6b53" />
    <path d="M13 6h6v7h7v6h-7v7h-6v-7H6v-6h7z" fill="#fff" />
    <circle cx="16" cy="16" r="3" fill="#0b6b53" />
  </svg>
);

export const Sound = (p: IconProps) => <Svg {...p}><path d="M2.500 6v4h2.500l3.500 3V3L5 6zM11 5.500a3.500 3.500 0 0 1 0 5M12.900 3.500a6.300 6.300 0 0 1 0 9" /></Svg>;
export const Silence = (p: IconProps) => <Svg {...p}><path d="M2.500 6v4h2.500l3.500 3V3L5 6zM11 6l3.500 4M14.500 6L11 10" /></Svg>;

/** A village out of reach: a hatched disc, as on the map. */
export const Hatched = (p: IconProps) => (
  <span class="hatched"><Svg {...p}><circle cx="8" cy="8" r="6.2" /><path d="M3.200 12.200l9-8.600M2.200 8.600l5.600-5.800M7.600 13.900l6.200-5.900" /></Svg></span>
);
export const Pencil = (p: IconProps) => <Svg {...p}><path d="M3 13l.8-3.200L11 2.600l2.400 2.400-7.200 7.200zM9.500 4.100l2.400 2.400" /></Svg>;

/** How urgent an alarm is, as a shape: a filled octagon, a triangle, a ring. */
export function LevelShape({ level, size = 16 }: { level: AlarmLevel; size?: number }) {
  if (level === "critical") {
    return (
      <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
        <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" />
        <path d="M8 4v5M8 11.500v.3" stroke="#2a0a10" stroke-width="2" stroke-linecap="round" />
      </svg>
    );
  }
  return level === "high" ? <Warn size={size} /> : <Svg size={size}><circle cx="8" cy="8" r="6" /><path d="M8 7.500v3.500M8 5v.1" /></Svg>;
}

const PATHS: Record<Shape, JSX.Element> = {
  available: <circle cx="8" cy="8" r="4.6" />,
  ordered: <g><circle cx="8" cy="8" r="2.8" /><circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.7" /></g>,
  moving: <path d="M8 1l5 13-5-2.800L3 14z" />,
  scene: <rect x="3" y="3" width="10" height="10" />,
  hospital: <path d="M8 1l6.5 7L8 15 1.5 8z" />,
  off: <path d="M3.5 3.500l9 9M12.5 3.500l-9 9" stroke="currentColor" stroke-width="2.4" fill="none" />,
};

/** The shape of a unit's state; hollow when its position is stale. */
export function UnitShape({ shape, stale, size = 14 }: { shape: Shape; stale?: boolean; size?: number }) {
  return (
    <svg class="icon unit-shape" width={size} height={size} viewBox="0 0 16 16" style={{ color: SHAPE_COLOUR[shape] }} aria-hidden="true"
      fill={stale ? "none" : "currentColor"} stroke={stale ? "currentColor" : "none"} stroke-width="1.8">
      {PATHS[shape]}
    </svg>
  );
}
