/** The figures of one's own register. */
import { Frame, text } from "./Frame";
import { ReportOf } from "./Report";

export default function Figures() {
  const t = text().report;
  return (
    <Frame here="report" title={t.title} lead={t.lead}>
      <ReportOf across={false} />
    </Frame>
  );
}
