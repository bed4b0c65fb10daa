import { useEffect, useState } from "preact/hooks";
import { shell } from "../shell/words";

/** Says that something is on its way, but only when it takes long enough to wonder. */
export function Loading() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p class="loading" role="status">
      {late ? shell().loading : ""}
    </p>
  );
}
