/** Icons of the Aksel set (MIT), each a file of its own in the bundle: a page loads those that it shows. */
export function Icon({ svg, label }: { svg: string; label?: string }) {
  const name = label === undefined ? { "aria-hidden": true } : { role: "img" as const, "aria-label": label };
  // The text is a constant of the package, taken in when the application is built; nothing of anybody's stands in it.
  return <span class="icon" {...name} dangerouslySetInnerHTML={{ __html: svg }} />;
}
