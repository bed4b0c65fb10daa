import { useEffect, useRef } from "preact/hooks";
import { type Filter, VIEWS, address, bare } from "./views";
import { text } from "./words";

/** The views, as links: each has an address of its own. */
export function Tabs({ filter, go }: { filter: Filter; go: (next: Filter) => void }) {
  const t = text();
  const tabs = useRef<HTMLElement>(null);
  // On a phone they are more than fit beside each other.
  useEffect(() => tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [filter.view]);
  return (
    <>
      <nav ref={tabs} class="tabs" aria-label={t.title}>
        {VIEWS.map((view) => (
          <a key={view} href={address({ ...bare(filter), view, unit: false })} aria-current={view === filter.view ? "page" : undefined}>
            {t.views[view]}
          </a>
        ))}
      </nav>
      {filter.view === "mine" ? (
        <fieldset class="choice whose">
          <legend class="visually-hidden">{t.whose}</legend>
          <div class="choice-row">
            <label>
              <input type="radio" name="whose" checked={!filter.unit} onChange={() => go({ ...filter, unit: false })} />
              <span>{t.whoseMe}</span>
            </label>
            <label>
              <input type="radio" name="whose" checked={filter.unit} onChange={() => go({ ...filter, unit: true })} />
              <span>{t.whoseUnit}</span>
            </label>
          </div>
        </fieldset>
      ) : null}
    </>
  );
}
