/** Stars for tests: ones that answer what a test makes up. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { type CallContext, createInProcessCaller, type Handlers } from "#core/rpc/mod.ts";
import type { ActionOptions, OrbitSystem } from "#core/system/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { openRemoteSystem } from "./remote_system.ts";
import type { RemoteTimeouts } from "./timeouts.ts";

export type StarHandlers = Handlers<typeof StarService>;

/** A system whose Star answers as `handlers` do. */
export function systemOf(
  handlers: StarHandlers,
  timeouts: Partial<RemoteTimeouts> = {},
): OrbitSystem {
  const caller = createInProcessCaller([{ service: StarService, handlers }]);
  return openRemoteSystem({ caller, name: "liar", timeouts });
}

/** A stream of answers, and whether it was ended. */
export interface Told {
  ended: Promise<void>;
}

/** A handler that streams these answers, over and over when `endless`. */
export function telling<T>(answers: readonly T[], endless = false): {
  handler: (request: unknown, context: CallContext) => AsyncIterable<T>;
  told: Told;
} {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* handler(): AsyncGenerator<T> {
    try {
      do {
        for (const answer of answers) yield answer;
        await Promise.resolve();
      } while (endless);
    } finally {
      resolve();
    }
  }
  return { handler, told: { ended: promise } };
}

/** Awaits a refusal of what the Star said: `corrupt`, naming the Star and the field. */
export async function refusedAsLie(attempt: Promise<unknown>, field: string): Promise<void> {
  const error = await attempt.then(() => undefined, (error) => error);
  if (!(error instanceof OrbitError)) throw error ?? new Error(`${field}: believed`);
  equal(error.code, "corrupt", error.message);
  match(error.message, /^read answer of Star "liar": /);
  deepEqual(error.message.includes(`: ${field}`), true, `${error.message} doesn't name ${field}`);
}

/** Options of actions. */
export const HOW: ActionOptions = {
  tag: "conform1",
  verify: true,
  followLinks: false,
  keepTimes: true,
  sparse: false,
  inplace: false,
  fsync: false,
  keepPartial: false,
};
