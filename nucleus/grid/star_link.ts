/** One Star's control stream, as the Nucleus holds it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import type { StarId } from "#core/identity/mod.ts";
import { Outbox } from "#core/outbox.ts";
import { createReverseCaller, type ReverseCaller } from "#core/rpc/mod.ts";
import {
  type CallFrame,
  ControlResponseSchema,
  Standing as WireStanding,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Standing, Star } from "../store/mod.ts";

type Response = MessageInitShape<typeof ControlResponseSchema>;

/** What a frame takes beside a message in it. */
const FRAME_BYTES = 64;

/** How standings travel. */
export const WIRE_STANDING: Record<Standing, WireStanding> = {
  pending: WireStanding.PENDING,
  active: WireStanding.ACTIVE,
  draining: WireStanding.DRAINING,
  revoked: WireStanding.REVOKED,
};

/** A Star that is connected: what is said to it, and its files. */
export class StarLink {
  readonly starId: StarId;
  /** Calls the Star through its control stream. */
  readonly caller: ReverseCaller;
  readonly #outbox = new Outbox<Response>();
  readonly #over = Promise.withResolvers<OrbitError | undefined>();
  #isOver = false;

  /** @param bootId Differs with every start of the Star. */
  constructor({ id }: Star, readonly bootId: string) {
    this.starId = id;
    this.caller = createReverseCaller({
      send: (frame) =>
        this.#outbox.send({ message: { case: "call", value: frame } }, bytesOf(frame)),
      broken: (error) => this.end(error),
    });
  }

  /** What goes out, until the link ends. */
  get outgoing(): AsyncIterable<Response> {
    return this.#outbox;
  }

  /** Resolves at its end, with why; the Star may not have heard of it yet. */
  get over(): Promise<OrbitError | undefined> {
    return this.#over.promise;
  }

  /** Nothing can be done through it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Says something that overtakes the content of calls. */
  say(message: Response["message"]): void {
    this.#outbox.push({ message });
  }

  receive(frame: CallFrame): void {
    this.caller.receive(frame);
  }

  changeStanding(standing: Standing): void {
    this.say({ case: "standing", value: { standing: WIRE_STANDING[standing] } });
    if (standing === "revoked") this.end(new OrbitError("denied", "the Star was revoked"));
  }

  /** Ends the stream, and all calls through it with `unavailable`. */
  end(error?: OrbitError): void {
    this.#isOver = true;
    this.#over.resolve(error);
    this.caller.end();
    this.#outbox.end(error);
  }
}

/** What a frame takes in the stream, about. */
function bytesOf({ frame }: CallFrame): number {
  return FRAME_BYTES + (frame.case === "message" ? frame.value.length : 0);
}
