import type { Words } from "..";
import type { help as nb } from "../nb/help";

export const help: Words<typeof nb> = {
  title: "Help",
  lead: "Stafett sees to it that somebody always has the baton. Here is what the pages are for, what the words mean, and what the limits say.",
  contents: "Contents",
  open: "Open the page",
  pages: "Page by page",
  here: "Help with this page",
  innboks: {
    title: "The inbox",
    text: [
      "What waits lies here. The list opens with the shortest limit on top.",
      "“To answer” is what you have not answered. “Mine” is what you work on. “Sent” is what you have passed on. “Waiting for others” is where you wait for an answer.",
      "Choose a row to see it without leaving the list. That counts as a look-up and stands in the access log.",
      "A filter stands in the address. Send the address to a colleague, who then sees the same selection of theirs.",
      "Second thoughts? You can undo the last step for 15 minutes, as long as nobody has done anything since. The others are told.",
    ],
  },
  formidling: {
    title: "The referral",
    text: [
      "On top stands who has the baton now, since when, and how long the limit is.",
      "The receipts show how far the referral has come: stored, mailed, opened, acknowledged, decided. Sent is not the same as received.",
      "The buttons show only what you can do now. When a button is missing, somebody else has the baton, or the step has passed.",
      "A decline needs a reason. Then the baton is back with the sender, with a new limit to find the next receiver.",
      "The timeline cannot be changed. A mistake is mended by a new step, so that everybody can see what happened.",
    ],
  },
  ny: {
    title: "New referral",
    text: [
      "All of it is on one page. Leave empty what you do not know. An alias and a guessed age are enough.",
      "Stafett suggests receivers and says why. You choose.",
      "The legal basis needs a reason. The duty to report holds only towards child welfare, and only for somebody under 18.",
      "No coverage? Finish writing. The referral lies encrypted on the phone and is sent when coverage is back. It is deleted from the phone when the server has stored it.",
    ],
  },
  saker: {
    title: "Cases",
    text: [
      "A case gathers the referrals about one youth, so that those who help know of each other.",
      "On top stands what nobody has taken. There is something to do there.",
      "You see only referrals that your agency takes part in. Whether there are more, the coordinator can tell.",
      "The coordinator holds the case together. When the coordinator changes, both agencies are told.",
    ],
  },
  katalog: {
    title: "The directory",
    text: [
      "Here you find who takes what, for which age, and when they are open.",
      "“Open now” follows from opening hours and public holidays. Agencies that have not entered their hours are left out when you filter by it.",
      "The capacity is what the agency has said itself, and how long ago. When that is old, call.",
      "The search stands in the address. Make it a bookmark if you use it often.",
    ],
  },
  oppsett: {
    title: "Set-up",
    text: [
      "For administrators. You set up your agency and those who work there. Agencies that you do not administer you cannot change.",
      "A one-time password is shown once. Give it to the person, not by e-mail. It is replaced at the first sign-in.",
      "When you close an account, that person is out at once. What they had stays with the agency and must be assigned anew.",
      "When somebody has changed the same thing meanwhile, you see what they changed before you save yours.",
    ],
  },
  arbeidsflyter: {
    title: "Workflows",
    text: [
      "Each workflow is made of steps, who may do what, and limits with their legal references.",
      "A referral follows the version that it began with, also when a new one comes.",
    ],
  },
  words: {
    title: "The words",
    list: {
      referral: { term: "Referral", text: "One need of one youth, on its way to somebody who can help. Towards child welfare it is a concern report." },
      baton: { term: "The baton", text: "The responsibility to act now. One agency has it at any time, never none and never two." },
      custodian: { term: "Custodian", text: "The agency that must act now or answer for it. The sender has the baton until the receiver accepts." },
      handoff: { term: "Hand-off", text: "One attempt to give the baton to one agency. At most one is open at a time." },
      sent: { term: "Sent", text: "Stored with Stafett and on its way. Nobody has promised anything yet." },
      acknowledged: { term: "Acknowledged", text: "Somebody at the receiver has confirmed that it has come. The sender is still responsible." },
      accepted: { term: "Accepted", text: "The receiver has taken the baton." },
      declined: { term: "Declined", text: "A no with a reason. The baton is back with the sender, and a new limit runs." },
      advice: { term: "Returned with advice", text: "The receiver does not take it, but says what could help or whom to ask." },
      forwarded: { term: "Forwarded", text: "The receiver has sent it to another agency. The sender sees which." },
      hold: { term: "On hold", text: "The work stands still for a reason that is given. Some limits stand still meanwhile; limits of the law never do." },
      dispute: { term: "Allocation disputed", text: "Two agencies each believe that the other should have it. The municipality where the youth is staying decides. Until then the baton stays where it was." },
      basis: { term: "Legal basis", text: "Why the agency may share what it knows: consent, duty to report, right to disclose and so on. Always with a reason." },
      lookup: { term: "Look-up", text: "That somebody has opened a referral. Who, when and why stands in the access log." },
    },
  },
  clocks: {
    title: "The limits",
    text: [
      "A limit runs in each step in which somebody must act. When it is up, nothing closes: the referral stands as overdue until somebody has acted.",
      "Hours are exact. Days, weeks and months end with the day, and the day on which they begin is not counted. All of it is Norwegian time.",
      "Limits of the Child Welfare Act are not moved by weekends and holidays, and they do not pause. Working days are Monday to Friday without public holidays.",
      "Beside the limit stands where it comes from, such as bvl § 2-1 (bvl is the Child Welfare Act). A limit without a reference is agreed between the agencies.",
      "Stafett shows limits. That is no legal advice; the law itself counts.",
    ],
    all: "See the limits of each workflow",
  },
  mail: {
    title: "What an e-mail never holds",
    text: "E-mail from Stafett goes to the agency's mailbox and says only that something waits.",
    holds: "It holds",
    held: ["a reference such as K7QF-2M, which means nothing by itself", "the urgency and the limit", "a link that asks for sign-in"],
    never: "It never holds",
    neverHolds: ["names, initials, birth dates or identity numbers", "needs, reasons or diagnoses", "who has sent it", "attachments", "anything to the youth or the family"],
    tail: "Never write such things in an e-mail about the referral either. Use the messages in Stafett.",
  },
  keys: {
    title: "Keys",
    text: "Everything can be done by keyboard. Tab goes on, Shift and Tab go back, Enter chooses, Space ticks, Esc closes.",
    inbox: "In the inbox",
    off: "Single keys can be switched off with ? in the inbox. They do nothing while you write.",
    list: {
      next: "next in the list",
      previous: "previous in the list",
      enter: "open the referral",
      accept: "accept",
      back: "return",
      forward: "forward",
      ask: "ask for information",
      select: "select several",
      undo: "undo",
      search: "search",
      help: "show the keys",
      palette: "commands",
    },
  },
};
