import type { Words } from "..";
import type { accessibility as nb } from "../nb/accessibility";

export const accessibility: Words<typeof nb> = {
  title: "Accessibility statement",
  lead: "Everybody who works with Stafett should be able to use it; the law covers intranets too.",
  status: {
    title: "Status",
    claim: "Stafett is built to meet the Norwegian regulation on universal design of ICT solutions, which is WCAG 2.1 at levels A and AA. We know of no breach in the web application, but not everybody who should try it has tried it. So we say: partly conforming.",
    built: "We build to WCAG 2.2 AA, and promise only what the regulation asks for.",
    whose: "The statement is about the program as it is delivered. The organisation that uses it publishes a statement of its own at uustatus.no.",
  },
  how: {
    title: "How it was tried",
    text: [
      "Each page was tried automatically with axe against WCAG 2.0, 2.1 and 2.2, levels A and AA: light and dark, Norwegian and English, 320, 390 and 1280 pixels wide.",
      "The most common tasks were tried by keyboard alone.",
      "No page scrolls sideways at 320 pixels, which is 400 percent zoom on a common screen.",
      "The trials run anew whenever the program changes.",
    ],
  },
  gaps: {
    title: "What we know is missing",
    text: [
      "Nobody who uses a screen reader, magnification or voice control every day has tried Stafett for us. Automatic trials find only some of the faults.",
      "Screen readers have not been tried systematically (NVDA, JAWS, VoiceOver, TalkBack).",
      "The API reference under /api/docs is made for developers and has not been tried in the same way.",
      "Prints and PDF files from the browser get the tags that the browser makes. They have not been tried against the requirements for documents.",
      "The drawing of a workflow is a picture. The same stands in words on the page, but not where each action leads.",
      "Insight as PDF has not been tried against what is asked of documents. The same can be had as JSON.",
      "Text that others have written, and files that they have attached, may have faults beyond our reach.",
    ],
  },
  report: {
    title: "Report what does not work",
    text: "Tell those who run Stafett where you work. Say which page it was, what you tried, and which aid you use. Never include anything about a youth.",
    place: "The address of the page that you came from helps us find the fault.",
    complain: "If you get no answer, or disagree with it, you can complain to the Norwegian Anti-Discrimination Tribunal. The Authority for Universal Design of ICT gives guidance on the rules.",
    tribunal: "The Anti-Discrimination Tribunal",
    authority: "The Authority for Universal Design of ICT",
  },
  law: {
    title: "The rules",
    text: "The Equality and Anti-Discrimination Act § 18 and the regulation on universal design of ICT solutions § 4.",
  },
};
