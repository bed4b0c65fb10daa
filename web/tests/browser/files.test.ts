/** Photos and files: nothing beside the picture leaves the device, and what waits is sent after its referral, once. */
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { accessible, launch, visit } from "./browser";
import { type Json, request, send } from "./desk";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const SECRET = "GPS 59.9127 10.7461, Canon of Ingrid";

/** A photo as a camera makes it: with the place beside the picture. */
async function photo(page: Page): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 3_000;
    canvas.height = 2_000;
    const drawing = canvas.getContext("2d");
    if (drawing !== null) {
      drawing.fillStyle = "#246";
      drawing.fillRect(200, 200, 900, 700);
    }
    return canvas.toDataURL("image/jpeg");
  });
  const picture = Buffer.from(url.split(",")[1] ?? "", "base64");
  const words = Buffer.from(`Exif\0\0${SECRET}`);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(words.length + 2);
  const buffer = Buffer.concat([picture.subarray(0, 2), Buffer.from([0xff, 0xe1]), length, words, picture.subarray(2)]);
  return { name: "IMG_20261128_013012.jpg", mimeType: "image/jpeg", buffer };
}

async function attachments(reference: string, persona = "outreach"): Promise<Json[]> {
  return (await request(persona, "GET", `/referrals/${reference}/attachments`, {})).items as Json[];
}

async function content(reference: string, id: string): Promise<Buffer> {
  const answer = await fetch(`${inject("url")}/api/v1/referrals/${reference}/attachments/${id}`, { headers: { authorization: `Bearer ${inject("tokens").outreach ?? ""}` } });
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

/** All contents that lie on the device, as whoever takes the disk would see them. */
function contentsOnDevice(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open("stafett");
      request.onsuccess = () => resolve(request.result);
    });
    const rows = await new Promise<{ bytes: ArrayBuffer }[]>((resolve) => {
      const request = db.transaction("contents").objectStore("contents").getAll();
      request.onsuccess = () => resolve(request.result as { bytes: ArrayBuffer }[]);
    });
    db.close();
    return rows.map(({ bytes }) => new TextDecoder("latin1").decode(bytes));
  });
}

test("a photo waits sealed for coverage, goes after its referral with lost answers in between, once, and without where it was taken", async () => {
  const { page, context, wrongs } = await visit(browser, "/ny", "outreach", { width: 390, height: 844 });
  await page.getByLabel("Eller velg en annen").waitFor();
  await page.locator("#refer-files-photo").waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle");
  const taken = await photo(page);
  expect(taken.buffer.includes(SECRET)).toBe(true);
  await context.setOffline(true);
  await page.locator("input[name=urgency][value=urgent]").check();
  await page.getByLabel("Eller velg en annen").selectOption({ label: "Barnevernvakten" });
  await page.getByLabel("Hva har skjedd?").fill("Rommet de sov i.");
  await page.locator("#refer-files-photo").setInputFiles(taken);
  await page.getByText("Én fil sendes etter formidlingen.").waitFor();
  await page.getByRole("img", { name: "Uten navn (bilde)" }).waitFor();
  await accessible(page, "with a photo");
  const kept = await contentsOnDevice(page);
  expect(kept.length).toBe(1);
  for (const one of kept) for (const told of [SECRET, "JFIF", "Exif"]) expect(one).not.toContain(told);
  await page.getByRole("button", { name: "Legg i kø" }).click();
  await page.getByRole("heading", { name: "Ligger på telefonen. Ikke sendt ennå." }).waitFor();
  const [puts, order] = [new Set<string>(), [] as string[]];
  let asked = 0;
  await context.route(/\/api\/v1\/referrals\/[^/]+(\/attachments\/[^/]+)?$/, async (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    const isFile = route.request().url().includes("/attachments/");
    order.push(isFile ? "file" : "referral");
    if (!isFile) return route.continue();
    puts.add(route.request().url());
    const response = await route.fetch();
    // The server has it; twice it cannot say so.
    return asked++ < 2 ? route.abort("connectionreset") : route.fulfill({ response });
  });
  await context.setOffline(false);
  await page.getByRole("heading", { name: /^Lagret i Stafett til Barnevernvakten/ }).waitFor();
  await expect.poll(async () => (await contentsOnDevice(page)).length, { timeout: 90_000 }).toBe(0);
  expect(order[0]).toBe("referral");
  expect(asked).toBeGreaterThanOrEqual(3);
  expect(puts.size).toBe(1);
  const reference = (await page.locator(".ladder a").first().getAttribute("href"))?.split("/").pop() ?? "";
  const stored = await attachments(reference);
  expect(stored.length).toBe(1);
  expect(stored[0]).toMatchObject({ mediaType: "image/jpeg", state: "kept" });
  const picture = await content(reference, String(stored[0]?.id));
  expect(picture.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  for (const told of [SECRET, "Exif"]) expect(picture.includes(told)).toBe(false);
  // The server's way of saying that it has it already, which the browser counts as an error.
  expect(wrongs.filter((wrong) => wrong.includes("412")).length).toBe(1);
  expect(wrongs.filter((wrong) => !/ERR_(CONNECTION_RESET|INTERNET_DISCONNECTED)|412/.test(wrong))).toEqual([]);
  await context.close();
});

test("what is no picture, and what is taken away again, goes nowhere; a draft keeps its files through a reload", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  await page.locator("#refer-files-file").waitFor({ state: "attached" });
  await page.locator("#refer-files-file").setInputFiles({ name: "bilde.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture at all") });
  await page.getByText(/^bilde\.jpg er ikke et bilde/).waitFor();
  await page.locator("#refer-files-file").setInputFiles({ name: "program.exe", mimeType: "", buffer: Buffer.from("MZ") });
  await page.getByText(/^program\.exe er av en type som ikke tas imot/).waitFor();
  await page.locator("#refer-files-file").setInputFiles([
    { name: "notat.txt", mimeType: "text/plain", buffer: Buffer.from("Kl. 01.30") },
    { name: "feil.txt", mimeType: "text/plain", buffer: Buffer.from("ikke denne") },
  ]);
  await page.getByText("2 filer sendes etter formidlingen.").waitFor();
  await page.getByRole("button", { name: "Ta bort feil.txt" }).click();
  await page.getByText("Én fil sendes etter formidlingen.").waitFor();
  await page.getByText(/^Lagret på denne enheten/).waitFor();
  // What it holds goes last, when the draft names it no more.
  await expect.poll(async () => (await contentsOnDevice(page)).length).toBe(1);
  await page.reload();
  await page.getByText("Én fil sendes etter formidlingen.").waitFor();
  await page.getByText("notat.txt").waitFor();
  await page.getByRole("button", { name: "Slett kladden" }).click();
  await page.getByRole("button", { name: "Trykk igjen for å slette" }).click();
  await expect.poll(async () => (await contentsOnDevice(page)).length).toBe(0);
  await context.close();
});

