// How the pages are built: the console at `/`, the officials' page at `/laporan`, devices at `/perangkat`, a phone's page at
// `/pasang`; everything else under `/assets/`.
import { defineConfig } from "vitest/config";

const SERVER = process.env["SIAGA_URL"] ?? "http://127.0.0.1:8080";

// In development the page comes from Vite and the data from a running server; the server compares Origin with Host.
const proxied = { target: SERVER, changeOrigin: true, headers: { origin: SERVER } };

export default defineConfig({
  appType: "mpa",
  server: {
    port: 5173,
    proxy: {
      "/api": proxied,
      "/health": proxied,
      "/tiles": proxied,
      "/live": { ...proxied, ws: true },
    },
  },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: "dist",
    assetsDir: "assets",
    // Nothing is inlined: the content security policy allows no data: scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: { index: "index.html", laporan: "laporan.html", pasang: "pasang.html", perangkat: "perangkat.html" },
      output: {
        // The map library keeps its file name while our own code changes.
        codeSplitting: { groups: [{ name: "maplibre", test: /node_modules[\\/]maplibre-gl/ }] },
      },
    },
  },
  test: { include: ["tests/unit/**/*.test.ts"], environment: "node" },
});
