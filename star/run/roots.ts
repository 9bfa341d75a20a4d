/** The places that a Star opens to the grid: from options or configuration, within its token's. */
import { accessSync, constants } from "node:fs";
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import {
  type ConfiguredRoot,
  exposingRoot,
  findRoots,
  isWithin,
  type Root,
} from "#core/program/roots.ts";

/** Where roots may come from. */
export interface RootSources {
  /** `--allow`, `--allow-read` and `--allow-write`. */
  options: readonly ConfiguredRoot[];
  /** `allowed_paths` of star.toml. */
  configured: readonly Root[];
  /** Those that the join token was for; empty for no limit. */
  token: readonly string[];
}

/**
 * The roots in use: those of the options; without any, those of the configuration; without any,
 * those that the join token names.
 *
 * @throws {OrbitError} `invalid` when there is none, one can't be used, or one lies outside of what
 * the join token was for.
 */
export function chooseRoots({ options, configured, token }: RootSources): readonly Root[] {
  const roots = options.length > 0
    ? findRoots(options)
    : configured.length > 0
    ? configured
    : findRoots(token.map((path) => ({ path, read: true, write: true })));
  if (roots.length === 0) {
    throw refuse(
      "no place is named that the grid may touch: give --allow=DIR (or --allow-read, " +
        "--allow-write), or allowed_paths in star.toml",
    );
  }
  if (token.length > 0) requireWithin(roots, token);
  return roots;
}

function requireWithin(roots: readonly Root[], token: readonly string[]): void {
  const bounds = token.map(realPathOf);
  const outside = roots.find(({ realPath }) => !bounds.some((bound) => isWithin(bound, realPath)));
  if (outside === undefined) return;
  const allowed = token.map((path) => `"${escapeName(path)}"`).join(", ");
  throw refuse(
    `allowed path "${escapeName(outside.path)}": the join token was for ${allowed} only`,
  );
}

function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path; // not there: no root lies in it
  }
}

/**
 * Refuses roots through which the grid could reach the Star's own key.
 *
 * @throws {OrbitError} `invalid`
 */
export function requireHiddenFolder(roots: readonly Root[], folder: string): void {
  const exposing = exposingRoot(roots, folder);
  if (exposing === undefined) return;
  throw refuse(
    `allowed path "${escapeName(exposing.path)}" and the state folder "${escapeName(folder)}" ` +
      "share a folder, through which the grid would reach the Star's key",
  );
}

/** The roots that the system closes to this process's user, and in which directions. */
export function closedRoots(roots: readonly Root[]): { path: string; to: string }[] {
  const isClosed = (path: string, mode: number) => {
    try {
      accessSync(path, mode);
      return false;
    } catch {
      return true;
    }
  };
  return roots.flatMap(({ path, realPath, read, write }) => {
    const closed = [
      ...(read && isClosed(realPath, constants.R_OK | constants.X_OK) ? ["reading"] : []),
      ...(write && isClosed(realPath, constants.W_OK | constants.X_OK) ? ["writing"] : []),
    ];
    return closed.length === 0 ? [] : [{ path, to: closed.join(" and ") }];
  });
}

function refuse(message: string): OrbitError {
  return new OrbitError("invalid", message);
}
