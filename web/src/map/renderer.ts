// What draws the map: a graphics card, a processor pretending to be one, or nothing.

export type Renderer = "gpu" | "software" | "none";

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

export function detectRenderer(): { kind: Renderer; name: string } {
  const canvas = document.createElement("canvas");
  const gl = canvas.getContext("webgl2");
  if (!gl) return { kind: "none", name: "" };
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return { kind: SOFTWARE.test(name) ? "software" : "gpu", name };
}
