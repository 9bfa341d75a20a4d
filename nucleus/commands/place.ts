/** Which Nucleus of this machine is meant: options that every command has. */
import { join, resolve } from "node:path";
import { attempt } from "#core/deno_errors.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { parseText } from "#core/program/arguments/values.ts";
import type { Host } from "#core/program/host.ts";
import { defaultNucleusConfig, type NucleusConfig, readNucleusConfig } from "../config/mod.ts";
import { defaultDataFolder } from "../data/folder.ts";

/** Where the configuration is when it isn't named, beside `nucleus.toml` in the data folder. */
const SYSTEM_CONFIG = "/etc/orbit/nucleus.toml";

/** As it was given. */
export interface PlaceSettings {
  data?: string;
  config?: string;
}

/** A Nucleus of this machine. */
export interface NucleusPlace {
  folder: string;
  config: NucleusConfig;
  /** Where that was read from. */
  configFile?: string;
}

/** The options, taking effect on what `of` finds in the parser's state. */
export function placeOptions<S>(of: (state: S) => PlaceSettings, group = "Options"): Option<S>[] {
  return [
    {
      ...{ name: "data", value: "DIR", group, completes: "directory" },
      help: "the data folder (default: [data] directory of nucleus.toml, else " +
        "/var/lib/orbit-nucleus for root, else ~/.local/state/orbit-nucleus)",
      apply: (state, value) => of(state).data = resolve(parseText("--data", value)),
    },
    {
      ...{ name: "config", value: "FILE", group, completes: "file" },
      help: "the configuration (default: nucleus.toml in the data folder, else " +
        `${SYSTEM_CONFIG}, where there is one)`,
      apply: (state, value) => of(state).config = parseText("--config", value),
    },
  ];
}

/** @throws {OrbitError} what speaks against `nucleus.toml`. */
export function findPlace({ data, config: named }: PlaceSettings, host: Host): NucleusPlace {
  const path = named ?? findConfig(() => data ?? defaultDataFolder(host));
  const config = path === undefined ? defaultNucleusConfig() : readNucleusConfig(path);
  const folder = data ?? config.data.directory ?? defaultDataFolder(host);
  return { folder, config, configFile: path };
}

function findConfig(folder: () => string): string | undefined {
  return [join(folder(), "nucleus.toml"), SYSTEM_CONFIG].find((path) =>
    attempt("look for configuration", path, () => {
      try {
        return Deno.statSync(path).isFile;
      } catch (error) {
        const { NotADirectory, NotFound, PermissionDenied } = Deno.errors;
        const isNotThere = error instanceof NotFound || error instanceof NotADirectory;
        if (isNotThere || error instanceof PermissionDenied) return false;
        throw error;
      }
    })
  );
}
