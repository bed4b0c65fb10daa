/** The same among the pages of figures: for those who see across agencies, and for leads of a team. */
import { Frame, seesAcross } from "../insight/Frame";
import { text } from "./Frame";
import { ReportOf } from "./Report";

export default function Across() {
  const t = text().report;
  return (
    <Frame here="outreach" title={t.title} lead={t.lead}>
      <ReportOf across={seesAcross()} />
    </Frame>
  );
}
