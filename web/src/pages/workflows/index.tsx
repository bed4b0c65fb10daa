import { api, must } from "../../api/client";
import { Failed } from "../../ui/Failed";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { text } from "./words";

/** The workflows in their newest versions, for everybody. */
export default function Workflows() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.title);
  const found = useLoad(() => must(api.GET("/api/v1/workflows", { params: { query: { limit: 100 } } })), []);
  const newest = new Map([...(found.data?.items ?? [])].sort((one, other) => one.version - other.version).map((item) => [item.id, item]));
  return (
    <section class="page wide">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        <p class="subtle">{t.lead}</p>
      </div>
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {found.data === null ? (
        found.error === null ? <Loading /> : null
      ) : (
        <ul class="rows">
          {[...newest.values()].map(({ id, version, title, summary }) => (
            <li key={id}>
              <div>
                <a class="ds-link" href={`/arbeidsflyter/${id}/${String(version)}`}>
                  <strong>{title}</strong>
                </a>
                <span>{summary}</span>
              </div>
              <span class="subtle">{t.version(version)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
