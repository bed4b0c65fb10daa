import { useEffect, useRef, useState } from "preact/hooks";
import { language } from "../i18n";

export interface Loaded<T> {
  /** What was found; stays while it is asked for anew. */
  readonly data: T | null;
  readonly error: unknown;
  readonly busy: boolean;
  readonly again: () => void;
  /** Puts in what a change has answered. */
  readonly set: (data: T) => void;
}

/** Asks when the page comes, when one of `on` changes, and when the language does: much of what the API says is words. */
export function useLoad<T>(ask: () => Promise<T>, on: readonly unknown[]): Loaded<T> {
  const [data, setData] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(true);
  const [round, setRound] = useState(0);
  const newest = useRef(0);
  useEffect(() => {
    const mine = ++newest.current;
    const still = () => mine === newest.current;
    setBusy(true);
    ask().then(
      (found) => {
        if (!still()) return;
        setData(found);
        setError(null);
        setBusy(false);
      },
      (reason: unknown) => {
        if (!still()) return;
        setError(reason);
        setBusy(false);
      },
    );
    return () => {
      newest.current++;
    };
  }, [...on, language.value, round]);
  const set = (found: T) => {
    newest.current++;
    setData(found);
    setError(null);
    setBusy(false);
  };
  return { data, error, busy, again: () => setRound((count) => count + 1), set };
}
