import { type Schemas, api, must } from "../../api/client";

/** The limits that are up, by who has the baton. The same address gives a table to whoever asks for one, which this does not. */
export async function missedLimits(): Promise<Schemas["OverdueReport"]> {
  return (await must(api.GET("/api/v1/reports/overdue", { params: { query: { groupBy: "holder" } } }))) as Schemas["OverdueReport"];
}
