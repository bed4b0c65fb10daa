/**
 * Why somebody looks, where the server demands it before it shows anything: asked for once for each referral or case, and sent
 * along with what the page asks of it from then on. It lives in this page only, and is gone with it.
 */
import { asking } from "./asking";
import { me } from "./session";

const given = new Map<string, string>();
const open = new Map<string, Promise<boolean>>();
let turn: Promise<unknown> = Promise.resolve();

/**
 * What a request is about, for this person: the first two parts of its path, such as `referrals/K7QF-2M`; of an agency's own lists
 * the whole of it, for each is about other youths.
 */
function subjectOf(url: string): string {
  const [kind, ...rest] = new URL(url).pathname.split("/").slice(3);
  return [me.value?.id, kind, ...(kind === "agencies" ? rest : rest.slice(0, 1))].join("/");
}

export function reasonFor(url: string): string | undefined {
  return given.get(subjectOf(url));
}

/** Asks why, one question at a time and once for all that waits for the same answer. False when nobody says. */
export function askReason(url: string): Promise<boolean> {
  const subject = subjectOf(url);
  const question = open.get(subject) ?? ask(subject);
  open.set(subject, question);
  return question;
}

function ask(subject: string): Promise<boolean> {
  const answered = turn.then(() => new Promise<string | null>((answer) => (asking.value = answer)));
  const done = answered.then((reason) => {
    asking.value = null;
    open.delete(subject);
    if (reason === null) return false;
    given.set(subject, reason);
    return true;
  });
  turn = done;
  return done;
}
