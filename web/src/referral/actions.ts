/**
 * How actions are shown. Which there are, the server says for each referral; here stands only in which order people look
 * for them and by which key (their pictures: `icons.ts`). One that is not in the list comes last and works as well.
 */
import type { Action, Referral } from "./api";
import { type InputSchema, inputOf } from "./schema";

interface Shown {
  readonly key?: string;
  /** Shown beside the main one, not under *More*. */
  readonly near?: true;
}

const ORDER: ReadonlyMap<string, Shown> = new Map<string, Shown>([
  ["answer-info", { near: true }],
  ["accept", { key: "a", near: true }],
  ["allocate", { near: true }],
  ["hand-off", { near: true }],
  ["send", { near: true }],
  ["start", { near: true }],
  ["resume", { near: true }],
  ["conclude", { near: true }],
  ["give-feedback", { near: true }],
  ["complete", { near: true }],
  ["acknowledge", { near: true }],
  ["request-info", { key: "i", near: true }],
  ["return-with-advice", { key: "r", near: true }],
  ["forward", { key: "f", near: true }],
  ["decline", { near: true }],
  ["assign", {}],
  ["hold", {}],
  ["withdraw", {}],
]);

interface Offered {
  readonly action: Action;
  readonly key: string | null;
  readonly near: boolean;
}

/** The actions in the order in which people look for them. `undo` is offered where something was done, not here. */
export function offered(referral: Referral): readonly Offered[] {
  const order = [...ORDER.keys()];
  const place = (action: Action) => (order.indexOf(action.action) + order.length + 1) % (order.length + 1);
  return referral.actions
    .filter((action) => action.action !== "undo")
    .toSorted((one, other) => place(one) - place(other))
    .map((action) => {
      const shown = ORDER.get(action.action);
      return { action, key: shown?.key ?? null, near: shown?.near === true };
    });
}

/** The action behind a key. Where nothing can be returned with advice, `r` is the no that there is. */
export function byKey(referral: Referral, key: string): Action | null {
  const all = offered(referral);
  const found = all.find((one) => one.key === key) ?? (key === "r" ? all.find((one) => one.action.action === "decline") : undefined);
  return found?.action ?? null;
}

/** What can be done at once, without asking anything; whoever accepts takes it on. */
export function atOnce(action: Action): Record<string, unknown> | null {
  const schema: InputSchema = inputOf(action);
  if (schema.required.length > 0) return null;
  const names = Object.keys(schema.properties);
  if (names.length === 0) return {};
  return action.action === "accept" && names.every((name) => schema.properties[name]?.format === "person")
    ? Object.fromEntries(names.map((name) => [name, "me"]))
    : null;
}
