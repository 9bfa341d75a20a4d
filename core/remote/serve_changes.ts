/** The methods that change files. */
import { OrbitError } from "#core/errors.ts";
import type { Handlers } from "#core/rpc/mod.ts";
import type { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { fromPlainAction } from "./codec/action.ts";
import { blameRequest } from "./codec/blame.ts";
import { fromPath } from "./codec/bytes.ts";
import { atMost } from "./codec/numbers.ts";
import { fromActionOptions } from "./codec/options.ts";
import { toActionResult } from "./codec/result.ts";
import { fromWorkClaim } from "./codec/work_name.ts";
import { scopeOf } from "./scope.ts";
import type { Service } from "./serve.ts";
import { serveClaim } from "./serve_claim.ts";
import { serveTransfer } from "./serve_transfer.ts";

export function changeHandlers(service: Service): Handlers<typeof StarService> {
  const { checkPath, limits, transfers } = service;
  const checkedBase = (bytes: Uint8Array) => {
    const base = fromPath(bytes, "base", blameRequest);
    checkPath(base);
    return base;
  };
  return {
    perform: (request, context) =>
      service.once(context, async (signal, system) => {
        atMost(request.actions.length, limits.maxActions, "actions", blameRequest);
        const actions = request.actions.map((action) => fromPlainAction(action, blameRequest));
        const options = fromActionOptions(request.options, blameRequest);
        const base = checkedBase(request.base);
        const results = await system.perform(base, actions, options, { signal });
        return { results: results.map(toActionResult) };
      }),
    transfer: (requests, context) =>
      service.stream(
        context,
        (signal, system) =>
          serveTransfer({ ...service, system, scope: scopeOf(context), signal }, requests),
      ),
    claimTransfers: (request, context) =>
      service.stream(
        context,
        (signal) => serveClaim({ transfers, signal }, request),
        {},
      ),
    offerLink: ({ grant }, context) =>
      service.once(context, async (signal) => {
        if (service.offerLink === undefined) {
          throw new OrbitError("unsupported", "offer link: this Star dials no others");
        }
        await service.offerLink(grant, signal);
        return {};
      }),
    stopTransfers: (request, context) =>
      service.once(context, async () => {
        await transfers.stop(fromWorkClaim(request, blameRequest));
        return {};
      }),
  };
}
