/** Makes up a random tree as data; `trees.ts` puts it on the disk. */
import type { Random } from "./random.ts";
import { freshName } from "./tree_names.ts";

/** What the machine lets a test make. */
export interface TreeFeatures {
  /** Other owners and set-user-id files. */
  owners: boolean;
  /** Device nodes. */
  devices: boolean;
  sockets: boolean;
  /** `user.*` extended attributes. */
  attributes: boolean;
  acls: boolean;
}

/** What makes an entry what it is. */
export type Shape =
  | { kind: "directory" }
  | { kind: "file"; size: number; holes: boolean }
  | { kind: "link"; target: string }
  | { kind: "hardlink"; existing: string }
  | { kind: "fifo" }
  | { kind: "socket" }
  | { kind: "device"; type: "b" | "c"; major: number; minor: number };

/** One entry of a planned tree. */
export interface PlannedEntry {
  path: string;
  shape: Shape;
  /** What is set after making it; a hard link has its file's. */
  metadata?: PlannedMetadata;
}

export interface PlannedMetadata {
  /** Seconds since 1970 with nine decimals, as `touch -d @…` takes it. */
  mtime: string;
  /** Not for symbolic links. */
  mode?: number;
  owner?: { uid: number; gid: number };
  attributes: { name: string; value: Uint8Array }[];
  /** Entries as `setfacl -m` takes them. */
  acl?: string;
}

const MODES = [0o644, 0o600, 0o755, 0o444, 0o400, 0o666, 0o777, 0o640];
const DIRECTORY_MODES = [0o755, 0o755, 0o700, 0o777, 0o2775, 0o1777, 0o555, 0o500];
const SIZES = [0, 0, 1, 4095, 4096, 4097, 70_000, 300_000];
const SECONDS = [0, 1, -1, -86_400 * 365 * 20, 951_827_696, 1_700_000_000, 4_102_444_800];
const NANOSECONDS = ["000000000", "000000001", "999999999", "123456789", "500000000"];

/** Plans a tree of about `count` entries; parents come before what is in them. */
export function planTree(random: Random, count: number, features: TreeFeatures): PlannedEntry[] {
  const entries: PlannedEntry[] = [];
  const directories = [{ path: "", names: new Set<string>() }];
  const files: string[] = [];
  while (entries.length < count) {
    const parent = random.pick(directories);
    const name = freshName(random, parent.names);
    const path = parent.path === "" ? name : `${parent.path}/${name}`;
    const shape = planShape(random, files, features);
    if (shape.kind === "directory") directories.push({ path, names: new Set() });
    if (shape.kind === "file") files.push(path);
    const metadata = shape.kind === "hardlink" ? undefined : planMetadata(random, shape, features);
    entries.push({ path, shape, metadata });
  }
  return entries;
}

function planShape(random: Random, files: string[], features: TreeFeatures): Shape {
  const roll = random.next();
  if (roll < 0.22) return { kind: "directory" };
  if (roll < 0.30) return { kind: "link", target: planTarget(random, files) };
  if (roll < 0.38 && files.length > 0) return { kind: "hardlink", existing: random.pick(files) };
  if (roll < 0.42) return { kind: "fifo" };
  if (roll < 0.44 && features.sockets) return { kind: "socket" };
  if (roll < 0.48 && features.devices) {
    const type = random.pick(["b", "c"] as const);
    return { kind: "device", type, major: random.integer(1, 200), minor: random.integer(0, 300) };
  }
  if (roll < 0.56) return { kind: "file", size: random.integer(200_000, 2_000_000), holes: true };
  const size = random.chance(0.6) ? random.pick(SIZES) : random.integer(1, 20_000);
  return { kind: "file", size, holes: false };
}

/** To a file, a directory, nowhere, outside, itself: a link's text is only text. */
function planTarget(random: Random, files: string[]): string {
  const targets = [".", "..", "missing/target", "/etc/passwd", "loop", "-dash", "x".repeat(300)];
  if (files.length > 0) targets.push(random.pick(files), random.pick(files));
  return random.pick(targets);
}

function planMetadata(random: Random, shape: Shape, features: TreeFeatures): PlannedMetadata {
  const { kind } = shape;
  const mtime = `${random.pick(SECONDS) + random.integer(0, 9999)}.${random.pick(NANOSECONDS)}`;
  const metadata: PlannedMetadata = { mtime, attributes: [] };
  if (features.owners && random.chance(0.4)) {
    metadata.owner = { uid: random.integer(0, 70_000), gid: random.integer(0, 70_000) };
  }
  if (kind === "link") return metadata;
  metadata.mode = random.pick(kind === "directory" ? DIRECTORY_MODES : MODES);
  // Nobody but root can read these back, so only root is given them.
  if (features.owners && random.chance(0.15)) {
    metadata.mode = random.pick(kind === "directory" ? [0] : [0, 0o4755, 0o2755, 0o6711, 0o1644]);
  }
  if (kind !== "file" && kind !== "directory") return metadata;
  if (features.attributes && random.chance(0.3)) {
    for (let i = random.integer(1, 3); i > 0; i--) {
      const value = random.bytes(random.pick([0, 1, 20, 500]));
      metadata.attributes.push({ name: `user.test${i}`, value });
    }
  }
  if (features.acls && random.chance(0.25)) {
    const list = `u:${random.integer(1, 999)}:r,g:${random.integer(1, 999)}:rx`;
    metadata.acl = kind === "directory" && random.chance(0.5) ? `${list},d:u:7:rwx` : list;
  }
  return metadata;
}
