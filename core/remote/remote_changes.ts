/** Changing a Star's files, where no content is needed. */
import { fromErrorData } from "#core/errors.ts";
import type { ActionOptions, ActionResult, CopyAction, PlainAction } from "#core/system/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { toAction, toCopy } from "./codec/action.ts";
import { toPath } from "./codec/bytes.ts";
import { toActionOptions } from "./codec/options.ts";
import { fromActionResult, fromActionResults } from "./codec/result.ts";
import { ACTION_BOUNDS, actionSize } from "./action_size.ts";
import { pathSize, slices } from "./slices.ts";
import type { StarCalls } from "./star_calls.ts";

const { method } = StarService;

/** Staged files that are removed by one call. */
const DISCARD_BOUNDS = { count: 1024, size: 512 * 1024 };

export async function remotePerform(
  star: StarCalls,
  base: string,
  actions: PlainAction[],
  options: ActionOptions,
  signal?: AbortSignal,
): Promise<ActionResult[]> {
  signal?.throwIfAborted();
  const results: ActionResult[] = [];
  const how = toActionOptions(options);
  for (const some of slices(actions, ACTION_BOUNDS, actionSize)) {
    const request = { base: toPath(base, "base"), actions: some.map(toAction), options: how };
    const answer = await star.ask(method.perform, request, { signal, changes: true });
    results.push(...fromActionResults(answer.results, some.length, star.blame));
  }
  return results;
}

/** What {@linkcode remotePublish} gives its name. */
export interface Publication {
  base: string;
  staged: string;
  action: CopyAction;
  options: ActionOptions;
}

export async function remotePublish(
  star: StarCalls,
  { base, staged, action, options }: Publication,
  signal?: AbortSignal,
): Promise<ActionResult> {
  const request = {
    base: toPath(base, "base"),
    staged: toPath(staged, "staged"),
    action: toCopy(action),
    options: toActionOptions(options),
  };
  // Stable storage may have to take the whole file first.
  const reads = options.fsync ? action.size : 0;
  const { result } = await star.ask(method.publish, request, { signal, reads, changes: true });
  if (result === undefined) throw star.blame("result", "missing");
  const { error, ...rest } = fromActionResult(result, star.blame);
  if (error !== undefined) throw fromErrorData(error);
  return rest;
}

export async function remoteDiscard(
  star: StarCalls,
  base: string,
  staged: string[],
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  for (const some of slices(staged, DISCARD_BOUNDS, pathSize)) {
    const paths = some.map((path) => toPath(path, "staged"));
    const request = { base: toPath(base, "base"), staged: paths };
    await star.ask(method.discard, request, { signal, changes: true });
  }
}
