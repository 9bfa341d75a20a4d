/**
 * A system that fails on demand: a decorator for any `OrbitSystem`, to test what the code above
 * the port does on bad days. Transfers from it always go in parcels through this thread.
 */
import type { ChunkList, ChunkParameters } from "#core/cdc/mod.ts";
import type { AttributeSelection, DiskFeatures } from "./disk.ts";
import type { PackRequest, PackSource } from "./parcel/request.ts";
import type { Entry, ScanBatch } from "./scan_batch.ts";
import type {
  ActionOptions,
  ActionResult,
  CallOptions,
  HashOptions,
  HashResult,
  Inspection,
  OrbitSystem,
  PlainAction,
  ScanRequest,
  TransferOptions,
  TransferRequest,
} from "./system.ts";

/** The port's calls that can fail. */
export type SystemOperation = Exclude<keyof OrbitSystem, "name" | symbol>;

/** One call, before it reaches the system. */
export interface SystemCall {
  operation: SystemOperation;
  /** The absolute path or base it is about; "" for `features`. */
  path: string;
  /** How many calls of this operation there were, this one included. */
  count: number;
}

/** When and how a system fails. Everything absent changes nothing. */
export interface SystemFaultPlan {
  /** Called before every call: what it throws the caller sees, what it returns is waited for. */
  before?(call: SystemCall): void | Promise<void>;
  /**
   * What becomes of a piece of `openStream`, or of a parcel of `pack`: any number in its place. None
   * drops it, two repeat it, changed bytes corrupt it. `index` counts the pieces of this stream
   * from 0.
   */
  mutatePiece?(piece: Uint8Array, call: SystemCall, index: number): Uint8Array[];
}

/**
 * Wraps a system so that every call passes the plan first. With an empty plan it keeps every
 * promise of the port that `inner` keeps. It owns `inner`: disposal reaches it.
 *
 * ```ts
 * const flaky = createFaultySystem(system, {
 *   before({ operation, count }) {
 *     if (operation === "pack" && count === 2) throw systemError("EIO", "pack", "");
 *   },
 * });
 * ```
 */
export function createFaultySystem(inner: OrbitSystem, plan: SystemFaultPlan): OrbitSystem {
  return new FaultySystem(inner, plan);
}

class FaultySystem implements OrbitSystem {
  readonly name: string;
  readonly #counts = new Map<SystemOperation, number>();

  constructor(readonly inner: OrbitSystem, readonly plan: SystemFaultPlan) {
    this.name = inner.name;
  }

  /** Counts a call and gives the plan its chance to throw or to wait. */
  async #enter(operation: SystemOperation, path: string): Promise<SystemCall> {
    const count = (this.#counts.get(operation) ?? 0) + 1;
    this.#counts.set(operation, count);
    const call = { operation, path, count };
    await this.plan.before?.(call);
    return call;
  }

  async features(options?: CallOptions): Promise<DiskFeatures> {
    await this.#enter("features", "");
    return await this.inner.features(options);
  }

  async scanDirectory(path: string, options?: CallOptions): Promise<Entry[]> {
    await this.#enter("scanDirectory", path);
    return await this.inner.scanDirectory(path, options);
  }

  async readHeader(path: string, length: number, options?: CallOptions): Promise<Uint8Array> {
    await this.#enter("readHeader", path);
    return await this.inner.readHeader(path, length, options);
  }

  async calculateHash(
    path: string,
    offset: number,
    length: number,
    options?: CallOptions,
  ): Promise<Uint8Array> {
    await this.#enter("calculateHash", path);
    return await this.inner.calculateHash(path, offset, length, options);
  }

  openStream(
    path: string,
    range?: { offset?: number; length?: number },
    options?: CallOptions,
  ): ReadableStream<Uint8Array> {
    return ReadableStream.from(this.#pieces(path, range, options));
  }

  async *#pieces(
    path: string,
    range?: { offset?: number; length?: number },
    options?: CallOptions,
  ): AsyncGenerator<Uint8Array> {
    const call = await this.#enter("openStream", path);
    let index = 0;
    for await (const piece of this.inner.openStream(path, range, options)) {
      yield* this.plan.mutatePiece?.(piece, call, index) ?? [piece];
      index++;
    }
  }

  async inspect(
    path: string,
    options?: CallOptions & { attributes?: AttributeSelection },
  ): Promise<Inspection> {
    await this.#enter("inspect", path);
    return await this.inner.inspect(path, options);
  }

  async *scanTree(request: ScanRequest, options?: CallOptions): AsyncIterable<ScanBatch> {
    await this.#enter("scanTree", request.base);
    yield* this.inner.scanTree(request, options);
  }

  async readHeaders(
    base: string,
    paths: string[],
    length: number,
    options?: CallOptions,
  ): Promise<Uint8Array[]> {
    await this.#enter("readHeaders", base);
    return await this.inner.readHeaders(base, paths, length, options);
  }

  async hashFiles(
    base: string,
    paths: string[],
    options?: HashOptions,
  ): Promise<HashResult[]> {
    await this.#enter("hashFiles", base);
    return await this.inner.hashFiles(base, paths, options);
  }

  async *chunkFile(
    path: string,
    parameters?: ChunkParameters,
    options?: CallOptions,
  ): AsyncIterable<ChunkList> {
    await this.#enter("chunkFile", path);
    yield* this.inner.chunkFile(path, parameters, options);
  }

  async perform(
    base: string,
    actions: PlainAction[],
    options: ActionOptions,
    callOptions?: CallOptions,
  ): Promise<ActionResult[]> {
    await this.#enter("perform", base);
    return await this.inner.perform(base, actions, options, callOptions);
  }

  async *pack(
    request: PackRequest,
    options?: CallOptions,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const call = await this.#enter("pack", request.sources[0] ?? "");
    let index = 0;
    for await (const parcel of this.inner.pack(request, options)) {
      const pieces = this.plan.mutatePiece?.(parcel, call, index++) ?? [parcel];
      // Each goes to whoever takes it, with its buffer.
      for (const piece of pieces) {
        yield pieces.length === 1 && piece === parcel ? parcel : piece.slice();
      }
    }
  }

  async receive(
    request: TransferRequest,
    source: PackSource,
    options?: TransferOptions,
  ): Promise<ActionResult[]> {
    await this.#enter("receive", request.base);
    return await this.inner.receive(request, source, options);
  }

  async transferTo(
    target: OrbitSystem,
    request: TransferRequest,
    options?: TransferOptions,
  ): Promise<ActionResult[]> {
    await this.#enter("transferTo", request.base);
    return await target.receive(request, this, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner[Symbol.asyncDispose]();
  }
}
