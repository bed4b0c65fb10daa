import { useEffect, useRef, useState } from "preact/hooks";
import { language } from "../../i18n";
import { moment, now } from "../../i18n/time";
import type { Changed } from "./People";
import { text } from "./words";

/** What to hand out, shown this once. It lives in this page only, and is gone with it. */
export function Password({ title, changed }: { title: string; changed: Changed }) {
  const t = text().people.password;
  const [copied, setCopied] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.focus();
  }, []);
  const password = changed.oneTimePassword;
  const copy = async () => {
    if (password == null) return;
    try {
      await navigator.clipboard.writeText(password.password);
      setCopied(true);
    } catch {
      // Then it is read off the screen.
    }
  };
  return (
    <div ref={box} tabIndex={-1} class="card stack one-time" role="status">
      <p>
        <strong>{title}</strong>
      </p>
      {password == null ? (
        <p>{t.replay}</p>
      ) : (
        <>
          <p>
            {t.title}: <code>{password.password}</code>{" "}
            {"clipboard" in navigator ? (
              <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => void copy()}>
                {copied ? t.copied : t.copy}
              </button>
            ) : null}
          </p>
          <p>{t.once}</p>
          <p class="subtle">{t.until(moment(Date.parse(password.goodUntil), language.value, now.value))}</p>
        </>
      )}
    </div>
  );
}
