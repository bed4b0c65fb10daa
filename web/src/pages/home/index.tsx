import { useLocation } from "preact-iso";
import { useEffect } from "preact/hooks";
import { words } from "../../i18n";
import { home as en } from "../../i18n/en/home";
import { home as nb } from "../../i18n/nb/home";
import { me } from "../../api/session";
import { pages } from "../../shell/pages";
import { doesCasework } from "../../shell/roles";
import { shell } from "../../shell/words";
import { useFocus, useTitle } from "../../ui/title";

const text = words(nb, en);

/** The front page of those who have no inbox: who I am here, and where to go. */
export default function Home() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(shell().home);
  const { route } = useLocation();
  const person = me.value;
  const desk = person !== null && doesCasework(person);
  useEffect(() => {
    // Whoever has an inbox begins there.
    if (desk) route("/innboks", true);
  }, [desk]);
  if (person === null || desk) return null;
  const called = (role: string) => shell().roles[role] ?? role;
  return (
    <section class="page narrow">
      <h1 class="ds-heading" data-size="lg" ref={heading} tabIndex={-1}>
        {t.title(person.displayName.split(" ")[0] ?? person.displayName)}
      </h1>
      {person.agencies.length > 0 ? (
        <>
          <h2 class="ds-heading" data-size="2xs">
            {t.units}
          </h2>
          <ul class="plain">
            {person.agencies.map((agency) => (
              <li key={agency.id}>
                <strong>{agency.name}</strong> <span class="subtle">{agency.roles.map(called).join(", ")}</span>
              </li>
            ))}
          </ul>
        </>
      ) : person.roles.length > 0 ? (
        <p>
          {t.roles}: {person.roles.map(called).join(", ")}
        </p>
      ) : (
        <p>{t.none}</p>
      )}
      <h2 class="ds-heading" data-size="2xs">
        {t.go}
      </h2>
      <ul class="plain">
        {pages.flatMap(({ path, menu }) =>
          menu === undefined || path === "/" || menu.for?.(person) === false
            ? []
            : [
                <li key={path}>
                  <a class="ds-link" href={path}>
                    {menu.label()}
                  </a>
                </li>,
              ],
        )}
        <li>
          <a class="ds-link" href="/arbeidsflyter">
            {t.workflows}
          </a>
        </li>
        <li>
          <a class="ds-link" href="/api/docs/" target="_self">
            {t.api}
          </a>
        </li>
      </ul>
    </section>
  );
}
