/** What the pages of the register have in common. */
import type { ComponentChildren } from "preact";
import { me } from "../../api/session";
import { language, words } from "../../i18n";
import { outreach as en } from "../../i18n/en/outreach";
import { outreach as nb } from "../../i18n/nb/outreach";
import { moment, now } from "../../i18n/time";
import { registers } from "../../shell/roles";
import { Tabs } from "../../ui/Tabs";
import { useFocus, useTitle } from "../../ui/title";
import "./outreach.css";

export const text = words(nb, en);

/** When something was, as people say it. */
export function at(written: string): string {
  return moment(Date.parse(written), language.value, now.value);
}

const PATHS = { patrol: "/ute", arenas: "/ute/arenaer", report: "/ute/tall" } as const;
type Tab = keyof typeof PATHS;

/** The agencies in whose register I write. */
export function mineToKeep(): ReturnType<typeof registers> {
  return me.value === null ? [] : registers(me.value);
}

export function Frame(props: { here: Tab; title: string; lead: string; children: ComponentChildren }) {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(props.title);
  return (
    <section class="page wide outreach">
      <Tabs label={t.tabs.label} here={PATHS[props.here]} tabs={Object.entries(PATHS).map(([tab, path]) => [path, t.tabs[tab as Tab]] as const)} />
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        <p class="subtle">{props.lead}</p>
      </div>
      {mineToKeep().length === 0 ? (
        <div class="empty">
          <p>{t.noRegister}</p>
        </div>
      ) : (
        props.children
      )}
    </section>
  );
}
