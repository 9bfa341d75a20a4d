/** The audit log, for those who may see all of it. */
import * as v from "valibot";
import { choice, text } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { Handler } from "./exchange.ts";
import { digits, limit, readQuery } from "./input.ts";
import { jsonResponse } from "./problem.ts";

const seq = digits({ least: 1, most: Number.MAX_SAFE_INTEGER });

const listQuery = v.strictObject({
  action: v.optional(text({ most: 64 })),
  target: v.optional(text({ most: 64 })),
  outcome: v.optional(choice(["allowed", "refused"])),
  before: v.optional(seq),
  limit,
});

const verifyQuery = v.strictObject({
  seq: v.optional(seq),
  hash: v.optional(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 lower hexadecimal digits")),
  ),
});

export const listAudit: Handler = ({ context, store }) => {
  const { limit = 100, ...filter } = readQuery(context.req.url, listQuery);
  const records = store.audit.list({ ...filter, limit });
  const next = records.length === limit ? records.at(-1)!.seq : undefined;
  return jsonResponse({ records, next });
};

/** With a head that was noted before, what is missing at the end shows as well. */
export const verifyAudit: Handler = ({ context, store }) => {
  const { seq, hash } = readQuery(context.req.url, verifyQuery);
  if ((seq === undefined) !== (hash === undefined)) {
    throw new OrbitError("invalid", "verify audit log: seq and hash are given together or not");
  }
  const known = seq === undefined ? undefined : { seq, hash: hash! };
  return jsonResponse(store.audit.verifyAudit({ known }));
};
