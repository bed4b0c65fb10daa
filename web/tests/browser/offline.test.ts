import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { accessible, figure, launch, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** How many referrals Uteseksjonen has sent. */
async function countSent(page: Page): Promise<number> {
  let [count, cursor] = [0, ""];
  do {
    const answer = await page.request.get(`/api/v1/referrals?box=sent&limit=100${cursor}`, { headers: { authorization: `Bearer ${inject("tokens").outreach ?? ""}` } });
    const { items, nextCursor } = (await answer.json()) as { items: unknown[]; nextCursor: string | null };
    count += items.length;
    cursor = nextCursor === null ? "" : `&cursor=${encodeURIComponent(nextCursor)}`;
  } while (cursor !== "");
  return count;
}

/** All that lies on the device, as whoever takes the disk would see it. */
function onDevice(page: Page): Promise<{ kind: string; text: string }[]> {
  return page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open("stafett");
      request.onsuccess = () => resolve(request.result);
    });
    const rows = await new Promise<{ kind: string; bytes: ArrayBuffer }[]>((resolve) => {
      const request = db.transaction("entries").objectStore("entries").getAll();
      request.onsuccess = () => resolve(request.result as { kind: string; bytes: ArrayBuffer }[]);
    });
    db.close();
    return rows.map((row) => ({ kind: row.kind, text: JSON.stringify(row) + new TextDecoder().decode(row.bytes) }));
  });
}

async function fill(page: Page, summary: string): Promise<void> {
  await page.locator("input[name=urgency][value=urgent]").check();
  await page.getByLabel("Eller velg en annen").selectOption({ label: "Barnevernvakten" });
  await page.getByLabel("Hva har skjedd?").fill(summary);
}

test("without coverage the page opens within a second, and says no more than it knows", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach", { width: 390, height: 844, worker: true });
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.getByLabel("Eller velg en annen").waitFor();
  await page.waitForLoadState("networkidle");
  await page.close();
  await context.setOffline(true);
  const cold = await context.newPage();
  const wrongs: string[] = [];
  cold.on("pageerror", (error) => wrongs.push(error.message));
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const began = Date.now();
    await cold.goto("/ny");
    await cold.locator("#refer-alias").waitFor();
    times.push(Date.now() - began);
  }
  figure(`off-line cold start: ${times.join(", ")} ms`);
  expect(Math.min(...times)).toBeLessThanOrEqual(1_000);
  await cold.locator("input[name=needs][value=shelter]").check();
  await cold.locator("input[name=urgency][value=emergency]").check();
  await cold.getByText(/^Uten dekning: forslag fra katalogen slik den var/).waitFor();
  await cold.locator("label.receiver", { hasText: "Barnevernvakten" }).click();
  await cold.getByLabel("Hva har skjedd?").fill("Ute uten dekning.");
  await accessible(cold, "off line");
  await cold.getByRole("button", { name: "Legg i kø" }).click();
  await cold.getByRole("heading", { name: "Ligger på telefonen. Ikke sendt ennå." }).waitFor();
  expect(await cold.locator(".ladder li[data-done=true]").count()).toBe(1);
  await context.setOffline(false);
  await cold.getByRole("heading", { name: /^Lagret i Stafett til Barnevernvakten/ }).waitFor();
  expect((await onDevice(cold)).map(({ kind }) => kind)).toEqual(["receipt"]);
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a draft outlives a tab that is killed 300 ms after the last key", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  await page.getByLabel("Hva har skjedd?").pressSequentially("Fortsettelse følger");
  await page.waitForTimeout(300);
  const devtools = await context.newCDPSession(page);
  const gone = page.waitForEvent("crash");
  void devtools.send("Page.crash").catch(() => undefined);
  await gone;
  const next = await context.newPage();
  await next.goto("/ny");
  await next.getByText(/^Vi hentet kladden din fra/).waitFor();
  expect(await next.getByLabel("Hva har skjedd?").inputValue()).toBe("Fortsettelse følger");
  // Another tab does not take what is open here.
  const other = await context.newPage();
  await other.goto("/ny");
  await other.locator(".here").waitFor();
  expect(await other.getByLabel("Hva har skjedd?").inputValue()).toBe("");
  const [kept] = await onDevice(next);
  expect(kept?.kind).toBe("draft");
  expect(kept?.text).not.toContain("Fortsettelse");
  await context.close();
});

