/** A Star that listens for its Nucleus, too. */
import { systemClock } from "#core/clock.ts";
import { silentLogger } from "#core/log/mod.ts";
import { serveSystem } from "#core/remote/mod.ts";
import type { Handlers, Served } from "#core/rpc/mod.ts";
import type { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { checkCredentials } from "../../../star/credentials.ts";
import type { Joined } from "../../../star/join/join.ts";
import { serveDirectly } from "../../../star/serve/admission.ts";
import { nucleusCheck, openStarPort, type StarPort } from "../../../star/serve/listen.ts";
import { Sessions } from "../../../star/serve/sessions.ts";
import { openMemorySystem } from "../star_fixture.ts";

/** The Star's own port, which can be closed and opened again. */
export class ListeningStar implements AsyncDisposable {
  /** Methods that were called and admitted, in order. */
  readonly served: string[] = [];
  /** What is asked for, admitted or not. */
  readonly asked: string[] = [];
  /** Answers of its own instead of the honest ones. */
  lies: Handlers<typeof StarService> = {};
  #port: StarPort | undefined;
  #number = 0;

  constructor(readonly joined: Joined, readonly files: Record<string, string>) {}

  static async open(joined: Joined, files: Record<string, string>): Promise<ListeningStar> {
    const star = new ListeningStar(joined, files);
    await star.open();
    return star;
  }

  get address(): string {
    return `127.0.0.1:${this.#number}`;
  }

  /** Sessions of before are unknown then. */
  async open(): Promise<void> {
    const system = serveSystem(await openMemorySystem(this.files));
    const handlers = { ...system.handlers, ...this.lies } as typeof system.handlers;
    const honest = serveDirectly({ ...system, handlers } as Parameters<typeof serveDirectly>[0], {
      sessions: new Sessions(systemClock),
      capabilities: [],
      requireCaller: await nucleusCheck(),
    });
    const star: Served = {
      ...honest,
      handlers: { ...honest.handlers, ...this.lies } as Served["handlers"],
      admit: (method, context) => {
        this.asked.push(method);
        honest.admit!(method, context);
        this.served.push(method);
      },
    };
    const credentials = checkCredentials(this.joined.credentials);
    const listen = { host: "127.0.0.1", port: this.#number };
    this.#port = await openStarPort(listen, star, { credentials, log: silentLogger });
    this.#number = this.#port.port;
  }

  async close(): Promise<void> {
    await this.#port?.[Symbol.asyncDispose]();
    this.#port = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