test("a file is added to a referral, read by the other side, and taken away for good", async () => {
  const { reference } = await send("Fil");
  const { page, context, wrongs } = await visit(browser, `/formidling/${reference}`, "outreach");
  await page.getByRole("heading", { name: "Bilder og filer" }).waitFor();
  let letThrough: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  await context.route("**/attachments/*", async (route) => {
    if (route.request().method() === "PUT") await held;
    return route.continue();
  });
  await page.locator("#files-file").setInputFiles({ name: "vedtak fra skolen.txt", mimeType: "text/plain", buffer: Buffer.from("Hun har ikke møtt siden august.") });
  await page.getByRole("progressbar", { name: /^vedtak fra skolen\.txt: \d+ % sendt$/ }).waitFor();
  await accessible(page, "a file on its way");
  letThrough();
  await page.getByText("vedtak fra skolen.txt er lagret.").waitFor();
  await page.locator("#files-file").setInputFiles({ name: "stor.txt", mimeType: "text/plain", buffer: Buffer.alloc(21 * 1024 * 1024, 97) });
  await page.getByText(/^stor\.txt er for stor\. En fil kan ha høyst /).waitFor();

  const other = await visit(browser, `/formidling/${reference}`, "district");
  const download = other.page.waitForEvent("download");
  await other.page.getByRole("button", { name: "Last ned vedtak fra skolen.txt" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("vedtak fra skolen.txt");
  expect(await readFile(await file.path(), "utf8")).toBe("Hun har ikke møtt siden august.");
  // Only those who added it may take it away.
  expect(await other.page.getByRole("button", { name: "Ta bort vedtak fra skolen.txt" }).count()).toBe(0);
  await page.getByRole("button", { name: "Ta bort vedtak fra skolen.txt" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Ta bort" }).click();
  await page.getByText("vedtak fra skolen.txt er tatt bort.").waitFor();
  await other.page.reload();
  await other.page.locator(".file-list").getByText("Tatt bort").waitFor();
  expect(await other.page.getByText("vedtak fra skolen.txt").count()).toBe(0);
  expect([...wrongs, ...other.wrongs]).toEqual([]);
  await context.close();
  await other.context.close();
});

test("a file that did not arrive says so, and is sent by the same id when somebody tries again", async () => {
  const { reference } = await send("Igjen");
  const { page, context } = await visit(browser, `/formidling/${reference}`, "outreach");
  await page.getByRole("heading", { name: "Bilder og filer" }).waitFor();
  const puts: string[] = [];
  await context.route("**/attachments/*", async (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    puts.push(route.request().url());
    const response = await route.fetch();
    return puts.length === 1 ? route.abort("connectionreset") : route.fulfill({ response });
  });
  await page.locator("#files-file").setInputFiles({ name: "notat.txt", mimeType: "text/plain", buffer: Buffer.from("Kl. 01.30") });
  await page.getByText("Ikke sendt. Vi får ikke kontakt med tjeneren.").waitFor();
  await page.getByRole("button", { name: "Prøv igjen" }).click();
  await page.getByText("notat.txt er lagret.").waitFor();
  expect(puts.length).toBe(2);
  expect(new Set(puts).size).toBe(1);
  expect((await attachments(reference)).length).toBe(1);
  await context.close();
});
