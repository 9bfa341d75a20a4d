/** A Star without a disk: everything between it and the Nucleus is real. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { formatAddress } from "#core/config/mod.ts";
import { NUCLEUS_SERVER_NAME } from "#core/identity/mod.ts";
import { Outbox } from "#core/outbox.ts";
import { serveSystem } from "#core/remote/mod.ts";
import { type GrpcCaller, openGrpcCaller, serveReverse } from "#core/rpc/mod.ts";
import type { OrbitSystem } from "#core/system/mod.ts";
import {
  type ControlRequestSchema,
  type ControlResponse,
  NucleusService,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Joined } from "../../../star/join/join.ts";

type Request = MessageInitShape<typeof ControlRequestSchema>;

const ROOT = new TextEncoder().encode("/data");
const GIB = 2n ** 30n;

/** A connected Star that sends heartbeats and serves files. */
export class SimulatedStar implements AsyncDisposable {
  readonly id: string;
  /** Milliseconds between each heartbeat and its acknowledgement. */
  readonly roundTrips: number[] = [];
  readonly connected: Promise<void>;
  readonly #caller: GrpcCaller;
  readonly #outbox = new Outbox<Request>();
  readonly #over: Promise<unknown>;
  readonly #sentAt = new Map<bigint, number>();
  #sequence = 0n;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ identity, credentials }: Joined, system: OrbitSystem) {
    this.id = identity.starId;
    this.#caller = openGrpcCaller({
      address: formatAddress(identity.nucleus),
      tls: {
        ...credentials,
        keyPem: credentials.keyPem.reveal(),
        serverName: NUCLEUS_SERVER_NAME,
      },
    });
    const welcomed = Promise.withResolvers<void>();
    this.connected = welcomed.promise;
    this.#say({
      case: "hello",
      value: {
        ...{ version: "0.0.0", hostname: "bench", bootId: crypto.randomUUID(), platform: "linux" },
        capabilities: ["scan", "hash", "chunk", "verify"],
        roots: [{ path: ROOT, read: true, write: true }],
        walls: { app: "openat2", runtime: true, kernel: "landlock 7" },
      },
    });
    this.#over = this.#listen(system, welcomed.resolve);
    this.#over.catch(welcomed.reject);
  }

  #say(message: Request["message"]): void {
    this.#outbox.push({ message });
  }

  async #listen(system: OrbitSystem, welcomed: () => void): Promise<void> {
    const server = serveReverse([serveSystem(system)], {
      send: (frame) => this.#outbox.send({ message: { case: "call", value: frame } }, 1),
      broken: (error) => this.#outbox.end(error),
    });
    try {
      const answers = this.#caller.bidi(NucleusService.method.control, this.#outbox);
      for await (const { message } of answers) {
        if (message.case === "welcome") {
          welcomed();
          this.#beatEvery(message.value.heartbeatIntervalMs);
        } else if (message.case === "call") server.receive(message.value);
        else if (message.case === "heartbeatAck") this.#acknowledged(message);
      }
    } finally {
      clearTimeout(this.#timer);
      server.end();
      this.#outbox.end();
    }
  }

  /** The first one after a part of the interval, so that Stars that start together spread out. */
  #beatEvery(intervalMs: number): void {
    const beat = () => {
      this.#timer = setTimeout(beat, intervalMs);
      this.#beat();
    };
    this.#timer = setTimeout(beat, Math.random() * intervalMs);
  }

  #beat(): void {
    const sequence = ++this.#sequence;
    this.#sentAt.set(sequence, performance.now());
    this.#say({
      case: "heartbeat",
      value: {
        ...{ sequence, cpuPercent: 12.5, load: 0.5, activeCalls: 0 },
        ...{ memoryUsedBytes: GIB, memoryTotalBytes: 4n * GIB, residentBytes: 60_000_000n },
        disks: [{ path: ROOT, freeBytes: 10n * GIB, totalBytes: 100n * GIB }],
        certificateExpiresS: BigInt(Math.round(Date.now() / 1000) + 86_400),
        nowMs: BigInt(Date.now()),
      },
    });
  }

  #acknowledged(
    { value: { sequence } }: Extract<ControlResponse["message"], { case: "heartbeatAck" }>,
  ): void {
    const sentAt = this.#sentAt.get(sequence);
    this.#sentAt.delete(sequence);
    if (sentAt !== undefined) this.roundTrips.push(performance.now() - sentAt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#outbox.end();
    this.#caller.close();
    await this.#over.catch(() => {});
  }
}
