/** A program that has its workers gives up what only they need. */
import { OrbitError } from "#core/errors.ts";

const GIVEN_UP = ["read", "write", "run", "ffi", "sys", "import"] as const;

/** A permission that {@linkcode giveUpPermissions} takes away. */
export type GivenUp = typeof GIVEN_UP[number];

/**
 * Gives up this thread's permissions to read, write, run programs, load libraries, ask for facts of
 * the system and import code from elsewhere, for good. What stays is the network and the
 * environment. Workers that run already keep theirs; a new one gets none of these.
 *
 * It doesn't reach what is open: a database, a library that this thread loaded. The process must
 * run with `--no-prompt`, or Deno asks at a terminal whether to give them back.
 *
 * @param options.keep Those that the program goes on to need, such as `sys` for its load.
 * @throws `internal` when one is still there afterwards.
 */
export function giveUpPermissions({ keep = [] }: { keep?: readonly GivenUp[] } = {}): void {
  for (const name of GIVEN_UP) {
    if (keep.includes(name)) continue;
    const { state, partial } = Deno.permissions.revokeSync({ name });
    if (state === "granted" || partial) {
      throw new OrbitError("internal", `give up "${name}": this program still has it`);
    }
  }
}
