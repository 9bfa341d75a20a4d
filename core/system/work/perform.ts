/** Carrying out actions, one after the other; each succeeds or fails by itself. */
import { OrbitError, toErrorData } from "#core/errors.ts";
import type { Metadata, Tree } from "../disk.ts";
import {
  type PackedResults,
  type PackedTransfer,
  packResults,
  unpackTransfer,
} from "../packed_transfer.ts";
import { FileType } from "../scan_batch.ts";
import { baseName } from "../relative_path.ts";
import type { Action, ActionOptions, ActionResult, PlainAction } from "../system.ts";
import type { WorkContext } from "./context.ts";
import { keepBackup } from "./backup.ts";
import { copyFile } from "./copy.ts";
import { type PublishOptions, publishStaged } from "./publish.ts";
import { removeMoved } from "./remove_moved.ts";
import { renameFile } from "./rename.ts";
import { createStaged, discardQuietly, errnoOf, stagedPath, stagedTag } from "./staging.ts";
import { makeUsable, withUsableParent } from "./usable.ts";

/** Carries out a batch whose source and destination are both on this disk. */
export function transfer(context: WorkContext, packed: PackedTransfer): PackedResults {
  const request = unpackTransfer(packed);
  const results = eachAction(context, request.actions, (action) => {
    if (action.kind !== "copy") return performOne(context, request.base, action, request.options);
    const place = { source: request.sources[action.source], base: request.base };
    return copyFile(context, place, action, request.options);
  });
  return packResults(results);
}

/** Carries out a batch that needs no content. */
export function perform(
  context: WorkContext,
  base: string,
  actions: PlainAction[],
  options: ActionOptions,
): ActionResult[] {
  return eachAction(context, actions, (action) => performOne(context, base, action, options));
}

function eachAction<A extends Action>(
  context: WorkContext,
  actions: A[],
  run: (action: A) => ActionResult,
): ActionResult[] {
  return actions.map((action) => {
    try {
      context.checkCancelled();
      context.limitTrees();
      return run(action);
    } catch (error) {
      return { bytes: 0, verified: 0, error: toErrorData(error) };
    }
  });
}

function performOne(
  context: WorkContext,
  base: string,
  action: PlainAction,
  options: ActionOptions,
): ActionResult {
  const tree = context.tree(base);
  switch (action.kind) {
    case "directory":
      makeDirectory(context, base, action.path, action.metadata, options);
      break;
    case "link":
      replaceEntry(context, base, action.path, action, options, (staged) => {
        tree.makeLink(staged, action.target);
        tree.apply(staged, action.metadata);
      });
      break;
    case "special":
      replaceEntry(context, base, action.path, action, options, (staged) => {
        tree.makeSpecial(staged, action.mode, action.rdevMajor, action.rdevMinor);
        tree.apply(staged, action.metadata);
      });
      break;
    case "hardlink":
      replaceEntry(
        context,
        base,
        action.path,
        { ...action, mayBeSameFile: true },
        options,
        (staged) => {
          const from = action.existingBase === undefined
            ? undefined
            : context.tree(action.existingBase);
          tree.makeHardLink(action.existing, staged, from);
        },
      );
      break;
    case "rename":
      renameFile(tree, action, options);
      break;
    case "attributes":
      tree.apply(action.path, action.metadata);
      break;
    case "delete":
      remove(context, base, action.path, action.directory, options);
      break;
    case "remove":
      removeMoved(tree, action.path, action.version);
      break;
  }
  return { bytes: 0, verified: 0 };
}

/** Makes something under a staged name and moves it into place, replacing a non-directory. */
function replaceEntry(
  context: WorkContext,
  base: string,
  path: string,
  publishing: PublishOptions,
  options: ActionOptions,
  make: (staged: string) => void,
): void {
  const tree = context.tree(base);
  const staged = stagedPath(path, options.tag);
  try {
    createStaged(tree, staged, () => make(staged));
    publishStaged(context, base, staged, path, options, publishing);
  } catch (error) {
    discardQuietly(tree, staged);
    throw error;
  }
}

/** A directory that content can be put into; its final permissions come after the content. */
function makeDirectory(
  context: WorkContext,
  base: string,
  path: string,
  metadata: Metadata,
  options: ActionOptions,
): void {
  const tree = context.tree(base);
  const facts = tree.facts(path);
  const isThere = facts !== null && (facts.mode & FileType.mask) === FileType.directory;
  if (isThere) return void makeUsable(tree, path, facts);
  if (facts !== null) {
    if (options.backup !== undefined) keepBackup(context, base, path, options);
    else tree.removeFile(path);
  }
  const { permissions = 0o777, ...rest } = metadata;
  makeOrAccept(tree, path, permissions | 0o700);
  // What it has from its parent (set-group-ID, a default ACL) is for what comes into it, too.
  makeUsable(tree, path, tree.facts(path));
  tree.apply(path, rest);
}

function makeOrAccept(tree: Tree, path: string, permissions: number): void {
  try {
    tree.makeDirectory(path, permissions);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

/** Whether a backup is kept of a file that is deleted; of half a file there is nothing to keep. */
function isKept(path: string, { backup }: ActionOptions): boolean {
  return backup !== undefined && stagedTag(baseName(path)) === undefined;
}

function remove(
  context: WorkContext,
  base: string,
  path: string,
  directory: boolean,
  options: ActionOptions,
): void {
  const tree = context.tree(base);
  try {
    withUsableParent(tree, path, () => {
      if (directory) tree.removeDirectory(path);
      else if (isKept(path, options)) keepBackup(context, base, path, options);
      else tree.removeFile(path);
    });
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    if (errnoOf(error) === "ENOTEMPTY") {
      throw new OrbitError("conflict", `delete ${JSON.stringify(path)}: directory not empty`, {
        detail: { path, errno: "ENOTEMPTY" },
        cause: error,
      });
    }
    throw error;
  }
}
