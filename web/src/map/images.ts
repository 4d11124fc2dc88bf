// The few pictures on the map, drawn here: incident pins by priority, rank badges, the facility cross.
import type { Map as MapLibre } from "maplibre-gl";
import { PRIORITIES } from "../words";

const RATIO = 2;
const UNCOVERED_COLOUR = "#f0e442";
export const PRIORITY_COLOUR: Record<string, string> = { P1: "#ff5c5c", P2: "#ffb02e", P3: "#ffe45c", P4: "#b8c4ce" };

function drawn(width: number, height: number, draw: (pen: CanvasRenderingContext2D) => void): ImageData | null {
  const canvas = document.createElement("canvas");
  canvas.width = width * RATIO;
  canvas.height = height * RATIO;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  pen.scale(RATIO, RATIO);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  draw(pen);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function pin(priority: string, waiting: boolean): ImageData | null {
  return drawn(32, 40, (pen) => {
    pen.beginPath();
    pen.moveTo(16, 39);
    pen.lineTo(8, 27);
    pen.lineTo(3, 27);
    pen.lineTo(3, 4);
    pen.lineTo(29, 4);
    pen.lineTo(29, 27);
    pen.lineTo(24, 27);
    pen.closePath();
    pen.fillStyle = waiting ? PRIORITY_COLOUR[priority]! : "#111a22";
    pen.strokeStyle = waiting ? "#ffffff" : PRIORITY_COLOUR[priority]!;
    pen.lineWidth = 2.5;
    pen.fill();
    pen.stroke();
    pen.fillStyle = waiting ? "#14090a" : PRIORITY_COLOUR[priority]!;
    pen.font = "bold 14px sans-serif";
    pen.fillText(priority, 16, 16.5);
  });
}

function badge(rank: number): ImageData | null {
  return drawn(18, 18, (pen) => {
    pen.beginPath();
    pen.arc(9, 9, 8, 0, 2 * Math.PI);
    pen.fillStyle = "#ffffff";
    pen.fill();
    pen.lineWidth = 1.5;
    pen.strokeStyle = "#0a1118";
    pen.stroke();
    pen.fillStyle = "#0a1118";
    pen.font = "bold 12px sans-serif";
    pen.fillText(String(rank), 9, 9.5);
  });
}

function facility(): ImageData | null {
  return drawn(18, 18, (pen) => {
    pen.fillStyle = "#4a2a3e";
    pen.strokeStyle = "#d98cba";
    pen.lineWidth = 1.5;
    pen.fillRect(2, 2, 14, 14);
    pen.strokeRect(2, 2, 14, 14);
    pen.fillStyle = "#ffffff";
    pen.fillRect(7.5, 4.5, 3, 9);
    pen.fillRect(4.5, 7.5, 9, 3);
  });
}

/** A hatched disc: out of reach is told by the pattern as well as by the colour. */
function hatched(chosen: boolean): ImageData | null {
  return drawn(22, 22, (pen) => {
    pen.beginPath();
    pen.arc(11, 11, 9, 0, 2 * Math.PI);
    pen.fillStyle = "rgb(240 228 66 / 14%)";
    pen.fill();
    pen.strokeStyle = chosen ? "#ffffff" : UNCOVERED_COLOUR;
    pen.lineWidth = chosen ? 2.6 : 1.4;
    pen.stroke();
    pen.clip();
    pen.strokeStyle = UNCOVERED_COLOUR;
    pen.lineWidth = 1.5;
    for (let x = -22; x < 22; x += 5) {
      pen.beginPath();
      pen.moveTo(x, 22);
      pen.lineTo(x + 22, 0);
      pen.stroke();
    }
  });
}

export function addImages(map: MapLibre): void {
  const add = (name: string, image: ImageData | null) => {
    if (image && !map.hasImage(name)) map.addImage(name, image, { pixelRatio: RATIO });
  };
  for (const priority of PRIORITIES) {
    add(`pin-${priority}-waiting`, pin(priority, true));
    add(`pin-${priority}`, pin(priority, false));
  }
  add("pin-draft", drawn(32, 40, (pen) => {
    pen.beginPath();
    pen.arc(16, 15, 11, Math.PI * 0.8, Math.PI * 0.2);
    pen.lineTo(16, 39);
    pen.closePath();
    pen.fillStyle = "#ffffff";
    pen.strokeStyle = "#0a1118";
    pen.lineWidth = 2;
    pen.fill();
    pen.stroke();
    pen.beginPath();
    pen.arc(16, 15, 4.5, 0, 2 * Math.PI);
    pen.fillStyle = "#c01f3c";
    pen.fill();
  }));
  for (let rank = 1; rank <= 9; rank++) add(`rank-${rank}`, badge(rank));
  add("facility", facility());
  add("uncovered", hatched(false));
  add("uncovered-chosen", hatched(true));
}
