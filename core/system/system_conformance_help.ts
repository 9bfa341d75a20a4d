/** Small words that the cases of the system suite are written in. */
import { fail, strictEqual as equal } from "node:assert/strict";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { compareNames } from "#core/names.ts";
import type { Entry, ScanPart, ScanTrouble } from "./scan_batch.ts";
import { FileType } from "./scan_batch.ts";
import { createTestContent } from "./parcel/test_content.ts";
import { copyOf, how } from "./system_conformance_bed.ts";
import type {
  Action,
  ActionOptions,
  ActionResult,
  OrbitSystem,
  PlainAction,
  ScanRequest,
  TransferOptions,
} from "./system.ts";

/** Awaits a rejection with an OrbitError of this code. */
export async function rejectsAs(code: ErrorCode, promise: Promise<unknown>): Promise<OrbitError> {
  const error = await rejection(promise);
  if (!(error instanceof OrbitError)) throw error;
  equal(error.code, code, error.message);
  return error;
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  fail("nothing was thrown");
}

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Bytes without a pattern that a fault could keep. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** What {@linkcode put} may set beside content. */
export interface PutOptions {
  permissions?: number;
  mtime?: number;
  mtimeNs?: number;
  sparse?: boolean;
}

/** Makes or replaces a file, through the port. */
export async function put(
  system: OrbitSystem,
  base: string,
  path: string,
  content: string | Uint8Array = "",
  { permissions = 0o644, mtime = 1_600_000_000, mtimeNs = 123_000_000, sparse }: PutOptions = {},
): Promise<void> {
  const bytes = typeof content === "string" ? utf8(content) : content;
  const metadata = { permissions, mtime, mtimeNs };
  const source = createTestContent({ [path]: bytes });
  const request = {
    ...{ sources: ["/"], base, options: how({ sparse, keepTimes: false }) },
    actions: [copyOf(path, bytes.length, { metadata })],
  };
  succeeded(await system.receive(request, source));
}

/** Carries out actions that must all succeed. */
export async function carryOut(
  system: OrbitSystem,
  base: string,
  actions: PlainAction[],
  options: Partial<ActionOptions> = {},
): Promise<void> {
  succeeded(await system.perform(base, actions, how(options)));
}

/** Carries out one action that must fail; its error. */
export async function refused(
  system: OrbitSystem,
  base: string,
  action: PlainAction,
  options: Partial<ActionOptions> = {},
): Promise<NonNullable<ActionResult["error"]>> {
  const [{ error }] = await system.perform(base, [action], how(options));
  return error ?? fail("the action was carried out");
}

/** Results of which none may be an error. */
export function succeeded(results: ActionResult[]): ActionResult[] {
  for (const { error } of results) if (error !== undefined) fail(error.message);
  return results;
}

/** Makes directories. */
export async function makeDirectories(
  system: OrbitSystem,
  base: string,
  ...paths: string[]
): Promise<void> {
  const metadata = { permissions: 0o755 };
  await carryOut(
    system,
    base,
    paths.map((path) => ({ kind: "directory", path, metadata })),
  );
}

/** Makes a symbolic link. */
export async function makeLink(
  system: OrbitSystem,
  base: string,
  path: string,
  target: string,
): Promise<void> {
  await carryOut(system, base, [{ kind: "link", path, target, metadata: {} }]);
}

/** Everything that a scan gave. */
export interface Scanned {
  entries: Entry[];
  parts: ScanPart[];
  troubles: ScanTrouble[];
}

/** Runs a scan to its end. */
export async function scanAll(
  system: OrbitSystem,
  request: Partial<ScanRequest> & { base: string },
): Promise<Scanned> {
  const scanned: Scanned = { entries: [], parts: [], troubles: [] };
  for await (const batch of system.scanTree({ recursive: true, ...request })) {
    for (const part of batch.data.parts) {
      scanned.parts.push(part);
      for (let row = part.from; row < part.to; row++) {
        scanned.entries.push(batch.entry(row, part.directory));
      }
    }
    scanned.troubles.push(...batch.data.troubles);
  }
  return scanned;
}

/** All paths beneath a base, sorted by bytes; directories end with "/". */
export async function pathsIn(system: OrbitSystem, base: string): Promise<string[]> {
  const { entries } = await scanAll(system, { base });
  const isDirectory = (entry: Entry) => (entry.mode & FileType.mask) === FileType.directory;
  return entries.map((entry) => entry.path + (isDirectory(entry) ? "/" : "")).sort(compareNames);
}

/** One entry beneath a base, or undefined. */
export async function find(
  system: OrbitSystem,
  base: string,
  path: string,
): Promise<Entry | undefined> {
  return (await scanAll(system, { base })).entries.find((entry) => entry.path === path);
}

/** The content of a file. */
export async function bytesAt(system: OrbitSystem, path: string): Promise<Uint8Array> {
  return new Uint8Array(await new Response(system.openStream(path)).arrayBuffer());
}

/** The content of a file, as text. */
export async function textAt(system: OrbitSystem, path: string): Promise<string> {
  return new TextDecoder().decode(await bytesAt(system, path));
}

/** Runs a transfer from `base` to `targetBase`. */
export async function send(
  bed: { system: OrbitSystem; base: string; target: OrbitSystem; targetBase: string },
  actions: Action[],
  options: Partial<ActionOptions> = {},
  transfer: TransferOptions = {},
): Promise<ActionResult[]> {
  const request = {
    sources: [bed.base],
    base: bed.targetBase,
    actions,
    options: how(options),
  };
  return await bed.system.transferTo(bed.target, request, transfer);
}
