// How the page of a link is built, `/l` and `/i`: by itself, so that it shares nothing with the console, and for old phones.
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    // Chrome 61 of 2017, the first that knows modules.
    target: "es2017",
    cssTarget: "chrome61",
    outDir: "dist",
    // The other pages are there already.
    emptyOutDir: false,
    assetsDir: "assets",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { tautan: "tautan.html" } },
  },
});
