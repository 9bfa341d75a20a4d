/** What the tests of `caller_conformance.ts` share. */
import { ok, strictEqual as equal } from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { NucleusService } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import type { Caller } from "./caller.ts";
import { GatherService } from "./conformance_service.ts";
import type { AnyServed, CallContext, Handlers } from "./handlers.ts";

/** A caller, and the end of it. */
export interface ConformanceCaller extends AsyncDisposable {
  caller: Caller;
  /** Ends the connection as a dying peer would; absent when there is none. */
  cut?: () => void;
}

/** Opens a caller of these services over one transport. */
export type OpenCaller = (served: readonly AnyServed[]) => Promise<ConformanceCaller>;

/** One method of each kind: what they are for in the contract doesn't matter here. */
export const unary = StarService.method.readHeader;
export const serverStream = StarService.method.readFile;
export const clientStream = GatherService.method.gather;
export const bidi = NucleusService.method.control;

/** What one test serves. */
export interface Services {
  star?: Handlers<typeof StarService>;
  nucleus?: Handlers<typeof NucleusService>;
  gather?: Handlers<typeof GatherService>["gather"];
  admit?: (method: string, context: CallContext) => void;
}

/** Opens a caller of what a test serves; the test's end closes it. */
export type Using = (services: Services) => Promise<ConformanceCaller>;

/** Which leaks a test may have. */
export type Sanitizers = Pick<Deno.TestDefinition, "sanitizeOps" | "sanitizeResources">;

/** Defines one test. */
export type Test = (what: string, run: (using: Using) => Promise<void>) => void;

/**
 * For tests with gRPC connections: a channel of grpc-js that is closed keeps timers until it has
 * seen the end of its connection, or until it would have tried to connect again.
 */
export const KEEPS_TIMERS = { sanitizeOps: false, sanitizeResources: false };

/** Defines tests over one transport. */
export function testOver(name: string, open: OpenCaller, options: Sanitizers): Test {
  return (what, run) =>
    Deno.test(`${name}: ${what}`, options, async () => {
      await using stack = new AsyncDisposableStack();
      await run(async ({ star = {}, nucleus, gather, admit }) => {
        const served: AnyServed[] = [{ service: StarService, handlers: star, admit }];
        const handlers = { gather };
        if (gather) served.push({ service: GatherService, handlers, admit });
        if (nucleus) served.push({ service: NucleusService, handlers: nucleus, admit });
        return stack.use(await open(served));
      });
    });
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

/** One request of a {@linkcode clientStream}. */
export function part(data: Uint8Array): { data: Uint8Array } {
  return { data };
}

export async function* each<T>(...values: T[]): AsyncGenerator<T> {
  yield* values;
}

/** For `rejects`: an `OrbitError` of this code. */
export function isCode(code: string, pattern = /./): (error: unknown) => boolean {
  return (error) => {
    ok(error instanceof OrbitError, `an OrbitError, not ${error}`);
    equal(error.code, code, error.message);
    ok(pattern.test(error.message), error.message);
    return true;
  };
}

/** The reason that a signal aborts with, once it does. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve(signal.reason);
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

/** A promise that never settles: a handler that hangs. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
