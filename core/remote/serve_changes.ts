/** The methods that change files. */
import type { Handlers } from "#core/rpc/mod.ts";
import type { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { fromCopy, fromPlainAction } from "./codec/action.ts";
import { blameRequest } from "./codec/blame.ts";
import { fromPath, fromPaths } from "./codec/bytes.ts";
import { atMost } from "./codec/numbers.ts";
import { fromActionOptions } from "./codec/options.ts";
import { toActionResult } from "./codec/result.ts";
import type { Service } from "./serve.ts";
import { serveStage } from "./serve_stage.ts";
import { serveTransfer } from "./serve_transfer.ts";

export function changeHandlers(service: Service): Handlers<typeof StarService> {
  const { system, checkPath, limits } = service;
  const checkedBase = (bytes: Uint8Array) => {
    const base = fromPath(bytes, "base", blameRequest);
    checkPath(base);
    return base;
  };
  return {
    perform: (request, context) =>
      service.once(context, async (signal) => {
        atMost(request.actions.length, limits.maxActions, "actions", blameRequest);
        const actions = request.actions.map((action) => fromPlainAction(action, blameRequest));
        const options = fromActionOptions(request.options, blameRequest);
        const base = checkedBase(request.base);
        const results = await system.perform(base, actions, options, { signal });
        return { results: results.map(toActionResult) };
      }),
    stage: (requests, context) =>
      service.once(context, (signal) => serveStage(system, requests, checkPath, signal)),
    publish: (request, context) =>
      service.once(context, async (signal) => {
        if (request.action === undefined) throw blameRequest("action", "missing");
        const result = await system.publish(
          checkedBase(request.base),
          fromPath(request.staged, "staged", blameRequest),
          // Where the content came from doesn't matter any more.
          fromCopy(request.action, Infinity, blameRequest),
          fromActionOptions(request.options, blameRequest),
          { signal },
        );
        return { result: toActionResult(result) };
      }),
    discard: (request, context) =>
      service.once(context, async (signal) => {
        atMost(request.staged.length, limits.maxPaths, "staged", blameRequest);
        const staged = fromPaths(request.staged, "staged", blameRequest);
        await system.discard(checkedBase(request.base), staged, { signal });
        return {};
      }),
    transfer: (requests, context) =>
      service.stream(
        context,
        (signal) => serveTransfer({ system, limits, checkPath, signal }, requests),
      ),
  };
}
