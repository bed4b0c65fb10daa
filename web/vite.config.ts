import { defineConfig } from "vite";

export default defineConfig({
  build: {
    target: "es2022",
    sourcemap: false,
    // A data URL in a script or style sheet costs more than a request to the same server, and is never cached alone.
    assetsInlineLimit: 0,
    // The policy forbids inline scripts; browsers that we support know `modulepreload`.
    modulePreload: { polyfill: false },
  },
  // `npm run dev` beside a demo: `cargo run --bin stafett -- demo`.
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/instance.json": "http://127.0.0.1:8080", "/healthz": "http://127.0.0.1:8080" } },
});
