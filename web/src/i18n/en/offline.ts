import type { Words } from "..";
import type { offline as nb } from "../nb/offline";

export const offline: Words<typeof nb> = {
  version: "There is a newer version of Stafett.",
  update: "Load it",
};
