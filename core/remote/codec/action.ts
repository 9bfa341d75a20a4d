/** Actions: everything that changes a destination. */
import type { Action, CopyAction, PlainAction, RenameAction } from "#core/system/mod.ts";
import type {
  Action as ActionMessage,
  ActionSchema,
  CopyAction as CopyMessage,
  CopyActionSchema,
  RenameActionSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { fromPath, toPath } from "./bytes.ts";
import { fromMetadata, toMetadata } from "./metadata.ts";
import { fromSigned, fromWide, toSigned, toWide, toWord } from "./numbers.ts";
import { fromVersion } from "./result.ts";

type ActionInit = MessageInitShape<typeof ActionSchema>;

export function toCopy(action: CopyAction): MessageInitShape<typeof CopyActionSchema> {
  return {
    path: toPath(action.path, "action.path"),
    sourcePath: toPath(action.sourcePath, "action.source_path"),
    source: toWord(action.source, "action.source"),
    size: toWide(action.size, "action.size"),
    metadata: toMetadata(action.metadata),
    clearsDirectory: action.clearsDirectory,
  };
}

export function toAction(action: Action): ActionInit {
  const path = toPath(action.path, "action.path");
  switch (action.kind) {
    case "copy":
      return { action: { case: "copy", value: toCopy(action) } };
    case "directory":
      return {
        action: { case: "directory", value: { path, metadata: toMetadata(action.metadata) } },
      };
    case "attributes":
      return {
        action: { case: "attributes", value: { path, metadata: toMetadata(action.metadata) } },
      };
    case "delete":
      return { action: { case: "delete", value: { path, directory: action.directory } } };
    case "rename":
      return { action: { case: "rename", value: toRename(action) } };
    case "remove":
      return { action: { case: "remove", value: { path, version: action.version } } };
    case "link":
    case "special":
    case "hardlink":
      return toReplacing(action, path);
  }
}

function toRename(action: RenameAction): MessageInitShape<typeof RenameActionSchema> {
  return {
    path: toPath(action.path, "action.path"),
    from: toPath(action.from, "action.from"),
    size: toWide(action.size, "action.size"),
    mtime: toSigned(action.mtime, "action.mtime"),
    mtimeNs: toWord(action.mtimeNs, "action.mtime_ns"),
    metadata: toMetadata(action.metadata),
  };
}

function toReplacing(
  action: Extract<PlainAction, { kind: "link" | "special" | "hardlink" }>,
  path: Uint8Array,
): ActionInit {
  const { clearsDirectory } = action;
  if (action.kind === "hardlink") {
    const { existingBase } = action;
    const existing = toPath(action.existing, "action.existing");
    const base = existingBase === undefined ? undefined : toPath(existingBase, "action.base");
    const value = { path, existing, existingBase: base, clearsDirectory };
    return { action: { case: "hardLink", value } };
  }
  const metadata = toMetadata(action.metadata);
  if (action.kind === "link") {
    const target = toPath(action.target, "action.target");
    return { action: { case: "link", value: { path, target, metadata, clearsDirectory } } };
  }
  const value = {
    path,
    mode: toWord(action.mode, "action.mode"),
    rdevMajor: toWord(action.rdevMajor, "action.rdev_major"),
    rdevMinor: toWord(action.rdevMinor, "action.rdev_minor"),
    metadata,
    clearsDirectory,
  };
  return { action: { case: "special", value } };
}

/** @param sources How many sources its request has. */
export function fromCopy(message: CopyMessage, sources: number, blame: Blame): CopyAction {
  if (message.source >= sources) {
    throw blame("action.source", `${message.source}, of ${sources} sources`);
  }
  return {
    kind: "copy",
    path: fromPath(message.path, "action.path", blame),
    sourcePath: fromPath(message.sourcePath, "action.source_path", blame),
    source: message.source,
    size: fromWide(message.size, "action.size", blame),
    metadata: fromMetadata(message.metadata, "action.metadata", blame),
    clearsDirectory: message.clearsDirectory,
  };
}

/** An action that needs no content; paths are left to who carries it out. */
export function fromPlainAction(message: ActionMessage, blame: Blame): PlainAction {
  const { action } = message;
  if (action.case === undefined) throw blame("action", "of an unknown kind");
  if (action.case === "copy") throw blame("action", "a copy needs content");
  const path = fromPath(action.value.path, "action.path", blame);
  if (action.case === "delete") return { kind: "delete", path, directory: action.value.directory };
  if (action.case === "remove") {
    const version = fromVersion(action.value.version, "action.version", blame);
    return { kind: "remove", path, version };
  }
  if (action.case === "hardLink") {
    const { existing, existingBase, clearsDirectory } = action.value;
    const base = existingBase === undefined
      ? undefined
      : fromPath(existingBase, "action.existing_base", blame);
    return {
      kind: "hardlink",
      path,
      existing: fromPath(existing, "action.existing", blame),
      ...(base === undefined ? {} : { existingBase: base }),
      clearsDirectory,
    };
  }
  const metadata = fromMetadata(action.value.metadata, "action.metadata", blame);
  if (action.case === "directory") return { kind: "directory", path, metadata };
  if (action.case === "attributes") return { kind: "attributes", path, metadata };
  if (action.case === "rename") {
    const { from, size, mtime, mtimeNs } = action.value;
    return {
      kind: "rename",
      path,
      from: fromPath(from, "action.from", blame),
      size: fromWide(size, "action.size", blame),
      mtime: fromSigned(mtime, "action.mtime", blame),
      mtimeNs,
      metadata,
    };
  }
  if (action.case === "link") {
    const { target, clearsDirectory } = action.value;
    const text = fromPath(target, "action.target", blame);
    return { kind: "link", path, target: text, metadata, clearsDirectory };
  }
  const { mode, rdevMajor, rdevMinor, clearsDirectory } = action.value;
  return { kind: "special", path, mode, rdevMajor, rdevMinor, metadata, clearsDirectory };
}

/** Any action of a request with so many sources. */
export function fromAction(message: ActionMessage, sources: number, blame: Blame): Action {
  const { action } = message;
  return action.case === "copy"
    ? fromCopy(action.value, sources, blame)
    : fromPlainAction(message, blame);
}
