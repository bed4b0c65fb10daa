/** Light, dark, or as the system says. `public/early.js` applies the choice before the first paint. */
import { effect, signal } from "@preact/signals";
import { recall, remember } from "./storage";

export type Scheme = "auto" | "light" | "dark";

const KEY = "stafett.scheme";
const stored = recall(KEY);

export const scheme = signal<Scheme>(stored === "light" || stored === "dark" ? stored : "auto");

effect(() => {
  document.documentElement.dataset.colorScheme = scheme.value;
});

export function paint(chosen: Scheme): void {
  scheme.value = chosen;
  remember(KEY, chosen);
}
