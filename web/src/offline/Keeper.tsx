import { useEffect, useState } from "preact/hooks";
import { away, beforeLeaving } from "../api/session";
import { words } from "../i18n";
import { offline as en } from "../i18n/en/offline";
import { offline as nb } from "../i18n/nb/offline";
import { install, newVersion, takeNewVersion } from "./install";
import type { Left } from "./Leaving";
import { begin } from "./outbox";
import { mine } from "./shelf";
import "./keeper.css";

const text = words(nb, en);

/** The question at signing out, which few ever see: it is fetched when it is asked. */
interface Asked {
  readonly Leaving: typeof import("./Leaving").default;
  readonly left: Left;
}

/** Looks after the outbox on every page, asks before somebody leaves unsent work, and offers a newer version. */
export default function Keeper() {
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    void install();
    const ask = async () => {
      const store = mine();
      if (store === null) return true;
      const kinds = ["waiting", "file", "draft", "night", "walk"] as const;
      const [waiting = 0, files = 0, drafts = 0, nights = 0, walks = 0] = await Promise.all(kinds.map((kind) => store.count(kind))).catch(() => [] as number[]);
      if (waiting + files + drafts + nights + walks === 0) return true;
      let Leaving: Asked["Leaving"];
      try {
        Leaving = (await import("./Leaving")).default;
      } catch {
        // Nobody goes unasked; they are told that the server is away, and may try again.
        away.value = true;
        return false;
      }
      return new Promise<boolean>((resolve) => {
        const answer = (leave: boolean) => {
          setAsked(null);
          resolve(leave);
        };
        setAsked({ Leaving, left: { waiting, files, drafts, patrols: nights + walks, answer } });
      });
    };
    beforeLeaving.push(ask);
    const end = begin();
    return () => {
      end();
      beforeLeaving.splice(beforeLeaving.indexOf(ask), 1);
    };
  }, []);
  const t = text();
  return (
    <>
      {newVersion.value === null ? null : (
        <div class="new-version" role="status">
          <span>{t.version}</span>
          <button type="button" class="ds-button" data-size="sm" data-variant="secondary" onClick={takeNewVersion}>
            {t.update}
          </button>
        </div>
      )}
      {asked === null ? null : <asked.Leaving left={asked.left} />}
    </>
  );
}
