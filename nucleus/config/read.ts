/** Reads `nucleus.toml`. */
import type { InferOutput } from "valibot";
import { readConfig, readConfigFile } from "#core/config/mod.ts";
import type { ConfiguredRoot } from "#core/program/roots.ts";
import { nucleusSchema } from "./schema.ts";

/** A Nucleus's settings. Durations are milliseconds. */
export type NucleusConfig = InferOutput<typeof nucleusSchema>;

/** The places on this machine's own disks that jobs may touch. */
export function ownRoots({ files }: NucleusConfig): ConfiguredRoot[] {
  return files.allowed_paths.map((entry) =>
    typeof entry === "string" ? { path: entry, read: true, write: false } : entry
  );
}

/**
 * Reads `nucleus.toml`.
 *
 * @throws OrbitError `invalid` that names the line of each unknown key and wrong value;
 * `not_found`, `denied` or another code when the file can't be read.
 */
export function readNucleusConfig(path: string): NucleusConfig {
  return readConfigFile({ path, schema: nucleusSchema }).value;
}

/** The settings of a Nucleus without `nucleus.toml`: every key has a default. */
export function defaultNucleusConfig(): NucleusConfig {
  return readConfig({ path: "defaults", text: "", schema: nucleusSchema }).value;
}
