import { useFocus, useTitle } from "../../ui/title";
import { Password } from "./Password";
import { text } from "./words";

/** Before anything else: whoever came in by a password that was handed out makes one of their own. */
export default function MustChange() {
  const t = text().password;
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.must);
  return (
    <section class="page narrow">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.must}
        </h1>
        <p>{t.mustLead}</p>
      </div>
      <Password />
    </section>
  );
}
