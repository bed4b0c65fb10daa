import { expect, test } from "vitest";

const nb = import.meta.glob<Record<string, unknown>>("./nb/*.ts", { eager: true });
const en = import.meta.glob<Record<string, unknown>>("./en/*.ts", { eager: true });

/** The shape of a catalogue: its keys, the lengths of its lists, and what takes how many arguments. */
function shape(words: unknown): unknown {
  if (Array.isArray(words)) return words.map(shape);
  if (typeof words === "function") return `function of ${words.length}`;
  if (typeof words === "object" && words !== null) {
    return Object.fromEntries(Object.entries(words).map(([key, value]) => [key, shape(value)]));
  }
  return typeof words === "string" && words.trim() !== "" ? "text" : "EMPTY";
}

test("each catalogue has its twin, and each text a text", () => {
  const names = (of: Record<string, unknown>) => Object.keys(of).map((path) => path.split("/").at(-1));
  expect(names(en)).toEqual(names(nb));
  for (const [path, words] of Object.entries(nb)) {
    const twin = en[path.replace("/nb/", "/en/")];
    expect(shape(twin), path).toEqual(shape(words));
    expect(JSON.stringify(shape(words)), path).not.toContain("EMPTY");
  }
});
