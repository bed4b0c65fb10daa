/** Whoever has no mouse. */
import type { Page } from "playwright-core";

/** More than any page has; a page on which Tab goes round never comes here. */
const AT_MOST = 120;

/** Goes on with Tab until the focus stands on what is called `to`, by the start of its label or text, or fits a selector. */
export async function tabTo(page: Page, to: string | { readonly selector: string }): Promise<void> {
  const wanted = typeof to === "string" ? { name: to, selector: "" } : { name: "", selector: to.selector };
  for (let step = 0; step < AT_MOST; step++) {
    const there = await page.evaluate(({ name, selector }) => {
      const at = document.activeElement;
      if (at === null || at === document.body) return false;
      if (selector !== "") return at.matches(selector);
      const field = at instanceof HTMLInputElement || at instanceof HTMLSelectElement || at instanceof HTMLTextAreaElement;
      const called = field ? at.labels?.[0]?.textContent : (at.getAttribute("aria-label") ?? at.textContent);
      return called?.trim().startsWith(name) === true;
    }, wanted);
    if (there) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never comes to ${JSON.stringify(to)}`);
}
