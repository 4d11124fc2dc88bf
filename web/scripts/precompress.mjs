// Writes .br and .gz beside every text file of dist that is larger than 1 KB. Same input, same bytes: no times, no names inside.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = new Set([".html", ".js", ".mjs", ".css", ".svg", ".json", ".webmanifest"]);
const SMALLEST = 1024;

function files(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}

let raw = 0;
let small = 0;
for (const path of files("dist")) {
  if (!TEXT.has(extname(path)) || statSync(path).size <= SMALLEST) continue;
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  const gzip = gzipSync(bytes, { level: 9 });
  gzip[9] = 255; // The "operating system" byte of the header would differ between machines.
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzip);
  raw += bytes.length;
  small += brotli.length;
}
console.log(`precompressed: ${(raw / 1000).toFixed(0)} kB -> ${(small / 1000).toFixed(1)} kB brotli`);
