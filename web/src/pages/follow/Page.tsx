/** What the pages of a lead have in common: the way back, and the agency when there are several. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { me } from "../../api/session";
import { doesCasework } from "../../shell/roles";
import { Alert } from "../../ui/Alert";
import { useAsked } from "../../ui/asked";
import { Select } from "../../ui/form";
import { useFocus, useTitle } from "../../ui/title";
import { text } from "./words";
import "./follow.css";

export function FollowPage(props: { title: string; lead: string; told?: string | undefined; children: ComponentChildren }) {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(props.title);
  return (
    <section class="page wide follow">
      <p>
        {/* The auditor and the coordinator see limits too, and have nothing to follow up. */}
        <a class="ds-link" href={ledByMe().length > 0 ? "/folg-opp" : "/"}>
          ← {ledByMe().length > 0 ? t.back : t.home}
        </a>
      </p>
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        <p class="subtle">{props.lead}</p>
      </div>
      {props.told === undefined || props.told === "" ? null : (
        <Alert color="success" live>
          {props.told}
        </Alert>
      )}
      {props.children}
    </section>
  );
}

/** What a referral is called, with the way to it for those who could open it: an auditor sees figures, and no referral. */
export function Reference({ of }: { of: string }) {
  const person = me.value;
  return person !== null && doesCasework(person) ? (
    <a class="ds-link" href={`/formidling/${of}`}>
      <strong>{of}</strong>
    </a>
  ) : (
    <strong>{of}</strong>
  );
}

type MyAgency = NonNullable<typeof me.value>["agencies"][number];

/** The agencies that I lead. */
export function ledByMe(): readonly MyAgency[] {
  return me.value?.agencies.filter(({ roles }) => roles.includes("lead")) ?? [];
}

/** Those in which I do casework. */
export function workedInByMe(): readonly MyAgency[] {
  return me.value?.agencies.filter(({ roles }) => roles.some((role) => role === "worker" || role === "lead")) ?? [];
}

/** The agency of the address, or the first that I lead; a list to choose from where I lead several. */
export function useLed(): readonly [slug: string, choice: ComponentChildren] {
  const [asked, go] = useAsked();
  const led = ledByMe();
  const slug = led.find((one) => one.slug === asked.enhet)?.slug ?? led[0]?.slug ?? "";
  const choice =
    led.length < 2 ? null : <Select id="follow-agency" label={text().agency} value={slug} set={(enhet) => go({ enhet })} options={led.map((one) => [one.slug, one.name] as const)} />;
  return [slug, choice];
}

/** Where the list behind a figure begins: whoever chooses a figure is led there, past the figures that follow. */
export function useArrival(chosen: string) {
  const place = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (chosen === "") return;
    place.current?.focus({ preventScroll: true });
    place.current?.scrollIntoView({ block: "start" });
  }, [chosen]);
  return place;
}
