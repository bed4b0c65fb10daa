/** The page's state: the draft that is open, where it is kept, what is wrong with it, and what was sent from here. */
import { batch, computed, signal } from "@preact/signals";
import * as shelf from "../../offline/shelf";
import { canSeal } from "../../offline/seal";
import type { Entry } from "../../offline/store";
import { uuid7 } from "../../offline/uuid";
import { type Fault, type Field, type Form, basisOf, blank, isEmpty } from "./form";
import { here, senders, workflows } from "./reference";
import { laterText, loadLater, text } from "./words";

export const form = signal<Form>(blank(""));
export const faults = signal<readonly Fault[]>([]);
/** When the draft was last written to the device; null when it is not. */
export const keptAt = signal<number | null>(null);
export const notKept = signal(false);
/** When the draft that was found on the device had been written. */
export const foundFrom = signal<number | null>(null);
/** An earlier wording that the server has already. */
export const earlier = signal<string | null>(null);
export const returned = signal(false);
/** What was sent last from this page, whose receipt is shown. */
export const sent = signal<string | null>(null);
const draftId = signal("");

/** What is needed from the first press of the button on. Fetched when the page stands, while there may be coverage. */
const later = () => Promise.all([import("./request"), loadLater()]).then(([file]) => file);

/** Well within the 300 ms after the last key that the page promises. */
const KEEP_AFTER_MS = 120;

let createdAt = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
/** Resolving it lets go of the draft, so that another tab may open it. */
let letGo: () => void = () => undefined;
/** What goes into the queue is no draft any more, and must not be written over by one. */
let posting = false;
let saving: Promise<void> = Promise.resolve();

/** The drafts that are not open here. */
export const others = computed(() => shelf.drafts.value.filter((draft) => draft.id !== draftId.value));

/** Whether anything but the open draft lies here. */
export const holds = computed(() => others.value.length + shelf.waiting.value.length + shelf.parcels.value.length + shelf.receipts.value.length > 0);

export function set(change: Partial<Form>): void {
  batch(() => {
    form.value = { ...form.value, ...change };
    // What is being mended is no longer wrong until it is tried again.
    if (faults.value.length > 0) faults.value = faults.value.filter((fault) => !touches(fault.field, change));
  });
  clearTimeout(timer);
  timer = setTimeout(() => void keep(), KEEP_AFTER_MS);
}

function touches(field: Field, change: Partial<Form>): boolean {
  if (field === "send") return false;
  if (field === "consent") return "consentBy" in change;
  if (field === "scope") return "consentScope" in change;
  if (field === "informed") return "told" in change;
  if (field === "basis") return "basis" in change || "receiver" in change;
  if (field === "number") return "number" in change || "numberKind" in change;
  return field in change;
}

/** Writes the draft to the device now. */
export function keep(): Promise<void> {
  clearTimeout(timer);
  const [id, written] = [draftId.value, form.value];
  if (!canSeal || posting || id === "") return saving;
  saving = saving.then(async () => {
    if (draftId.value !== id || posting) return;
    try {
      if (isEmpty(written)) await shelf.dropDraft(id);
      else await shelf.saveDraft(id, { form: written, problem: null, earlier: earlier.value }, createdAt);
      keptAt.value = isEmpty(written) ? null : Date.now();
      notKept.value = false;
    } catch {
      notKept.value = true;
    }
  });
  return saving;
}

/** Opens what the address asks for: a new one in a case; else the newest draft that no other tab has open, unless somebody writes already. */
export async function begin(inCase: string | undefined, need: string | undefined): Promise<void> {
  void Promise.all([later(), import("./rough"), import("./LegalBasis"), import("./Files"), import("./Ladder"), import("./Here"), import("./ForCase")]).catch(() => undefined);
  // A slow device answers long after the page stands; what was written meanwhile must not give way to what lies there.
  if (draftId.value === "") void hold(name());
  if (form.value.sender === "") form.value = { ...form.value, sender: senders()[0]?.slug ?? "" };
  await shelf.refresh().catch(() => undefined);
  if (inCase !== undefined) return (await import("./ForCase")).begin(inCase, need);
  for (const draft of shelf.drafts.value) if (!isEmpty(form.value) || (await open(draft, true))) return;
  // The page of a case on which nothing was written is left behind.
  if (form.value.subject !== null && isEmpty(form.value)) await fresh();
}

