/** The part of JSON Schema in which the server says what an action asks for. */
import type { Action } from "./api";

export interface Property {
  readonly type: string;
  readonly title?: string;
  readonly format?: string;
  readonly maxLength?: number;
  readonly default?: string;
  readonly oneOf?: readonly { readonly const: string; readonly title: string }[];
}

export interface InputSchema {
  readonly properties: Readonly<Record<string, Property>>;
  readonly required: readonly string[];
  /** When the first is `value`, the others are required too. */
  readonly whenOther: { readonly name: string; readonly value: string; readonly required: readonly string[] } | null;
}

interface Written {
  properties?: Record<string, Property>;
  required?: string[];
  if?: { properties?: Record<string, { const?: string }> };
  then?: { required?: string[] };
}

export function inputOf(action: Action): InputSchema {
  const written = action.input as Written;
  const [condition] = Object.entries(written.if?.properties ?? {});
  return {
    properties: written.properties ?? {},
    required: written.required ?? [],
    whenOther:
      condition === undefined
        ? null
        : { name: condition[0], value: condition[1].const ?? "", required: written.then?.required ?? [] },
  };
}

/** Which fields must be given, as the others stand now. */
export function required(schema: InputSchema, given: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const other = schema.whenOther;
  const more = other !== null && given[other.name] === other.value ? other.required : [];
  return new Set([...schema.required, ...more]);
}
