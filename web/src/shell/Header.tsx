import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import question from "@navikt/aksel-icons/svg/QuestionmarkCircle.svg?raw";
import chevron from "@navikt/aksel-icons/svg/ChevronDown.svg?raw";
import person from "@navikt/aksel-icons/svg/PersonCircle.svg?raw";
import { type Me, agencies } from "../api/session";
import { Icon } from "../ui/Icon";
import { later } from "../ui/later";
import { helpFor, pages } from "./pages";
import { shell } from "./words";

/** What somebody chooses about themselves: fetched when they reach for it. */
const Account = later(() => import("./Account"));

/** The head of every page. On a phone its menu lies at the bottom, where the thumb is. */
export function Header({ me }: { me: Me }) {
  const t = shell();
  const { path } = useLocation();
  const [reached, setReached] = useState(false);
  const reach = () => setReached(true);
  const entries = pages.flatMap(({ path, menu }) => (menu === undefined || menu.for?.(me) === false ? [] : [{ path, ...menu }]));
  return (
    <header class="head">
      <a class="head-brand" href="/">
        <img src="/icon.svg" alt="" width={28} height={28} />
        <span>{t.name}</span>
      </a>
      <nav class="head-menu" aria-label={t.navigation}>
        <ul>
          {entries.map((entry) => (
            <li key={entry.path}>
              <a href={entry.path} aria-current={here(path, entry.path, entry.within) ? "page" : undefined}>
                <span class="icon picture" aria-hidden style={{ maskImage: `url("${entry.icon}")` }} />
                <span class={entry.short === undefined ? undefined : "head-long"}>{entry.label()}</span>
                {entry.short === undefined ? null : (
                  <span class="head-short" aria-hidden>
                    {entry.short()}
                  </span>
                )}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <a class="ds-button head-help" data-variant="tertiary" data-size="sm" href={helpFor(path)} aria-label={t.helpHere}>
        <Icon svg={question} />
      </a>
      <div class="head-account">
        <button
          type="button"
          class="ds-button"
          data-variant="tertiary"
          data-size="sm"
          popovertarget="account"
          onPointerEnter={reach}
          onFocus={reach}
          aria-label={t.account(me.displayName)}
        >
          <Icon svg={person} />
          <span class="head-who">
            <span>{me.displayName}</span>
            <span>{unit() ?? t.roles[me.roles[0] ?? ""] ?? t.noAgency}</span>
          </span>
          <Icon svg={chevron} />
        </button>
        <div id="account" class="account" popover="auto" onBeforeToggle={reach}>
          {reached ? <Account me={me} /> : null}
        </div>
      </div>
    </header>
  );
}

function unit(): string | undefined {
  const [first, ...more] = agencies.value;
  return first && `${first.name}${more.length > 0 ? ` +${more.length}` : ""}`;
}

function here(path: string, entry: string, within = `${entry}/`): boolean {
  return path === entry || (entry !== "/" && path.startsWith(within));
}
