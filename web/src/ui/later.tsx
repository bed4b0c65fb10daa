import type { ComponentType, FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { away } from "../api/session";

/**
 * A part that is loaded when it is first shown, such as a dialog. Unlike a page that is loaded lazily it never makes what
 * is around it wait or begin anew: what somebody has typed beside it stays.
 */
export function later<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): FunctionComponent<P> {
  let loaded: ComponentType<P> | null = null;
  return function Later(props: P) {
    const [, again] = useState(0);
    useEffect(() => {
      if (loaded !== null) return;
      load().then(
        (found) => {
          loaded = found.default;
          again(1);
        },
        () => {
          away.value = true;
        },
      );
    }, []);
    const Part = loaded;
    return Part === null ? null : <Part {...props} />;
  };
}
