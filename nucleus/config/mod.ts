/**
 * A Nucleus's configuration: `nucleus.toml`, strict, with every problem's line. `nucleus.toml` in
 * this folder is a sample with every key.
 *
 * @module
 */
export { defaultNucleusConfig, type NucleusConfig, ownRoots, readNucleusConfig } from "./read.ts";
export { nucleusSchema } from "./schema.ts";
