/** `OrbitSystem` over an executor: this machine's disks, or one in memory. */
import { fromErrorData } from "#core/errors.ts";
import type { ChunkList, ChunkParameters } from "#core/cdc/mod.ts";
import type { AttributeSelection, DiskFeatures } from "./disk.ts";
import { abortable } from "./abortable.ts";
import { chunkInParallel } from "./chunking.ts";
import type { Executor, WorkStream } from "./executor.ts";
import { type Entry, ScanBatch } from "./scan_batch.ts";
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
import type { PackOptions, PackRequest, PackSource } from "./parcel/request.ts";
import { receive } from "./receive.ts";
import { scanInShares } from "./scan_shares.ts";
import { transferWithin } from "./transfer.ts";
import type { ScanShare } from "./work/scan.ts";

/** Files that a hash call takes at once, so that several workers share a long list. */
const HASH_BATCH = 16;

/** Makes a system of an executor, which it then owns. */
export function createDiskSystem(name: string, executor: Executor): OrbitSystem {
  return new DiskSystem(name, executor);
}

class DiskSystem implements OrbitSystem {
  constructor(readonly name: string, readonly executor: Executor) {}

  within(scope: readonly string[]): OrbitSystem {
    return new DiskSystem(this.name, this.executor.within(scope));
  }

  features(options: CallOptions = {}): Promise<DiskFeatures> {
    return abortable(options.signal, this.executor.call("features"));
  }

  async scanDirectory(path: string, options: CallOptions = {}): Promise<Entry[]> {
    const entries: Entry[] = [];
    for await (const batch of this.scanTree({ base: path, recursive: false }, options)) {
      if (batch.data.troubles.length > 0) {
        throw fromErrorData(batch.data.troubles[0].error);
      }
      for (const part of batch.data.parts) {
        for (let row = part.from; row < part.to; row++) entries.push(batch.entry(row, ""));
      }
    }
    return entries;
  }

  readHeader(path: string, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    return abortable(options.signal, this.executor.call("readHeader", path, length));
  }

  calculateHash(
    path: string,
    offset: number,
    length: number,
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    return abortable(options.signal, this.executor.call("calculateHash", path, offset, length));
  }

  openStream(
    path: string,
    range: { offset?: number; length?: number } = {},
    options: CallOptions = {},
  ): ReadableStream<Uint8Array> {
    const { offset = 0, length = 0 } = range;
    const open = () => this.executor.open("readRange", path, offset, length);
    return ReadableStream.from(steps(open, options.signal));
  }

  inspect(
    path: string,
    options: CallOptions & { attributes?: AttributeSelection } = {},
  ): Promise<Inspection> {
    const attributes = options.attributes ?? "none";
    return abortable(options.signal, this.executor.call("inspect", path, attributes));
  }

  async *scanTree(request: ScanRequest, options: CallOptions = {}): AsyncIterable<ScanBatch> {
    const { wide, ...one } = request;
    const { width } = this.executor;
    // Only who scans the whole tells loops of links, and several directories that were asked for.
    const isDivisible = one.recursive && !one.followLinks && (one.directories?.length ?? 1) === 1;
    if (wide && isDivisible && width > 1) {
      const scan = (part: ScanRequest, share: ScanShare) =>
        steps(
          () => this.executor.open("scan", part, share),
          options.signal,
          undefined,
          SHARE_AHEAD,
        );
      for await (const data of scanInShares(scan, one, width)) {
        options.signal?.throwIfAborted(); // much may be here already
        yield new ScanBatch(data);
      }
      return options.signal?.throwIfAborted();
    }
    const open = () => this.executor.open("scan", one);
    const ahead = one.recursive ? SCAN_AHEAD : STEPS_AHEAD;
    for await (const data of steps(open, options.signal, undefined, ahead)) {
      yield new ScanBatch(data);
    }
  }

  readHeaders(
    base: string,
    paths: string[],
    length: number,
    options: CallOptions = {},
  ): Promise<Uint8Array[]> {
    return abortable(options.signal, this.executor.call("readHeaders", base, paths, length));
  }

  async hashFiles(
    base: string,
    paths: string[],
    options: HashOptions = {},
  ): Promise<HashResult[]> {
    const share = Math.ceil(paths.length / this.executor.width);
    const size = Math.max(1, Math.min(HASH_BATCH, share));
    const calls: Promise<HashResult[]>[] = [];
    for (let from = 0; from < paths.length; from += size) {
      const call = this.executor.call(
        "hashFiles",
        base,
        paths.slice(from, from + size),
        options.versions,
      );
      calls.push(call.then((results) => {
        options.onBytes?.(results.reduce((sum, result) => sum + result.size, 0));
        return results;
      }));
    }
    return (await abortable(options.signal, Promise.all(calls))).flat();
  }

  chunkFile(
    path: string,
    parameters?: ChunkParameters,
    options: CallOptions = {},
  ): AsyncIterable<ChunkList> {
    return chunkInParallel(this.executor, path, parameters, options.signal);
  }

  async perform(
    base: string,
    actions: PlainAction[],
    options: ActionOptions,
    { signal }: CallOptions = {},
  ): Promise<ActionResult[]> {
    signal?.throwIfAborted();
    return await this.executor.call("perform", base, actions, options);
  }

  pack(
    request: PackRequest,
    { signal, spares }: PackOptions = {},
  ): AsyncIterable<Uint8Array<ArrayBuffer>> {
    return steps(() => this.executor.open("pack", request), signal, () => spares?.take());
  }

  receive(
    request: TransferRequest,
    source: PackSource,
    options: TransferOptions = {},
  ): Promise<ActionResult[]> {
    return source instanceof DiskSystem && source.executor === this.executor
      ? transferWithin(this.executor, request, options)
      : receive(this.executor, source, request, options);
  }

  transferTo(
    target: OrbitSystem,
    request: TransferRequest,
    options?: TransferOptions,
  ): Promise<ActionResult[]> {
    return target.receive(request, this, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.executor[Symbol.asyncDispose]();
  }
}

/** Steps of a stream that are asked for before they are needed, so that its worker never waits. */
const STEPS_AHEAD = 3;

/**
 * The same of the scan of a tree: some 20 ms of work, which the worker of a run that begins has
 * while its modules load. At most half a megabyte each, or so.
 */
const SCAN_AHEAD = 5;

/** The same of a share of one: what is done too early keeps what is wanted now from a worker. */
const SHARE_AHEAD = 2;

/** The steps of work that starts with the first of them, some asked for ahead. */
async function* steps<T, R>(
  open: () => WorkStream<T, R>,
  signal?: AbortSignal,
  input: () => Uint8Array<ArrayBuffer> | undefined = () => undefined,
  stepsAhead = STEPS_AHEAD,
): AsyncGenerator<T, R> {
  signal?.throwIfAborted();
  const work = open();
  const ahead: Promise<IteratorResult<T, R>>[] = [];
  const ask = () => {
    const step = work.next(input());
    step.catch(() => {}); // reported when it is awaited
    ahead.push(step);
  };
  try {
    for (let i = 0; i < stepsAhead; i++) ask();
    while (true) {
      const step = await abortable(signal, ahead.shift()!);
      if (step.done) return step.value;
      ask();
      yield step.value;
    }
  } finally {
    const closed = work.close();
    // A disk that doesn't answer must not hold up who no longer wants an answer.
    if (signal?.aborted) closed.catch(() => {});
    else await closed;
  }
}
