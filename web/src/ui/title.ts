import { useEffect, useRef } from "preact/hooks";

/** Names the page for the tab, history and screen readers. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Stafett" : `${title} · Stafett`;
  }, [title]);
}

/** Puts the focus on the heading when somebody comes to a page, so that a screen reader reads where they are. */
export function useFocus<T extends HTMLElement>() {
  const place = useRef<T>(null);
  useEffect(() => {
    // The first page that is loaded keeps the browser's own start.
    if (document.activeElement !== document.body || history.state !== null) place.current?.focus({ preventScroll: true });
  }, []);
  return place;
}
