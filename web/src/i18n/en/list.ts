import type { Words } from "..";
import type { list as nb } from "../nb/list";

export const list: Words<typeof nb> = { more: "Show more" };
