import type { Words } from "..";
import type { shell as nb } from "../nb/shell";

export const shell: Words<typeof nb> = {
  name: "Stafett",
  skip: "Skip to the content",
  navigation: "Main menu",
  inbox: "Inbox",
  home: "Home",
  directory: "Directory",
  helpHere: "Help with this page",
  foot: { help: "Help", accessibility: "Accessibility", api: "API" },
  account: (name: string) => `${name}: settings and sign-out`,
  language: "Language",
  appearance: "Appearance",
  auto: "As the system",
  light: "Light",
  dark: "Dark",
  signOut: "Sign out",
  noAgency: "No agency",
  close: "Close",
  cancel: "Cancel",
  loading: "Loading …",
  retry: "Try again",
  away: {
    title: "The server does not answer.",
    text: "What you have written stays here. We keep trying.",
    back: "The server is back.",
  },
  notFound: {
    title: "There is no such page",
    text: "The link may be old, or the address may be misspelt.",
    home: "Go to the front page",
  },
  broken: {
    title: "Something went wrong on this page",
    text: "The fault is ours. What you have saved is safe. Load the page again; if it happens again, tell those who run Stafett where you work.",
    reload: "Load the page again",
  },
  failed: "That did not work",
  problem: {
    network: "The server does not answer. Try again in a moment.",
    requestId: (id: string) => `Give this when you report it: ${id}`,
  },
  roles: {
    worker: "Caseworker",
    lead: "Lead",
    "agency-admin": "Agency administrator",
    integration: "Integration",
    coordinator: "Coordinator",
    auditor: "Auditor",
    "system-admin": "System administrator",
  },
};
