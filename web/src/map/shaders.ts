// The shaders of the unit symbols: one quad a unit, moved on the graphics card, its shape computed as a distance.

export const VERTEX = `#version 300 es
precision highp float;
uniform mat4 u_matrix;
uniform vec2 u_viewport;
uniform float u_now;
uniform float u_glide_ms;
uniform float u_bearing;
uniform float u_scale;
in vec2 a_corner;
in vec2 a_from;
in vec2 a_to;
in float a_began;
in float a_heading;
in vec4 a_colour;
in vec4 a_look;
out vec2 v_at;
out vec4 v_colour;
flat out int v_shape;
flat out int v_flags;
flat out float v_pixels;
void main() {
  float part = u_glide_ms <= 0.0 ? 1.0 : clamp((u_now - a_began) / u_glide_ms, 0.0, 1.0);
  vec4 clip = u_matrix * vec4(mix(a_from, a_to, part), 0.0, 1.0);
  float radius = a_look.z * 255.0 * u_scale;
  clip.xy += a_corner * 1.7 * radius * 2.0 / u_viewport * clip.w;
  gl_Position = clip;
  v_at = a_corner * 1.7;
  v_shape = int(a_look.x * 255.0 + 0.5);
  v_flags = int(a_look.y * 255.0 + 0.5);
  if (v_shape == 2) {
    float turn = a_heading - u_bearing;
    v_at = mat2(cos(turn), sin(turn), -sin(turn), cos(turn)) * v_at;
  }
  v_colour = a_colour;
  v_pixels = radius;
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
in vec2 v_at;
in vec4 v_colour;
flat in int v_shape;
flat in int v_flags;
flat in float v_pixels;
out vec4 colour;

float box(vec2 p, vec2 size) {
  vec2 d = abs(p) - size;
  return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0);
}
float arrow(vec2 p) {
  vec2 corner[4] = vec2[4](vec2(0.0, 0.95), vec2(0.7, -0.75), vec2(0.0, -0.4), vec2(-0.7, -0.75));
  float d = dot(p - corner[0], p - corner[0]);
  float s = 1.0;
  for (int i = 0, j = 3; i < 4; j = i, i++) {
    vec2 e = corner[j] - corner[i];
    vec2 w = p - corner[i];
    vec2 b = w - e * clamp(dot(w, e) / dot(e, e), 0.0, 1.0);
    d = min(d, dot(b, b));
    bvec3 c = bvec3(p.y >= corner[i].y, p.y < corner[j].y, e.x * w.y > e.y * w.x);
    if (all(c) || all(not(c))) s *= -1.0;
  }
  return s * sqrt(d);
}
float saltire(vec2 p) {
  vec2 q = vec2(p.x + p.y, p.x - p.y) * 0.7071;
  return min(box(q, vec2(0.8, 0.18)), box(q, vec2(0.18, 0.8)));
}
float shape(vec2 p) {
  float r = length(p);
  if (v_shape == 0) return r - 0.7;
  if (v_shape == 1) return min(r - 0.45, abs(r - 0.82) - 0.13);
  if (v_shape == 2) return arrow(p);
  if (v_shape == 3) return box(p, vec2(0.66));
  if (v_shape == 4) return (abs(p.x) + abs(p.y) - 0.98) * 0.7071;
  return saltire(p);
}
void main() {
  float soft = 1.0 / v_pixels;
  float d = shape(v_at);
  float ink = 1.0 - smoothstep(-soft * 0.5, soft * 0.5, d);
  float halo = 1.0 - smoothstep(0.0, soft * 2.2, d);
  vec3 fill = v_colour.rgb;
  float alpha = v_colour.a;
  if ((v_flags & 1) != 0 && v_shape != 5) {
    float thick = max(0.1, soft * 0.9);
    float rim = 1.0 - smoothstep(thick - soft * 0.5, thick + soft * 0.5, abs(d + thick));
    colour = vec4(mix(vec3(0.04, 0.07, 0.1), fill, rim), 1.0) * max(rim, ink * 0.55) * alpha;
  } else {
    colour = vec4(fill * ink, 1.0) * max(ink, halo * 0.75) * alpha;
    colour.rgb = fill * ink * alpha;
  }
  if ((v_flags & 2) != 0) {
    float r = length(v_at);
    float line = max(0.07, soft * 0.8);
    float rings = min(abs(r - 1.2), abs(r - 1.52)) - line;
    float white = 1.0 - smoothstep(-soft * 0.5, soft * 0.5, rings);
    colour = mix(colour, vec4(1.0), white);
  }
}`;
