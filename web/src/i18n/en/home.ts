import type { Words } from "..";
import type { home as nb } from "../nb/home";

export const home: Words<typeof nb> = {
  title: (name: string) => `Hello, ${name}`,
  units: "You work here",
  none: "Your account belongs to no agency.",
  roles: "Your roles",
  go: "Go to",
  workflows: "Workflows, limits and legal references",
  api: "The API for systems",
};
