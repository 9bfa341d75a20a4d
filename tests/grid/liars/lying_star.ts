/**
 * A Star of a real grid that lies: adopted as any other, reached by real TLS, with files that it
 * tells the truth about unless a test has it tell something else.
 */
import { createServer } from "node:http";
import { systemClock } from "#core/clock.ts";
import { parsePeerAddress } from "#core/config/mod.ts";
import { Secret } from "#core/identity/mod.ts";
import { createLinkServer, GrantVerifier, LinkMeter, ReplayGuard } from "#core/link/mod.ts";
import { serveSystem } from "#core/remote/mod.ts";
import { type Handlers, openTlsPort, type Served } from "#core/rpc/mod.ts";
import type { OrbitSystem, PackRequest, PackSource } from "#core/system/mod.ts";
import type { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { joinGrid } from "../../../star/join/join.ts";
import { within } from "../bad_days/support.ts";
import { MemoryStar } from "../star_fixture.ts";
import type { TwoStars } from "../two_stars.ts";

type Parcels = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** What becomes of the parcels of a request. */
export type ContentLie = (honest: Parcels, request: PackRequest) => Parcels;

/** What it says instead of the truth. */
export interface Lies {
  content?: ContentLie;
  /** Answers to the Nucleus. */
  answers?: Handlers<typeof StarService>;
}

/** The Star. Its files lie beneath `/data`. */
export class LyingStar implements AsyncDisposable {
  lies: Lies = {};
  readonly #stack: AsyncDisposableStack;
  #verifier: GrantVerifier | undefined;

  private constructor(stack: AsyncDisposableStack) {
    this.#stack = stack;
  }

  /** Joins a grid as `liar`. @param system Its files; closed with it. */
  static async join(grid: TwoStars, system: OrbitSystem): Promise<LyingStar> {
    await using stack = new AsyncDisposableStack();
    const kept = new AsyncDisposableStack();
    stack.use(kept);
    const liar = new LyingStar(kept);
    const create = ["token", "create", `--data=${grid.data}`, "--approved", "--name=liar"];
    const token = new Secret((await grid.run("nucleus", create)).trim());
    const nucleus = parsePeerAddress(grid.hub, 0)!;
    const request = { token, nucleus, hostname: "liar", version: "0.0.0" };
    const joined = await joinGrid(request, { clock: systemClock });

    const save = () => Promise.resolve();
    const listener = createLinkServer({
      source: liar.#source(system),
      verifier: () => liar.#verifier,
      replay: new ReplayGuard(systemClock, { replace: save, append: save }, []),
      meter: new LinkMeter(),
      clock: systemClock,
    });
    const port = kept.use(
      await openTlsPort({
        ...{ hostname: "127.0.0.1", port: 0, tls: joined.credentials },
        // The Nucleus hears that nobody calls here, and takes the control stream instead.
        members: (socket) => socket.destroy(),
        http: createServer(listener),
      }),
    );
    const address = `127.0.0.1:${port.port}`;
    const star = kept.use(new MemoryStar(joined, system, address, liar.#served(system)));
    const { grantKey, heartbeatIntervalMs } = await within(star.heard("welcome"), "welcome");
    let sequence = 0n;
    const beat = () => star.say({ case: "heartbeat", value: { sequence: ++sequence } });
    const beats = setInterval(beat, heartbeatIntervalMs);
    kept.defer(() => clearInterval(beats));
    const checks = await GrantVerifier.open(grantKey, joined.identity.starId, systemClock);
    // It gives more than it may.
    const verify = async (token: string) => ({ ...await checks.verify(token), maxBytes: 2 ** 53 });
    liar.#verifier = { verify } as GrantVerifier;
    stack.move();
    return liar;
  }

  #source(system: OrbitSystem): PackSource {
    return {
      name: "liar",
      pack: (request, options) => {
        const honest = system.pack(request, options);
        return this.lies.content?.(honest, request) ?? honest;
      },
    };
  }

  /** Each call is answered by what it is to say when it comes. */
  #served(system: OrbitSystem): Served {
    const { service, handlers } = serveSystem(system);
    const answering = new Proxy(handlers, {
      get: (honest, method) =>
        Reflect.get(this.lies.answers ?? {}, method) ?? Reflect.get(honest, method),
    });
    return { service, handlers: answering } as Served;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