/** Opens a draft. False when another tab has it; with `unlessWritten`, what is being written stays open instead. */
export async function open(draft: Entry<shelf.Draft>, unlessWritten = false): Promise<boolean> {
  await keep();
  if (!(await hold(draft.id))) return false;
  const { problem } = draft.data;
  const { faultsOf } = await later();
  if (unlessWritten && !isEmpty(form.value)) return hold(draftId.value);
  batch(() => {
    draftId.value = draft.id;
    // A draft of an older version of this page may lack what has come since.
    form.value = { ...blank(senders()[0]?.slug ?? ""), ...(draft.data.form as Partial<Form>) };
    faults.value = problem === null ? [] : faultsOf(problem);
    returned.value = problem !== null;
    earlier.value = draft.data.earlier;
    foundFrom.value = draft.updatedAt;
    keptAt.value = draft.updatedAt;
    sent.value = null;
  });
  createdAt = draft.createdAt;
  return true;
}

/** Opens what was just sent from here again when the server did not take it: whoever waits beside it can mend it at once. */
export async function reopen(): Promise<void> {
  const id = shelf.renamed.get(sent.value ?? "") ?? sent.value;
  const back = shelf.drafts.value.find((draft) => draft.id === id);
  if (back !== undefined && (await open(back))) document.getElementById("refer-title")?.focus();
}

/** An empty page. */
export async function fresh(): Promise<void> {
  await keep();
  await start(form.value.sender);
}

/** A page about somebody who is registered already. */
export async function freshWith(filled: Partial<Form>): Promise<void> {
  await keep();
  await start(filled.sender ?? form.value.sender);
  form.value = { ...form.value, ...filled };
}

async function start(sender: string): Promise<void> {
  const known = senders();
  const id = batch(() => {
    form.value = blank(known.some((agency) => agency.slug === sender) ? sender : (known[0]?.slug ?? ""));
    faults.value = [];
    keptAt.value = foundFrom.value = earlier.value = sent.value = null;
    returned.value = notKept.value = false;
    return name();
  });
  await hold(id);
}

/** Gives what is written now an id of its own. */
function name(): string {
  createdAt = Date.now();
  return (draftId.value = uuid7());
}

/** Throws the draft away. */
export async function discard(): Promise<void> {
  clearTimeout(timer);
  const [id, { files }] = [draftId.value, form.value];
  await saving;
  await shelf.dropDraft(id);
  await shelf.dropContents(files);
  await start(form.value.sender);
}

/** Checks it and puts it in the queue. False, with the faults at their fields, when something must be mended. */
export async function submit(send: boolean): Promise<boolean> {
  const t = text();
  const { check, toRequest, toRequestInCase } = await later();
  const found = send ? check(form.value, workflows.value, here.value, t, laterText()) : [];
  faults.value = found;
  if (found.length > 0) return false;
  const [id, now] = [draftId.value, form.value];
  // A picture tells whom it is about.
  const written = basisOf(now, workflows.value) === "anonymous-consultation" ? { ...now, files: [] } : now;
  await keep();
  const to = written.receiver?.name ?? "";
  posting = true;
  try {
    const { subject } = written;
    await shelf.post(
      id,
      subject === null
        ? { request: toRequest(written, workflows.value, t, send), form: written, to }
        : { request: toRequestInCase(written, workflows.value, t, send), inCase: subject.reference, form: written, to },
    );
    await start(written.sender);
  } catch {
    notKept.value = true;
    return false;
  } finally {
    posting = false;
  }
  sent.value = id;
  return true;
}

/** Holds the draft for this tab, in place of the one before. */
async function hold(id: string): Promise<boolean> {
  if (!("locks" in navigator)) return true;
  return new Promise<boolean>((resolve) => {
    void navigator.locks.request(`stafett.draft.${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      if (lock === null) return undefined;
      letGo();
      return new Promise<void>((release) => {
        letGo = release;
      });
    });
  });
}

/** Before the tab may be gone. */
export function guard(): () => void {
  const save = () => {
    if (document.visibilityState === "hidden") void keep();
  };
  document.addEventListener("visibilitychange", save);
  addEventListener("pagehide", save);
  return () => {
    document.removeEventListener("visibilitychange", save);
    removeEventListener("pagehide", save);
    void keep();
  };
}
