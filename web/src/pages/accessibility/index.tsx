import { words } from "../../i18n";
import { accessibility as en } from "../../i18n/en/accessibility";
import { accessibility as nb } from "../../i18n/nb/accessibility";
import { useFocus, useTitle } from "../../ui/title";

const text = words(nb, en);

/** The accessibility statement, by the Norwegian model: what is claimed, how it was tried, what is missing, how to report. */
export default function Accessibility() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.title);
  return (
    <article class="page narrow prose">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        <p>{t.lead}</p>
      </div>
      <h2 class="ds-heading" data-size="xs">
        {t.status.title}
      </h2>
      <p>{t.status.claim}</p>
      <p>{t.status.built}</p>
      <p>{t.status.whose}</p>
      <h2 class="ds-heading" data-size="xs">
        {t.how.title}
      </h2>
      <List of={t.how.text} />
      <h2 class="ds-heading" data-size="xs">
        {t.gaps.title}
      </h2>
      <List of={t.gaps.text} />
      <h2 class="ds-heading" data-size="xs">
        {t.report.title}
      </h2>
      <p>{t.report.text}</p>
      <p>{t.report.place}</p>
      <p>{t.report.complain}</p>
      <ul>
        <li>
          <a class="ds-link" href="https://www.diskrimineringsnemnda.no" rel="noreferrer">
            {t.report.tribunal}
          </a>
        </li>
        <li>
          <a class="ds-link" href="https://www.uutilsynet.no" rel="noreferrer">
            {t.report.authority}
          </a>
        </li>
      </ul>
      <h2 class="ds-heading" data-size="xs">
        {t.law.title}
      </h2>
      <p>{t.law.text}</p>
    </article>
  );
}

function List({ of }: { of: readonly string[] }) {
  return (
    <ul>
      {of.map((point) => (
        <li key={point}>{point}</li>
      ))}
    </ul>
  );
}
