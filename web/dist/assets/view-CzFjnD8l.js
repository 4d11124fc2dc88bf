import{B as e,E as t,F as n,Gt as r,L as i,N as a,Ot as o,P as s,Pt as c,Rt as l,Wt as u,Xt as d,Zt as f,_ as p,_t as m,bt as h,ct as g,ft as _,it as v,j as y,nt as b,pt as x,rt as S,ut as C,v as w,vt as T,x as E,xt as D,yt as O}from"./login-DBGoF-vu.js";import{a as k,i as ee,n as te,o as A,r as j,t as M}from"./maplibre-CE9n1wTO.js";var N=2,P={P1:`#ff5c5c`,P2:`#ffb02e`,P3:`#ffe45c`,P4:`#b8c4ce`};function F(e,t,n){let r=document.createElement(`canvas`);r.width=e*N,r.height=t*N;let i=r.getContext(`2d`);return i?(i.scale(N,N),i.textAlign=`center`,i.textBaseline=`middle`,n(i),i.getImageData(0,0,r.width,r.height)):null}function I(e,t){return F(32,40,n=>{n.beginPath(),n.moveTo(16,39),n.lineTo(8,27),n.lineTo(3,27),n.lineTo(3,4),n.lineTo(29,4),n.lineTo(29,27),n.lineTo(24,27),n.closePath(),n.fillStyle=t?P[e]:`#111a22`,n.strokeStyle=t?`#ffffff`:P[e],n.lineWidth=2.5,n.fill(),n.stroke(),n.fillStyle=t?`#14090a`:P[e],n.font=`bold 14px sans-serif`,n.fillText(e,16,16.5)})}function ne(e){return F(18,18,t=>{t.beginPath(),t.arc(9,9,8,0,2*Math.PI),t.fillStyle=`#ffffff`,t.fill(),t.lineWidth=1.5,t.strokeStyle=`#0a1118`,t.stroke(),t.fillStyle=`#0a1118`,t.font=`bold 12px sans-serif`,t.fillText(String(e),9,9.5)})}function L(){return F(18,18,e=>{e.fillStyle=`#4a2a3e`,e.strokeStyle=`#d98cba`,e.lineWidth=1.5,e.fillRect(2,2,14,14),e.strokeRect(2,2,14,14),e.fillStyle=`#ffffff`,e.fillRect(7.5,4.5,3,9),e.fillRect(4.5,7.5,9,3)})}function R(e){let t=(t,n)=>{n&&!e.hasImage(t)&&e.addImage(t,n,{pixelRatio:N})};for(let e of b)t(`pin-${e}-waiting`,I(e,!0)),t(`pin-${e}`,I(e,!1));t(`pin-draft`,F(32,40,e=>{e.beginPath(),e.arc(16,15,11,Math.PI*.8,Math.PI*.2),e.lineTo(16,39),e.closePath(),e.fillStyle=`#ffffff`,e.strokeStyle=`#0a1118`,e.lineWidth=2,e.fill(),e.stroke(),e.beginPath(),e.arc(16,15,4.5,0,2*Math.PI),e.fillStyle=`#c01f3c`,e.fill()}));for(let e=1;e<=9;e++)t(`rank-${e}`,ne(e));t(`facility`,L())}var z={sea:`#0a1420`,land:`#1a2632`,coast:`#4a6478`,village:`#93a8b8`,district:`#b9c8d4`,halo:`#0f1821`,facility:`#f2d5e6`},B=[`sans-serif`];function V(e){return{type:`FeatureCollection`,features:e}}function H(e,t,n){return{type:`Feature`,geometry:{type:`Point`,coordinates:[e,t]},properties:n}}function U(e){return{type:`geojson`,data:e}}function W(e,t){let n=V([]);return{version:8,sources:{land:{...U({type:`Feature`,geometry:e.land,properties:{}}),attribution:t},districts:U(V(e.districts.map(e=>H(e.lon,e.lat,{name:e.name})))),villages:U(V(e.villages.map(e=>H(e.lon,e.lat,{name:e.name})))),facilities:U(V(e.facilities.map(e=>H(e.lon,e.lat,{name:e.name})))),circles:U(n),incidents:U(n),candidates:U(n),labels:U(n)},layers:[{id:`sea`,type:`background`,paint:{"background-color":z.sea}},{id:`land`,type:`fill`,source:`land`,paint:{"fill-color":z.land}},{id:`coast`,type:`line`,source:`land`,paint:{"line-color":z.coast,"line-width":1.2}},{id:`village-dots`,type:`circle`,source:`villages`,minzoom:9.5,paint:{"circle-radius":1.6,"circle-color":z.village,"circle-opacity":.7}},{id:`village-names`,type:`symbol`,source:`villages`,minzoom:11,layout:{"text-field":[`get`,`name`],"text-font":B,"text-size":11,"text-anchor":`top`,"text-offset":[0,.9],"text-padding":3},paint:{"text-color":z.village,"text-halo-color":z.halo,"text-halo-width":1.2}},{id:`district-names`,type:`symbol`,source:`districts`,minzoom:7.5,layout:{"text-field":[`get`,`name`],"text-font":B,"text-letter-spacing":.08,"text-padding":6,"text-size":[`interpolate`,[`linear`],[`zoom`],8,10,12,15]},paint:{"text-color":z.district,"text-halo-color":z.halo,"text-halo-width":1.4,"text-opacity":.85}},{id:`circle-fill`,type:`fill`,source:`circles`,paint:{"fill-color":[`get`,`colour`],"fill-opacity":[`case`,[`get`,`selected`],.16,.07]}},{id:`circle-line`,type:`line`,source:`circles`,paint:{"line-color":[`get`,`colour`],"line-width":[`case`,[`get`,`selected`],2,1],"line-dasharray":[4,3],"line-opacity":[`case`,[`get`,`selected`],.95,.5]}},{id:`candidate-lines`,type:`line`,source:`candidates`,filter:[`==`,[`geometry-type`],`LineString`],layout:{"line-cap":`round`},paint:{"line-color":`#ffffff`,"line-dasharray":[1,2.5],"line-width":[`case`,[`==`,[`get`,`rank`],1],2.4,1.2],"line-opacity":[`case`,[`==`,[`get`,`rank`],1],.9,.4]}},{id:`facilities`,type:`symbol`,source:`facilities`,layout:{"icon-image":`facility`,"icon-allow-overlap":!0,"text-field":[`step`,[`zoom`],``,10,[`get`,`name`]],"text-font":B,"text-size":11,"text-anchor":`top`,"text-offset":[0,1],"text-optional":!0},paint:{"text-color":z.facility,"text-halo-color":z.halo,"text-halo-width":1.4}},{id:`incidents`,type:`symbol`,source:`incidents`,layout:{"icon-image":[`get`,`icon`],"icon-allow-overlap":!0,"icon-anchor":`bottom`,"icon-size":[`case`,[`get`,`selected`],1.25,1],"symbol-sort-key":[`get`,`order`],"text-field":[`get`,`label`],"text-font":B,"text-size":11,"text-anchor":`bottom`,"text-offset":[0,-2.7],"text-optional":!0},paint:{"text-color":`#ffffff`,"text-halo-color":`#000000`,"text-halo-width":1.4}},{id:`unit-labels`,type:`symbol`,source:`labels`,layout:{"text-field":[`get`,`label`],"text-font":B,"text-size":11,"text-anchor":`left`,"text-offset":[1.1,0],"text-max-width":40,"symbol-sort-key":[`get`,`order`],"text-padding":1},paint:{"text-color":[`get`,`colour`],"text-halo-color":`#0a1118`,"text-halo-width":1.5}},{id:`candidate-ranks`,type:`symbol`,source:`candidates`,filter:[`==`,[`geometry-type`],`Point`],layout:{"icon-image":[`concat`,`rank-`,[`get`,`rank`]],"icon-allow-overlap":!0,"icon-offset":[0,-19],"symbol-sort-key":[`-`,100,[`get`,`rank`]]}}]}}function G(e,t,n){let r=[],i=n/111195,a=i/Math.cos(t*Math.PI/180);for(let n=0;n<=64;n++){let o=n/64*2*Math.PI;r.push([e+a*Math.cos(o),t+i*Math.sin(o)])}return{type:`Polygon`,coordinates:[r]}}function K(e,t,n){let r=[],i=[],a=(e,t,n,r,a)=>{n===null||n<30||i.push({type:`Feature`,geometry:G(e,t,n),properties:{colour:r,selected:a}})};for(let n of e){let{place:e}=n,i=n.id===t;if(!e||!C(n)&&!i)continue;let o=_(n),s=4-Number(n.priority.slice(1));r.push(H(e.lon,e.lat,{id:n.id,icon:o?`pin-${n.priority}-waiting`:`pin-${n.priority}`,selected:i,label:i?n.case_number:``,order:(i?100:0)+(o?10:0)+s})),(i||o)&&a(e.lon,e.lat,e.uncertainty_m,P[n.priority]??`#ffffff`,i)}return n&&(r.push(H(n.lon,n.lat,{id:``,icon:`pin-draft`,selected:!0,label:``,order:200})),a(n.lon,n.lat,n.uncertainty_m,`#ffffff`,!0)),{pins:V(r),circles:V(i)}}function q(e,t,n){let r=[];for(let[i,a]of e.slice(0,9).entries()){let e=t.get(a.unit),o=e&&s(e);o&&(r.push(H(o.lon,o.lat,{rank:i+1})),n&&i<3&&r.push({type:`Feature`,geometry:{type:`LineString`,coordinates:[[o.lon,o.lat],[n.lon,n.lat]]},properties:{rank:i+1}}))}return V(r)}function J(e,t,n,r,i,a){let l=new Map(n.map(e=>[e.unit,e.eta_s])),u=[];for(let n of e){let e=r(n),d=g(n),f=n.unit===t||l.has(n.unit);if(!d&&!f&&!(a>=13)&&!(e&&a>=9.8&&n.state!==`off_duty`))continue;let p=s(n);if(!p)continue;let m=[];(d||f||a>=13||e)&&m.push(c(n.unit));let h=l.get(n.unit);h!==void 0&&m.push(o(h));let _=w(n,i);e&&_!==null&&m.push(D(_)),u.push(H(p.lon,p.lat,{label:m.join(` `),colour:e?`#c3ccd4`:v[x(n.state)],order:f?0:d?1:2}))}return V(u)}var Y=`#version 300 es
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
}`,X=`#version 300 es
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
}`,Z=32,re=1,ie=2,ae=6,oe=11,se=1e3/30,Q=Object.fromEntries(S.map(e=>[e,[1,3,5].map(t=>Number.parseInt(v[e].slice(t,t+2),16))])),ce=class{id=`units`;type=`custom`;renderingMode=`2d`;#e=null;#t=null;#n=null;#r=null;#i=null;#a={};#o=new ArrayBuffer(0);#s=[];#c=[];#l=-1;#u=!0;#d;#f;#p;#m;#h=performance.now();constructor(e,t){this.#f=e,this.#p=T(t.lon),this.#m=O(t.lat)}setLooks(e){let t=e=>e.selected?3:g(e.unit)?2:+!!e.candidate;this.#c=e.sort((e,n)=>t(e)-t(n)||e.unit.index-n.unit.index),this.#u=!0}onAdd(e,t){this.#e=e,this.#t=le(t),this.#a=Object.fromEntries([`u_matrix`,`u_viewport`,`u_now`,`u_glide_ms`,`u_bearing`,`u_scale`].map(e=>[e,t.getUniformLocation(this.#t,e)])),this.#r=t.createBuffer(),this.#i=t.createBuffer(),this.#n=t.createVertexArray(),t.bindVertexArray(this.#n),t.bindBuffer(t.ARRAY_BUFFER,this.#r),t.bufferData(t.ARRAY_BUFFER,new Float32Array([-1,-1,1,-1,-1,1,1,1]),t.STATIC_DRAW);let n=e=>t.getAttribLocation(this.#t,e);t.enableVertexAttribArray(n(`a_corner`)),t.vertexAttribPointer(n(`a_corner`),2,t.FLOAT,!1,0,0),t.bindBuffer(t.ARRAY_BUFFER,this.#i);let r=(e,r,i,a,o)=>{t.enableVertexAttribArray(n(e)),t.vertexAttribPointer(n(e),r,i,a,Z,o),t.vertexAttribDivisor(n(e),1)};r(`a_from`,2,t.FLOAT,!1,0),r(`a_to`,2,t.FLOAT,!1,8),r(`a_began`,1,t.FLOAT,!1,16),r(`a_heading`,1,t.FLOAT,!1,20),r(`a_colour`,4,t.UNSIGNED_BYTE,!0,24),r(`a_look`,4,t.UNSIGNED_BYTE,!0,28),t.bindVertexArray(null),this.#u=!0}onRemove(e,t){clearTimeout(this.#d),t.deleteProgram(this.#t),t.deleteBuffer(this.#r),t.deleteBuffer(this.#i),t.deleteVertexArray(this.#n),this.#e=null}render(e,t){let n=this.#e;if(!n||!this.#t||((this.#u||this.#l!==this.#f.version)&&this.#v(e),this.#s.length===0))return;let r=performance.now(),i=n.getZoom();e.useProgram(this.#t),e.bindVertexArray(this.#n),e.uniformMatrix4fv(this.#a.u_matrix,!1,this.#y(t.defaultProjectionData.mainMatrix)),e.uniform2f(this.#a.u_viewport,e.drawingBufferWidth,e.drawingBufferHeight),e.uniform1f(this.#a.u_now,r-this.#h),e.uniform1f(this.#a.u_glide_ms,this.#f.glide?m:0),e.uniform1f(this.#a.u_bearing,n.getBearing()*Math.PI/180),e.uniform1f(this.#a.u_scale,n.getPixelRatio()*Math.min(1.35,Math.max(.7,.7+(i-8.5)*.13))),e.enable(e.BLEND),e.blendFunc(e.ONE,e.ONE_MINUS_SRC_ALPHA),e.disable(e.DEPTH_TEST),e.disable(e.STENCIL_TEST),e.disable(e.CULL_FACE),e.drawArraysInstanced(e.TRIANGLE_STRIP,0,4,this.#s.length),e.bindVertexArray(null),this.#f.moving(r)&&this.#_()}pick(e,t,n){let r=this.#e;if(!r)return null;let i=null,a=n;for(let n of this.#s){let o=this.#g(n.unit);if(!o)continue;let s=r.project([o.lon,o.lat]),c=Math.hypot(s.x-e,s.y-t);c<=a&&(a=c,i=n.unit)}return i}#g(e){let t=e.index;return this.#f.known(t)?{lat:this.#f.lat[t],lon:this.#f.lon[t]}:e.post}#_(){this.#d===void 0&&(this.#d=setTimeout(()=>{this.#d=void 0,this.#e?.triggerRepaint()},se))}#v(e){let t=this.#f;this.#u&&(this.#s=this.#c.filter(e=>this.#g(e.unit)!==null));let n=this.#s.length*Z;this.#o.byteLength<n&&(this.#o=new ArrayBuffer(Math.max(n,this.#o.byteLength*2)));let r=new Float32Array(this.#o),i=new Uint8Array(this.#o);this.#s.forEach((e,n)=>{let{unit:a}=e,o=a.index,s=n*Z/4,c=t.known(o),l=c?0:T(a.post.lon),u=c?0:O(a.post.lat);r[s]=(c?t.fromX[o]:l)-this.#p,r[s+1]=(c?t.fromY[o]:u)-this.#m,r[s+2]=(c?t.toX[o]:l)-this.#p,r[s+3]=(c?t.toY[o]:u)-this.#m,r[s+4]=c?t.began[o]-this.#h:0,r[s+5]=c?t.heading[o]*Math.PI/180:0;let d=n*Z+24,f=x(a.state),p=g(a),[m,h,_]=Q[f];i[d]=m,i[d+1]=h,i[d+2]=_,i[d+3]=p||e.selected||e.candidate?255:170,i[d+4]=S.indexOf(f),i[d+5]=(e.stale?re:0)|(e.selected?ie:0),i[d+6]=p?oe:e.candidate||e.selected?8:ae,i[d+7]=0}),e.bindBuffer(e.ARRAY_BUFFER,this.#i),e.bufferData(e.ARRAY_BUFFER,i.subarray(0,n),e.DYNAMIC_DRAW),this.#l=t.version,this.#u=!1}#y(e){let t=Float64Array.from(e);for(let e=0;e<4;e++)t[12+e]=t[e]*this.#p+t[4+e]*this.#m+t[12+e];return Float32Array.from(t)}};function le(e){let t=e.createProgram();for(let[n,r]of[[e.VERTEX_SHADER,Y],[e.FRAGMENT_SHADER,X]]){let i=e.createShader(n);if(!i)throw Error(`WebGL: no shader`);if(e.shaderSource(i,r),e.compileShader(i),!e.getShaderParameter(i,e.COMPILE_STATUS)&&!e.isContextLost())throw Error(`WebGL: ${e.getShaderInfoLog(i)}`);e.attachShader(t,i),e.deleteShader(i)}return e.linkProgram(t),t}te(M);var $=16;function ue(e,t,n,i,o){let c=n===`software`||i;h.glide=!c;let l=new j({container:e,style:W(t,r(`map.attribution`)),bounds:t.bbox,fitBoundsOptions:{padding:20},attributionControl:!1,dragRotate:!1,pitchWithRotate:!1,touchPitch:!1,maxZoom:17,minZoom:5,fadeDuration:c?0:200,...c?{pixelRatio:1}:{}});l.touchZoomRotate.disableRotation(),l.addControl(new k({compact:!0}),`bottom-right`),l.addControl(new ee({unit:`metric`}),`bottom-left`),l.addControl(new A({showCompass:!1}),`top-right`);let[u,d,f,p]=t.bbox,m=new ce(h,{lat:(d+p)/2,lon:(u+f)/2}),g=[];l.once(`style.load`,()=>R(l)),l.on(`load`,()=>{l.resize(),l.fitBounds(t.bbox,{padding:20,animate:!1}),l.addLayer(m,`facilities`),g.push(...de(l,m,c)),o.ready()}),l.on(`click`,e=>{if(a.peek().kind===`call`)return o.place(e.lngLat.lat,e.lngLat.lng);let t=l.getLayer(`incidents`)?l.queryRenderedFeatures(e.point,{layers:[`incidents`]})[0]:void 0;if(t?.properties.id)return o.incident(String(t.properties.id));let n=m.pick(e.point.x,e.point.y,$);n&&o.unit(n)}),l.on(`mousemove`,e=>{let t=a.peek().kind===`call`?`crosshair`:m.pick(e.point.x,e.point.y,$)?`pointer`:``;l.getCanvas().style.cursor=t});let _=new ResizeObserver(()=>l.resize());return _.observe(e),{map:l,home:()=>l.fitBounds(t.bbox,{padding:20,animate:!c}),project(e){let t=s(e);return t?l.project([t.lon,t.lat]):null},remove(){_.disconnect();for(let e of g)e();l.remove()}}}function de(r,o,s){let c=(e,t)=>{r.getSource(e)?.setData(t)},m=()=>a.value.kind===`incident`?a.value.id:null,g=f(()=>{let t=new Set(e.value.map(e=>e.unit)),a=i.value,s=y.value,c=[];for(let e of n.value.units.values())c.push({unit:e,stale:E(e,s),selected:e.unit===a,candidate:t.has(e.unit)});o.setLooks(c),r.triggerRepaint()}),_=f(()=>{let{pins:e,circles:t}=K(n.value.incidents.values(),m(),p.value);c(`incidents`,e),c(`circles`,t)}),v=f(()=>{y.value;let t=m(),r=p.value??(t===null?null:n.value.incidents.get(t)?.place??null);c(`candidates`,q(e.value,d(()=>n.value.units),r))}),b=``,x=()=>{let t=l(),a=J(n.peek().units.values(),i.peek(),e.peek(),e=>E(e,t),t,r.getZoom()),o=JSON.stringify(a);o!==b&&(b=o,c(`labels`,a))},S=f(()=>{y.value,u.value,i.value,e.value,d(x)});r.on(`zoomend`,x);let C=f(()=>{let e=t.value;if(!e)return;let n={center:[e.lon,e.lat],zoom:Math.max(e.zoom,d(()=>r.getZoom()))};s?r.jumpTo(n):r.easeTo({...n,duration:500})}),w=-1,T=setInterval(()=>{document.visibilityState!==`hidden`&&h.version!==w&&(w=h.version,r.triggerRepaint())},s?1e3:100);return[g,_,v,S,C,()=>clearInterval(T),()=>r.off(`zoomend`,x)]}export{ue as openMap};