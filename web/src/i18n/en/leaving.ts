import type { Words } from "..";
import type { leaving as nb } from "../nb/leaving";

export const leaving: Words<typeof nb> = {
  title: "Something has not been sent yet",
  waiting: (count) => (count === 1 ? "One referral is waiting to be sent." : `${String(count)} referrals are waiting to be sent.`),
  files: (count) => (count === 1 ? "One file has not been sent." : `${String(count)} files have not been sent.`),
  drafts: (count) => (count === 1 ? "One draft has not been sent." : `${String(count)} drafts have not been sent.`),
  patrols: (count) => (count === 1 ? "One patrol has not been sent." : `${String(count)} patrols have not been sent.`),
  text: "If you sign out, they stay encrypted on this phone or computer. They are sent when you sign in here again, and not before. Nobody else sees them.",
  stay: "Stay here",
  leave: "Sign out anyway",
};
