// The units on the map: a WebGL2 layer of its own, because thousands of moving symbols are too many for map sources.
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from "maplibre-gl";
import { GLIDE_MS, mercatorX, mercatorY, type Positions } from "../positions";
import type { Unit } from "../protocol";
import { SHAPES, SHAPE_COLOUR, isBusy, shapeOf } from "../words";
import { FRAGMENT, VERTEX } from "./shaders";

/** Bytes of one unit: from.xy, to.xy, began, heading as floats, then colour and look as bytes. */
const STRIDE = 32;
const FLAG_STALE = 1;
const FLAG_SELECTED = 2;
const RADIUS_FREE = 6;
const RADIUS_BUSY = 11;
/** With a graphics card, moving units are redrawn at most this often. */
const FRAME_MS = 1000 / 30;

export interface UnitLook {
  unit: Unit;
  stale: boolean;
  selected: boolean;
  candidate: boolean;
}

const COLOUR_BYTES = Object.fromEntries(
  SHAPES.map((shape) => [shape, [1, 3, 5].map((at) => Number.parseInt(SHAPE_COLOUR[shape].slice(at, at + 2), 16))]),
);

export class UnitsLayer implements CustomLayerInterface {
  readonly id = "units";
  readonly type = "custom" as const;
  readonly renderingMode = "2d" as const;
  #map: MapLibre | null = null;
  #program: WebGLProgram | null = null;
  #array: WebGLVertexArrayObject | null = null;
  #corners: WebGLBuffer | null = null;
  #instances: WebGLBuffer | null = null;
  #uniforms: Record<string, WebGLUniformLocation | null> = {};
  #data = new ArrayBuffer(0);
  #drawn: UnitLook[] = [];
  #looks: UnitLook[] = [];
  #uploadedVersion = -1;
  #dirty = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #positions: Positions;
  readonly #originX: number;
  readonly #originY: number;
  readonly #epoch = performance.now();

  constructor(positions: Positions, origin: { lat: number; lon: number }) {
    this.#positions = positions;
    this.#originX = mercatorX(origin.lon);
    this.#originY = mercatorY(origin.lat);
  }

  /** Which units there are and how each looks; busy ones are drawn last so that free ones never bury them. */
  setLooks(looks: UnitLook[]): void {
    const order = (look: UnitLook) => (look.selected ? 3 : isBusy(look.unit) ? 2 : look.candidate ? 1 : 0);
    this.#looks = looks.sort((a, b) => order(a) - order(b) || a.unit.index - b.unit.index);
    this.#dirty = true;
  }

