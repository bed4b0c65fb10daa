/** On paper: a referral is read in a meeting without the application around it. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, visit } from "./browser";
import { act, message, send } from "./desk";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("a printed referral has all that is told and nothing to press", async () => {
  const sent = await send("Papir");
  await message("outreach", sent.reference, "Vi møter henne på torsdag.");
  await act("district", sent, "accept", { assignee: "me" });
  const { page, context } = await visit(browser, `/formidling/${sent.reference}`, "district", { scheme: "dark" });
  await page.locator(".messages").getByText("Vi møter henne på torsdag.").first().waitFor();
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  for (const told of [sent.reference, "Papir har sluttet på skolen og sover hos venner.", "Opplysningsrett", "Yusuf Hakimi", "Vi møter henne på torsdag."]) {
    expect(await page.locator(".referral").getByText(told).first().isVisible(), told).toBe(true);
  }
  const toPress = await page.locator("button:visible, input:visible, textarea:visible, select:visible, nav:visible").evaluateAll((all) => all.map((one) => one.textContent.trim()));
  expect(toPress).toEqual([]);
  // Dark words on white, whatever the screen shows.
  const [ink, sheet] = await page.evaluate(() => {
    const light = (colour: string) => (colour.match(/[\d.]+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    const summary = document.querySelector(".summary .prose") ?? document.body;
    const panel = summary.closest(".panel") ?? document.body;
    return [light(getComputedStyle(summary).color), light(getComputedStyle(panel).backgroundColor)];
  });
  expect(ink).toBeLessThan(200);
  expect(sheet).toBeGreaterThan(700);
  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  const pages = (pdf.match(/\/Type\s*\/Page\b/g) ?? []).length;
  expect(pages).toBeGreaterThan(0);
  expect(pages).toBeLessThanOrEqual(3);
  await context.close();
});
