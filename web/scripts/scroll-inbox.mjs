// Scrolls through a very long inbox in Chromium and prints how smooth that was. STAFETT_URL and STAFETT_TOKEN say where and
// as whom; `stafett-bench --inbox --browser` sets both.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const { STAFETT_URL: url, STAFETT_TOKEN: token, CHROMIUM } = process.env;
if (url === undefined || token === undefined) {
  console.error("scroll-inbox: set STAFETT_URL and STAFETT_TOKEN");
  process.exit(2);
}
const ROWS = Number(process.env.STAFETT_ROWS ?? 5_000);
const executablePath = [CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path !== undefined && existsSync(path));
if (executablePath === undefined) {
  console.error("scroll-inbox: no Chromium; scripts/ensure.sh chromium installs it");
  process.exit(2);
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 }, serviceWorkers: "block" });
await context.addInitScript((session) => sessionStorage.setItem("stafett.session", session), JSON.stringify({ access: token, refresh: "none", madeAt: Date.now() }));
const page = await context.newPage();
const pages = [];
page.on("requestfinished", (request) => {
  if (request.url().includes("box=inbox")) pages.push(request.timing().responseEnd);
});
const opened = performance.now();
await page.goto("/innboks");
await page.locator(".row").first().waitFor();
const first = performance.now() - opened;

// Down the list as far as there are rows, most of a screen at each frame, until so many have come.
const seen = await page.evaluate(async (wanted) => {
  const list = document.querySelector(".inbox-list");
  const long = [];
  new PerformanceObserver((found) => long.push(...found.getEntries().map(({ duration }) => duration))).observe({ entryTypes: ["longtask"] });
  const frames = [];
  const began = performance.now();
  let [before, reached] = [began, 0];
  while (reached < wanted && performance.now() - began < 240_000) {
    list.scrollBy(0, 600);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    frames.push(now - before);
    before = now;
    reached = Number(list.querySelector("[data-rows]")?.dataset.rows ?? list.querySelectorAll(".row").length);
  }
  const heap = performance.memory?.usedJSHeapSize ?? 0;
  return { frames, long, reached, seconds: (performance.now() - began) / 1000, inDocument: list.querySelectorAll(".row").length, heap };
}, ROWS);

// Keys far down the list: how long until the next row is the current one.
const keys = await page.evaluate(async () => {
  const took = [];
  for (let press = 0; press < 20; press++) {
    const current = () => document.querySelector('.row [aria-current="true"]')?.getAttribute("href");
    const [was, began] = [current(), performance.now()];
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
    while (current() === was && performance.now() - began < 5_000) await new Promise((resolve) => requestAnimationFrame(resolve));
    took.push(performance.now() - began);
  }
  return took;
});
await browser.close();

const at = (figures, share) => figures.toSorted((one, other) => one - other)[Math.floor((figures.length - 1) * share)] ?? 0;
const ms = (figure) => `${figure.toFixed(0)} ms`;
console.log(`first rows on the screen ${ms(first)} after the address was opened`);
console.log(`${String(seen.reached)} rows in ${seen.seconds.toFixed(0)} s; ${String(seen.inDocument)} of them in the document, heap ${(seen.heap / 1_048_576).toFixed(0)} MiB`);
console.log(`pages of 50 from the server: ${String(pages.length)}, half within ${ms(at(pages, 0.5))}, slowest ${ms(at(pages, 1))}`);
console.log(`frames: half within ${ms(at(seen.frames, 0.5))}, 99 of 100 within ${ms(at(seen.frames, 0.99))}, slowest ${ms(at(seen.frames, 1))}; long tasks ${String(seen.long.length)}, longest ${ms(at(seen.long, 1))}`);
console.log(`next row by key, far down: half within ${ms(at(keys, 0.5))}, slowest ${ms(at(keys, 1))}`);
