/**
 * Encoding of messages that hold much in one field of bytes. The general encoder grows its buffer
 * by doubling and copies at each level of nesting; here everything is copied once.
 */
import {
  create,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";

const LARGE = 16 * 1024;
const LENGTH_DELIMITED = 2;

type Fields = Record<string, unknown>;

/** The message's encoding; equal to `toBinary`'s but for the order of fields. */
export function encodeBinary(desc: DescMessage, message: Message): Uint8Array {
  const large = findLarge(desc, message as unknown as Fields);
  if (!large) return toBinary(desc, message);
  const parts = encodeParts(desc, message as unknown as Fields, large);
  const bytes = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A field with many bytes in it, or with a message in it that has such a field. */
interface Large {
  field: DescField;
  value: Uint8Array | { desc: DescMessage; message: Fields; large: Large };
}

function findLarge(desc: DescMessage, message: Fields): Large | undefined {
  for (const field of candidatesOf(desc)) {
    const value = valueOf(field, message);
    if (value instanceof Uint8Array) {
      if (value.length >= LARGE) return { field, value };
    } else if (value !== undefined && field.fieldKind === "message") {
      const large = findLarge(field.message, value as Fields);
      if (large) return { field, value: { desc: field.message, message: value as Fields, large } };
    }
  }
}

function encodeParts(desc: DescMessage, message: Fields, { field, value }: Large): Uint8Array[] {
  const rest = Object.assign(create(desc), message) as unknown as Fields;
  if (field.oneof) rest[field.oneof.localName] = { case: undefined };
  else if (field.fieldKind === "message") delete rest[field.localName];
  else rest[field.localName] = new Uint8Array();
  const inner = value instanceof Uint8Array
    ? [value]
    : encodeParts(value.desc, value.message, value.large);
  const head = [...varint(field.number << 3 | LENGTH_DELIMITED), ...varint(lengthOf(inner))];
  return [toBinary(desc, rest as unknown as Message), Uint8Array.from(head), ...inner];
}

function valueOf(field: DescField, message: Fields): unknown {
  if (!field.oneof) return message[field.localName];
  const chosen = message[field.oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}

const known = new WeakMap<DescMessage, readonly DescField[]>();

/** Fields that may be, or hold, many bytes. */
function candidatesOf(desc: DescMessage): readonly DescField[] {
  const before = known.get(desc);
  if (before) return before;
  // A message within itself isn't followed further.
  known.set(desc, []);
  const found = desc.fields.filter((field) => {
    if (field.fieldKind === "message") {
      return !field.delimitedEncoding && candidatesOf(field.message).length > 0;
    }
    return field.fieldKind === "scalar" && field.scalar === ScalarType.BYTES &&
      (field.oneof !== undefined || field.presence === IMPLICIT_PRESENCE);
  });
  known.set(desc, found);
  return found;
}

/** FeatureSet.FieldPresence.IMPLICIT */
const IMPLICIT_PRESENCE = 2;

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push(value & 127 | 128);
  bytes.push(value);
  return bytes;
}
