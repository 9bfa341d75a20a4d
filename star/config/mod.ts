/**
 * A Star's configuration: `star.toml`, strict, with every problem's line. `star.toml` in this
 * folder is a sample with every key.
 *
 * @module
 */
export { readStarConfig, type StarConfig } from "./read.ts";
export { exposingRoot, isWithin, type Root } from "#core/program/roots.ts";
export { NUCLEUS_PORT, STAR_PORT } from "./ports.ts";
export { starSchema } from "./schema.ts";
