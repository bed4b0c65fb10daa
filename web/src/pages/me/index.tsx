import { agencies, me } from "../../api/session";
import { doesCasework } from "../../shell/roles";
import { useFocus, useTitle } from "../../ui/title";
import { Account } from "./Account";
import { Away } from "./Away";
import { Password } from "./Password";
import { text } from "./words";

/** My own account: what I am called, my language, my password, and who looks after my work while I am away. */
export default function Me() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.title);
  const person = me.value;
  if (person === null) return null;
  const working = agencies.value.filter(({ roles }) => roles.includes("worker") || roles.includes("lead"));
  return (
    <section class="page narrow">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        <p class="subtle">
          {t.username}: {person.username}
          {agencies.value.length === 0 ? null : ` · ${agencies.value.map(({ name }) => name).join(", ")}`}
        </p>
      </div>
      <Account key={person.id} first={person} />
      {doesCasework(person) && working.length > 0 ? <Away units={working} person={person.id} /> : null}
      <Password />
    </section>
  );
}
