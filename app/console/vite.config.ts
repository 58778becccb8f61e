import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/**
 * The oldest browsers that the console is made for, which docs/quick-start.md names. They are the first with popovers
 * and all of ES2024.
 */
export const BROWSERS = ["chrome119", "edge119", "firefox128", "safari17.4", "ios17.4"];

/** The console's build: static files under `/console/`, which Zekt itself serves. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/console/",
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: true,
    target: BROWSERS,
    // Nothing is inlined, since the page's policy lets only files of its own origin run and load.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
});
