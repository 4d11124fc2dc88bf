import{A as e,D as t,E as n,F as r,I as i,M as a,T as o,Y as s,et as c,q as l,tt as u}from"./icons-eh7-zxKJ.js";import{a as d,i as f,n as p,o as m,r as h,t as g}from"./maplibre-CE9n1wTO.js";import{$ as _,B as v,D as y,I as b,L as x,R as S,S as C,_ as w,b as T,d as E,n as D,o as O,q as k,r as A,rt as j,w as M,x as N,y as P,z as F}from"./login-BBxVc2vW.js";import{i as ee,n as te,r as I,t as L}from"./index-C55DwaM6.js";var R=2,z=`#f0e442`,B={P1:`#ff5c5c`,P2:`#ffb02e`,P3:`#ffe45c`,P4:`#b8c4ce`};function V(e,t,n){let r=document.createElement(`canvas`);r.width=e*R,r.height=t*R;let i=r.getContext(`2d`);return i?(i.scale(R,R),i.textAlign=`center`,i.textBaseline=`middle`,n(i),i.getImageData(0,0,r.width,r.height)):null}function H(e,t){return V(32,40,n=>{n.beginPath(),n.moveTo(16,39),n.lineTo(8,27),n.lineTo(3,27),n.lineTo(3,4),n.lineTo(29,4),n.lineTo(29,27),n.lineTo(24,27),n.closePath(),n.fillStyle=t?B[e]:`#111a22`,n.strokeStyle=t?`#ffffff`:B[e],n.lineWidth=2.5,n.fill(),n.stroke(),n.fillStyle=t?`#14090a`:B[e],n.font=`bold 14px sans-serif`,n.fillText(e,16,16.5)})}function ne(e){return V(18,18,t=>{t.beginPath(),t.arc(9,9,8,0,2*Math.PI),t.fillStyle=`#ffffff`,t.fill(),t.lineWidth=1.5,t.strokeStyle=`#0a1118`,t.stroke(),t.fillStyle=`#0a1118`,t.font=`bold 12px sans-serif`,t.fillText(String(e),9,9.5)})}function U(){return V(18,18,e=>{e.fillStyle=`#4a2a3e`,e.strokeStyle=`#d98cba`,e.lineWidth=1.5,e.fillRect(2,2,14,14),e.strokeRect(2,2,14,14),e.fillStyle=`#ffffff`,e.fillRect(7.5,4.5,3,9),e.fillRect(4.5,7.5,9,3)})}function W(e){return V(22,22,t=>{t.beginPath(),t.arc(11,11,9,0,2*Math.PI),t.fillStyle=`rgb(240 228 66 / 14%)`,t.fill(),t.strokeStyle=e?`#ffffff`:z,t.lineWidth=e?2.6:1.4,t.stroke(),t.clip(),t.strokeStyle=z,t.lineWidth=1.5;for(let e=-22;e<22;e+=5)t.beginPath(),t.moveTo(e,22),t.lineTo(e+22,0),t.stroke()})}function G(e){let t=(t,n)=>{n&&!e.hasImage(t)&&e.addImage(t,n,{pixelRatio:R})};for(let e of o)t(`pin-${e}-waiting`,H(e,!0)),t(`pin-${e}`,H(e,!1));t(`pin-draft`,V(32,40,e=>{e.beginPath(),e.arc(16,15,11,Math.PI*.8,Math.PI*.2),e.lineTo(16,39),e.closePath(),e.fillStyle=`#ffffff`,e.strokeStyle=`#0a1118`,e.lineWidth=2,e.fill(),e.stroke(),e.beginPath(),e.arc(16,15,4.5,0,2*Math.PI),e.fillStyle=`#c01f3c`,e.fill()}));for(let e=1;e<=9;e++)t(`rank-${e}`,ne(e));t(`facility`,U()),t(`uncovered`,W(!1)),t(`uncovered-chosen`,W(!0))}var K={sea:`#0a1420`,land:`#1a2632`,coast:`#4a6478`,village:`#93a8b8`,district:`#b9c8d4`,halo:`#0f1821`,facility:`#f2d5e6`},q=[`sans-serif`];function J(e){return{type:`FeatureCollection`,features:e}}function Y(e,t,n){return{type:`Feature`,geometry:{type:`Point`,coordinates:[e,t]},properties:n}}function X(e){return{type:`geojson`,data:e}}function re(e,t){let n=J([]);return{version:8,sources:{land:{...X({type:`Feature`,geometry:e.land,properties:{}}),attribution:t},districts:X(J(e.districts.map(e=>Y(e.lon,e.lat,{name:e.name})))),villages:X(J(e.villages.map(e=>Y(e.lon,e.lat,{name:e.name})))),facilities:X(J(e.facilities.map(e=>Y(e.lon,e.lat,{name:e.name})))),circles:X(n),incidents:X(n),candidates:X(n),labels:X(n),uncovered:X(n)},layers:[{id:`sea`,type:`background`,paint:{"background-color":K.sea}},{id:`land`,type:`fill`,source:`land`,paint:{"fill-color":K.land}},{id:`coast`,type:`line`,source:`land`,paint:{"line-color":K.coast,"line-width":1.2}},{id:`village-dots`,type:`circle`,source:`villages`,minzoom:9.5,paint:{"circle-radius":1.6,"circle-color":K.village,"circle-opacity":.7}},{id:`uncovered`,type:`symbol`,source:`uncovered`,layout:{"icon-image":[`case`,[`get`,`chosen`],`uncovered-chosen`,`uncovered`],"icon-allow-overlap":!0,"icon-ignore-placement":!0,"icon-size":[`interpolate`,[`linear`],[`zoom`],8,.5,10,.85,13,1.4],"text-field":[`get`,`name`],"text-font":q,"text-size":12,"text-anchor":`top`,"text-offset":[0,1.2],"text-optional":!0},paint:{"text-color":`#ffffff`,"text-halo-color":K.halo,"text-halo-width":1.4}},{id:`village-names`,type:`symbol`,source:`villages`,minzoom:11,layout:{"text-field":[`get`,`name`],"text-font":q,"text-size":11,"text-anchor":`top`,"text-offset":[0,.9],"text-padding":3},paint:{"text-color":K.village,"text-halo-color":K.halo,"text-halo-width":1.2}},{id:`district-names`,type:`symbol`,source:`districts`,minzoom:7.5,layout:{"text-field":[`get`,`name`],"text-font":q,"text-letter-spacing":.08,"text-padding":6,"text-size":[`interpolate`,[`linear`],[`zoom`],8,10,12,15]},paint:{"text-color":K.district,"text-halo-color":K.halo,"text-halo-width":1.4,"text-opacity":.85}},{id:`circle-fill`,type:`fill`,source:`circles`,paint:{"fill-color":[`get`,`colour`],"fill-opacity":[`case`,[`get`,`selected`],.16,.07]}},{id:`circle-line`,type:`line`,source:`circles`,paint:{"line-color":[`get`,`colour`],"line-width":[`case`,[`get`,`selected`],2,1],"line-dasharray":[4,3],"line-opacity":[`case`,[`get`,`selected`],.95,.5]}},{id:`candidate-lines`,type:`line`,source:`candidates`,filter:[`==`,[`geometry-type`],`LineString`],layout:{"line-cap":`round`},paint:{"line-color":`#ffffff`,"line-dasharray":[1,2.5],"line-width":[`case`,[`==`,[`get`,`rank`],1],2.4,1.2],"line-opacity":[`case`,[`==`,[`get`,`rank`],1],.9,.4]}},{id:`facilities`,type:`symbol`,source:`facilities`,layout:{"icon-image":`facility`,"icon-allow-overlap":!0,"text-field":[`step`,[`zoom`],``,10,[`get`,`name`]],"text-font":q,"text-size":11,"text-anchor":`top`,"text-offset":[0,1],"text-optional":!0},paint:{"text-color":K.facility,"text-halo-color":K.halo,"text-halo-width":1.4}},{id:`incidents`,type:`symbol`,source:`incidents`,layout:{"icon-image":[`get`,`icon`],"icon-allow-overlap":!0,"icon-anchor":`bottom`,"icon-size":[`case`,[`get`,`selected`],1.25,1],"symbol-sort-key":[`get`,`order`],"text-field":[`get`,`label`],"text-font":q,"text-size":11,"text-anchor":`bottom`,"text-offset":[0,-4.1],"text-optional":!0},paint:{"text-color":`#ffffff`,"text-halo-color":`#000000`,"text-halo-width":1.4}},{id:`unit-labels`,type:`symbol`,source:`labels`,layout:{"text-field":[`get`,`label`],"text-font":q,"text-size":11,"text-anchor":`left`,"text-offset":[1.1,0],"text-max-width":40,"symbol-sort-key":[`get`,`order`],"text-padding":1},paint:{"text-color":[`get`,`colour`],"text-halo-color":`#0a1118`,"text-halo-width":1.5}},{id:`candidate-ranks`,type:`symbol`,source:`candidates`,filter:[`==`,[`geometry-type`],`Point`],layout:{"icon-image":[`concat`,`rank-`,[`get`,`rank`]],"icon-allow-overlap":!0,"icon-offset":[0,-19],"symbol-sort-key":[`-`,100,[`get`,`rank`]]}}]}}function ie(e,t,n){let r=[],i=n/111195,a=i/Math.cos(t*Math.PI/180);for(let n=0;n<=64;n++){let o=n/64*2*Math.PI;r.push([e+a*Math.cos(o),t+i*Math.sin(o)])}return{type:`Polygon`,coordinates:[r]}}function ae(e,t,n){let i=[],o=[],s=(e,t,n,r,i)=>{n===null||n<30||o.push({type:`Feature`,geometry:ie(e,t,n),properties:{colour:r,selected:i}})};for(let n of e){let{place:e}=n,o=n.id===t;if(!e||!a(n)&&!o)continue;let c=r(n),l=4-Number(n.priority.slice(1));i.push(Y(e.lon,e.lat,{id:n.id,icon:c?`pin-${n.priority}-waiting`:`pin-${n.priority}`,selected:o,label:o?n.case_number:``,order:(o?100:0)+(c?10:0)+l})),(o||c)&&s(e.lon,e.lat,e.uncertainty_m,B[n.priority]??`#ffffff`,o)}return n&&(i.push(Y(n.lon,n.lat,{id:``,icon:`pin-draft`,selected:!0,label:``,order:200})),s(n.lon,n.lat,n.uncertainty_m,`#ffffff`,!0)),{pins:J(i),circles:J(o)}}function oe(e,t,n){let r=[];for(let[i,a]of e.slice(0,9).entries()){let e=t.get(a.unit),o=e&&T(e);o&&(r.push(Y(o.lon,o.lat,{rank:i+1})),n&&i<3&&r.push({type:`Feature`,geometry:{type:`LineString`,coordinates:[[o.lon,o.lat],[n.lon,n.lat]]},properties:{rank:i+1}}))}return J(r)}function se(e,t,n){return J(e.flatMap(({code:e,name:r})=>{let i=t.get(e);return i?[Y(i.lon,i.lat,{name:e===n?r:``,chosen:e===n})]:[]}))}function ce(n,r,a,o,s,c){let l=new Map(a.map(e=>[e.unit,e.eta_s])),u=[];for(let a of n){let n=o(a),d=e(a),f=a.unit===r||l.has(a.unit);if(!d&&!f&&!(c>=13)&&!(n&&c>=9.8&&a.state!==`off_duty`))continue;let p=T(a);if(!p)continue;let m=[];(d||f||c>=13||n)&&m.push(_(a.unit));let h=l.get(a.unit);h!==void 0&&m.push(k(h));let g=A(a,s);n&&g!==null&&m.push(v(g)),u.push(Y(p.lon,p.lat,{label:m.join(` `),colour:n?`#c3ccd4`:t[i(a.state)],order:f?0:d?1:2}))}return J(u)}var le=`#version 300 es
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
}`,ue=`#version 300 es
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
}`,Z=32,de=1,fe=2,Q=6,pe=11,me=1e3/30,he=Object.fromEntries(n.map(e=>[e,[1,3,5].map(n=>Number.parseInt(t[e].slice(n,n+2),16))])),ge=class{id=`units`;type=`custom`;renderingMode=`2d`;#e=null;#t=null;#n=null;#r=null;#i=null;#a={};#o=new ArrayBuffer(0);#s=[];#c=[];#l=-1;#u=!0;#d;#f;#p;#m;#h=performance.now();constructor(e,t){this.#f=e,this.#p=x(t.lon),this.#m=S(t.lat)}setLooks(t){let n=t=>t.selected?3:e(t.unit)?2:+!!t.candidate;this.#c=t.sort((e,t)=>n(e)-n(t)||e.unit.index-t.unit.index),this.#u=!0}onAdd(e,t){this.#e=e,this.#t=_e(t),this.#a=Object.fromEntries([`u_matrix`,`u_viewport`,`u_now`,`u_glide_ms`,`u_bearing`,`u_scale`].map(e=>[e,t.getUniformLocation(this.#t,e)])),this.#r=t.createBuffer(),this.#i=t.createBuffer(),this.#n=t.createVertexArray(),t.bindVertexArray(this.#n),t.bindBuffer(t.ARRAY_BUFFER,this.#r),t.bufferData(t.ARRAY_BUFFER,new Float32Array([-1,-1,1,-1,-1,1,1,1]),t.STATIC_DRAW);let n=e=>t.getAttribLocation(this.#t,e);t.enableVertexAttribArray(n(`a_corner`)),t.vertexAttribPointer(n(`a_corner`),2,t.FLOAT,!1,0,0),t.bindBuffer(t.ARRAY_BUFFER,this.#i);let r=(e,r,i,a,o)=>{t.enableVertexAttribArray(n(e)),t.vertexAttribPointer(n(e),r,i,a,Z,o),t.vertexAttribDivisor(n(e),1)};r(`a_from`,2,t.FLOAT,!1,0),r(`a_to`,2,t.FLOAT,!1,8),r(`a_began`,1,t.FLOAT,!1,16),r(`a_heading`,1,t.FLOAT,!1,20),r(`a_colour`,4,t.UNSIGNED_BYTE,!0,24),r(`a_look`,4,t.UNSIGNED_BYTE,!0,28),t.bindVertexArray(null),this.#u=!0}onRemove(e,t){clearTimeout(this.#d),t.deleteProgram(this.#t),t.deleteBuffer(this.#r),t.deleteBuffer(this.#i),t.deleteVertexArray(this.#n),this.#e=null}render(e,t){let n=this.#e;if(!n||!this.#t||((this.#u||this.#l!==this.#f.version)&&this.#v(e),this.#s.length===0))return;let r=performance.now(),i=n.getZoom();e.useProgram(this.#t),e.bindVertexArray(this.#n),e.uniformMatrix4fv(this.#a.u_matrix,!1,this.#y(t.defaultProjectionData.mainMatrix)),e.uniform2f(this.#a.u_viewport,e.drawingBufferWidth,e.drawingBufferHeight),e.uniform1f(this.#a.u_now,r-this.#h),e.uniform1f(this.#a.u_glide_ms,this.#f.glide?b:0),e.uniform1f(this.#a.u_bearing,n.getBearing()*Math.PI/180),e.uniform1f(this.#a.u_scale,n.getPixelRatio()*Math.min(1.35,Math.max(.7,.7+(i-8.5)*.13))),e.enable(e.BLEND),e.blendFunc(e.ONE,e.ONE_MINUS_SRC_ALPHA),e.disable(e.DEPTH_TEST),e.disable(e.STENCIL_TEST),e.disable(e.CULL_FACE),e.drawArraysInstanced(e.TRIANGLE_STRIP,0,4,this.#s.length),e.bindVertexArray(null),this.#f.moving(r)&&this.#_()}pick(e,t,n){let r=this.#e;if(!r)return null;let i=null,a=n;for(let n of this.#s){let o=this.#g(n.unit);if(!o)continue;let s=r.project([o.lon,o.lat]),c=Math.hypot(s.x-e,s.y-t);c<=a&&(a=c,i=n.unit)}return i}#g(e){let t=e.index;return this.#f.known(t)?{lat:this.#f.lat[t],lon:this.#f.lon[t]}:e.post}#_(){this.#d===void 0&&(this.#d=setTimeout(()=>{this.#d=void 0,this.#e?.triggerRepaint()},me))}#v(t){let r=this.#f;this.#u&&(this.#s=this.#c.filter(e=>this.#g(e.unit)!==null));let a=this.#s.length*Z;this.#o.byteLength<a&&(this.#o=new ArrayBuffer(Math.max(a,this.#o.byteLength*2)));let o=new Float32Array(this.#o),s=new Uint8Array(this.#o);this.#s.forEach((t,a)=>{let{unit:c}=t,l=c.index,u=a*Z/4,d=r.known(l),f=d?0:x(c.post.lon),p=d?0:S(c.post.lat);o[u]=(d?r.fromX[l]:f)-this.#p,o[u+1]=(d?r.fromY[l]:p)-this.#m,o[u+2]=(d?r.toX[l]:f)-this.#p,o[u+3]=(d?r.toY[l]:p)-this.#m,o[u+4]=d?r.began[l]-this.#h:0,o[u+5]=d?r.heading[l]*Math.PI/180:0;let m=a*Z+24,h=i(c.state),g=e(c),[_,v,y]=he[h];s[m]=_,s[m+1]=v,s[m+2]=y,s[m+3]=g||t.selected||t.candidate?255:170,s[m+4]=n.indexOf(h),s[m+5]=(t.stale?de:0)|(t.selected?fe:0),s[m+6]=g?pe:t.candidate||t.selected?8:Q,s[m+7]=0}),t.bindBuffer(t.ARRAY_BUFFER,this.#i),t.bufferData(t.ARRAY_BUFFER,s.subarray(0,a),t.DYNAMIC_DRAW),this.#l=r.version,this.#u=!1}#y(e){let t=Float64Array.from(e);for(let e=0;e<4;e++)t[12+e]=t[e]*this.#p+t[4+e]*this.#m+t[12+e];return Float32Array.from(t)}};function _e(e){let t=e.createProgram();for(let[n,r]of[[e.VERTEX_SHADER,le],[e.FRAGMENT_SHADER,ue]]){let i=e.createShader(n);if(!i)throw Error(`WebGL: no shader`);if(e.shaderSource(i,r),e.compileShader(i),!e.getShaderParameter(i,e.COMPILE_STATUS)&&!e.isContextLost())throw Error(`WebGL: ${e.getShaderInfoLog(i)}`);e.attachShader(t,i),e.deleteShader(i)}return e.linkProgram(t),t}p(g);var $=16;function ve(e,t,n,r,i){let a=n===`software`||r;F.glide=!a;let o=new h({container:e,style:re(t,s(`map.attribution`)),bounds:t.bbox,fitBoundsOptions:{padding:20},attributionControl:!1,dragRotate:!1,pitchWithRotate:!1,touchPitch:!1,maxZoom:17,minZoom:5,fadeDuration:a?0:200,...a?{pixelRatio:1}:{}});o.touchZoomRotate.disableRotation(),o.addControl(new d({compact:!0}),`bottom-right`),o.addControl(new f({unit:`metric`}),`bottom-left`),o.addControl(new m({showCompass:!1}),`top-right`);let[c,l,u,p]=t.bbox,g=new ge(F,{lat:(l+p)/2,lon:(c+u)/2}),_=[];o.once(`style.load`,()=>G(o)),o.on(`load`,()=>{o.resize(),o.fitBounds(t.bbox,{padding:20,animate:!1}),o.addLayer(g,`facilities`),_.push(...ye(o,g,a)),i.ready()}),o.on(`click`,e=>{if(P.peek().kind===`call`)return i.place(e.lngLat.lat,e.lngLat.lng);let t=o.getLayer(`incidents`)?o.queryRenderedFeatures(e.point,{layers:[`incidents`]})[0]:void 0;if(t?.properties.id)return i.incident(String(t.properties.id));let n=g.pick(e.point.x,e.point.y,$);n&&i.unit(n)}),o.on(`mousemove`,e=>{let t=P.peek().kind===`call`?`crosshair`:g.pick(e.point.x,e.point.y,$)?`pointer`:``;o.getCanvas().style.cursor=t});let v=new ResizeObserver(()=>o.resize());return v.observe(e),{map:o,home:()=>o.fitBounds(t.bbox,{padding:20,animate:!a}),project(e){let t=T(e);return t?o.project([t.lon,t.lat]):null},remove(){v.disconnect();for(let e of _)e();o.remove()}}}function ye(e,t,n){let r=(t,n)=>{e.getSource(t)?.setData(n)},i=()=>P.value.kind===`incident`?P.value.id:null,a=u(()=>{let n=new Set(y.value.map(e=>e.unit)),r=M.value,i=w.value,a=[];for(let e of C.value.units.values())a.push({unit:e,stale:O(e,i),selected:e.unit===r,candidate:n.has(e.unit)});t.setLooks(a),e.triggerRepaint()}),o=u(()=>{let e=P.value.kind===`aid`&&N.value?{...N.value,uncertainty_m:null}:null,{pins:t,circles:n}=ae(C.value.incidents.values(),i(),D.value??e);r(`incidents`,t),r(`circles`,n)}),s=u(()=>{w.value;let e=i(),t=N.value??D.value??(e===null?null:C.value.incidents.get(e)?.place??null);r(`candidates`,oe(y.value,c(()=>C.value.units),t))}),d=u(()=>{let e=I.value?te.value?.uncovered??[]:[];r(`uncovered`,se(e,ee.value,L.value))}),f=``,p=()=>{let t=j(),n=ce(C.peek().units.values(),M.peek(),y.peek(),e=>O(e,t),t,e.getZoom()),i=JSON.stringify(n);i!==f&&(f=i,r(`labels`,n))},m=u(()=>{w.value,l.value,M.value,y.value,c(p)});e.on(`zoomend`,p);let h=u(()=>{let t=E.value;if(!t)return;let r={center:[t.lon,t.lat],zoom:Math.max(t.zoom,c(()=>e.getZoom()))};n?e.jumpTo(r):e.easeTo({...r,duration:500})}),g=-1,_=setInterval(()=>{document.visibilityState!==`hidden`&&F.version!==g&&(g=F.version,e.triggerRepaint())},n?1e3:100);return[a,o,s,d,m,h,()=>clearInterval(_),()=>e.off(`zoomend`,p)]}export{ve as openMap};