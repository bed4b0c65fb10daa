import type { ComponentChildren } from "preact";

/** A message that must not be overlooked; `live` for one that appears after something was tried. */
export function Alert(props: {
  color: "info" | "success" | "warning" | "danger";
  live?: boolean;
  children: ComponentChildren;
}) {
  return (
    <div class="ds-alert" data-color={props.color} role={props.live === true ? "alert" : undefined}>
      <div>{props.children}</div>
    </div>
  );
}
