/** Loading a Node addon without loading Node. */

/** Deno's own way in, which it doesn't promise to keep. */
interface Internals {
  core?: { ops?: { op_napi_open?: OpenOp } };
}

type OpenOp = (
  path: string,
  global: typeof globalThis,
  bufferOf: (memory: ArrayBuffer, offset?: number, length?: number) => Uint8Array,
  reportError: (error: unknown) => void,
  ...asyncHooks: (() => void)[]
) => unknown;

const deno = Deno as unknown as { internal: symbol; [internal: symbol]: Internals | undefined };

/** Not imported: even the name `process` takes 20 ms in each thread when it is first touched. */
const node = globalThis as unknown as {
  process: { dlopen(module: { exports: unknown }, path: string): void };
};

/**
 * What the addon at a path exports. It needs `ffi` and `read` permission for the path.
 *
 * Takes 5 ms in a thread by the operation that `process.dlopen` comes down to, and 25 by
 * `process.dlopen` itself, which is used where that operation isn't what it is in Deno 2.9. By the
 * first way the addon's Buffers are plain `Uint8Array`s.
 *
 * @throws When it can't be loaded.
 */
export function openAddon(path: string): unknown {
  const open = deno[deno.internal]?.core?.ops?.op_napi_open;
  if (typeof open === "function") {
    try {
      return open(path, globalThis, plainBytes, reportError, idle, idle, idle, idle);
    } catch {
      // Its parameters may be others by now; if it is the addon's fault, the other way tells.
    }
  }
  const module: { exports: unknown } = { exports: {} };
  node.process.dlopen(module, path);
  return module.exports;
}

function plainBytes(memory: ArrayBuffer, offset?: number, length?: number): Uint8Array {
  return new Uint8Array(memory, offset, length);
}

function idle(): void {}
