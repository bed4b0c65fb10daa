import type { Words } from "..";
import type { retention as nb } from "../nb/retention";

export const retention: Words<typeof nb> = {
  lead: "How long you need what was told of a youth after the referral is closed. Then the leads are told, and after the time of notice it is erased. The last agency that needs it decides.",
  none: "You have no rule. Then the rules below count, and where there is none either, all is kept.",
  own: "The agency's rules",
  installation: "Rules for all who have none of their own",
  noInstallation: "None.",
  workflow: "Workflow",
  every: "All without a rule of their own",
  months: "Months",
  badMonths: "Write how many months, from 1 on.",
  ground: "Ground",
  groundHint: "Such as the point in the plan for keeping and discarding.",
  needGround: "Write the ground.",
  twice: "This workflow has a rule already.",
  rule: (workflow) => `Rule for ${workflow}`,
  line: (workflow, months, ground) => `${workflow}: ${months} months (${ground})`,
  add: "New rule",
  remove: "Take away",
  removeThis: (workflow) => `Take away the rule for ${workflow}`,
  faster: "Somebody else has changed the agency meanwhile. Here is what you have now; make your change again.",
  readOnly: "Only leads and administrators of the agency change this.",
  due: "See what is soon erased",
};
