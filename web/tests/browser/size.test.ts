import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** Whatever a page loads before somebody does something there, gzipped, in kB of 1000 bytes. */
const BARS: readonly (readonly [string, string, number])[] = [
  ["/innboks", ".inbox-rows, .inbox-empty", 60],
  ["/", ".head", 60],
];
const CSS_BAR = 26;

for (const [path, ready, bar] of BARS) {
  test(`${path} is no heavier than ${String(bar)} kB of scripts and ${String(CSS_BAR)} kB of styles`, async () => {
    const { page, context } = await visit(browser, "/none", "district");
    const sizes = { script: 0, stylesheet: 0 };
    await context.route("**/assets/*", async (route) => {
      const answer = await route.fetch();
      const kind = route.request().url().endsWith(".css") ? "stylesheet" : "script";
      sizes[kind] += gzipSync(await answer.body(), { level: 9 }).length / 1000;
      await route.fulfill({ response: answer });
    });
    await page.goto(path);
    await page.locator(ready).first().waitFor();
    await page.waitForLoadState("networkidle");
    console.info(`${path}: scripts ${sizes.script.toFixed(1)} kB (bar ${String(bar)}), styles ${sizes.stylesheet.toFixed(1)} kB (bar ${String(CSS_BAR)})`);
    expect(sizes.script).toBeGreaterThan(5);
    expect(sizes.script).toBeLessThanOrEqual(bar);
    expect(sizes.stylesheet).toBeLessThanOrEqual(CSS_BAR);
    await context.close();
  });
}
