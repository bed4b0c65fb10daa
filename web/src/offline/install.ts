/** Installs the service worker, and tells when a newer version of the application waits. */
import { signal } from "@preact/signals";

const waitingWorker = signal<ServiceWorker | null>(null);
export const newVersion = waitingWorker;

const LOOK_EVERY_MS = 30 * 60_000;

export async function install(): Promise<void> {
  // The development server has no worker; a plain-HTTP page may have none.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register("/worker.js");
    const look = () => {
      // The first worker of all replaces nothing.
      if (registration.waiting !== null && registration.active !== null) waitingWorker.value = registration.waiting;
    };
    look();
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
    setInterval(() => void registration.update().catch(() => undefined), LOOK_EVERY_MS);
    await navigator.storage.persist();
  } catch {
    // A browser that refuses works with coverage only.
  }
}

/** Loads the newer version. */
export function takeNewVersion(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waitingWorker.value?.postMessage("take-over");
}
