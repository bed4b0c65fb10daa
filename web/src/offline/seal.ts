/**
 * What lies on the device is sealed with AES-GCM. The place that a seal belongs to (whose it is and which entry) is bound
 * into it, so an entry that is moved to another person or another place does not open.
 *
 * The key cannot be taken out of the browser, not even by our own script. That guards what is left on a disk or in a
 * backup; it cannot guard against somebody who holds the unlocked phone while its owner is signed in.
 */

export interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly bytes: ArrayBuffer;
}

/** Sealing needs a secure page (HTTPS or this machine). Elsewhere nothing is kept, and the page says so. */
export const canSeal = typeof crypto === "object" && "subtle" in crypto && typeof indexedDB === "object";

export function newKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

export function seal(key: CryptoKey, place: string, value: unknown): Promise<Sealed> {
  return sealBytes(key, place, new TextEncoder().encode(JSON.stringify(value)));
}

export async function sealBytes(key: CryptoKey, place: string, plain: BufferSource): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, bytes: await crypto.subtle.encrypt(params(iv, place), key, plain) };
}

/** What was sealed; throws when the key or the place is another, or a bit was changed. */
export async function open<T>(key: CryptoKey, place: string, sealed: Sealed): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await openBytes(key, place, sealed))) as T;
}

export function openBytes(key: CryptoKey, place: string, sealed: Sealed): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt(params(sealed.iv, place), key, sealed.bytes);
}

function params(iv: Uint8Array<ArrayBuffer>, place: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) };
}
