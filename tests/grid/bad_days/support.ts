/** Deadlines, and a Star that says whatever a test has it say. */
import assert from "node:assert/strict";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { formatAddress } from "#core/config/mod.ts";
import type { OrbitError } from "#core/errors.ts";
import type { FileOrder } from "#core/file_jobs/mod.ts";
import { NUCLEUS_SERVER_NAME } from "#core/identity/mod.ts";
import type { Job, JobId } from "#core/magnetar/mod.ts";
import { type GrpcCaller, openGrpcCaller, Rendezvous } from "#core/rpc/mod.ts";
import {
  type CallFrame,
  type ControlRequestSchema,
  type ControlResponse,
  NucleusService,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Joined } from "../../../star/join/join.ts";
import type { TestNucleus } from "../nucleus_fixture.ts";

/** How long anything here may take; far more than it does. */
export const LONG_MS = 20_000;

/** After a failed connection, a closed channel of grpc-js keeps the timer of its next attempt. */
export const LEAVES_TIMERS = { sanitizeOps: false, sanitizeResources: false };

/** The promise's outcome, or a failed test when it takes too long. */
export async function within<T>(promise: Promise<T>, what: string, ms = LONG_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for what another turn of the event loop brings. */
export async function until(isTrue: () => boolean, what: string, ms = LONG_MS): Promise<void> {
  const endMs = performance.now() + ms;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((turn) => setTimeout(turn, 5));
  }
}

/** Waits until the job is over, and gives it. */
export async function over(test: TestNucleus, id: JobId, ms = LONG_MS): Promise<Job> {
  const job = () => test.nucleus.parts.jobs.job(id);
  const isOver = () => !["pending", "running", "interrupted"].includes(job().state);
  await until(isOver, `job ${id} over`, ms);
  return job();
}

/** Puts an order on record. */
export function submit(test: TestNucleus, order: FileOrder): JobId {
  return test.nucleus.dispatcher.submit(order, { label: order.kind });
}

/** The code of the error that a promise rejects with; "" when it doesn't. */
export async function codeOf(promise: Promise<unknown>, what = "a refusal"): Promise<string> {
  const error = await within(promise.then(() => undefined, (error) => error), what);
  return (error as OrbitError | undefined)?.code ?? (error === undefined ? "" : `${error}`);
}

/** What was refused, the newest first: action and reason. */
export function refusals(test: TestNucleus): string[] {
  return test.nucleus.parts.store.audit.list({ limit: 1000 })
    .filter(({ outcome }) => outcome === "refused")
    .map(({ action, reason }) => `${action}: ${reason}`);
}

type Request = MessageInitShape<typeof ControlRequestSchema>;
type Message = NonNullable<Request["message"]>;
export type HelloInit = Extract<Message, { case: "hello" }>["value"];
type Frame = MessageInitShape<typeof ControlRequestSchema>["message"] extends infer M
  ? Extract<M, { case: "call" }> extends { value: infer V } ? V : never
  : never;

/** A control stream that sends exactly what it is told to. */
export class RawStar implements AsyncDisposable {
  readonly heard: ControlResponse["message"][] = [];
  /** Frames of calls that came from the Nucleus. */
  readonly frames: CallFrame[] = [];
  /** How the stream ended: an error, or undefined when the Nucleus closed it. */
  readonly over: Promise<OrbitError | undefined>;
  readonly #outbox = new Rendezvous<Request>();
  readonly caller: GrpcCaller;

  constructor({ identity, credentials }: Joined) {
    const { authorityPem, certificatePem, keyPem } = credentials;
    this.caller = openGrpcCaller({
      address: formatAddress(identity.nucleus),
      tls: { authorityPem, certificatePem, keyPem, serverName: NUCLEUS_SERVER_NAME },
    });
    this.over = this.#listen().then(() => undefined, (error) => error);
  }

  /** One that has said hello, and was welcomed. */
  static async welcomed(joined: Joined, hello: HelloInit = {}): Promise<RawStar> {
    const star = new RawStar(joined);
    await star.say({ case: "hello", value: hello });
    await star.hears("welcome");
    return star;
  }

  /** Resolves when gRPC takes the message; quietly when the stream is over before. */
  say(message: Message): Promise<void> {
    return this.#outbox.send({ message }).catch(() => {});
  }

  frame(callId: number, frame: Extract<Frame, { frame?: unknown }>["frame"]): Promise<void> {
    return this.say({ case: "call", value: { callId, frame } } as Message);
  }

  async hears(kind: string): Promise<void> {
    const has = () => this.heard.some((message) => message.case === kind);
    await within(
      Promise.race([until(has, `hear ${kind}`), this.over.then((error) => assert(has(), error))]),
      `hear ${kind}`,
    );
  }

  /** The next call that the Nucleus starts. */
  async called(method: string, skip = 0): Promise<number> {
    const starts = () =>
      this.frames.filter(({ frame }) =>
        frame.case === "start" && frame.value.method.endsWith(`/${method}`)
      );
    await until(() => starts().length > skip, `call of ${method}`);
    return starts()[skip].callId;
  }

  /** The code that the stream ended with; "" for an end without error. */
  ended(): Promise<string> {
    return within(this.over, "end of the control stream").then((error) =>
      error === undefined ? "" : error.code ?? `${error}`
    );
  }

  async #listen(): Promise<void> {
    const answers = this.caller.bidi(NucleusService.method.control, this.#outbox);
    try {
      for await (const { message } of answers) {
        this.heard.push(message);
        if (message.case === "call") this.frames.push(message.value);
      }
    } finally {
      this.#outbox.close();
    }
  }

  async [Symbol.asyncDispose]() {
    this.#outbox.close();
    this.caller.close();
    await within(this.over, "end of the control stream");
  }
}
