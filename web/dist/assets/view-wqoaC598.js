import{B as e,C as t,Ct as n,F as r,I as i,Jt as a,L as o,Lt as s,N as c,O as l,R as u,St as d,U as f,Vt as p,Yt as m,at as h,b as g,bt as _,en as v,ft as y,gt as b,ht as x,jt as S,ot as C,st as w,tn as T,ut as E,wt as D,xt as O,y as k}from"./login-zHdCDGY3.js";import{a as A,i as j,n as M,o as N,r as P,t as ee}from"./maplibre-CE9n1wTO.js";import{i as F,n as I,r as te,t as L}from"./index-J_7ASkRl.js";var R=2,z=`#f0e442`,B={P1:`#ff5c5c`,P2:`#ffb02e`,P3:`#ffe45c`,P4:`#b8c4ce`};function V(e,t,n){let r=document.createElement(`canvas`);r.width=e*R,r.height=t*R;let i=r.getContext(`2d`);return i?(i.scale(R,R),i.textAlign=`center`,i.textBaseline=`middle`,n(i),i.getImageData(0,0,r.width,r.height)):null}function H(e,t){return V(32,40,n=>{n.beginPath(),n.moveTo(16,39),n.lineTo(8,27),n.lineTo(3,27),n.lineTo(3,4),n.lineTo(29,4),n.lineTo(29,27),n.lineTo(24,27),n.closePath(),n.fillStyle=t?B[e]:`#111a22`,n.strokeStyle=t?`#ffffff`:B[e],n.lineWidth=2.5,n.fill(),n.stroke(),n.fillStyle=t?`#14090a`:B[e],n.font=`bold 14px sans-serif`,n.fillText(e,16,16.5)})}function U(e){return V(18,18,t=>{t.beginPath(),t.arc(9,9,8,0,2*Math.PI),t.fillStyle=`#ffffff`,t.fill(),t.lineWidth=1.5,t.strokeStyle=`#0a1118`,t.stroke(),t.fillStyle=`#0a1118`,t.font=`bold 12px sans-serif`,t.fillText(String(e),9,9.5)})}function W(){return V(18,18,e=>{e.fillStyle=`#4a2a3e`,e.strokeStyle=`#d98cba`,e.lineWidth=1.5,e.fillRect(2,2,14,14),e.strokeRect(2,2,14,14),e.fillStyle=`#ffffff`,e.fillRect(7.5,4.5,3,9),e.fillRect(4.5,7.5,9,3)})}function G(e){return V(22,22,t=>{t.beginPath(),t.arc(11,11,9,0,2*Math.PI),t.fillStyle=`rgb(240 228 66 / 14%)`,t.fill(),t.strokeStyle=e?`#ffffff`:z,t.lineWidth=e?2.6:1.4,t.stroke(),t.clip(),t.strokeStyle=z,t.lineWidth=1.5;for(let e=-22;e<22;e+=5)t.beginPath(),t.moveTo(e,22),t.lineTo(e+22,0),t.stroke()})}function K(e){let t=(t,n)=>{n&&!e.hasImage(t)&&e.addImage(t,n,{pixelRatio:R})};for(let e of h)t(`pin-${e}-waiting`,H(e,!0)),t(`pin-${e}`,H(e,!1));t(`pin-draft`,V(32,40,e=>{e.beginPath(),e.arc(16,15,11,Math.PI*.8,Math.PI*.2),e.lineTo(16,39),e.closePath(),e.fillStyle=`#ffffff`,e.strokeStyle=`#0a1118`,e.lineWidth=2,e.fill(),e.stroke(),e.beginPath(),e.arc(16,15,4.5,0,2*Math.PI),e.fillStyle=`#c01f3c`,e.fill()}));for(let e=1;e<=9;e++)t(`rank-${e}`,U(e));t(`facility`,W()),t(`uncovered`,G(!1)),t(`uncovered-chosen`,G(!0))}var q={sea:`#0a1420`,land:`#1a2632`,coast:`#4a6478`,village:`#93a8b8`,district:`#b9c8d4`,halo:`#0f1821`,facility:`#f2d5e6`},J=[`sans-serif`];function Y(e){return{type:`FeatureCollection`,features:e}}function X(e,t,n){return{type:`Feature`,geometry:{type:`Point`,coordinates:[e,t]},properties:n}}function Z(e){return{type:`geojson`,data:e}}function ne(e,t){let n=Y([]);return{version:8,sources:{land:{...Z({type:`Feature`,geometry:e.land,properties:{}}),attribution:t},districts:Z(Y(e.districts.map(e=>X(e.lon,e.lat,{name:e.name})))),villages:Z(Y(e.villages.map(e=>X(e.lon,e.lat,{name:e.name})))),facilities:Z(Y(e.facilities.map(e=>X(e.lon,e.lat,{name:e.name})))),circles:Z(n),incidents:Z(n),candidates:Z(n),labels:Z(n),uncovered:Z(n)},layers:[{id:`sea`,type:`background`,paint:{"background-color":q.sea}},{id:`land`,type:`fill`,source:`land`,paint:{"fill-color":q.land}},{id:`coast`,type:`line`,source:`land`,paint:{"line-color":q.coast,"line-width":1.2}},{id:`village-dots`,type:`circle`,source:`villages`,minzoom:9.5,paint:{"circle-radius":1.6,"circle-color":q.village,"circle-opacity":.7}},{id:`uncovered`,type:`symbol`,source:`uncovered`,layout:{"icon-image":[`case`,[`get`,`chosen`],`uncovered-chosen`,`uncovered`],"icon-allow-overlap":!0,"icon-ignore-placement":!0,"icon-size":[`interpolate`,[`linear`],[`zoom`],8,.5,10,.85,13,1.4],"text-field":[`get`,`name`],"text-font":J,"text-size":12,"text-anchor":`top`,"text-offset":[0,1.2],"text-optional":!0},paint:{"text-color":`#ffffff`,"text-halo-color":q.halo,"text-halo-width":1.4}},{id:`village-names`,type:`symbol`,source:`villages`,minzoom:11,layout:{"text-field":[`get`,`name`],"text-font":J,"text-size":11,"text-anchor":`top`,"text-offset":[0,.9],"text-padding":3},paint:{"text-color":q.village,"text-halo-color":q.halo,"text-halo-width":1.2}},{id:`district-names`,type:`symbol`,source:`districts`,minzoom:7.5,layout:{"text-field":[`get`,`name`],"text-font":J,"text-letter-spacing":.08,"text-padding":6,"text-size":[`interpolate`,[`linear`],[`zoom`],8,10,12,15]},paint:{"text-color":q.district,"text-halo-color":q.halo,"text-halo-width":1.4,"text-opacity":.85}},{id:`circle-fill`,type:`fill`,source:`circles`,paint:{"fill-color":[`get`,`colour`],"fill-opacity":[`case`,[`get`,`selected`],.16,.07]}},{id:`circle-line`,type:`line`,source:`circles`,paint:{"line-color":[`get`,`colour`],"line-width":[`case`,[`get`,`selected`],2,1],"line-dasharray":[4,3],"line-opacity":[`case`,[`get`,`selected`],.95,.5]}},{id:`candidate-lines`,type:`line`,source:`candidates`,filter:[`==`,[`geometry-type`],`LineString`],layout:{"line-cap":`round`},paint:{"line-color":`#ffffff`,"line-dasharray":[1,2.5],"line-width":[`case`,[`==`,[`get`,`rank`],1],2.4,1.2],"line-opacity":[`case`,[`==`,[`get`,`rank`],1],.9,.4]}},{id:`facilities`,type:`symbol`,source:`facilities`,layout:{"icon-image":`facility`,"icon-allow-overlap":!0,"text-field":[`step`,[`zoom`],``,10,[`get`,`name`]],"text-font":J,"text-size":11,"text-anchor":`top`,"text-offset":[0,1],"text-optional":!0},paint:{"text-color":q.facility,"text-halo-color":q.halo,"text-halo-width":1.4}},{id:`incidents`,type:`symbol`,source:`incidents`,layout:{"icon-image":[`get`,`icon`],"icon-allow-overlap":!0,"icon-anchor":`bottom`,"icon-size":[`case`,[`get`,`selected`],1.25,1],"symbol-sort-key":[`get`,`order`],"text-field":[`get`,`label`],"text-font":J,"text-size":11,"text-anchor":`bottom`,"text-offset":[0,-4.1],"text-optional":!0},paint:{"text-color":`#ffffff`,"text-halo-color":`#000000`,"text-halo-width":1.4}},{id:`unit-labels`,type:`symbol`,source:`labels`,layout:{"text-field":[`get`,`label`],"text-font":J,"text-size":11,"text-anchor":`left`,"text-offset":[1.1,0],"text-max-width":40,"symbol-sort-key":[`get`,`order`],"text-padding":1},paint:{"text-color":[`get`,`colour`],"text-halo-color":`#0a1118`,"text-halo-width":1.5}},{id:`candidate-ranks`,type:`symbol`,source:`candidates`,filter:[`==`,[`geometry-type`],`Point`],layout:{"icon-image":[`concat`,`rank-`,[`get`,`rank`]],"icon-allow-overlap":!0,"icon-offset":[0,-19],"symbol-sort-key":[`-`,100,[`get`,`rank`]]}}]}}function re(e,t,n){let r=[],i=n/111195,a=i/Math.cos(t*Math.PI/180);for(let n=0;n<=64;n++){let o=n/64*2*Math.PI;r.push([e+a*Math.cos(o),t+i*Math.sin(o)])}return{type:`Polygon`,coordinates:[r]}}function ie(e,t,n){let r=[],i=[],a=(e,t,n,r,a)=>{n===null||n<30||i.push({type:`Feature`,geometry:re(e,t,n),properties:{colour:r,selected:a}})};for(let n of e){let{place:e}=n,i=n.id===t;if(!e||!y(n)&&!i)continue;let o=x(n),s=4-Number(n.priority.slice(1));r.push(X(e.lon,e.lat,{id:n.id,icon:o?`pin-${n.priority}-waiting`:`pin-${n.priority}`,selected:i,label:i?n.case_number:``,order:(i?100:0)+(o?10:0)+s})),(i||o)&&a(e.lon,e.lat,e.uncertainty_m,B[n.priority]??`#ffffff`,i)}return n&&(r.push(X(n.lon,n.lat,{id:``,icon:`pin-draft`,selected:!0,label:``,order:200})),a(n.lon,n.lat,n.uncertainty_m,`#ffffff`,!0)),{pins:Y(r),circles:Y(i)}}function ae(e,t,n){let r=[];for(let[a,o]of e.slice(0,9).entries()){let e=t.get(o.unit),s=e&&i(e);s&&(r.push(X(s.lon,s.lat,{rank:a+1})),n&&a<3&&r.push({type:`Feature`,geometry:{type:`LineString`,coordinates:[[s.lon,s.lat],[n.lon,n.lat]]},properties:{rank:a+1}}))}return Y(r)}function oe(e,t,n){return Y(e.flatMap(({code:e,name:r})=>{let i=t.get(e);return i?[X(i.lon,i.lat,{name:e===n?r:``,chosen:e===n})]:[]}))}function se(e,t,n,r,a,o){let c=new Map(n.map(e=>[e.unit,e.eta_s])),l=[];for(let n of e){let e=r(n),u=E(n),d=n.unit===t||c.has(n.unit);if(!u&&!d&&!(o>=13)&&!(e&&o>=9.8&&n.state!==`off_duty`))continue;let f=i(n);if(!f)continue;let p=[];(u||d||o>=13||e)&&p.push(s(n.unit));let m=c.get(n.unit);m!==void 0&&p.push(S(m));let h=g(n,a);e&&h!==null&&p.push(D(h)),l.push(X(f.lon,f.lat,{label:p.join(` `),colour:e?`#c3ccd4`:w[b(n.state)],order:d?0:u?1:2}))}return Y(l)}var ce=`#version 300 es
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
}`,le=`#version 300 es
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
}`,Q=32,ue=1,de=2,fe=6,pe=11,me=1e3/30,he=Object.fromEntries(C.map(e=>[e,[1,3,5].map(t=>Number.parseInt(w[e].slice(t,t+2),16))])),ge=class{id=`units`;type=`custom`;renderingMode=`2d`;#e=null;#t=null;#n=null;#r=null;#i=null;#a={};#o=new ArrayBuffer(0);#s=[];#c=[];#l=-1;#u=!0;#d;#f;#p;#m;#h=performance.now();constructor(e,t){this.#f=e,this.#p=O(t.lon),this.#m=d(t.lat)}setLooks(e){let t=e=>e.selected?3:E(e.unit)?2:+!!e.candidate;this.#c=e.sort((e,n)=>t(e)-t(n)||e.unit.index-n.unit.index),this.#u=!0}onAdd(e,t){this.#e=e,this.#t=_e(t),this.#a=Object.fromEntries([`u_matrix`,`u_viewport`,`u_now`,`u_glide_ms`,`u_bearing`,`u_scale`].map(e=>[e,t.getUniformLocation(this.#t,e)])),this.#r=t.createBuffer(),this.#i=t.createBuffer(),this.#n=t.createVertexArray(),t.bindVertexArray(this.#n),t.bindBuffer(t.ARRAY_BUFFER,this.#r),t.bufferData(t.ARRAY_BUFFER,new Float32Array([-1,-1,1,-1,-1,1,1,1]),t.STATIC_DRAW);let n=e=>t.getAttribLocation(this.#t,e);t.enableVertexAttribArray(n(`a_corner`)),t.vertexAttribPointer(n(`a_corner`),2,t.FLOAT,!1,0,0),t.bindBuffer(t.ARRAY_BUFFER,this.#i);let r=(e,r,i,a,o)=>{t.enableVertexAttribArray(n(e)),t.vertexAttribPointer(n(e),r,i,a,Q,o),t.vertexAttribDivisor(n(e),1)};r(`a_from`,2,t.FLOAT,!1,0),r(`a_to`,2,t.FLOAT,!1,8),r(`a_began`,1,t.FLOAT,!1,16),r(`a_heading`,1,t.FLOAT,!1,20),r(`a_colour`,4,t.UNSIGNED_BYTE,!0,24),r(`a_look`,4,t.UNSIGNED_BYTE,!0,28),t.bindVertexArray(null),this.#u=!0}onRemove(e,t){clearTimeout(this.#d),t.deleteProgram(this.#t),t.deleteBuffer(this.#r),t.deleteBuffer(this.#i),t.deleteVertexArray(this.#n),this.#e=null}render(e,t){let n=this.#e;if(!n||!this.#t||((this.#u||this.#l!==this.#f.version)&&this.#v(e),this.#s.length===0))return;let r=performance.now(),i=n.getZoom();e.useProgram(this.#t),e.bindVertexArray(this.#n),e.uniformMatrix4fv(this.#a.u_matrix,!1,this.#y(t.defaultProjectionData.mainMatrix)),e.uniform2f(this.#a.u_viewport,e.drawingBufferWidth,e.drawingBufferHeight),e.uniform1f(this.#a.u_now,r-this.#h),e.uniform1f(this.#a.u_glide_ms,this.#f.glide?_:0),e.uniform1f(this.#a.u_bearing,n.getBearing()*Math.PI/180),e.uniform1f(this.#a.u_scale,n.getPixelRatio()*Math.min(1.35,Math.max(.7,.7+(i-8.5)*.13))),e.enable(e.BLEND),e.blendFunc(e.ONE,e.ONE_MINUS_SRC_ALPHA),e.disable(e.DEPTH_TEST),e.disable(e.STENCIL_TEST),e.disable(e.CULL_FACE),e.drawArraysInstanced(e.TRIANGLE_STRIP,0,4,this.#s.length),e.bindVertexArray(null),this.#f.moving(r)&&this.#_()}pick(e,t,n){let r=this.#e;if(!r)return null;let i=null,a=n;for(let n of this.#s){let o=this.#g(n.unit);if(!o)continue;let s=r.project([o.lon,o.lat]),c=Math.hypot(s.x-e,s.y-t);c<=a&&(a=c,i=n.unit)}return i}#g(e){let t=e.index;return this.#f.known(t)?{lat:this.#f.lat[t],lon:this.#f.lon[t]}:e.post}#_(){this.#d===void 0&&(this.#d=setTimeout(()=>{this.#d=void 0,this.#e?.triggerRepaint()},me))}#v(e){let t=this.#f;this.#u&&(this.#s=this.#c.filter(e=>this.#g(e.unit)!==null));let n=this.#s.length*Q;this.#o.byteLength<n&&(this.#o=new ArrayBuffer(Math.max(n,this.#o.byteLength*2)));let r=new Float32Array(this.#o),i=new Uint8Array(this.#o);this.#s.forEach((e,n)=>{let{unit:a}=e,o=a.index,s=n*Q/4,c=t.known(o),l=c?0:O(a.post.lon),u=c?0:d(a.post.lat);r[s]=(c?t.fromX[o]:l)-this.#p,r[s+1]=(c?t.fromY[o]:u)-this.#m,r[s+2]=(c?t.toX[o]:l)-this.#p,r[s+3]=(c?t.toY[o]:u)-this.#m,r[s+4]=c?t.began[o]-this.#h:0,r[s+5]=c?t.heading[o]*Math.PI/180:0;let f=n*Q+24,p=b(a.state),m=E(a),[h,g,_]=he[p];i[f]=h,i[f+1]=g,i[f+2]=_,i[f+3]=m||e.selected||e.candidate?255:170,i[f+4]=C.indexOf(p),i[f+5]=(e.stale?ue:0)|(e.selected?de:0),i[f+6]=m?pe:e.candidate||e.selected?8:fe,i[f+7]=0}),e.bindBuffer(e.ARRAY_BUFFER,this.#i),e.bufferData(e.ARRAY_BUFFER,i.subarray(0,n),e.DYNAMIC_DRAW),this.#l=t.version,this.#u=!1}#y(e){let t=Float64Array.from(e);for(let e=0;e<4;e++)t[12+e]=t[e]*this.#p+t[4+e]*this.#m+t[12+e];return Float32Array.from(t)}};function _e(e){let t=e.createProgram();for(let[n,r]of[[e.VERTEX_SHADER,ce],[e.FRAGMENT_SHADER,le]]){let i=e.createShader(n);if(!i)throw Error(`WebGL: no shader`);if(e.shaderSource(i,r),e.compileShader(i),!e.getShaderParameter(i,e.COMPILE_STATUS)&&!e.isContextLost())throw Error(`WebGL: ${e.getShaderInfoLog(i)}`);e.attachShader(t,i),e.deleteShader(i)}return e.linkProgram(t),t}M(ee);var $=16;function ve(e,t,a,o,s){let c=a===`software`||o;n.glide=!c;let l=new P({container:e,style:ne(t,m(`map.attribution`)),bounds:t.bbox,fitBoundsOptions:{padding:20},attributionControl:!1,dragRotate:!1,pitchWithRotate:!1,touchPitch:!1,maxZoom:17,minZoom:5,fadeDuration:c?0:200,...c?{pixelRatio:1}:{}});l.touchZoomRotate.disableRotation(),l.addControl(new A({compact:!0}),`bottom-right`),l.addControl(new j({unit:`metric`}),`bottom-left`),l.addControl(new N({showCompass:!1}),`top-right`);let[u,d,f,p]=t.bbox,h=new ge(n,{lat:(d+p)/2,lon:(u+f)/2}),g=[];l.once(`style.load`,()=>K(l)),l.on(`load`,()=>{l.resize(),l.fitBounds(t.bbox,{padding:20,animate:!1}),l.addLayer(h,`facilities`),g.push(...ye(l,h,c)),s.ready()}),l.on(`click`,e=>{if(r.peek().kind===`call`)return s.place(e.lngLat.lat,e.lngLat.lng);let t=l.getLayer(`incidents`)?l.queryRenderedFeatures(e.point,{layers:[`incidents`]})[0]:void 0;if(t?.properties.id)return s.incident(String(t.properties.id));let n=h.pick(e.point.x,e.point.y,$);n&&s.unit(n)}),l.on(`mousemove`,e=>{let t=r.peek().kind===`call`?`crosshair`:h.pick(e.point.x,e.point.y,$)?`pointer`:``;l.getCanvas().style.cursor=t});let _=new ResizeObserver(()=>l.resize());return _.observe(e),{map:l,home:()=>l.fitBounds(t.bbox,{padding:20,animate:!c}),project(e){let t=i(e);return t?l.project([t.lon,t.lat]):null},remove(){_.disconnect();for(let e of g)e();l.remove()}}}function ye(i,s,d){let m=(e,t)=>{i.getSource(e)?.setData(t)},h=()=>r.value.kind===`incident`?r.value.id:null,g=T(()=>{let n=new Set(f.value.map(e=>e.unit)),r=e.value,a=c.value,o=[];for(let e of u.value.units.values())o.push({unit:e,stale:t(e,a),selected:e.unit===r,candidate:n.has(e.unit)});s.setLooks(o),i.triggerRepaint()}),_=T(()=>{let e=r.value.kind===`aid`&&o.value?{...o.value,uncertainty_m:null}:null,{pins:t,circles:n}=ie(u.value.incidents.values(),h(),k.value??e);m(`incidents`,t),m(`circles`,n)}),y=T(()=>{c.value;let e=h(),t=o.value??k.value??(e===null?null:u.value.incidents.get(e)?.place??null);m(`candidates`,ae(f.value,v(()=>u.value.units),t))}),b=T(()=>{let e=te.value?I.value?.uncovered??[]:[];m(`uncovered`,oe(e,F.value,L.value))}),x=``,S=()=>{let n=p(),r=se(u.peek().units.values(),e.peek(),f.peek(),e=>t(e,n),n,i.getZoom()),a=JSON.stringify(r);a!==x&&(x=a,m(`labels`,r))},C=T(()=>{c.value,a.value,e.value,f.value,v(S)});i.on(`zoomend`,S);let w=T(()=>{let e=l.value;if(!e)return;let t={center:[e.lon,e.lat],zoom:Math.max(e.zoom,v(()=>i.getZoom()))};d?i.jumpTo(t):i.easeTo({...t,duration:500})}),E=-1,D=setInterval(()=>{document.visibilityState!==`hidden`&&n.version!==E&&(E=n.version,i.triggerRepaint())},d?1e3:100);return[g,_,y,b,C,w,()=>clearInterval(D),()=>i.off(`zoomend`,S)]}export{ve as openMap};