/** What waits for a lead, counted, each with the way to it. */
import { type Schemas, api, must, quietly } from "../../api/client";
import { useLoad } from "../../ui/load";
import { useFocus, useTitle } from "../../ui/title";
import { ledByMe } from "./Page";
import { missedLimits } from "./reports";
import { text } from "./words";
import "./follow.css";

/** How many are counted; beyond that they are many. */
const MOST = 50;

interface Count {
  readonly count: number;
  readonly more: boolean;
}

const query = { limit: MOST };

async function counted(pages: readonly Promise<{ readonly items: readonly unknown[]; readonly nextCursor?: string | null }>[]): Promise<Count> {
  const all = await Promise.all(pages);
  return { count: all.reduce((sum, { items }) => sum + items.length, 0), more: all.some(({ nextCursor }) => nextCursor != null) };
}

/** Of each agency that I lead. */
const each = <T,>(ask: (agency: string) => T): readonly T[] => ledByMe().map(({ slug }) => ask(slug));

/** What somebody must answer: a question of ours waits for the others. */
async function openHints(agency: string) {
  const { items, nextCursor } = await must(api.GET("/api/v1/agencies/{agency}/duplicate-hints", { params: { path: { agency }, query } }));
  const waits = ({ state, askedByUs }: Schemas["HintOut"]) => state.code === "open" || (state.code === "asked" && askedByUs === false);
  return { items: items.filter(waits), nextCursor: nextCursor ?? null };
}

/** What is another's to review is theirs to count. */
async function toReview(agency: string) {
  const { items, nextCursor } = await must(api.GET("/api/v1/agencies/{agency}/break-glass", { params: { path: { agency }, query: { ...query, unreviewed: true } }, headers: quietly }));
  return { items: items.filter(({ ours }) => ours), nextCursor: nextCursor ?? null };
}

async function missed(): Promise<Count> {
  const { rows } = await missedLimits();
  return { count: rows.reduce((sum, { count }) => sum + count, 0), more: false };
}

type Task = keyof ReturnType<typeof text>["tasks"];

const TASKS: readonly (readonly [Task, href: string, ask: (() => Promise<Count>) | null])[] = [
  ["incidents", "/folg-opp/varsler", () => counted([must(api.GET("/api/v1/incidents", { params: { query } }))])],
  [
    "glasses",
    "/folg-opp/nodtilganger",
    () => counted(each(toReview)),
  ],
  ["looks", "/folg-opp/oppslag", () => counted(each((agency) => must(api.GET("/api/v1/agencies/{agency}/access-log", { params: { path: { agency }, query: { ...query, flagged: "open" } } }))))],
  ["hints", "/folg-opp/treff", () => counted(each(openHints))],
  ["overdue", "/folg-opp/frister", missed],
  ["insight", "/innsyn", null],
  ["due", "/folg-opp/sletting", () => counted([must(api.GET("/api/v1/retention/due", { params: { query } }))])],
  ["reconciliation", "/avstemming", null],
];

export default function FollowUp() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.title);
  return (
    <section class="page wide follow">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        <p class="subtle">{t.lead}</p>
      </div>
      <ul class="rows tasks">
        {TASKS.map(([task, href, ask]) => (
          <li key={task}>
            <div>
              <a class="ds-link" href={href}>
                <strong>{t.tasks[task].title}</strong>
              </a>
              <span class="subtle">{t.tasks[task].text}</span>
            </div>
            {ask === null ? null : <Waiting ask={ask} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Each is counted by itself: what cannot be counted keeps nothing else away. */
function Waiting({ ask }: { ask: () => Promise<Count> }) {
  const t = text();
  const found = useLoad(ask, []);
  if (found.data === null) return null;
  const { count, more } = found.data;
  return count === 0 ? <span class="subtle">{t.nothing}</span> : <span class="task-count">{t.count(count, more)}</span>;
}
