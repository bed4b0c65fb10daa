/** A row of ways between pages that belong together. */
export function Tabs(props: { readonly label: string; readonly here: string; readonly tabs: readonly (readonly [path: string, title: string])[] }) {
  return (
    <nav class="tab-row no-print" aria-label={props.label}>
      <ul>
        {props.tabs.map(([path, title]) => (
          <li key={path}>
            <a href={path} aria-current={path === props.here ? "page" : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
