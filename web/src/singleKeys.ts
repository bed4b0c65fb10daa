/** Whether single letters are commands (`pages/inbox/keys.ts`). Chosen for each browser, and remembered there. */
import { signal } from "@preact/signals";
import { recall, remember } from "./storage";

const KEY = "stafett.single-keys";

export const singleKeys = signal(recall(KEY) !== "off");

export function switchSingleKeys(on: boolean): void {
  singleKeys.value = on;
  remember(KEY, on ? "on" : "off");
}
