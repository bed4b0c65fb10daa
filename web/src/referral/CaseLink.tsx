import folder from "@navikt/aksel-icons/svg/FolderFile.svg?raw";
import { me } from "../api/session";
import { Icon } from "../ui/Icon";
import type { Referral } from "./api";
import { text } from "./words";

/** To the case in which a referral lies; where it lies in none, to one that can be opened around it. */
export function CaseLink({ referral }: { referral: Referral }) {
  const t = text();
  const href = referral.case != null ? `/sak/${referral.case.reference}` : mayGather(referral) ? `/sak/ny?formidling=${referral.reference}` : null;
  if (href === null) return null;
  return (
    <a class="ds-link case-link" href={href}>
      <Icon svg={folder} />
      {referral.case == null ? t.gather : t.inCase(referral.case.reference)}
    </a>
  );
}

/** Whether somebody may open a case around this referral: one of their agencies has a part in it, and it has been sent. */
function mayGather(referral: Referral): boolean {
  if (referral.state === "draft" || referral.state === "entered-in-error" || referral.person == null) return false;
  const parties = [referral.originator, referral.custodian, referral.handoff?.sender, referral.handoff?.receiver].map((agency) => agency?.id);
  return (me.value?.agencies ?? []).some(({ id, roles }) => parties.includes(id) && roles.some((role) => ["worker", "lead"].includes(role)));
}
