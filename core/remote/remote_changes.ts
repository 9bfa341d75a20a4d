/** Changing a Star's files, where no content is needed. */
import type { ActionOptions, ActionResult, PlainAction } from "#core/system/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { toAction } from "./codec/action.ts";
import { toPath } from "./codec/bytes.ts";
import { toActionOptions } from "./codec/options.ts";
import { fromActionResults } from "./codec/result.ts";
import { ACTION_BOUNDS, actionSize } from "./action_size.ts";
import { slices } from "#core/slices.ts";
import type { StarCalls } from "./star_calls.ts";

const { method } = StarService;

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
