import { defineConfig } from "vitest/config";

// Pure functions only; whatever needs a page is tried in a real browser (vitest.browser.config.ts).
export default defineConfig({ test: { include: ["src/**/*.test.ts"], environment: "node" } });
