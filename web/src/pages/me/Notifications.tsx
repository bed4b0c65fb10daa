import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { me } from "../../api/session";
import { Alert } from "../../ui/Alert";
import { Failed, why } from "../../ui/Failed";
import { Switch, isStale, useSaving } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { text } from "./words";

type Wishes = Pick<Schemas["NotificationsOut"], "copies" | "digest">;

const read = () => must(api.GET("/api/v1/me/notifications"));

/** What I am mailed besides what my unit is told. It can only be more: nothing that somebody must know is switched off here. */
export function Notifications() {
  const t = text().mail;
  // Where the mails go is part of the account, which is changed on the same page.
  const found = useLoad(read, [me.value?.email]);
  const saving = useSaving("wish");
  const [wished, setWished] = useState<Partial<Wishes>>({});
  const [told, setTold] = useState<"saved" | "meanwhile" | null>(null);
  const { data } = found;
  const wish = async (change: Partial<Wishes>) => {
    if (data === null || saving.busy) return;
    setWished(change);
    setTold(null);
    const { copies, digest, version } = data;
    const params = { header: { "If-Match": `"${String(version)}"` } };
    const after = await saving.attempt(() =>
      must(api.PUT("/api/v1/me/notifications", { params, body: { copies, digest, ...change } })).then(
        (stands) => ({ stands, told: "saved" as const }),
        async (refused: unknown) => {
          if (!isStale(refused)) throw refused;
          // Such as by the link in a digest: what stands now is shown, and whoever still wishes it says so again.
          return { stands: await read(), told: "meanwhile" as const };
        },
      ),
    );
    setWished({});
    if (after === null) return;
    found.set(after.stands);
    setTold(after.told);
  };
  return (
    <section class="card stack" aria-labelledby="mail-title">
      <h2 id="mail-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <p class="subtle">{t.lead}</p>
      {data === null ? (
        found.error === null ? (
          <Loading />
        ) : (
          <Failed error={found.error} again={found.again} />
        )
      ) : (
        <>
          {data.email == null || data.email === "" ? (
            <p>
              {t.nowhere}{" "}
              <a class="ds-link" href="#me-email" onClick={toAddress}>
                {t.enter}
              </a>
            </p>
          ) : (
            <p>{t.to(data.email)}</p>
          )}
          <Switch id="wish-copies" label={t.copies} hint={t.copiesHint} checked={wished.copies ?? data.copies} set={(copies) => void wish({ copies })} faults={saving.faults} />
          <Switch
            id="wish-digest"
            label={t.digest}
            hint={[t.digestHint, t.ended[data.digestEnded ?? ""]].filter(Boolean).join(" ")}
            checked={wished.digest ?? data.digest}
            set={(digest) => void wish({ digest })}
            faults={saving.faults}
          />
          {saving.error !== null && Object.keys(saving.faults).length === 0 ? (
            <Alert color="danger" live>
              <p>{why(saving.error)}</p>
            </Alert>
          ) : told === null ? null : (
            <Alert color={told === "saved" ? "success" : "warning"} live>
              <p>{told === "saved" ? text().saved : t.meanwhile}</p>
            </Alert>
          )}
        </>
      )}
    </section>
  );
}

function toAddress(event: Event) {
  event.preventDefault();
  const field = document.getElementById("me-email");
  field?.focus();
  field?.scrollIntoView({ block: "center" });
}
