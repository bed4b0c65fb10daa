import { useLocation } from "preact-iso";
import { useEffect } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { me } from "../../api/session";
import { pages } from "../../shell/pages";
import { useFocus, useTitle } from "../../ui/title";
import { text } from "./words";
import "./help.css";

/** The pages that have a section, by its id, in the order of the day's work. */
const SECTIONS = ["ny", "ute", "innboks", "formidling", "saker", "folg-opp", "innsyn", "nodtilgang", "katalog", "oppsett", "arbeidsflyter", "meg"] as const;

const KEYS = [
  ["J", "next"],
  ["K", "previous"],
  ["Enter", "enter"],
  ["A", "accept"],
  ["R", "back"],
  ["F", "forward"],
  ["I", "ask"],
  ["X", "select"],
  ["S", "aside"],
  ["Z", "undo"],
  ["/", "search"],
  ["?", "help"],
  ["Ctrl K", "palette"],
] as const;

/** What each page is for, what the words mean, what the limits say. A page links to its own section. */
export default function Help() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.title);
  const { url } = useLocation();
  const person = me.value;
  // Only pages that this person has: the first of a section is the one that the menu leads to.
  const sections = SECTIONS.filter((id) => {
    const page = pages.find((candidate) => candidate.help === id);
    return page !== undefined && (person === null || page.menu?.for?.(person) !== false);
  });
  useEffect(() => {
    const target = document.getElementById(location.hash.slice(1));
    if (target === null) return;
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  }, [url]);
  const contents = [
    ...sections.map((id) => [id, t[id].title] as const),
    ["ordene", t.words.title] as const,
    ["fristene", t.clocks.title] as const,
    ["e-post", t.mail.title] as const,
    ["taster", t.keys.title] as const,
  ];
  return (
    <div class="page wide help">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        <p>{t.lead}</p>
      </div>
      <nav class="help-contents" aria-labelledby="contents">
        <h2 id="contents" class="ds-heading" data-size="2xs">
          {t.contents}
        </h2>
        <ul>
          {contents.map(([id, title]) => (
            <li key={id}>
              <a class="ds-link" href={`#${id}`} onClick={(event) => jump(event, id)}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="help-body">
        {sections.map((id) => (
          <Section key={id} id={id} title={t[id].title}>
            <Points of={t[id].text} />
            {pathOf(id) === undefined ? null : (
              <p>
                <a class="ds-link" href={pathOf(id)}>
                  {t.open}: {t[id].title}
                </a>
              </p>
            )}
          </Section>
        ))}
        <Section id="ordene" title={t.words.title}>
          <dl class="help-words">
            {Object.entries(t.words.list).map(([key, { term, text }]) => (
              <div key={key}>
                <dt>{term}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </Section>
        <Section id="fristene" title={t.clocks.title}>
          <Points of={t.clocks.text} />
          {pathOf("arbeidsflyter") === undefined ? null : (
            <p>
              <a class="ds-link" href={pathOf("arbeidsflyter")}>
                {t.clocks.all}
              </a>
            </p>
          )}
        </Section>
        <Section id="e-post" title={t.mail.title}>
          <p>{t.mail.text}</p>
          <div class="help-mail">
            <div>
              <h3 class="ds-heading" data-size="2xs">
                {t.mail.holds}
              </h3>
              <Points of={t.mail.held} />
            </div>
            <div>
              <h3 class="ds-heading" data-size="2xs">
                {t.mail.never}
              </h3>
              <Points of={t.mail.neverHolds} />
            </div>
          </div>
          <p>{t.mail.tail}</p>
        </Section>
        <Section id="taster" title={t.keys.title}>
          <p>{t.keys.text}</p>
          {sections.includes("innboks") ? (
            <>
              <h3 class="ds-heading" data-size="2xs">
                {t.keys.inbox}
              </h3>
              <dl class="help-keys">
                {KEYS.map(([key, what]) => (
                  <div key={key}>
                    <dt>
                      <kbd>{key}</kbd>
                    </dt>
                    <dd>{t.keys.list[what]}</dd>
                  </div>
                ))}
              </dl>
              <p>{t.keys.off}</p>
            </>
          ) : null}
        </Section>
      </div>
    </div>
  );
}

/** Where a section's page is; none where its path varies. */
function pathOf(section: string): string | undefined {
  return pages.find((page) => page.help === section && !page.path.includes(":"))?.path;
}

function jump(event: MouseEvent, id: string) {
  event.preventDefault();
  history.replaceState(history.state, "", `#${id}`);
  const target = document.getElementById(id);
  target?.scrollIntoView();
  target?.focus({ preventScroll: true });
}

function Section({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section class="card stack">
      <h2 id={id} class="ds-heading" data-size="xs" tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  );
}

function Points({ of }: { of: readonly string[] }) {
  return (
    <ul class="points">
      {of.map((point) => (
        <li key={point}>{point}</li>
      ))}
    </ul>
  );
}
