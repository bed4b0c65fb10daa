import { useLocation } from "preact-iso";
import { helpFor } from "./pages";
import { shell } from "./words";

/** Under every page: help, the accessibility statement, the API. */
export function Foot() {
  const t = shell().foot;
  const { path } = useLocation();
  return (
    <footer class="foot">
      <ul>
        <li>
          <a class="ds-link" href={helpFor(path)}>
            {t.help}
          </a>
        </li>
        <li>
          <a class="ds-link" href="/tilgjengelighet">
            {t.accessibility}
          </a>
        </li>
        <li>
          <a class="ds-link" href="/api/docs/" target="_self">
            {t.api}
          </a>
        </li>
      </ul>
    </footer>
  );
}
