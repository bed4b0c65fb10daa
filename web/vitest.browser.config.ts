import { defineConfig } from "vitest/config";

// Chromium against a real `stafett demo` (tests/browser/server.ts). One after the other: they share its referrals.
export default defineConfig({
  test: {
    include: ["tests/browser/**/*.test.ts"],
    globalSetup: ["tests/browser/server.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
