import { agencies, me } from "../../api/session";
import { doesCasework } from "../../shell/roles";
import { singleKeys, switchSingleKeys } from "../../singleKeys";
import { Tick } from "../../ui/form";
import { useFocus, useTitle } from "../../ui/title";
import { Account } from "./Account";
import { Away } from "./Away";
import { Notifications } from "./Notifications";
import { Password } from "./Password";
import { Sessions } from "./Sessions";
import { text } from "./words";

/** My own account: what I am called, what I am mailed, my password, where I am signed in, and who looks after my work while I am away. */
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
      {doesCasework(person) ? <Notifications /> : null}
      {doesCasework(person) && working.length > 0 ? <Away units={working} person={person.id} /> : null}
      {doesCasework(person) ? <Keys /> : null}
      <Password />
      <Sessions />
    </section>
  );
}

/** For whom a single letter is not theirs to give: voice control and screen readers take letters for commands of their own. */
function Keys() {
  const t = text().keys;
  return (
    <section class="card stack" aria-labelledby="keys-title">
      <h2 id="keys-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <Tick id="me-keys" label={t.on} checked={singleKeys.value} set={switchSingleKeys} />
      <p class="hint">{t.hint}</p>
    </section>
  );
}
