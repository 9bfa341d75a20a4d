/** Values of every type that travels, for property tests. */
import fc from "fast-check";
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { toHex } from "#core/hash/mod.ts";
import { compareNames, decodeName } from "#core/names.ts";
import {
  type Action,
  type ActionOptions,
  type Attributes,
  type Metadata,
  ScanBatchBuilder,
  type ScanBatchData,
} from "#core/system/mod.ts";

/** A message as it arrives. */
export function sent<D extends DescMessage>(
  desc: D,
  message: MessageInitShape<D>,
): MessageShape<D> {
  return fromBinary(desc, toBinary(desc, create(desc, message)));
}

export const bytes = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength });
export const name = bytes(20).map((raw) =>
  raw.map((byte) => byte === 0 || byte === 47 ? 120 : byte)
)
  .map((raw) => decodeName(raw)).filter((text) => text !== "." && text !== "..");
export const path = bytes(40).map((raw) => decodeName(raw));
export const word = fc.nat(0xffffffff);
export const size = fc.maxSafeNat();
export const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
export const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
export const error = fc.record({
  code: fc.constantFrom("invalid", "denied", "not_found", "internal"),
  message: fc.stringMatching(/^[ -~]{0,60}$/),
  detail: fc.record({ path, errno: fc.constant("ENOSPC"), retryable: fc.constant(true) }, {
    requiredKeys: [],
  }),
});
export const attributes: fc.Arbitrary<Attributes> = fc.uniqueArray(
  fc.tuple(name, fc.uint8Array({ maxLength: 30 })),
  { selector: ([key]) => key, maxLength: 5 },
).map((list) => list.sort(([a], [b]) => compareNames(a, b)));
export const selection = fc.constantFrom("none", "all", "acl", "xattr");

export const metadata: fc.Arbitrary<Metadata> = fc.record({
  permissions: fc.nat(0o7777),
  uid: word,
  gid: word,
  mtime: fc.maxSafeInteger(),
  mtimeNs: fc.nat(999_999_999),
  attributes,
  selection,
}, { requiredKeys: [] }) as fc.Arbitrary<Metadata>;

export const flag = fc.boolean();
export const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    ...{ kind: fc.constant("copy"), path, sourcePath: path, source: fc.nat(9), size, metadata },
    clearsDirectory: flag,
  }),
  fc.record({ kind: fc.constantFrom("directory", "attributes"), path, metadata }),
  fc.record({ kind: fc.constant("link"), path, target: path, metadata, clearsDirectory: flag }),
  fc.record({
    ...{ kind: fc.constant("special"), path, mode: word, rdevMajor: word, rdevMinor: word },
    ...{ metadata, clearsDirectory: flag },
  }),
  fc.record({
    ...{ kind: fc.constant("hardlink"), path, existing: path, existingBase: path },
    clearsDirectory: flag,
  }, { requiredKeys: ["kind", "path", "existing", "clearsDirectory"] }),
  fc.record({
    ...{ kind: fc.constant("rename"), path, from: path, size, mtime: fc.maxSafeInteger() },
    ...{ mtimeNs: fc.nat(999_999_999), metadata },
  }),
  fc.record({ kind: fc.constant("delete"), path, directory: flag }),
  fc.record({ kind: fc.constant("remove"), path, version: fc.string() }),
) as fc.Arbitrary<Action>;

export const options: fc.Arbitrary<ActionOptions> = fc.record({
  tag: fc.stringMatching(/^[a-z0-9]{8}$/),
  ...{ verify: flag, followLinks: flag, keepTimes: flag, sparse: flag, inplace: flag },
  ...{ fsync: flag, keepPartial: flag },
  backup: fc.record({ directory: path, suffix: path }, { requiredKeys: ["suffix"] }),
  partialDirectory: path,
}, {
  requiredKeys: [
    ...["tag", "verify", "followLinks", "keepTimes", "sparse", "inplace", "fsync"] as const,
    "keepPartial",
  ],
});

export const entry = fc.record({
  name,
  mode: fc.tuple(fc.constantFrom(0o100000, 0o040000, 0o120000, 0o010000), fc.nat(0o7777))
    .map(([type, permissions]) => type | permissions),
  facts: fc.record({
    ...{ uid: word, gid: word, nlink: word, size, mtime: fc.maxSafeInteger(), ino: size },
    ...{ mtimeNs: fc.nat(999_999_999), devMajor: word, devMinor: word },
    ...{ rdevMajor: word, rdevMinor: word, blocks: size },
  }),
  link: bytes(40).map((raw) => raw.map((byte) => byte || 1)),
  attributes,
});

export const scanBatch: fc.Arbitrary<ScanBatchData> = fc.tuple(
  fc.array(fc.tuple(path, fc.array(entry, { maxLength: 40 }), flag, flag, flag), { maxLength: 4 }),
  fc.array(fc.tuple(path, error), { maxLength: 3 }),
).map(([parts, troubles]) => {
  const builder = new ScanBatchBuilder();
  for (const [directory, entries, last, complete, exists] of parts) {
    for (const { name, mode, facts, link, attributes } of entries) {
      const linkBytes = (mode & 0o170000) === 0o120000 ? link : undefined;
      builder.addEntry(new TextEncoder().encode(name.toWellFormed()), {
        ...{ ...facts, mode, attributes, linkBytes },
      });
    }
    builder.endPart(directory, { last, complete, exists });
  }
  for (const [path, data] of troubles) builder.addTrouble(path, data as never);
  return builder.take();
});

export const checkpoint = fc.record({
  sourceVersion: fc.stringMatching(/^[ -~]{0,40}$/),
  staged: path,
  segmentBytes: size,
  segments: fc.dictionary(word.map(String), hash.map((raw) => toHex(raw)), { maxKeys: 20 })
    .map((found) => ({ ...found })),
});
