/** What is set on entries: permissions, owners, times, extended attributes. */
import { compareNames, decodeName, encodeName } from "#core/names.ts";
import type { Attributes, AttributeSelection, Metadata } from "#core/system/mod.ts";
import {
  AttributeSelection as Selection,
  type AttributeSet,
  type AttributeSetSchema,
  type Metadata as MetadataMessage,
  type MetadataSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { atMost, fromSigned, toSigned, toWord } from "./numbers.ts";

/** Attributes of one entry; file systems hold fewer. */
const MAX_ATTRIBUTES = 4096;
/** Linux' bounds of an attribute's name and value. */
const MAX_NAME_BYTES = 255;
const MAX_VALUE_BYTES = 64 * 1024;

const SELECTIONS: Record<AttributeSelection, Selection> = {
  none: Selection.NONE,
  all: Selection.ALL,
  acl: Selection.ACL,
  xattr: Selection.XATTR,
};

export function toSelection(selection: AttributeSelection | undefined): Selection {
  return selection === undefined ? Selection.UNSPECIFIED : SELECTIONS[selection];
}

/** Undefined when none was said. */
export function fromSelection(
  value: Selection,
  field: string,
  blame: Blame,
): AttributeSelection | undefined {
  switch (value) {
    case Selection.UNSPECIFIED:
      return undefined;
    case Selection.NONE:
      return "none";
    case Selection.ALL:
      return "all";
    case Selection.ACL:
      return "acl";
    case Selection.XATTR:
      return "xattr";
    default:
      throw blame(field, `unknown value ${value}`);
  }
}

export function toAttributes(attributes: Attributes): MessageInitShape<typeof AttributeSetSchema> {
  return {
    attributes: attributes.map(([name, value]) => ({ name: encodeName(name), value })),
  };
}

/** Sorted, each name once, within the bounds that file systems have. */
export function fromAttributes(set: AttributeSet, field: string, blame: Blame): Attributes {
  atMost(set.attributes.length, MAX_ATTRIBUTES, field, blame);
  let before: string | undefined;
  return set.attributes.map(({ name: bytes, value }) => {
    if (bytes.length === 0 || bytes.length > MAX_NAME_BYTES || bytes.includes(0)) {
      throw blame(field, "an attribute's name is none");
    }
    atMost(value.length, MAX_VALUE_BYTES, field, blame);
    const name = decodeName(bytes);
    if (before !== undefined && compareNames(before, name) >= 0) {
      throw blame(field, "attributes are not sorted");
    }
    before = name;
    return [name, value] as const;
  });
}

export function toMetadata(metadata: Metadata): MessageInitShape<typeof MetadataSchema> {
  const { permissions, uid, gid, mtime, mtimeNs, attributes, selection } = metadata;
  const word = (value: number | undefined, field: string) =>
    value === undefined ? undefined : toWord(value, `metadata.${field}`);
  return {
    permissions: word(permissions, "permissions"),
    uid: word(uid, "uid"),
    gid: word(gid, "gid"),
    mtime: mtime === undefined ? undefined : toSigned(mtime, "metadata.mtime"),
    mtimeNs: word(mtimeNs, "mtime_ns"),
    attributes: attributes === undefined ? undefined : toAttributes(attributes),
    selection: toSelection(selection),
  };
}

/** What is absent stays absent. */
export function fromMetadata(
  message: MetadataMessage | undefined,
  field: string,
  blame: Blame,
): Metadata {
  if (message === undefined) return {};
  const { permissions, uid, gid, mtime, mtimeNs, attributes, selection } = message;
  const metadata: Metadata = {};
  if (permissions !== undefined) {
    metadata.permissions = atMost(permissions, 0o7777, `${field}.permissions`, blame);
  }
  if (uid !== undefined) metadata.uid = uid;
  if (gid !== undefined) metadata.gid = gid;
  if (mtime !== undefined) metadata.mtime = fromSigned(mtime, `${field}.mtime`, blame);
  if (mtimeNs !== undefined) {
    metadata.mtimeNs = atMost(mtimeNs, 999_999_999, `${field}.mtime_ns`, blame);
  }
  if (attributes !== undefined) {
    metadata.attributes = fromAttributes(attributes, `${field}.attributes`, blame);
  }
  const selected = fromSelection(selection, `${field}.selection`, blame);
  if (selected !== undefined) metadata.selection = selected;
  return metadata;
}
