/** Lists that the API gives page by page. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { words } from "../i18n";
import { list as en } from "../i18n/en/list";
import { list as nb } from "../i18n/nb/list";
import { Failed } from "./Failed";
import { type Loaded, useLoad } from "./load";
import { Loading } from "./Loading";

const text = words(nb, en);

interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | null;
}

export interface Listed<T> extends Loaded<PageOf<T>> {
  /** Loads the next page; null on the last one. */
  readonly further: (() => void) | null;
  readonly going: boolean;
  /** Why the next page did not come. */
  readonly stuck: unknown;
}

/** A list, page by page. */
export function useList<T>(ask: (cursor: Readonly<{ cursor?: string }>) => Promise<PageOf<T>>, on: readonly unknown[]): Listed<T> {
  const found = useLoad(() => ask({}), on);
  const [going, setGoing] = useState(false);
  const [stuck, setStuck] = useState<unknown>(null);
  const { data } = found;
  const newest = useRef(data);
  newest.current = data;
  const cursor = data?.nextCursor;
  const more = async () => {
    if (data === null || cursor == null || going) return;
    setGoing(true);
    setStuck(null);
    try {
      const next = await ask({ cursor });
      // What was asked for anew meanwhile is another list.
      if (newest.current === data) found.set({ ...next, items: [...data.items, ...next.items] });
    } catch (error) {
      setStuck(error);
    }
    setGoing(false);
  };
  return { ...found, further: cursor == null ? null : () => void more(), going, stuck };
}

/** The list, or that there is nothing, or why it could not be read. */
export function ListOf<T>(props: { readonly list: Listed<T>; readonly none: string; readonly label: string; readonly row: (item: T) => ComponentChildren }) {
  const { list } = props;
  return (
    <>
      {list.error === null ? null : <Failed error={list.error} again={list.again} />}
      {list.data === null ? (
        list.error === null ? <Loading /> : null
      ) : list.data.items.length === 0 ? (
        <div class="empty">
          <p>{props.none}</p>
        </div>
      ) : (
        <ul class="rows" aria-label={props.label}>
          {list.data.items.map(props.row)}
        </ul>
      )}
      <More list={list} />
    </>
  );
}

/** The way to the next page, where there is one. */
export function More<T>({ list }: { readonly list: Listed<T> }) {
  if (list.further === null) return null;
  return (
    <>
      {list.stuck === null ? null : <Failed error={list.stuck} />}
      <p>
        <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={list.going} onClick={list.further}>
          {text().more}
        </button>
      </p>
    </>
  );
}
