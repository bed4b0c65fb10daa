import { me } from "../../api/session";
import { Refused } from "../../api/client";
import { Loading } from "../../ui/Loading";
import { Absences, useAbsences } from "./Absences";
import { type Agency, AgencySetup, NotYours } from "./Agency";
import { text } from "./words";

/** Who stands in for whom while they are away. */
export default function Deputies() {
  return <AgencySetup tab="deputies">{(agency) => <List agency={agency.data} />}</AgencySetup>;
}

function List({ agency }: { agency: Agency }) {
  const t = text().deputies;
  const found = useAbsences(agency.slug);
  if (found.data === null) {
    if (found.error === null) return <Loading />;
    // Whoever runs the installation sets up agencies, and leaves their people's holidays to them.
    if (found.error instanceof Refused && found.error.status === 403) return <p>{t.forbidden}</p>;
    return <NotYours error={found.error} again={found.again} />;
  }
  const roles = me.value?.agencies.find(({ id }) => id === agency.id)?.roles ?? [];
  const anybody = roles.includes("lead") || roles.includes("agency-admin");
  return (
    <>
      <p class="subtle">{t.lead}</p>
      <Absences slug={agency.slug} found={found.data} again={found.again} only={anybody ? null : (me.value?.id ?? "")} />
    </>
  );
}
