/**
 * How actions are shown. Which there are, the server says for each referral; here stands only in which order people look
 * for them, by which key and under which picture. One that is not in the list comes last and works as well.
 */
import handshake from "@navikt/aksel-icons/svg/HandShakeHeart.svg?raw";
import check from "@navikt/aksel-icons/svg/CheckmarkCircle.svg?raw";
import chat from "@navikt/aksel-icons/svg/ChatElipsis.svg?raw";
import forward from "@navikt/aksel-icons/svg/ArrowForward.svg?raw";
import undo from "@navikt/aksel-icons/svg/ArrowUndo.svg?raw";
import cross from "@navikt/aksel-icons/svg/XMark.svg?raw";
import type { Action, Referral } from "./api";
import { type InputSchema, inputOf } from "./schema";

interface Shown {
  readonly icon?: string;
  readonly key?: string;
  /** Shown beside the main one, not under *More*. */
  readonly near?: true;
}

const ORDER: ReadonlyMap<string, Shown> = new Map<string, Shown>([
  ["answer-info", { icon: chat, near: true }],
  ["accept", { icon: handshake, key: "a", near: true }],
  ["allocate", { near: true }],
  ["hand-off", { icon: forward, near: true }],
  ["send", { icon: forward, near: true }],
  ["start", { icon: check, near: true }],
  ["resume", { icon: check, near: true }],
  ["conclude", { icon: check, near: true }],
  ["give-feedback", { icon: chat, near: true }],
  ["complete", { icon: check, near: true }],
  ["acknowledge", { icon: check, near: true }],
  ["request-info", { icon: chat, key: "i", near: true }],
  ["return-with-advice", { icon: undo, key: "r", near: true }],
  ["forward", { icon: forward, key: "f", near: true }],
  ["decline", { icon: cross, near: true }],
  ["assign", {}],
  ["hold", {}],
  ["withdraw", {}],
]);

export interface Offered {
  readonly action: Action;
  readonly icon: string | null;
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
      return { action, icon: shown?.icon ?? null, key: shown?.key ?? null, near: shown?.near === true };
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