  onAdd(map: MapLibre, gl: WebGL2RenderingContext): void {
    this.#map = map;
    this.#program = link(gl);
    this.#uniforms = Object.fromEntries(
      ["u_matrix", "u_viewport", "u_now", "u_glide_ms", "u_bearing", "u_scale"].map((name) => [name, gl.getUniformLocation(this.#program!, name)]),
    );
    this.#corners = gl.createBuffer();
    this.#instances = gl.createBuffer();
    this.#array = gl.createVertexArray();
    gl.bindVertexArray(this.#array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#corners);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
    const at = (name: string) => gl.getAttribLocation(this.#program!, name);
    gl.enableVertexAttribArray(at("a_corner"));
    gl.vertexAttribPointer(at("a_corner"), 2, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#instances);
    const attribute = (name: string, size: number, type: number, normalised: boolean, offset: number) => {
      gl.enableVertexAttribArray(at(name));
      gl.vertexAttribPointer(at(name), size, type, normalised, STRIDE, offset);
      gl.vertexAttribDivisor(at(name), 1);
    };
    attribute("a_from", 2, gl.FLOAT, false, 0);
    attribute("a_to", 2, gl.FLOAT, false, 8);
    attribute("a_began", 1, gl.FLOAT, false, 16);
    attribute("a_heading", 1, gl.FLOAT, false, 20);
    attribute("a_colour", 4, gl.UNSIGNED_BYTE, true, 24);
    attribute("a_look", 4, gl.UNSIGNED_BYTE, true, 28);
    gl.bindVertexArray(null);
    this.#dirty = true;
  }

  onRemove(_map: MapLibre, gl: WebGL2RenderingContext): void {
    clearTimeout(this.#timer);
    gl.deleteProgram(this.#program);
    gl.deleteBuffer(this.#corners);
    gl.deleteBuffer(this.#instances);
    gl.deleteVertexArray(this.#array);
    this.#map = null;
  }

  render(gl: WebGL2RenderingContext, args: CustomRenderMethodInput): void {
    const map = this.#map;
    if (!map || !this.#program) return;
    if (this.#dirty || this.#uploadedVersion !== this.#positions.version) this.#upload(gl);
    if (this.#drawn.length === 0) return;
    const now = performance.now();
    const zoom = map.getZoom();
    gl.useProgram(this.#program);
    gl.bindVertexArray(this.#array);
    gl.uniformMatrix4fv(this.#uniforms["u_matrix"]!, false, this.#matrix(args.defaultProjectionData.mainMatrix));
    gl.uniform2f(this.#uniforms["u_viewport"]!, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.uniform1f(this.#uniforms["u_now"]!, now - this.#epoch);
    gl.uniform1f(this.#uniforms["u_glide_ms"]!, this.#positions.glide ? GLIDE_MS : 0);
    gl.uniform1f(this.#uniforms["u_bearing"]!, (map.getBearing() * Math.PI) / 180);
    gl.uniform1f(this.#uniforms["u_scale"]!, map.getPixelRatio() * Math.min(1.35, Math.max(0.7, 0.7 + (zoom - 8.5) * 0.13)));
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.#drawn.length);
    gl.bindVertexArray(null);
    if (this.#positions.moving(now)) this.#again();
  }

  /** The unit drawn nearest to a point of the screen, within `reach_px`; busy units win over free ones beneath them. */
  pick(x: number, y: number, reach_px: number): Unit | null {
    const map = this.#map;
    if (!map) return null;
    let best: Unit | null = null;
    let least = reach_px;
    for (const look of this.#drawn) {
      const place = this.#place(look.unit);
      if (!place) continue;
      const at = map.project([place.lon, place.lat]);
      const far = Math.hypot(at.x - x, at.y - y);
      if (far <= least) {
        least = far;
        best = look.unit;
      }
    }
    return best;
  }

  #place(unit: Unit): { lat: number; lon: number } | null {
    const i = unit.index;
    return this.#positions.known(i) ? { lat: this.#positions.lat[i]!, lon: this.#positions.lon[i]! } : unit.post;
  }

  #again(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#map?.triggerRepaint();
    }, FRAME_MS);
  }

  #upload(gl: WebGL2RenderingContext): void {
    const p = this.#positions;
    if (this.#dirty) this.#drawn = this.#looks.filter((look) => this.#place(look.unit) !== null);
    const bytes = this.#drawn.length * STRIDE;
    if (this.#data.byteLength < bytes) this.#data = new ArrayBuffer(Math.max(bytes, this.#data.byteLength * 2));
    const floats = new Float32Array(this.#data);
    const octets = new Uint8Array(this.#data);
    this.#drawn.forEach((look, n) => {
      const { unit } = look;
      const i = unit.index;
      const f = (n * STRIDE) / 4;
      const known = p.known(i);
      const postX = known ? 0 : mercatorX(unit.post!.lon);
      const postY = known ? 0 : mercatorY(unit.post!.lat);
      floats[f] = (known ? p.fromX[i]! : postX) - this.#originX;
      floats[f + 1] = (known ? p.fromY[i]! : postY) - this.#originY;
      floats[f + 2] = (known ? p.toX[i]! : postX) - this.#originX;
      floats[f + 3] = (known ? p.toY[i]! : postY) - this.#originY;
      floats[f + 4] = known ? p.began[i]! - this.#epoch : 0;
      floats[f + 5] = known ? (p.heading[i]! * Math.PI) / 180 : 0;
      const o = n * STRIDE + 24;
      const shape = shapeOf(unit.state);
      const busy = isBusy(unit);
      const [r, g, b] = COLOUR_BYTES[shape]!;
      octets[o] = r!;
      octets[o + 1] = g!;
      octets[o + 2] = b!;
      octets[o + 3] = busy || look.selected || look.candidate ? 255 : 170;
      octets[o + 4] = SHAPES.indexOf(shape);
      octets[o + 5] = (look.stale ? FLAG_STALE : 0) | (look.selected ? FLAG_SELECTED : 0);
      octets[o + 6] = busy ? RADIUS_BUSY : look.candidate || look.selected ? RADIUS_FREE + 2 : RADIUS_FREE;
      octets[o + 7] = 0;
    });
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#instances);
    gl.bufferData(gl.ARRAY_BUFFER, octets.subarray(0, bytes), gl.DYNAMIC_DRAW);
    this.#uploadedVersion = p.version;
    this.#dirty = false;
  }

  /** The origin goes into the matrix in 64 bits, so that 32-bit offsets stay exact to millimetres. */
  #matrix(main: ArrayLike<number>): Float32Array {
    const m = Float64Array.from(main);
    for (let row = 0; row < 4; row++) m[12 + row] = m[row]! * this.#originX + m[4 + row]! * this.#originY + m[12 + row]!;
    return Float32Array.from(m);
  }
}

function link(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind);
    if (!shader) throw new Error("WebGL: no shader");
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
      throw new Error(`WebGL: ${gl.getShaderInfoLog(shader)}`);
    }
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  return program;
}
