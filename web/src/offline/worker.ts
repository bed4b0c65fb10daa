/**
 * The service worker: keeps the application itself on the device, so that it opens without coverage. It never touches a
 * request to the API: nothing of anybody's lies in its cache.
 *
 * A new version is fetched in the background and waits until somebody asks for it or all tabs are closed: a page whose
 * parts are half old and half new would break.
 */
import { createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";

/** What of the worker's scope is used here; the compiler's own description of it collides with that of pages. */
interface Scope {
  /** Each file with what tells its versions apart; put in by the build (`vite.config.ts`). */
  readonly __FILES: { url: string; revision: string | null }[];
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "activate", listen: (event: { waitUntil(work: Promise<void>): void }) => void): void;
  addEventListener(type: "message", listen: (event: { data: unknown }) => void): void;
}
declare const self: Scope;

precacheAndRoute(self.__FILES);
// The server answers these itself; everything else is a page of the application.
registerRoute(new NavigationRoute(createHandlerBoundToURL("/index.html"), { denylist: [/^\/(api|avmelding|dev|docs|fhir|healthz|readyz|metrics)(\/|$)/, /\.[^/]*$/] }));

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data === "take-over") void self.skipWaiting();
});
