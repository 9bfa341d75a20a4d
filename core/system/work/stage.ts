/** Receiving a file's content from outside this disk, a piece at a time. */
import { OrbitError } from "#core/errors.ts";
import type { ActionOptions, CopyAction } from "../system.ts";
import { verifyRange, writeAroundZeros } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { publish } from "./copy.ts";
import { createStaged, discardQuietly, discardStaged } from "./staging.ts";

/** What was received. */
export interface StagedContent {
  bytes: number;
  /** BLAKE3 of the bytes received; with `verify`, also of those read back. */
  hash: Uint8Array;
}

/**
 * Writes the pieces given to `next` into a staged file; `undefined` ends it. When it is closed
 * early, the staged file is removed.
 */
export function* stage(
  context: WorkContext,
  base: string,
  staged: string,
  options: ActionOptions,
): Generator<undefined, StagedContent, Uint8Array | undefined> {
  using tree = context.disk.openTree(base);
  const hasher = context.blake3.create();
  let bytes = 0;
  let complete = false;
  try {
    using file = createStaged(tree, staged, () => tree.createFile(staged));
    for (let piece = yield; piece !== undefined; piece = yield) {
      context.checkCancelled();
      if (options.sparse) writeAroundZeros(file, piece, bytes);
      else file.write(piece, bytes);
      hasher.update(piece);
      bytes += piece.length;
    }
    if (options.sparse) file.truncate(bytes);
    const hash = hasher.digest();
    if (options.verify) verifyRange(context, file, 0, { bytes, hash }, staged, options.fsync);
    complete = true;
    return { bytes, hash };
  } finally {
    if (!complete) discardQuietly(tree, staged);
  }
}

/** Gives a staged file its metadata and its name. */
export function publishContent(
  context: WorkContext,
  base: string,
  staged: string,
  action: CopyAction,
  options: ActionOptions,
): void {
  const tree = context.tree(base);
  {
    using file = tree.openForWriting(staged);
    if (file.facts().size !== action.size) {
      throw new OrbitError("corrupt", `publish ${JSON.stringify(action.path)}: wrong size`, {
        detail: { path: action.path, side: "destination", retryable: true },
      });
    }
    file.apply(action.metadata);
    if (options.fsync) file.sync();
  }
  publish(context, base, staged, action, options);
}

/** Removes staged files; missing ones are fine. */
export function discard(context: WorkContext, base: string, staged: string[]): void {
  for (const path of staged) discardStaged(context.tree(base), path);
}
