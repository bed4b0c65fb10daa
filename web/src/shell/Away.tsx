import { useEffect, useState } from "preact/hooks";
import { away } from "../api/session";
import { shell } from "./words";

const ASK_EVERY_MS = 4_000;
const SAY_BACK_FOR_MS = 4_000;

/** Says calmly that the server does not answer, and asks after it until it does. */
export function Away() {
  const [back, setBack] = useState(false);
  const gone = away.value;
  // The browser may know it before anybody has asked the server for something.
  useEffect(() => {
    const lost = () => (away.value = true);
    addEventListener("offline", lost);
    return () => removeEventListener("offline", lost);
  }, []);
  useEffect(() => {
    if (!gone) return;
    const ask = async () => {
      try {
        if ((await fetch("/healthz")).ok) {
          away.value = false;
          setBack(true);
          setTimeout(() => setBack(false), SAY_BACK_FOR_MS);
        }
      } catch {
        // Still away; the next round asks again.
      }
    };
    const now = () => void ask();
    const timer = setInterval(now, ASK_EVERY_MS);
    addEventListener("online", now);
    return () => {
      clearInterval(timer);
      removeEventListener("online", now);
    };
  }, [gone]);
  const t = shell().away;
  return (
    <div class="away" role="status">
      {gone ? (
        <p>
          <strong>{t.title}</strong> {t.text}
        </p>
      ) : back ? (
        <p data-back>{t.back}</p>
      ) : null}
    </div>
  );
}
