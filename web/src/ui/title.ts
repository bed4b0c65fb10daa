import { useEffect, useRef } from "preact/hooks";

/** Names the page for the tab, history and screen readers. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Stafett" : `${title} · Stafett`;
  }, [title]);
}

let first = true;

/** Puts the focus on the heading when somebody comes to a page, so that a screen reader reads where they are. */
export function useFocus<T extends HTMLElement>() {
  const place = useRef<T>(null);
  useEffect(() => {
    const [opened, found] = [first, document.activeElement];
    first = false;
    // The first page that is loaded keeps the browser's own start, and a page that has led somebody to a field keeps that.
    const led = found !== null && found.id !== "content" && found.closest("#content") !== null;
    if (!opened && !led) place.current?.focus({ preventScroll: true });
  }, []);
  return place;
}
