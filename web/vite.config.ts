import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Plugin, build, defineConfig } from "vite";

/**
 * Builds the service worker when the rest is there, and tells it what to keep: every file of the application. Files below
 * `assets/` have a hash in their names, the others are told apart by one of what is in them.
 */
function worker(): Plugin {
  let folder = "";
  return {
    name: "worker",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    async closeBundle() {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== "worker.js")
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => ({ path, url: path.slice(folder.length).replaceAll("\\", "/") }))
        .map(({ path, url }) => ({
          url,
          revision: url.startsWith("/assets/") ? null : createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16),
        }));
      await build({
        configFile: false,
        publicDir: false,
        logLevel: "warn",
        define: { "self.__FILES": JSON.stringify(files), "process.env.NODE_ENV": '"production"' },
        build: {
          outDir: folder,
          emptyOutDir: false,
          target: "es2022",
          modulePreload: false,
          rolldownOptions: { input: "src/offline/worker.ts", output: { entryFileNames: "worker.js", format: "iife" } },
        },
      });
    },
  };
}

export default defineConfig({
  plugins: [worker()],
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
