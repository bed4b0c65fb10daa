import type { Words } from "..";
import type { shell as nb } from "../nb/shell";

export const shell: Words<typeof nb> = {
  name: "Stafett",
  skip: "Skip to the content",
  navigation: "Main menu",
  cases: "Cases",
  inbox: "Inbox",
  home: "Home",
  follow: "Follow up",
  insight: "Response times",
  directory: "Directory",
  setup: "Set-up",
  helpHere: "Help with this page",
  foot: { help: "Help", accessibility: "Accessibility", api: "API" },
  refer: "New referral",
  referShort: "New",
  account: (name: string) => `${name}: settings and sign-out`,
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
