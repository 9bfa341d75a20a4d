/** Scanning the subtrees of a directory with several workers, in the order of one scan. */
import { systemError, toErrorData } from "#core/errors.ts";
import { FileType, ScanBatch } from "#core/system/scan_batch.ts";
import type { OrbitSystem, ScanRequest } from "#core/system/system.ts";

/** What is scanned: a whole tree, without links being followed or file systems told apart. */
export type SplitRequest = Pick<ScanRequest, "base" | "filter">;

/** How the work is divided. */
export interface SplitOptions {
  /** Scans under way at a time. */
  width: number;
  signal?: AbortSignal;
}

/** Scans that a tree is cut into, when its top has as many directories. */
const SLICES = 64;

/**
 * The batches of a recursive scan: directories in depth-first order, so the top comes first and
 * then each run of its subdirectories, scanned while the ones before are still being read.
 */
export async function* splitScan(
  system: OrbitSystem,
  request: SplitRequest,
  { width, signal }: SplitOptions,
): AsyncGenerator<ScanBatch> {
  const top: string[] = [];
  let last: ScanBatch | undefined;
  for await (const batch of system.scanTree({ ...request, recursive: false }, { signal })) {
    if (last !== undefined) yield last;
    collectDirectories(batch, top);
    last = batch;
  }
  const waiting = slicesOf(top);
  const running: AheadScan[] = [];
  const start = () => {
    const directories = waiting.shift();
    if (directories === undefined) return;
    const scan = system.scanTree({ ...request, directories, recursive: true }, { signal });
    running.push(new AheadScan(scan));
  };
  try {
    for (let i = 0; i < width; i++) start();
    if (last !== undefined) yield last; // while the subtrees are being scanned
    for (let scan = running[0]; scan !== undefined; scan = running[0]) {
      for await (const batch of scan.batches()) yield withVanished(batch);
      running.shift();
      start();
    }
  } finally {
    await Promise.all(running.map((scan) => scan.close()));
  }
}

/** A scan that has its first batch made before anyone asks for it. */
class AheadScan {
  readonly #iterator: AsyncIterator<ScanBatch>;
  readonly #first: Promise<IteratorResult<ScanBatch>>;

  constructor(scan: AsyncIterable<ScanBatch>) {
    this.#iterator = scan[Symbol.asyncIterator]();
    this.#first = this.#iterator.next();
    this.#first.catch(() => {}); // reported when it is awaited
  }

  async *batches(): AsyncGenerator<ScanBatch> {
    for (let step = await this.#first; !step.done; step = await this.#iterator.next()) {
      yield step.value;
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

function collectDirectories(batch: ScanBatch, into: string[]): void {
  for (const { from, to } of batch.data.parts) {
    for (let row = from; row < to; row++) {
      if (batch.isType(row, FileType.directory)) into.push(batch.name(row));
    }
  }
}

function slicesOf(directories: readonly string[]): string[][] {
  const size = Math.ceil(directories.length / SLICES);
  return Array.from(
    { length: size === 0 ? 0 : Math.ceil(directories.length / size) },
    (_, index) => directories.slice(index * size, (index + 1) * size),
  );
}

/** A directory that is gone by now is trouble, as it is in one scan: it was listed a moment ago. */
function withVanished(batch: ScanBatch): ScanBatch {
  const gone = batch.data.parts.filter(({ exists }) => !exists);
  if (gone.length === 0) return batch;
  const troubles = gone.map(({ directory }) => ({
    path: directory,
    error: toErrorData(systemError("ENOENT", "list", directory)),
  }));
  return new ScanBatch({ ...batch.data, troubles: [...batch.data.troubles, ...troubles] });
}
