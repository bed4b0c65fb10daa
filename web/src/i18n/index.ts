/**
 * Two languages, both complete by type: the English catalogue of a page must have the shape of the Norwegian one.
 * A page brings its own section (`nb/<page>.ts`, `en/<page>.ts`), so that no page loads another's words.
 */
import { effect, signal } from "@preact/signals";
import { recall, remember } from "../storage";
import { LOCALES } from "./locale";

export type Language = "nb" | "en";

/** The same keys with a text, or a function to a text, for each. */
export type Words<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => string
    ? (...args: A) => string
    : T[K] extends string
      ? string
      : Words<T[K]>;
};

const KEY = "stafett.language";

function initial(): Language {
  const chosen = recall(KEY);
  if (chosen === "nb" || chosen === "en") return chosen;
  const preferred = navigator.languages.find((tag) => /^(nb|nn|no|en)\b/i.test(tag));
  return preferred?.toLowerCase().startsWith("en") === true ? "en" : "nb";
}

/** The language of the page. Whoever reads it while rendering is rendered anew when it changes. */
export const language = signal<Language>(initial());

effect(() => {
  document.documentElement.lang = language.value;
});

/** Chooses the language, for this browser and until somebody chooses anew. */
export function speak(chosen: Language): void {
  language.value = chosen;
  remember(KEY, chosen);
}

/** What the person's account says, unless this browser was told something else. */
export function speakAsUsual(account: string): void {
  if (recall(KEY) === null && (account === "nb" || account === "en")) language.value = account;
}

/** A section's words in the language of the moment: call the result while rendering. */
export function words<T>(nb: T, en: Words<T>): () => Words<T> {
  // The Norwegian catalogue has literal types, which the general shape of its words takes in.
  return () => (language.value === "en" ? en : (nb as Words<T>));
}

/**
 * A section that is too long to load in a language that nobody reads here: each language is a file of its own. The page
 * waits for `load`; another language comes when it is chosen, and until then the words stay as they are.
 */
export function wordsOnDemand<T>(nb: () => Promise<T>, en: () => Promise<Words<T>>): { load: () => Promise<void>; words: () => Words<T> } {
  const loaded = signal<Words<T> | null>(null);
  const load = async () => {
    loaded.value = language.value === "en" ? await en() : ((await nb()) as Words<T>);
  };
  const follow = async () => {
    await load();
    // What cannot be fetched without coverage is fetched when the page is opened again.
    language.subscribe(() => void load().catch(() => undefined));
  };
  let following: Promise<void> | null = null;
  return {
    load: () =>
      (following ??= follow().catch((error: unknown) => {
        following = null;
        throw error;
      })),
    words: () => {
      if (loaded.value === null) throw new Error("the words of this page are not loaded");
      return loaded.value;
    },
  };
}

/** The tag for dates and numbers in the language of the moment. */
export function locale(): string {
  return LOCALES[language.value];
}
