/** What was done last, and whether it can be taken back: until the next action or the server says no. */
import { signal } from "@preact/signals";
import { Refused } from "../api/client";
import { type Input, type Referral, act } from "./api";

export interface Done {
  readonly reference: string;
  /** In words, as the button said it. */
  readonly what: string;
  readonly state: "doing" | "done" | "undone" | "failed";
  /** The version on which it can be undone; null when it cannot. */
  readonly undo: number | null;
  /** How to take back what changed no referral, such as putting it aside. */
  readonly back?: () => Promise<unknown>;
  /** Why it failed, in the server's words. */
  readonly why?: string;
}

export const last = signal<Done | null>(null);

/** Takes an action and keeps what it takes to undo it. Throws what the server refuses, after saying so. */
export async function perform(referral: { reference: string; version: number }, action: string, what: string, input: Input): Promise<Referral> {
  const { reference } = referral;
  last.value = { reference, what, state: "doing", undo: null };
  try {
    const after = await act(reference, referral.version, action, input);
    const undoable = after.actions.some((one) => one.action === "undo");
    last.value = { reference, what, state: "done", undo: undoable ? after.version : null };
    return after;
  } catch (error) {
    last.value = { reference, what, state: "failed", undo: null, why: whyNot(error) };
    throw error;
  }
}

/** Does what changes no referral, only how I have ordered my desk, and keeps how to take it back. */
export async function arrange<T>(reference: string, what: string, work: () => Promise<T>, told: (answer: T) => string, back: () => Promise<unknown>): Promise<T> {
  last.value = { reference, what, state: "doing", undo: null };
  try {
    const answer = await work();
    last.value = { reference, what: told(answer), state: "done", undo: null, back };
    return answer;
  } catch (error) {
    last.value = { reference, what, state: "failed", undo: null, why: whyNot(error) };
    throw error;
  }
}

/** Takes the last one back where it changed no referral. False when it did. */
export async function rearrange(): Promise<boolean> {
  const done = last.value;
  if (done?.back === undefined) return false;
  const { back, ...rest } = done;
  last.value = { ...rest, state: "doing" };
  try {
    await back();
    last.value = { ...rest, state: "undone" };
  } catch (error) {
    last.value = { ...rest, state: "failed", why: whyNot(error) };
  }
  return true;
}

/** Takes the last one back. Null when there was nothing to take back, or it is too late. */
export async function undo(): Promise<Referral | null> {
  const done = last.value;
  if (done?.undo == null) return null;
  last.value = { ...done, state: "doing", undo: null };
  try {
    const after = await act(done.reference, done.undo, "undo", {});
    last.value = { ...done, state: "undone", undo: null };
    return after;
  } catch (error) {
    last.value = { ...done, state: "failed", undo: null, why: whyNot(error) };
    return null;
  }
}

export function whyNot(error: unknown): string {
  return error instanceof Refused && error.problem !== null ? error.problem.detail : "";
}