test("200 referrals from two tabs, with three of ten answers lost, are 200 referrals", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  const before = await countSent(page);
  const second = await context.newPage();
  await second.goto("/ny");
  for (const tab of [page, second]) await tab.getByLabel("Eller velg en annen").waitFor();
  let [puts, lost, covered] = [0, 0, false];
  await context.route("**/api/v1/referrals/*", async (route) => {
    // A route is asked before the coverage is.
    if (!covered) return route.abort("internetdisconnected");
    if (route.request().method() !== "PUT") return route.continue();
    // The server has done its work; its answer does not come through.
    const response = await route.fetch();
    if ([1, 4, 8].includes(puts++ % 10)) {
      lost++;
      return route.abort("connectionreset");
    }
    return route.fulfill({ response });
  });
  await context.setOffline(true);
  await Promise.all([submit(page, 100), submit(second, 100)]);
  const queued = (await onDevice(page)).filter(({ kind }) => kind === "waiting").length;
  const began = Date.now();
  covered = true;
  await context.setOffline(false);
  await expect.poll(async () => (await onDevice(page)).filter(({ kind }) => kind === "waiting").length, { timeout: 300_000, interval: 1_000 }).toBe(0);
  figure(`${String(queued)} off-line submits: ${String(puts)} requests, ${String(lost)} answers lost, ${String(Date.now() - began)} ms`);
  expect(queued).toBe(200);
  expect(lost).toBeGreaterThan(50);
  expect((await countSent(page)) - before).toBe(200);
  await context.close();
}, 480_000);

/** Writes and queues so many, through the page itself. */
function submit(page: Page, count: number): Promise<void> {
  return page.evaluate(async (count) => {
    async function find<T extends Element>(selector: string, fits: (found: T) => boolean = () => true): Promise<T> {
      for (let waited = 0; waited < 4_000; waited++) {
        const found = document.querySelector<T>(selector);
        if (found !== null && fits(found)) return found;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error(`no ${selector}`);
    }
    for (let nth = 0; nth < count; nth++) {
      const summary = await find<HTMLTextAreaElement>("#refer-summary", (field) => field.value === "");
      (await find<HTMLInputElement>("input[name=urgency][value=urgent]")).click();
      const receiver = await find<HTMLSelectElement>("#refer-receiver-other");
      receiver.value = "barnevernvakten";
      receiver.dispatchEvent(new Event("change", { bubbles: true }));
      summary.value = `Nummer ${String(nth)}`;
      summary.dispatchEvent(new Event("input", { bubbles: true }));
      await find("#refer-basis");
      (await find<HTMLButtonElement>(".send-button")).click();
      (await find<HTMLButtonElement>(".ladder > button")).click();
    }
  }, count);
}

async function enter(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name }).click();
  await page.locator(".head").waitFor();
}

async function signOut(page: Page): Promise<void> {
  await page.locator(".head-account > button").click();
  await page.getByRole("button", { name: "Logg ut" }).click();
}

test("a session that is over keeps what is unsent, and sends it after the next sign-in", async () => {
  const { page, context } = await visit(browser, "/ny", null);
  await enter(page, "Ingrid Solvang");
  const before = await countSent(page);
  await fill(page, "Skrevet da økten gikk ut.");
  // As when the token has run out: the server knows nobody by it, and no other is to be had.
  await over(context);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("heading", { name: "Ligger på telefonen. Ikke sendt ennå." }).waitFor();
  const signIn = page.getByRole("button", { name: "Logg inn for å sende" });
  await signIn.waitFor();
  await context.unrouteAll();
  await signIn.click();
  await page.getByLabel("Passord", { exact: true }).fill("stafett-demo-2026");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /^Lagret i Stafett/ }).waitFor();
  expect((await countSent(page)) - before).toBe(1);
  await context.close();
});

async function over(context: BrowserContext): Promise<void> {
  const refuse = { status: 401, contentType: "application/problem+json", body: JSON.stringify({ code: "unauthenticated", detail: "" }) };
  await context.route("**/api/v1/referrals/*", (route) => route.fulfill(refuse));
  await context.route("**/api/v1/auth/token", (route) => route.fulfill(refuse));
}

test("signing out asks about what is unsent, the next person sees nothing of it, and its owner finds it", async () => {
  const { page, context } = await visit(browser, "/ny", null);
  await enter(page, "Ingrid Solvang");
  const before = await countSent(page);
  await page.getByLabel("Eller velg en annen").waitFor();
  await context.route("**/api/v1/referrals/*", (route) => route.abort("internetdisconnected"));
  await fill(page, "Skal ikke ses av andre.");
  await page.locator(".send-button").click();
  await page.getByRole("heading", { name: "Ligger på telefonen. Ikke sendt ennå." }).waitFor();
  await signOut(page);
  await page.getByText("Én formidling venter på å bli sendt.").waitFor();
  await page.getByRole("button", { name: "Bli her" }).click();
  await signOut(page);
  await page.getByRole("button", { name: "Logg ut likevel" }).click();
  await page.getByRole("heading", { name: "Hvem vil du være?" }).waitFor();
  await context.unrouteAll();
  await enter(page, "Marte Lindgaard");
  await page.goto("/ny");
  await page.getByLabel("Eller velg en annen").waitFor();
  expect(await page.locator(".here").count()).toBe(0);
  expect(await page.locator("#refer-summary").inputValue()).toBe("");
  await signOut(page);
  await page.getByRole("heading", { name: "Hvem vil du være?" }).waitFor();
  await enter(page, "Ingrid Solvang");
  await page.goto("/ny");
  await page.locator(".here").getByText(/Barnevernvakten · lagret/).waitFor();
  expect((await countSent(page)) - before).toBe(1);
  await context.close();
});
