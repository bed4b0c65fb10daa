/** A night on the phone: few presses, kept after each, sent once whatever becomes of the answers; and what it adds up to. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { accessible, figure, launch, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

interface Listed {
  readonly id: string;
  readonly persons: number;
  readonly new: number;
}

/** The patrols of the register that began within the last hour. */
async function tonight(page: Page): Promise<Listed[]> {
  const from = encodeURIComponent(new Date(Date.now() - 3_600_000).toISOString());
  const answer = await page.request.get(`/api/v1/outreach/patrols?limit=100&from=${from}`, { headers: { authorization: `Bearer ${inject("tokens").outreach ?? ""}` } });
  return ((await answer.json()) as { items: Listed[] }).items;
}

const plus = (page: Page, age: string) => page.getByRole("button", { name: `Én til: ${age}`, exact: true }).first();

test("a patrol is entered in seven presses", async () => {
  const { page, context, wrongs } = await visit(browser, "/ute", "outreach", { width: 390, height: 844 });
  const before = await tonight(page);
  let presses = 0;
  const press = async (what: ReturnType<Page["locator"]>) => {
    presses++;
    await what.click();
  };
  await press(page.getByRole("checkbox", { name: "Vaterland" }));
  await press(page.getByRole("button", { name: "Start patrulje" }));
  await press(page.getByRole("radio", { name: "Nye" }));
  await press(page.getByRole("radio", { name: "Jenter og kvinner" }));
  await press(plus(page, "16–17 år"));
  await press(plus(page, "16–17 år"));
  await page.getByText("2 møtt, 2 for første gang").waitFor();
  await accessible(page, "a tally");
  await press(page.getByRole("button", { name: "Avslutt og lagre" }));
  await page.getByText("Patruljen er lagret i Stafett.").waitFor();
  figure(`a patrol with two persons: ${String(presses)} presses`);
  expect(presses).toBeLessThanOrEqual(7);
  const after = await tonight(page);
  expect(after).toHaveLength(before.length + 1);
  expect(after[0]).toMatchObject({ persons: 2, new: 2 });
  expect(wrongs).toEqual([]);
  await context.close();
});

test("without coverage a patrol lies on the phone, outlives it, and is sent once when half the answers are lost", async () => {
  const { page, context } = await visit(browser, "/ute", "outreach", { width: 390, height: 844 });
  const before = await tonight(page);
  await page.getByRole("checkbox", { name: "Vaterland" }).check();
  await page.getByRole("button", { name: "Start patrulje" }).click();
  await plus(page, "15 år").click();
  await page.getByText("1 møtt", { exact: true }).waitFor();
  // What has been counted outlives the page.
  await page.reload();
  await page.getByText("1 møtt", { exact: true }).waitFor();
  await plus(page, "15 år").click();
  let [puts, covered] = [0, false];
  await context.route("**/api/v1/outreach/patrols/*", async (route) => {
    if (!covered) return route.abort("internetdisconnected");
    // The server has done its work; the first answers do not come through.
    const response = await route.fetch();
    return puts++ < 2 ? route.abort("connectionreset") : route.fulfill({ response });
  });
  await page.getByRole("button", { name: "Avslutt og lagre" }).click();
  await page.getByText("Ligger på telefonen. Sendes når det er dekning.").waitFor();
  expect(await tonight(page)).toHaveLength(before.length);
  covered = true;
  await context.setOffline(true);
  await context.setOffline(false);
  await page.getByText("Patruljen er lagret i Stafett.").waitFor();
  expect(puts).toBeGreaterThanOrEqual(3);
  const after = await tonight(page);
  expect(after).toHaveLength(before.length + 1);
  expect(after[0]).toMatchObject({ persons: 2, new: 0 });
  await context.close();
}, 120_000);

test("a patrol is taken back and brought back", async () => {
  const { page, context } = await visit(browser, "/ute", "outreach");
  const rows = page.locator("[aria-labelledby=last-patrols] .rows li");
  await rows.first().waitFor();
  const text = await rows.first().innerText();
  await rows.first().getByRole("button").click();
  await page.getByText("Patruljen teller ikke lenger.").waitFor();
  await page.getByRole("button", { name: "Angre" }).click();
  await page.getByText("Patruljen teller igjen.").waitFor();
  await expect.poll(() => rows.first().innerText()).toBe(text);
  await context.close();
});

test("an arena is entered and corrected by keyboard", async () => {
  const { page, context, wrongs } = await visit(browser, "/ute/arenaer", "outreach");
  await page.getByRole("button", { name: "Ny arena" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("Nordre park");
  await accessible(page, "the form of an arena");
  await page.keyboard.press("Enter");
  await page.getByText("Lagret.", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Rett Nordre park" }).click();
  await page.getByLabel("Hva som mangler").fill("Lys om kvelden");
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Lys om kvelden").waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("the figures stand in words, in tables and as a curve, and are a third of a year as well", async () => {
  const { page, context } = await visit(browser, "/ute/tall", "outreach");
  await page.locator(".outreach-summary").waitFor();
  expect(await page.locator(".month-chart .bar").count()).toBeGreaterThanOrEqual(12);
  await page.locator("#outreach-period").selectOption({ index: 1 });
  const met = page.locator("table.figures").first().locator("tbody tr", { hasText: "Personer møtt" }).locator("td").first();
  await expect.poll(async () => Number(await met.innerText())).toBeGreaterThan(0);
  const persons = await met.innerText();
  await expect.poll(() => page.locator(".outreach-summary").innerText()).toContain(`møtte ${persons} personer`);
  // After the months come thirds of a year; the running one has at least the month that runs.
  const third = page.locator("#outreach-period option", { hasText: "–" }).first();
  await page.locator("#outreach-period").selectOption((await third.getAttribute("value")) ?? "");
  await expect.poll(() => page.locator(".outreach-summary").innerText()).not.toContain(`møtte ${persons} personer`);
  await context.close();
});

test("whoever watches the whole sees thirds of a year with no arena in them, and an agency that does not walk is told so", async () => {
  const auditor = await visit(browser, "/innsyn/ute", "auditor");
  await auditor.page.getByText("Tallene gjelder alle oppsøkende tjenester samlet.").waitFor();
  await auditor.page.locator("table.figures").first().waitFor();
  expect(await auditor.page.getByText("Vaterland").count()).toBe(0);
  await auditor.context.close();
  const district = await visit(browser, "/ute", "district");
  await district.page.getByText("Dette er for oppsøkende tjenester.").waitFor();
  expect(await district.page.locator(".head-menu").getByText("Uteregister").count()).toBe(0);
  await district.context.close();
});
