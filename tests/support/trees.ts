/** Random trees on the disk: every kind of file, odd names, modes, times, owners, attributes. */
import { hasCommand } from "../../tools/peers.ts";
import { Random } from "./random.ts";
import { pathWord, runScript, word } from "./shell.ts";
import {
  type PlannedEntry,
  type PlannedMetadata,
  planTree,
  type TreeFeatures,
} from "./tree_plan.ts";

/**
 * Fills `directory` (made if need be) with about `count` random entries, the same for the same
 * seed, count and features; `features` default to all that the machine allows there.
 *
 * @returns What was made, parents first.
 */
export function makeTree(
  seed: number,
  directory: string,
  options: { count?: number; features?: Partial<TreeFeatures> } = {},
): PlannedEntry[] {
  Deno.mkdirSync(directory, { recursive: true });
  const features = { ...probeFeatures(directory), ...options.features };
  const random = new Random(seed);
  const entries = planTree(random, options.count ?? 60, features);
  // Contents are written under numbers and moved: Deno can't name every file.
  using staging = makeStaging(directory);
  const lines = entries.map((entry, index) => makingLine(random, entry, index, staging));
  const metadata = entries.toReversed().flatMap(({ path, metadata }) =>
    metadata === undefined ? [] : metadataLines(pathWord(path), metadata)
  );
  runScript(directory, [...lines, ...metadata]);
  return entries;
}

/** Beside the tree, so that moving is renaming. */
function makeStaging(directory: string): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ dir: `${directory}/..`, prefix: "staging-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function makingLine(
  random: Random,
  { path, shape }: PlannedEntry,
  index: number,
  staging: { path: string },
): string {
  const at = pathWord(path);
  switch (shape.kind) {
    case "directory":
      return `mkdir ${at}`;
    case "link":
      return `ln -s -- ${word(shape.target)} ${at}`;
    case "hardlink":
      return `ln ${pathWord(shape.existing)} ${at}`;
    case "fifo":
      return `mkfifo ${at}`;
    case "socket":
      return `perl -MSocket -e 'socket(S,PF_UNIX,SOCK_STREAM,0) and bind(S,sockaddr_un("s"))` +
        ` or die $!' && mv s ${at}`;
    case "device":
      return `mknod ${at} ${shape.type} ${shape.major} ${shape.minor}`;
    case "file": {
      const content = `${staging.path}/${index}`;
      writeContent(random, content, shape);
      return `mv ${word(content)} ${at}`;
    }
  }
}

function writeContent(random: Random, path: string, shape: { size: number; holes: boolean }): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  if (!shape.holes) {
    writeAll(file, random.bytes(shape.size));
    return;
  }
  file.truncateSync(shape.size);
  for (let i = random.integer(0, 3); i > 0; i--) {
    const data = random.bytes(random.integer(1, 9000));
    file.seekSync(random.integer(0, shape.size - data.length), Deno.SeekMode.Start);
    writeAll(file, data);
  }
}

function writeAll(file: Deno.FsFile, data: Uint8Array): void {
  for (let at = 0; at < data.length;) at += file.writeSync(data.subarray(at));
}

/** Owner before mode (changing it drops set-user-id), mode before ACL (it changes the mask). */
function metadataLines(at: string, metadata: PlannedMetadata): string[] {
  const { owner, mode, attributes, acl, mtime } = metadata;
  const lines: string[] = [];
  for (const { name, value } of attributes) {
    lines.push(`setfattr -h -n ${name} -v ${value.length > 0 ? `0x${value.toHex()}` : '""'} ${at}`);
  }
  if (owner !== undefined) lines.push(`chown -h ${owner.uid}:${owner.gid} ${at}`);
  if (mode !== undefined) lines.push(`chmod ${mode.toString(8)} ${at}`);
  if (acl !== undefined) lines.push(`setfacl -m ${acl} ${at}`);
  lines.push(`touch -h -d @${mtime} ${at}`);
  return lines;
}

/** What can be made where `directory` lies. */
export function probeFeatures(directory: string): TreeFeatures {
  const isRoot = Deno.uid() === 0;
  return {
    owners: isRoot,
    devices: isRoot && works(directory, "mknod probe b 1 1"),
    sockets: hasCommand("perl"),
    attributes: works(directory, "touch probe && setfattr -n user.probe -v 1 probe"),
    acls: works(directory, "touch probe && setfacl -m u:1:r probe"),
  };
}

function works(directory: string, command: string): boolean {
  using scratch = makeStaging(directory);
  try {
    runScript(scratch.path, [command]);
    return true;
  } catch {
    return false;
  }
}
