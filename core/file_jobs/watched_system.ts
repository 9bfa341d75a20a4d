/** A system that tells when it can't be reached. */
import { fromErrorData } from "#core/errors.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import { isAway } from "./patience.ts";

const originals = new WeakMap<OrbitSystem, OrbitSystem>();

/** The same system; `onAway` is called with the first error that says it can't be reached. */
export function watch(system: OrbitSystem, onAway: (error: unknown) => void): OrbitSystem {
  const note = (error: unknown) => {
    if (isAway(error)) onAway(error);
    throw error;
  };
  const watched = new Proxy(system, {
    get(target, property) {
      const member = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        // A transfer asks whether both ends are one system, so it must see them as they are.
        const plain = args.map((arg) => originals.get(arg as OrbitSystem) ?? arg);
        const result = member.apply(target, plain);
        if (result instanceof Promise) return result.then(requireHere).catch(note);
        return isIterable(result) ? noted(result, note) : result;
      };
    },
  });
  originals.set(watched, system);
  return watched;
}

/** Items that failed because the machine went away haven't failed: all of them is done again. */
function requireHere(result: unknown): unknown {
  if (!Array.isArray(result)) return result;
  const lost = result.find((item) => item?.error?.code === "unavailable");
  if (lost !== undefined) throw fromErrorData(lost.error);
  return result;
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return value !== null && typeof value === "object" && Symbol.asyncIterator in value &&
    !(value instanceof ReadableStream);
}

async function* noted<T>(values: AsyncIterable<T>, note: (error: unknown) => never) {
  try {
    yield* values;
  } catch (error) {
    note(error);
  }
}
