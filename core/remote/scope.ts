/**
 * What a call is confined to. It travels beside the call's messages, so that every method is, and
 * none can forget it.
 */
import type { CallContext, Caller, RpcOptions } from "#core/rpc/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { blameRequest } from "./codec/blame.ts";

/** Among a Star's capabilities: it keeps to the scope of a call. */
export const SCOPE_CAPABILITY = "scope";

/** The name of the metadata: a JSON list of absolute paths, in printable ASCII. */
const SCOPE = "x-orbit-scope";

/** A call's metadata has a bound, and other parts. */
const MAX_LENGTH = 6 * 1024;

/** @throws {OrbitError} `exhausted` when it is longer than what can travel with a call. */
export function encodeScope(scope: readonly string[]): string {
  const text = JSON.stringify(scope).replace(/[^\x20-\x7e]/g, escapeUnit);
  if (text.length <= MAX_LENGTH) return text;
  const why = `${text.length} characters of paths, the limit is ${MAX_LENGTH}`;
  throw new OrbitError("exhausted", `confine to scope: ${why}`);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Confines every call to a scope. */
export function confineCalls(caller: Caller, scope: readonly string[]): Caller {
  const text = encodeScope(scope);
  const confined = (options: RpcOptions = {}): RpcOptions => ({
    ...options,
    metadata: { ...options.metadata, [SCOPE]: text },
  });
  return {
    unary: (method, request, options) => caller.unary(method, request, confined(options)),
    serverStream: (method, request, options) =>
      caller.serverStream(method, request, confined(options)),
    clientStream: (method, requests, options) =>
      caller.clientStream(method, requests, confined(options)),
    bidi: (method, requests, options) => caller.bidi(method, requests, confined(options)),
  };
}

/** What a call is confined to, if to anything. @throws {OrbitError} `invalid` */
export function scopeOf(context: Pick<CallContext, "metadata">): readonly string[] | undefined {
  const text = context.metadata(SCOPE);
  return text === undefined ? undefined : parseScope(text);
}

function parseScope(text: string): readonly string[] {
  let scope: unknown;
  try {
    scope = JSON.parse(text);
  } catch {
    // Refused below.
  }
  const isScope = Array.isArray(scope) && scope.every((path) => typeof path === "string");
  if (!isScope) throw blameRequest("scope", "no list of paths");
  return scope as string[];
}
