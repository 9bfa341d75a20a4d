/** Jobs: asking for them, and deciding on them. */
import * as v from "valibot";
import { choice, list as listOf, text } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { ITEM_STATES, type ItemShape, JOB_STATES, type JobShape } from "#core/grid_api/mod.ts";
import { type Item, type Job, parseJobId } from "#core/magnetar/mod.ts";
import type { Exchange, Handler } from "./exchange.ts";
import { digits, limit, readBody, readQuery } from "./input.ts";
import { newJob, toOrder } from "./job_order.ts";
import { findJob, seesJob, toFullJobShape, toJobShape } from "./job_shape.ts";
import { jsonResponse } from "./problem.ts";

/** Words with commas between them, as queries have lists. */
function words<const W extends readonly string[]>(known: W) {
  return v.optional(v.pipe(
    v.string(),
    v.transform((text) => text.split(",")),
    listOf(choice(known), { least: 1, most: known.length }),
  ));
}

const jobsQuery = v.strictObject({
  state: words(JOB_STATES),
  kind: v.optional(text({ most: 64 })),
  before: v.optional(text({ most: 64 })),
  limit,
});

const itemsQuery = v.strictObject({
  state: words(ITEM_STATES),
  step: v.optional(text({ most: 64 })),
  after: v.optional(digits({ least: 0, most: Number.MAX_SAFE_INTEGER })),
  limit,
});

const nothing = v.strictObject({});

/** Pages of the database that are looked through for one page of an answer. */
const MAX_PAGES = 20;

export const listJobs: Handler = (exchange) => {
  const { context, jobs, store, principal } = exchange;
  const { state, kind, before, limit = 100 } = readQuery(context.req.url, jobsQuery);
  const found: JobShape[] = [];
  // Some of the interrupted ones are told as running.
  const states = state?.includes("running") ? [...state, "interrupted" as const] : state;
  let last = before === undefined ? undefined : parseJobId(before);
  for (let page = 0; page < MAX_PAGES; page++) {
    const rows = jobs.store.jobs({ states, kind, before: last, limit });
    for (const job of rows) {
      last = job.id;
      if (!seesJob(principal, job, store)) continue;
      const shape = toJobShape(job, exchange);
      if (state !== undefined && !state.includes(shape.state)) continue;
      found.push(shape);
      if (found.length === limit) return jsonResponse({ jobs: found, next: last });
    }
    if (rows.length < limit) return jsonResponse({ jobs: found });
  }
  // Others' jobs in between are left out; the next page goes on behind them.
  return jsonResponse({ jobs: found, next: last });
};

export const createJob: Handler = async (exchange) => {
  const { context, jobs, store, principal } = exchange;
  const request = await readBody(context.req.raw, newJob);
  const { order, label } = toOrder(request, exchange);
  const id = jobs.desk.submit(order, { label, priority: request.priority });
  try {
    store.audit.append({
      ...{ actor: principal.actor, action: "job.create", target: id, outcome: "allowed" },
      detail: { kind: order.kind, label },
    });
  } catch (error) {
    // Nothing is done that isn't on record.
    jobs.desk.cancel(id);
    throw error;
  }
  const headers = new Headers({ location: `/api/v1/jobs/${id}` });
  const job = toFullJobShape(jobs.store.job(id), exchange);
  return jsonResponse({ job }, { status: 201, headers });
};

export const showJob: Handler = (exchange) => answer(findJob(exchange), exchange);

function decision(verb: "cancel" | "pause" | "resume"): Handler {
  return async (exchange) => {
    const { context, jobs, store, principal } = exchange;
    await readBody(context.req.raw, nothing);
    const { id, label } = findJob(exchange);
    jobs.desk[verb](id);
    store.audit.append({
      ...{ actor: principal.actor, action: `job.${verb}`, target: id, outcome: "allowed" },
      detail: { label },
    });
    return answer(jobs.store.job(id), exchange);
  };
}

export const cancelJob = decision("cancel");
export const pauseJob = decision("pause");
export const resumeJob = decision("resume");

export const listItems: Handler = (exchange) => {
  const { context, jobs } = exchange;
  const { state, step, after, limit = 100 } = readQuery(context.req.url, itemsQuery);
  const job = findJob(exchange);
  if (step !== undefined && !job.steps.some(({ name }) => name === step)) {
    throw new OrbitError("not_found", `job ${JSON.stringify(job.id)} has no such step`);
  }
  const items = jobs.store.items(job.id, { states: state, step, after, limit });
  const next = items.length === limit ? items.at(-1)!.position : undefined;
  return jsonResponse({ items: items.map(toItemShape), next });
};

function toItemShape(item: Item): ItemShape {
  const { position, step, key, state, weight, failures, result, error, reason } = item;
  return { position, step, key, state, bytes: weight, failures, result, error, reason };
}

function answer(job: Job, exchange: Exchange): Response {
  return jsonResponse({ job: toFullJobShape(job, exchange) });
}
