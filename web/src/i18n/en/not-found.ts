import type { Words } from "..";
import type { notFound as nb } from "../nb/not-found";

export const notFound: Words<typeof nb> = {
  title: "There is no such page",
  text: "The link may be old, or the address may be misspelt.",
  home: "Go to the front page",
};
