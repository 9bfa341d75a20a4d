/** The least a Star can be: a control stream over which files in memory are served. */
import { formatAddress } from "#core/config/mod.ts";
import { NUCLEUS_SERVER_NAME } from "#core/identity/mod.ts";
import { Outbox } from "#core/outbox.ts";
import { serveSystem } from "#core/remote/mod.ts";
import { type GrpcCaller, openGrpcCaller, type Served, serveReverse } from "#core/rpc/mod.ts";
import { createMemoryDisk, openInlineSystem, type OrbitSystem } from "#core/system/mod.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type CallStart,
  type ControlRequestSchema,
  type ControlResponse,
  NucleusService,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Joined } from "../../star/join/join.ts";

type Request = MessageInitShape<typeof ControlRequestSchema>;

/** Files in memory, beneath `/data`. */
export async function openMemorySystem(files: Record<string, string>): Promise<OrbitSystem> {
  const disk = createMemoryDisk({ roots: ["/data"] });
  using tree = disk.openTree("/data");
  for (const [name, content] of Object.entries(files)) {
    using file = tree.createFile(name);
    file.write(new TextEncoder().encode(content), 0);
  }
  return await openInlineSystem(disk);
}

/** A Star whose files are in memory, beneath `/data`. */
export class MemoryStar implements AsyncDisposable {
  readonly said: ControlResponse["message"][] = [];
  /** How the stream ended: an error, or undefined when the Nucleus closed it. */
  readonly over: Promise<unknown>;
  readonly #outbox = new Outbox<Request>();
  readonly #caller: GrpcCaller;
  readonly #system: OrbitSystem;
  readonly #served: Served;
  #wake = Promise.withResolvers<void>();

  /** @param listenAddress Where it says that it listens. */
  static async connect(
    joined: Joined,
    files: Record<string, string> = {},
    listenAddress = "",
  ): Promise<MemoryStar> {
    return new MemoryStar(joined, await openMemorySystem(files), listenAddress);
  }

  /** @param served What it answers calls with. */
  constructor(
    { identity, credentials }: Joined,
    system: OrbitSystem,
    listenAddress = "",
    served: Served = serveSystem(system),
  ) {
    this.#served = served;
    const { authorityPem, certificatePem, keyPem } = credentials;
    this.#system = system;
    this.#caller = openGrpcCaller({
      address: formatAddress(identity.nucleus),
      tls: {
        authorityPem,
        certificatePem,
        keyPem: keyPem.reveal(),
        serverName: NUCLEUS_SERVER_NAME,
      },
    });
    this.say({
      case: "hello",
      value: {
        ...{ version: "0.0.0", hostname: "memory", bootId: crypto.randomUUID(), platform: "test" },
        roots: [{ path: new TextEncoder().encode("/data"), read: true, write: true }],
        listenAddress,
      },
    });
    this.over = this.#listen().then(() => undefined, (error) => error);
  }

  say(message: Request["message"]): void {
    this.#outbox.push({ message });
  }

  /** Waits until the Nucleus has said something of the kind. */
  async heard<C extends NonNullable<ControlResponse["message"]["case"]>>(kind: C) {
    for (;;) {
      const found = this.said.find((message) => message.case === kind);
      if (found !== undefined) return found.value as Extract<typeof found, { case: C }>["value"];
      await this.#wake.promise;
    }
  }

  /** The machine is off, from one moment to the next. */
  vanish(): void {
    this.#caller.close();
  }

  /** Told of each call before it is served; false when it isn't to be. */
  protected mayStart(_method: string): boolean {
    return true;
  }

  async #listen(): Promise<void> {
    const server = serveReverse([this.#served], {
      send: (frame) => this.#outbox.send({ message: { case: "call", value: frame } }, 1),
      broken: (error) => this.#outbox.end(error),
    });
    try {
      const responses = this.#caller.bidi(NucleusService.method.control, this.#outbox);
      for await (const { message } of responses) {
        const { case: kind, value } = message;
        if (kind === "call") {
          const isStart = value.frame.case === "start";
          if (isStart && !this.mayStart((value.frame.value as CallStart).method)) continue;
          server.receive(value);
        } else this.said.push(message);
        this.#wake.resolve();
        this.#wake = Promise.withResolvers();
      }
    } finally {
      server.end();
      this.#outbox.end();
    }
  }

  async [Symbol.asyncDispose]() {
    this.#outbox.end();
    this.#caller.close();
    await this.over;
    await this.#system[Symbol.asyncDispose]();
  }
}
