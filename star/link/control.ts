/** One control stream to the Nucleus, from Hello to its end. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Logger } from "#core/log/mod.ts";
import { Outbox } from "#core/outbox.ts";
import { type AnyServed, type Caller, type ReverseServer, serveReverse } from "#core/rpc/mod.ts";
import {
  type CallFrame,
  type ControlRequestSchema,
  type ControlResponse,
  type HeartbeatSchema,
  type HelloSchema,
  NucleusService,
  type RevokedCertificates,
  type Standing,
  type Welcome,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";

/** How long the Nucleus may take to say Welcome. */
const WELCOME_MS = 10_000;
/** Heartbeats that may go unanswered. */
const MAX_MISSED = 3;
const MIN_INTERVAL_MS = 1_000, MAX_INTERVAL_MS = 60_000;
/** How long the Nucleus may take to close a stream that we have ended. */
const CLOSE_MS = 1_000;
/** What a frame costs beside its content. */
const FRAME_BYTES = 64;

type Request = MessageInitShape<typeof ControlRequestSchema>;

/** What a control stream is made of. */
export interface ControlOrder {
  caller: Pick<Caller, "bidi">;
  /** What the Nucleus may call through the stream. */
  served: readonly AnyServed[];
  clock: Clock;
  log: Logger;
  /** Ends the stream at once, with its reason. */
  signal: AbortSignal;
  /** Ends the stream well: what waits is still sent. */
  closing?: AbortSignal;
  hello(): MessageInitShape<typeof HelloSchema>;
  heartbeat(sequence: bigint): MessageInitShape<typeof HeartbeatSchema>;
  onWelcome(welcome: Welcome): void;
  onStanding(standing: Standing): void;
  /** Certificates that are refused before their end: all that there are. */
  onRevoked(revoked: RevokedCertificates): void;
  /** After each heartbeat that was sent. */
  onBeat(): void;
  /** The Nucleus has acknowledged all heartbeats up to this one. */
  onHeard(sequence: bigint): void;
}

/**
 * Runs a control stream. Resolves only after `closing`; rejects with what ended the stream
 * otherwise: `unavailable` when the Nucleus is silent, goes away or ends it, `corrupt` when it
 * breaks the protocol, `signal.reason` when that aborts, and what the Nucleus refused it with.
 */
export async function runControl(order: ControlOrder): Promise<void> {
  await new ControlStream(order).run();
}

class ControlStream {
  readonly #order: ControlOrder;
  readonly #outbox = new Outbox<Request>();
  readonly #end = new AbortController();
  readonly #reverse: ReverseServer;
  #sent = 1n;
  #acknowledged = 1n;
  #isWelcome = false;

  constructor(order: ControlOrder) {
    this.#order = order;
    this.#reverse = serveReverse(order.served, {
      send: (frame) => this.#sendFrame(frame),
      broken: (error) => this.#end.abort(error),
    }, { log: order.log });
  }

  async run(): Promise<void> {
    const { caller, signal, closing } = this.#order;
    const abort = () => this.#end.abort(signal.reason);
    const close = () => this.#close();
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    closing?.addEventListener("abort", close, { once: true });
    try {
      if (closing?.aborted) return;
      this.#say({ case: "hello", value: this.#order.hello() });
      await this.#listen(
        caller.bidi(NucleusService.method.control, this.#outbox, { signal: this.#end.signal }),
      );
    } catch (error) {
      if (closing?.aborted !== true || signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      closing?.removeEventListener("abort", close);
      this.#reverse.end();
      this.#outbox.end();
      this.#end.abort(new OrbitError("unavailable", "control stream: it is over"));
    }
  }

  async #listen(answers: AsyncIterable<ControlResponse>): Promise<void> {
    const welcomed = Promise.withResolvers<void>();
    this.#expectWelcome(welcomed.promise);
    let isFirst = true;
    for await (const { message } of answers) {
      if (isFirst !== (message.case === "welcome")) throw unexpected(message.case);
      if (message.case === "welcome") {
        isFirst = false;
        this.#isWelcome = true;
        welcomed.resolve();
        this.#order.onWelcome(message.value);
        this.#beat(message.value.heartbeatIntervalMs);
      } else if (message.case === "heartbeatAck") this.#hearAck(message.value.sequence);
      else if (message.case === "call") this.#reverse.receive(message.value);
      else if (message.case === "standing") this.#order.onStanding(message.value.standing);
      else if (message.case === "revoked") this.#order.onRevoked(message.value);
    }
    if (this.#order.closing?.aborted) return;
    throw new OrbitError("unavailable", "control stream: the Nucleus ended it", {
      detail: { retryable: true },
    });
  }

  async #expectWelcome(welcomed: Promise<void>): Promise<void> {
    const over = new AbortController();
    welcomed.then(() => over.abort());
    this.#end.signal.addEventListener("abort", () => over.abort(), { once: true });
    await this.#order.clock.sleep(WELCOME_MS, { signal: over.signal }).then(
      () => this.#end.abort(silent(`no welcome within ${WELCOME_MS / 1000} s`)),
      () => {},
    );
  }

  async #beat(wantedMs: number): Promise<void> {
    const { clock, onBeat } = this.#order;
    const intervalMs = Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, wantedMs));
    const { signal } = this.#end;
    while (await clock.sleep(intervalMs, { signal }).then(() => true, () => false)) {
      if (this.#sent - this.#acknowledged >= BigInt(MAX_MISSED)) {
        return this.#end.abort(silent(`${MAX_MISSED} heartbeats unanswered`));
      }
      this.#sayHeartbeat();
      onBeat();
    }
  }

  #sayHeartbeat(): void {
    this.#say({ case: "heartbeat", value: this.#order.heartbeat(++this.#sent) });
  }

  #hearAck(sequence: bigint): void {
    if (sequence > this.#sent) throw unexpected(`acknowledgement of heartbeat ${sequence}`);
    if (sequence > this.#acknowledged) this.#acknowledged = sequence;
    this.#order.onHeard(sequence);
  }

  /** Urgent: overtakes content, so that a busy stream isn't taken for a dead one. */
  #say(message: Request["message"]): void {
    this.#outbox.push({ message });
  }

  #sendFrame(frame: CallFrame): Promise<void> {
    const content = frame.frame.case === "message" ? frame.frame.value.length : 0;
    return this.#outbox.send({ message: { case: "call", value: frame } }, content + FRAME_BYTES);
  }

  #close(): void {
    // What was counted since the last one would be lost.
    if (this.#isWelcome) this.#sayHeartbeat();
    this.#outbox.end();
    this.#order.clock.sleep(CLOSE_MS, { signal: this.#end.signal }).then(
      () => this.#end.abort(new OrbitError("unavailable", "control stream: closed")),
      () => {},
    );
  }
}

function silent(how: string): OrbitError {
  return new OrbitError("unavailable", `control stream: ${how}`, { detail: { retryable: true } });
}

function unexpected(what: string | undefined): OrbitError {
  return new OrbitError("corrupt", `control stream: unexpected ${what ?? "message of no kind"}`);
}
