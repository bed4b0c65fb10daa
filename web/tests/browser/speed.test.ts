/**
 * How soon a phone shows something, and for how long it does not answer a thumb. The network is that of a phone at the edge
 * of its cell. The phone's processor is told from this one's: what the main thread computed, in its own time and not by the
 * wall, counts four times. So a machine that does other things beside makes the figures no worse than its own waiting, and
 * of several rounds the best counts: noise only adds.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import type { Browser, CDPSession } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { figure, launch, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** As Lighthouse has it: a phone of four years ago, on 4G at the edge of its cell. */
const CPU_SLOWDOWN = 4;
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: (1.6 * 1024 * 1024) / 8, uploadThroughput: (750 * 1024) / 8 };
const ROUNDS_AT_MOST = 12;
const LCP_BAR_MS = 1_500;
const TBT_BAR_MS = 100;
/** What shifts under a thumb. */
const CLS_BAR = 0.1;
/** How many answers of ours come after one another before something is seen: each costs a round trip, whatever the machine. */
const DEPTH_BAR = 4;
/** A task that holds the thread for longer keeps a thumb waiting. */
const LONG_MS = 50;

interface Round {
  readonly lcp: number;
  readonly tbt: number;
  readonly cls: number;
  readonly depth: number;
  readonly longest: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly pid: number;
  readonly tid: number;
}

/** All that the main thread did, by its own clock, in milliseconds of the phone; each with when it ended, by the wall. */
function tasks(trace: readonly TraceEvent[], thread: TraceEvent): readonly { readonly end: number; readonly took: number }[] {
  return trace
    .filter(({ name, pid, tid }) => name === "RunTask" && pid === thread.pid && tid === thread.tid)
    .map(({ ts, dur, tdur }) => ({ end: (ts + (dur ?? 0)) / 1_000, took: ((tdur ?? dur ?? 0) / 1_000) * CPU_SLOWDOWN }));
}

async function traced(devtools: CDPSession, work: () => Promise<void>): Promise<readonly TraceEvent[]> {
  const events: TraceEvent[] = [];
  devtools.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const done = new Promise<void>((complete) => devtools.once("Tracing.tracingComplete", () => complete()));
  await devtools.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["disabled-by-default-devtools.timeline", "blink.user_timing"] } });
  await work();
  await devtools.send("Tracing.end");
  await done;
  return events;
}

async function round(path: string, ready: string, kept: Readonly<Record<"session" | "last", string>>): Promise<Round> {
  const { page, context } = await visit(browser, "/icon.svg", null, { width: 390, height: 844 });
  await page.addInitScript(({ session, last }) => {
    sessionStorage.setItem("stafett.session", session);
    localStorage.setItem("stafett.last", last);
    const seen = { lcp: 0, cls: 0 };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => (seen.lcp = list.getEntries().at(-1)?.startTime ?? seen.lcp)).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((shift) => (seen.cls += (shift as PerformanceEntry & { value: number }).value))).observe({ type: "layout-shift", buffered: true });
  }, kept);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", SLOW_4G);
  const trace = await traced(devtools, async () => {
    await page.goto(path);
    await page.locator(ready).first().waitFor();
    await page.waitForLoadState("networkidle");
    await page.evaluate(() => {
      performance.mark("over");
    });
  });
  const { seen, over } = await page.evaluate(() => ({ seen: (globalThis as unknown as { seen: { lcp: number; cls: number } }).seen, over: performance.now() }));
  const mark = trace.find(({ name }) => name === "over");
  if (mark === undefined || seen.lcp === 0) throw new Error("nothing was painted, or nothing traced");
  // The clock of the trace, by the mark that both know.
  const began = mark.ts / 1_000 - over;
  const all = tasks(trace, mark).filter(({ end }) => end > began);
  const before = all.filter(({ end }) => end <= began + seen.lcp + 5).reduce((sum, { took }) => sum + took, 0);
  // Requests that began after another had ended and before the largest paint, one behind the other.
  const depth = await page.evaluate((lcp) => {
    const done = performance.getEntriesByType("resource").map(({ startTime, duration }) => ({ from: startTime, to: startTime + duration }));
    let [at, links] = [0, 1];
    for (;;) {
      const next = done.filter(({ from, to }) => from >= at && to <= lcp).sort((one, other) => one.to - other.to)[0];
      if (next === undefined) return links;
      at = next.to;
      links++;
    }
  }, seen.lcp);
  await context.close();
  return {
    // Computed here as fast as this machine can; what the phone would need longer comes on top.
    lcp: seen.lcp + (before * (CPU_SLOWDOWN - 1)) / CPU_SLOWDOWN,
    tbt: all.reduce((sum, { took }) => sum + Math.max(0, took - LONG_MS), 0),
    cls: seen.cls,
    depth,
    longest: Math.max(...all.map(({ took }) => took)),
  };
}

