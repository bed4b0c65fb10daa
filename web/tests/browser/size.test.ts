import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { figure, launch, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** Whatever a page loads before somebody does something there, gzipped, in kB of 1000 bytes. */
const BARS: readonly (readonly [string, string, number, string])[] = [
  ["/innboks", ".inbox-rows, .inbox-empty", 60, "district"],
  // Whoever has an inbox is led there; the front page is that of the others.
  ["/", ".head", 60, "auditor"],
  ["/saker", ".case-rows, .empty", 60, "district"],
];
const CSS_BAR = 26;
/** What looks after the queue comes when the page stands (`shell/App.tsx`), and what a desk has beside its list after the list. */
const AFTERWARDS = /\/(Keeper|build|kept|Preview|told)-/;

for (const [path, ready, bar, persona] of BARS) {
  test(`${path} is no heavier than ${String(bar)} kB of scripts and ${String(CSS_BAR)} kB of styles`, async () => {
    // Nothing of ours has been loaded before: what a browser keeps would not be counted.
    const { page, context } = await visit(browser, "/icon.svg", null);
    const session = JSON.stringify({ access: inject("tokens")[persona], refresh: "none", madeAt: Date.now() });
    await page.addInitScript((kept) => sessionStorage.setItem("stafett.session", kept), session);
    const loaded: string[] = [];
    const sizes = { script: 0, after: 0, stylesheet: 0 };
    await context.route("**/assets/*", async (route) => {
      const answer = await route.fetch();
      const url = route.request().url();
      const kind = url.endsWith(".css") ? "stylesheet" : AFTERWARDS.test(url) ? "after" : "script";
      // Several come at once: what is read before the waiting must not be added to after it.
      const body = await answer.body();
      loaded.push(url.split("/").pop() ?? "");
      sizes[kind] += gzipSync(body, { level: 9 }).length / 1000;
      await route.fulfill({ response: answer });
    });
    await page.goto(path);
    await page.locator(ready).first().waitFor();
    await page.waitForLoadState("networkidle");
    const all = sizes.script + sizes.after;
    figure(`${path}: scripts ${sizes.script.toFixed(1)} kB and ${sizes.after.toFixed(1)} kB afterwards, ${all.toFixed(1)} in all (bar ${String(bar)}), styles ${sizes.stylesheet.toFixed(1)} kB (bar ${String(CSS_BAR)})`);
    expect(sizes.script).toBeGreaterThan(20);
    expect(all, loaded.join(" ")).toBeLessThanOrEqual(bar);
    expect(sizes.stylesheet).toBeLessThanOrEqual(CSS_BAR);
    await context.close();
  });
}
