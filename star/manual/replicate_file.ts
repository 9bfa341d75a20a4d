/** `ReplicateFile`: one file of another Star, fetched by its `ReadStream`. */
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import { fromErrorData, OrbitError } from "#core/errors.ts";
import { Patience } from "#core/remote/patience.ts";
import type { CallContext, Caller, Handlers } from "#core/rpc/mod.ts";
import { type ActionOptions, FileType, type OrbitSystem } from "#core/system/mod.ts";
import { type ReplicateRequest, StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { FetchedFile, lost } from "./fetched_file.ts";
import { openPeer, type Peers } from "./peers.ts";

/** How long a source may say nothing. */
const SILENCE_MS = 60_000;
/** Files fetched at once. */
const MAX_FETCHES = 8;
const SUM_BYTES = 32;

/** What it is made of. */
export interface ReplicateFileOptions {
  system: Pick<OrbitSystem, "inspect" | "perform" | "receive">;
  peers: Peers;
  /** Ends all fetches. */
  closing: AbortSignal;
}

/**
 * The handler; its caller has a session. Fails with `denied` for a source that isn't a peer, and
 * `corrupt` when size or checksum aren't the expected ones.
 */
export function replicateFileHandler(
  options: ReplicateFileOptions,
): NonNullable<Handlers<typeof StarService>["replicateFile"]> {
  let fetches = 0;
  return async (request: ReplicateRequest, context: CallContext) => {
    if (fetches >= MAX_FETCHES) {
      throw new OrbitError("exhausted", `fetch file: ${fetches} are being fetched already`, {
        detail: { retryable: true },
      });
    }
    fetches++;
    try {
      checkRequest(request);
      const signal = AbortSignal.any([context.signal, options.closing]);
      await using source = openPeer(request.sourceStarUrl, options.peers);
      return await fetchFile(request, source, options.system, signal);
    } finally {
      fetches--;
    }
  };
}

function checkRequest({ remotePath, localPath, expectedChecksum, expectedSize }: ReplicateRequest) {
  const refuse = (why: string) => {
    throw new OrbitError("invalid", `fetch file: ${why}`);
  };
  for (const [field, path] of Object.entries({ remotePath, localPath })) {
    const isGood = isAbsolute(path) && resolve(path) === path && path !== "/";
    if (!isGood) refuse(`${field} ${JSON.stringify(path)} is no absolute path of a file`);
  }
  const { length } = expectedChecksum;
  if (length !== 0 && length !== SUM_BYTES) refuse(`a checksum of ${length} bytes is no SHA-256`);
  if (expectedSize > BigInt(Number.MAX_SAFE_INTEGER)) refuse("no file has the expected size");
}

async function fetchFile(
  { sourceStarUrl, remotePath, localPath, transferToken, ...expected }: ReplicateRequest,
  source: Caller,
  system: ReplicateFileOptions["system"],
  caller: AbortSignal,
) {
  using patience = new Patience({ star: sourceStarUrl, what: "ReadStream", signal: caller });
  const { signal } = patience;
  const messages = source.serverStream(
    StarService.method.readStream,
    { path: remotePath, transferToken },
    { signal },
  )[Symbol.asyncIterator]();
  const next = async () => {
    patience.expect(SILENCE_MS);
    const step = await messages.next();
    patience.rest();
    return step;
  };
  try {
    const first = await next();
    const told = first.done ? 0n : first.value.fileSize;
    const size = toSize(told, expected.expectedSize);
    const pieces = async function* () {
      for (let step = first; !step.done; step = await next()) yield step.value.chunk;
    };
    const file = new FetchedFile(sourceStarUrl, {
      ...{ size, pieces: pieces(), expected: expected.expectedChecksum },
    });
    await place(file, remotePath, localPath, system, signal);
    return { success: true, bytesTransferred: BigInt(size), checksum: file.checksum };
  } finally {
    await messages.return?.();
  }
}

/** The file's size, before any of it is written. */
function toSize(told: bigint | undefined, expected: bigint): number {
  if (told !== undefined && expected !== 0n && told !== expected) {
    throw lost(`it has ${told} bytes, not the expected ${expected}`);
  }
  const size = told ?? expected;
  if (told === undefined && expected === 0n) {
    const text = "fetch file: the source doesn't tell its size; expected_size has to";
    throw new OrbitError("unsupported", text);
  }
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw lost(`no file has ${size} bytes`);
  return Number(size);
}

/** Writes the file under a staged name, and gives it its own when all of it is there. */
async function place(
  file: FetchedFile,
  remotePath: string,
  localPath: string,
  system: ReplicateFileOptions["system"],
  signal: AbortSignal,
): Promise<void> {
  const base = await makeParents(dirname(localPath), system, signal);
  const request = {
    ...{ sources: [dirname(remotePath)], base, options: howToWrite() },
    actions: [{
      kind: "copy" as const,
      path: basename(localPath),
      ...{ sourcePath: basename(remotePath), source: 0, size: file.size },
      metadata: { permissions: 0o644 },
    }],
  };
  const [{ error }] = await system.receive(request, file, { signal });
  if (error !== undefined) throw fromErrorData(error);
}

/** Makes what is missing of a directory's path, and returns the path. */
async function makeParents(
  directory: string,
  system: ReplicateFileOptions["system"],
  signal: AbortSignal,
): Promise<string> {
  let base = directory;
  for (;; base = dirname(base)) {
    const { entry } = await system.inspect(base, { signal });
    if (entry === undefined) continue;
    if ((entry.mode & FileType.mask) === FileType.directory) break;
    throw new OrbitError("invalid", `fetch file: ${JSON.stringify(base)} is no directory`);
  }
  if (base === directory) return base;
  const names = relative(base, directory).split("/");
  const actions = names.map((_, i) => ({
    kind: "directory" as const,
    path: names.slice(0, i + 1).join("/"),
    metadata: { permissions: 0o755 },
  }));
  const results = await system.perform(base, actions, howToWrite(), { signal });
  for (const { error } of results) if (error !== undefined) throw fromErrorData(error);
  return directory;
}

function howToWrite(): ActionOptions {
  const [a, b] = crypto.getRandomValues(new Uint32Array(2));
  return {
    tag: (a.toString(36) + b.toString(36)).padStart(8, "0").slice(-8),
    ...{ verify: true, followLinks: false, keepTimes: false, sparse: false, inplace: false },
    ...{ fsync: false, keepPartial: false },
  };
}
