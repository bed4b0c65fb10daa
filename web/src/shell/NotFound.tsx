import { words } from "../i18n";
import { notFound as en } from "../i18n/en/not-found";
import { notFound as nb } from "../i18n/nb/not-found";
import { useFocus, useTitle } from "../ui/title";

const text = words(nb, en);

/** An address that no page has. */
export default function NotFound() {
  const t = text();
  useTitle(t.title);
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <section class="page narrow">
      <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
        {t.title}
      </h1>
      <p>{t.text}</p>
      <p>
        <a class="ds-link" href="/">
          {t.home}
        </a>
      </p>
    </section>
  );
}
