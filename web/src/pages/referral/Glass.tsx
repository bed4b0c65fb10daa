/** That one reads it by break-glass, and until when. */
import { useEffect } from "preact/hooks";
import { api, must } from "../../api/client";
import { language } from "../../i18n";
import { moment, now } from "../../i18n/time";
import { Alert } from "../../ui/Alert";
import { useLoad } from "../../ui/load";
import { text } from "../glass/words";

export default function Glass({ id, over }: { id: string; over: () => void }) {
  const t = text();
  const mine = useLoad(() => must(api.GET("/api/v1/break-glass")), [id]);
  const until = mine.data?.items.find(({ referral, state }) => referral?.id === id && state.code === "open")?.until;
  useEffect(() => {
    if (until == null) return;
    const timer = setTimeout(over, Math.max(0, Date.parse(until) - Date.now()) + 1000);
    return () => clearTimeout(timer);
  }, [until]);
  if (until == null) return null;
  return (
    <Alert color="warning">
      <p>
        {t.banner(moment(Date.parse(until), language.value, now.value))}{" "}
        <a class="ds-link" href="/nodtilgang">
          {t.bannerMine}
        </a>
      </p>
    </Alert>
  );
}
