/** Carrying out a batch between any two systems: content passes through this thread. */
import { equalBytes } from "#core/hash/mod.ts";
import { fromErrorData, OrbitError, systemError } from "#core/errors.ts";
import { baseName, checkEntryPath, parentOf } from "./relative_path.ts";
import { type Entry, FileType } from "./scan_batch.ts";
import { settle } from "./settle.ts";
import type {
  ActionResult,
  CopyAction,
  OrbitSystem,
  TransferOptions,
  TransferRequest,
} from "./system.ts";
import { atSource, blameSource, changed } from "./work/source_trouble.ts";
import { stagedPath } from "./work/staging.ts";

/** How often a file that changes while it is sent is sent again. */
const CHANGE_TRIES = 3;

/**
 * Carries out a batch between any two systems.
 *
 * What each side says of a file is believed only where the other confirms it: the hash of what
 * arrived is compared with the hash that the source itself gives of the file.
 */
export async function transferByStream(
  source: OrbitSystem,
  target: OrbitSystem,
  request: TransferRequest,
  options: TransferOptions,
): Promise<ActionResult[]> {
  const { signal } = options;
  const results: ActionResult[] = [];
  for (const action of request.actions) {
    signal?.throwIfAborted();
    results.push(
      await settle(signal, async () => {
        if (action.kind === "copy") {
          return await new StreamCopy(source, target, request, action, options).run();
        }
        const { base, options: how } = request;
        const [result] = await target.perform(base, [action], how, { signal });
        if (result !== undefined) return result;
        throw new OrbitError("corrupt", `perform on ${JSON.stringify(target.name)}: no result`);
      }),
    );
  }
  signal?.throwIfAborted();
  return results;
}

/** One file on its way from one system to another. */
class StreamCopy {
  readonly #path: string;
  readonly #call: { signal?: AbortSignal };
  /** The source's trouble, whatever the target makes of a stream that breaks off. */
  #sourceError: unknown;

  constructor(
    readonly source: OrbitSystem,
    readonly target: OrbitSystem,
    readonly request: TransferRequest,
    readonly action: CopyAction,
    readonly options: TransferOptions,
  ) {
    const base = request.sources[action.source];
    this.#path = `${base === "/" ? "" : base}/${action.sourcePath}`;
    this.#call = { signal: options.signal };
  }

  async run(): Promise<ActionResult> {
    if (this.request.options.inplace) {
      const reason = "writing in place needs both ends on one machine";
      throw new OrbitError("unsupported", `copy to ${JSON.stringify(this.target.name)}: ${reason}`);
    }
    checkEntryPath(this.action.path);
    atSource(() => checkEntryPath(this.action.sourcePath));
    for (let tries = 1;; tries++) {
      const result = await this.#try();
      if (result !== undefined) return result;
      if (tries === CHANGE_TRIES) throw changed(this.action.sourcePath);
    }
  }

  /** One try; undefined when the source changed meanwhile. */
  async #try(): Promise<ActionResult | undefined> {
    const { target, action, request, options } = this;
    const before = await this.#lookUp();
    const staged = stagedPath(action.path, request.options.tag);
    const sparse = request.options.sparse || before.blocks * 512 < before.size;
    const how = { ...request.options, sparse };
    try {
      const content = ReadableStream.from(this.#pieces(before.size));
      const received = await target.stage(request.base, staged, content, how, this.#call);
      const sent = how.verify ? await this.#sourceHash() : undefined;
      if (received.bytes !== before.size || !isUnchanged(before, await this.#lookUp())) {
        await target.discard(request.base, [staged]);
        return undefined;
      }
      if (sent !== undefined && !equalBytes(sent, received.hash)) throw differs(action.path);
      await target.publish(request.base, staged, this.#published(before), how, this.#call);
      const verified = how.verify ? received.bytes : 0;
      options.onBytes?.(0, verified);
      return { bytes: received.bytes, verified, size: before.size };
    } catch (error) {
      // A leftover is removed by the next run; the error that led here is the one to report.
      await target.discard(request.base, [staged]).catch(() => {});
      throw this.#sourceError ?? error;
    }
  }

  /** The file's facts, found as a scan finds them: only a link that may be followed is. */
  async #lookUp(): Promise<Entry> {
    const { sourcePath, source } = this.action;
    const { followLinks } = this.request.options;
    const parent = parentOf(sourcePath);
    const scan = this.source.scanTree({
      base: this.request.sources[source],
      directories: [parent],
      names: [[baseName(sourcePath)]],
      recursive: false,
      followLinks,
    }, this.#call);
    let found: Entry | undefined;
    try {
      for await (const batch of scan) {
        const [trouble] = batch.data.troubles;
        if (trouble !== undefined) throw fromErrorData(trouble.error);
        if (batch.data.rows.length > 0) found ??= batch.entry(0, parent);
      }
      if (found === undefined) throw systemError("ENOENT", "copy", sourcePath);
      const type = found.mode & FileType.mask;
      if (type === FileType.link) throw systemError("ELOOP", "copy", sourcePath);
      if (type !== FileType.file) throw systemError("EINVAL", "copy", sourcePath);
    } catch (error) {
      throw blameSource(error);
    }
    return found;
  }

  /** The content, hardly more than `size`: a source that never ends must not fill the target. */
  async *#pieces(size: number): AsyncGenerator<Uint8Array> {
    const { pace, onBytes } = this.options;
    let sent = 0;
    try {
      for await (const piece of this.source.openStream(this.#path, {}, this.#call)) {
        await pace?.(piece.length);
        onBytes?.(piece.length, 0);
        yield piece;
        sent += piece.length;
        if (sent > size) return; // it grew: the size that arrived will tell
      }
    } catch (error) {
      this.#sourceError = blameSource(error);
      throw error;
    }
  }

  async #sourceHash(): Promise<Uint8Array> {
    try {
      return await this.source.calculateHash(this.#path, 0, 0, this.#call);
    } catch (error) {
      throw blameSource(error);
    }
  }

  /** The action with the facts of the file that was sent. */
  #published({ size, mtime, mtimeNs }: Entry): CopyAction {
    const { metadata } = this.action;
    const { keepTimes } = this.request.options;
    return {
      ...this.action,
      size,
      metadata: keepTimes ? { ...metadata, mtime, mtimeNs } : metadata,
    };
  }
}

function isUnchanged(before: Entry, after: Entry): boolean {
  return before.size === after.size && before.mtime === after.mtime &&
    before.mtimeNs === after.mtimeNs && before.identity === after.identity;
}

function differs(path: string): OrbitError {
  const reason = "what arrived is not what was sent";
  return new OrbitError("corrupt", `copy ${JSON.stringify(path)}: ${reason}`, {
    detail: { path, side: "destination", retryable: true },
  });
}