for (const [path, ready] of [
  ["/ny", "#refer-alias"],
  ["/innboks", ".row, .inbox-empty"],
] as const) {
  test(`${path} on a slow phone`, async () => {
    // Somebody who was here before, on a phone that has kept nothing of the application.
    const { page: signed, context: own } = await visit(browser, "/tilgjengelighet", "outreach");
    await signed.waitForFunction(() => localStorage.getItem("stafett.last") !== null);
    const kept = await signed.evaluate(() => ({ session: sessionStorage.getItem("stafett.session") ?? "", last: localStorage.getItem("stafett.last") ?? "" }));
    await own.close();
    const rounds: Round[] = [];
    const best = (of: (round: Round) => number) => Math.min(...rounds.map(of));
    const holds = () => rounds.length > 2 && best(({ lcp }) => lcp) <= LCP_BAR_MS && best(({ tbt }) => tbt) <= TBT_BAR_MS && best(({ depth }) => depth) <= DEPTH_BAR;
    while (rounds.length < ROUNDS_AT_MOST && !holds()) rounds.push(await round(path, ready, kept));
    figure(
      `${path} on a slow phone, the best of ${String(rounds.length)} rounds: LCP ${best(({ lcp }) => lcp).toFixed(0)} ms (bar ${String(LCP_BAR_MS)}), ` +
        `TBT ${best(({ tbt }) => tbt).toFixed(0)} ms (bar ${String(TBT_BAR_MS)}), longest task ${best(({ longest }) => longest).toFixed(0)} ms, ` +
        `CLS ${best(({ cls }) => cls).toFixed(3)} (bar ${String(CLS_BAR)}), ${String(best(({ depth }) => depth))} answers one after the other before the largest paint (bar ${String(DEPTH_BAR)})`,
    );
    expect(best(({ lcp }) => lcp)).toBeLessThanOrEqual(LCP_BAR_MS);
    expect(best(({ tbt }) => tbt)).toBeLessThanOrEqual(TBT_BAR_MS);
    expect(best(({ cls }) => cls)).toBeLessThanOrEqual(CLS_BAR);
    // What one page needs of another; what merely came later on a busy machine is not that.
    expect(best(({ depth }) => depth)).toBeLessThanOrEqual(DEPTH_BAR);
  });
}

test("the server has each file compressed already, and a page asks for its own parts at once", async () => {
  const { page, context } = await visit(browser, "/icon.svg", null);
  const index = await page.request.get("/innboks", { headers: { "accept-encoding": "br" } });
  const html = await index.text();
  expect(index.headers()).toMatchObject({ "content-encoding": "br", vary: "accept-encoding" });
  const own = /href="(\/assets\/inbox-[^"]+\.js)"/.exec(html)?.[1];
  expect(own).toBeDefined();
  const dist = resolve(import.meta.dirname, "../../dist");
  expect(brotliDecompressSync(readFileSync(`${dist}${own ?? ""}.br`)).equals(readFileSync(`${dist}${own ?? ""}`))).toBe(true);
  expect(await (await page.request.get("/saker")).text()).not.toContain(own);
  const plain = await page.request.get("/innboks", { headers: { "accept-encoding": "identity" } });
  expect(plain.headers()["content-encoding"]).toBeUndefined();
  await context.close();
});
