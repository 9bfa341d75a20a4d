/**
 * Batches of actions and results as they cross to a worker: names and numbers apart, because to
 * clone an object takes several times as long as to clone the text and the five numbers in it.
 * What isn't usual crosses as it is.
 */
import type { Action, ActionOptions, ActionResult, CopyAction, TransferRequest } from "./system.ts";

/** A `TransferRequest`, packed. */
export interface PackedTransfer {
  sources: string[];
  base: string;
  options: ActionOptions;
  /** Path of each plain copy, on both sides; or another action. */
  actions: (string | Action)[];
  /** For each action {@linkcode COPY_NUMBERS} numbers; of use for plain copies only. */
  numbers: Float64Array<ArrayBuffer>;
}

/** Results, packed. */
export interface PackedResults {
  /** For each result bytes, verified and size; the latter −1 when it has none. */
  numbers: Float64Array<ArrayBuffer>;
  /** Results that say more than that, by index. */
  others: [index: number, result: ActionResult][];
}

/** Source, size, permissions, uid and gid of a copy; −1 for what isn't set. */
const COPY_NUMBERS = 5;
const RESULT_NUMBERS = 3;

export function packTransfer({ sources, base, options, actions }: TransferRequest): PackedTransfer {
  const numbers = new Float64Array(actions.length * COPY_NUMBERS);
  const packed = actions.map((action, index) => {
    if (action.kind !== "copy" || !isPlain(action)) return action;
    const { permissions = -1, uid = -1, gid = -1 } = action.metadata;
    const at = index * COPY_NUMBERS;
    numbers[at] = action.source;
    numbers[at + 1] = action.size;
    numbers[at + 2] = permissions;
    numbers[at + 3] = uid;
    numbers[at + 4] = gid;
    return action.path;
  });
  return { sources, base, options, actions: packed, numbers };
}

export function unpackTransfer(packed: PackedTransfer): TransferRequest {
  const { sources, base, options, numbers } = packed;
  const actions = packed.actions.map((action, index) =>
    typeof action === "string" ? toCopy(action, numbers, index * COPY_NUMBERS) : action
  );
  return { sources, base, options, actions };
}

function isPlain({ path, sourcePath, metadata, clearsDirectory }: CopyAction): boolean {
  return path === sourcePath && clearsDirectory === undefined &&
    metadata.attributes === undefined && metadata.selection === undefined &&
    metadata.mtime === undefined && metadata.mtimeNs === undefined;
}

function toCopy(path: string, numbers: Float64Array, at: number): CopyAction {
  const metadata: CopyAction["metadata"] = {};
  if (numbers[at + 2] !== -1) metadata.permissions = numbers[at + 2];
  if (numbers[at + 3] !== -1) metadata.uid = numbers[at + 3];
  if (numbers[at + 4] !== -1) metadata.gid = numbers[at + 4];
  const source = numbers[at], size = numbers[at + 1];
  return { kind: "copy", path, sourcePath: path, source, size, metadata };
}

export function packResults(results: readonly ActionResult[]): PackedResults {
  const numbers = new Float64Array(results.length * RESULT_NUMBERS);
  const others: PackedResults["others"] = [];
  results.forEach((result, index) => {
    const { error, resumed, matched } = result;
    if (error !== undefined || resumed !== undefined || matched !== undefined) {
      others.push([index, result]);
    }
    const at = index * RESULT_NUMBERS;
    numbers[at] = result.bytes;
    numbers[at + 1] = result.verified;
    numbers[at + 2] = result.size ?? -1;
  });
  return { numbers, others };
}

export function unpackResults({ numbers, others }: PackedResults): ActionResult[] {
  const results: ActionResult[] = [];
  for (let at = 0; at < numbers.length; at += RESULT_NUMBERS) {
    const [bytes, verified, size] = [numbers[at], numbers[at + 1], numbers[at + 2]];
    results.push(size === -1 ? { bytes, verified } : { bytes, verified, size });
  }
  for (const [index, result] of others) results[index] = result;
  return results;
}
