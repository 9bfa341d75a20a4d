/** All that a program consists of, its runtime apart: code, addons, and its configuration. */
import { packAddons } from "./addons.ts";
import { bundleProgram } from "./bundle.ts";
import { bakePermissions, type PermissionFlag, type PermissionSet } from "./permissions.ts";
import type { Program } from "./programs.ts";
import type { PackedFile } from "./tar.ts";

/** What is used of the repository's `deno.json`. */
interface Configuration {
  unstable?: string[];
  permissions: Record<string, PermissionSet>;
  imports: Record<string, string>;
}

/** A program, ready to be run from any folder that holds these files. */
export interface StagedProgram {
  program: Program;
  /** Paths of modules among the files. */
  entry: string;
  workers: string[];
  files: PackedFile[];
}

/** Bundles a program and writes its configuration, flags included. */
export async function stageProgram(
  root: string,
  program: Program,
  flags: readonly PermissionFlag[],
): Promise<StagedProgram> {
  const configuration: Configuration = JSON.parse(Deno.readTextFileSync(`${root}/deno.json`));
  const set = configuration.permissions[program.permissionSet];
  if (set === undefined) {
    throw new Error(
      `pack ${program.name}: deno.json has no permission set "${program.permissionSet}"`,
    );
  }
  const addons = packAddons(root, set, configuration.imports);
  const bundle = await bundleProgram(root, program.entry);
  const own = {
    unstable: configuration.unstable ?? [],
    lock: false,
    nodeModulesDir: "none",
    imports: addons.imports,
    permissions: { [program.permissionSet]: bakePermissions(addons.permissions, flags) },
  };
  const config = {
    path: "deno.json",
    mode: 0o400,
    bytes: new TextEncoder().encode(JSON.stringify(own, null, 2) + "\n"),
  };
  return {
    program,
    entry: bundle.entry,
    workers: bundle.workers,
    files: [...bundle.files, ...addons.files, config],
  };
}
