import leave from "@navikt/aksel-icons/svg/Leave.svg?raw";
import { type Me, agencies, signOut } from "../api/session";
import { Icon } from "../ui/Icon";
import { Preferences, account } from "./Preferences";
import { holds } from "./roles";

/** Who one is here, how the application looks, and the way out. */
export default function Account({ me }: { me: Me }) {
  const t = account();
  const close = () => document.getElementById("account")?.hidePopover();
  return (
    <>
      <p class="account-name">
        <strong>{me.displayName}</strong>
        <span>{agencies.value.map((agency) => agency.name).join(", ")}</span>
      </p>
      <Preferences />
      <a class="ds-link" href="/meg" onClick={close}>
        {t.profile}
      </a>
      {holds(me, "worker", "lead") ? (
        <a class="ds-link" href="/nodtilgang" onClick={close}>
          {t.glass}
        </a>
      ) : null}
      <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void signOut()}>
        <Icon svg={leave} />
        {t.signOut}
      </button>
    </>
  );
}
