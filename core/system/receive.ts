/** Carrying out a batch whose content is packed elsewhere, with an executor's file workers. */
import { OrbitError, toErrorData } from "#core/errors.ts";
import { pathSize, slices } from "#core/slices.ts";
import { LEAST_DELTA_BYTES } from "./delta/parameters.ts";
import { patchSmall } from "./delta/patch_small.ts";
import type { Executor } from "./executor.ts";
import { type PackedResults, packTransfer, unpackResults } from "./packed_transfer.ts";
import { PACK_BOUNDS, type PackSource } from "./parcel/request.ts";
import { receiveLarge } from "./receive_large.ts";
import { Reception } from "./reception.ts";
import { checkEntryPath } from "./relative_path.ts";
import { settle } from "./settle.ts";
import type {
  Action,
  ActionResult,
  CopyAction,
  PlainAction,
  TransferOptions,
  TransferRequest,
} from "./system.ts";
import { LARGE_BYTES } from "./work/large.ts";
import { atSource } from "./work/source_trouble.ts";

/** How often a file that changes while it is sent is sent again. */
const CHANGE_TRIES = 3;

/** Carries out a batch, fetching content from the source. Results are in the actions' order. */
export async function receive(
  executor: Executor,
  source: PackSource,
  request: TransferRequest,
  options: TransferOptions = {},
): Promise<ActionResult[]> {
  options.signal?.throwIfAborted();
  const results = await new Receiving(new Reception(executor, source, request, options)).run();
  options.signal?.throwIfAborted();
  return results;
}

/** Whether all that is asked of a source is, at first, one request: each file once, and whole. */
export function isOneRequest({ actions }: Pick<TransferRequest, "actions">): boolean {
  const sizeOf = (action: Action) => pathSize((action as CopyAction).sourcePath);
  const files = new Set<string>();
  for (const action of actions) {
    if (action.kind !== "copy" || action.size >= LEAST_DELTA_BYTES) return false;
    files.add(`${action.source}/${action.sourcePath}`);
  }
  return files.size === actions.length && [...slices(actions, PACK_BOUNDS, sizeOf)].length === 1;
}

class Receiving {
  readonly #reception: Reception;
  readonly #results: ActionResult[];

  constructor(reception: Reception) {
    this.#reception = reception;
    this.#results = new Array(reception.request.actions.length);
  }

  /** In the order of the batch, in which one action may need another before it. */
  async run(): Promise<ActionResult[]> {
    const { actions } = this.#reception.request;
    for (let from = 0; from < actions.length;) {
      const kind = kindOf(actions[from]);
      let to = from + 1;
      while (to < actions.length && kindOf(actions[to]) === kind) to++;
      const run = Array.from({ length: to - from }, (_, i) => from + i);
      if (kind === "plain") await this.#perform(run);
      else if (kind === "small") await this.#receiveSmall(run);
      else for (const index of run) await this.#receiveLarge(index);
      from = to;
    }
    return this.#results;
  }

  async #perform(indices: number[]): Promise<void> {
    const { executor, request: { base, actions, options } } = this.#reception;
    const chosen = indices.map((index) => actions[index] as PlainAction);
    const results = await executor.call("perform", base, chosen, options);
    indices.forEach((index, k) => this.#results[index] = results[k]);
  }

  async #receiveLarge(index: number): Promise<void> {
    this.#results[index] = await settle(this.#reception.options.signal, () => {
      const action = this.#copy(index);
      this.#check(action);
      return receiveLarge(this.#reception, action, index);
    });
  }

  /** As many requests at a time as there are workers. */
  async #receiveSmall(indices: number[]): Promise<void> {
    const sound = indices.filter((index) => this.#isSound(index));
    const sizeOf = (index: number) => pathSize(this.#copy(index).sourcePath);
    const requests = [...slices(sound, PACK_BOUNDS, sizeOf)];
    const work = async () => {
      for (let some = requests.shift(); some !== undefined; some = requests.shift()) {
        await this.#receiveSome(some);
      }
    };
    const { executor: { width } } = this.#reception;
    const lanes = await Promise.allSettled(Array.from({ length: width }, work));
    for (const lane of lanes) if (lane.status === "rejected") throw lane.reason;
  }

  async #receiveSome(indices: number[]): Promise<void> {
    indices = await this.#patch(indices);
    for (let tries = 1; indices.length > 0; tries++) {
      await this.#unpack(indices);
      indices = tries < CHANGE_TRIES ? indices.filter((index) => this.#hasChanged(index)) : [];
    }
  }

  /** Those of which only what changed can be fetched; the others are left, and what changed now. */
  async #patch(indices: number[]): Promise<number[]> {
    const copies = indices.map((index) => ({ index, action: this.#copy(index) }));
    const take = (index: number, result: ActionResult) => void (this.#results[index] = result);
    const left = await patchSmall(this.#reception, copies, take);
    const open = new Set(left.map(({ index }) => index));
    return indices.filter((index) => open.has(index) || this.#hasChanged(index));
  }

  /** Paths that can't be are told before anything is asked of the source. */
  #isSound(index: number): boolean {
    try {
      this.#check(this.#copy(index));
      return true;
    } catch (error) {
      this.#fail(index, error);
      return false;
    }
  }

  #check({ path, sourcePath }: CopyAction): void {
    checkEntryPath(path);
    atSource(() => checkEntryPath(sourcePath));
    if (!this.#reception.request.options.inplace) return;
    const reason = "writing in place needs both ends on one machine";
    throw new OrbitError("unsupported", `copy ${JSON.stringify(path)}: ${reason}`);
  }

  #hasChanged(index: number): boolean {
    return this.#results[index].error?.detail.errno === "ECHANGED";
  }

  /** One stream of parcels for all of them. */
  async #unpack(indices: number[]): Promise<void> {
    const { executor, request, options: { signal } } = this.#reception;
    const actions = indices.map((index) => this.#copy(index));
    let next = 0;
    const take = (unpacked: PackedResults) => {
      for (const result of unpackResults(unpacked)) {
        this.#results[indices[next++]] = result;
        if (result.error === undefined) this.#reception.moved(result);
      }
    };
    try {
      const work = executor.open("unpack", packTransfer({ ...request, actions }));
      take(await this.#reception.pour(actions.map(itemOf), work, take));
    } catch (error) {
      signal?.throwIfAborted();
      for (const index of indices.slice(next)) this.#fail(index, error);
    }
  }

  #fail(index: number, error: unknown): void {
    this.#results[index] = { bytes: 0, verified: 0, error: toErrorData(error) };
  }

  #copy(index: number): CopyAction {
    return this.#reception.request.actions[index] as CopyAction;
  }
}

/** How an action is carried out. */
function kindOf(action: Action): "plain" | "small" | "large" {
  if (action.kind !== "copy") return "plain";
  return action.size >= LARGE_BYTES ? "large" : "small";
}

function itemOf({ source, sourcePath }: CopyAction) {
  return { source, path: sourcePath };
}
