/** Confining what can be confined, and nothing less. */
import { OrbitError } from "#core/errors.ts";
import type { Executor, WorkStream } from "./executor.ts";
import type { Confinable } from "./system.ts";
import type { CallName, StreamName } from "./work/methods.ts";
import type { Work } from "./worker_protocol.ts";

/** A system, or something else that gives files, that may be one that can be confined. */
type MaybeConfinable<Confined> = { readonly name: string } & Partial<Confinable<Confined>>;

/**
 * A system as far as a scope reaches; all of it without a scope.
 *
 * @throws {OrbitError} `unsupported` when there is a scope, and it can't be confined to it.
 */
export function confineTo<Confined>(
  system: Confined & MaybeConfinable<Confined>,
  scope: readonly string[] | undefined,
): Confined {
  if (scope === undefined) return system;
  if (system.within !== undefined) return system.within(scope);
  throw new OrbitError("unsupported", `confine ${system.name} to a scope: it can't be confined`);
}

/** Carries work out, within its scope. */
interface ScopedWork {
  call(work: Work<CallName>): Promise<unknown>;
  open(work: Work<StreamName>): WorkStream<unknown, unknown>;
}

/** An executor whose work all has one scope; what it is made of goes on without it. */
export function confineExecutor(
  whole: Pick<Executor, "width" | "cancel">,
  scope: readonly string[],
  { call, open }: ScopedWork,
): Executor {
  return {
    width: whole.width,
    cancel: () => whole.cancel(),
    call: (name, ...args) => call({ name, args, scope }) as Promise<never>,
    open: (name, ...args) => open({ name, args, scope }) as WorkStream<never, never>,
    within() {
      throw confinedAlready();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** What is thrown rather than that one scope takes the place of another. */
export function confinedAlready(): OrbitError {
  return new OrbitError("internal", "confine file work: it is confined already");
}
