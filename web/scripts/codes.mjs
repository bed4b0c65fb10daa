// The words of the closed lists, from the page that a test of the server keeps true: docs/reference/codes.md. Each list is a
// file of its own, so that a page loads those that it shows.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/reference/codes.md", root), "utf8");
const lists = page.split(/^## /m).slice(1);
const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const head = "// Made by scripts/codes.mjs from docs/reference/codes.md; not to be edited.\n\n";
const folder = new URL("web/src/i18n/codes/", root);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const names = lists.map((list) => {
  const name = list.slice(0, list.indexOf("\n")).trim();
  const rows = [...list.matchAll(/^\| `([a-z0-9-]+)` \| ([^|]+) \| ([^|]+) \|/gm)];
  if (rows.length === 0) throw new Error(`docs/reference/codes.md: ${name} has no codes`);
  const table = (column) => rows.map((row) => `    ${JSON.stringify(row[1])}: ${JSON.stringify(row[column].trim())},\n`).join("");
  writeFileSync(new URL(`${name}.ts`, folder), `${head}export const ${camel(name)} = {\n  nb: {\n${table(2)}  },\n  en: {\n${table(3)}  },\n} as const;\n`);
  return name;
});
writeFileSync(new URL("web/src/i18n/codes.ts", root), head + names.map((name) => `export { ${camel(name)} } from "./codes/${name}";\n`).join(""));
