/**
 * Who is there: the Stars that are connected now and their last heartbeats, in memory. A heartbeat
 * costs the database nothing; what changed is taken from here about once a second.
 */
import type { Clock } from "#core/clock.ts";
import type { StarId } from "#core/identity/mod.ts";
import type { HeartbeatFacts } from "./star.ts";

/** Three heartbeats may fail to come, or one be this late, before a Star counts as offline. */
export const OFFLINE_AFTER_MS = 14_000;

/** Names one connection of a Star; a later one has a larger number. */
export type ConnectionId = number;

interface Entry {
  connection: ConnectionId;
  isConnected: boolean;
  /** By the clock that never goes back. */
  seenMs: number;
  /** By the calendar. */
  atMs: number;
  heartbeat?: HeartbeatFacts;
}

/** A heartbeat that isn't stored yet. */
export interface FreshHeartbeat {
  id: StarId;
  atMs: number;
  heartbeat?: HeartbeatFacts;
}

export class Presence {
  readonly #clock: Clock;
  readonly #entries = new Map<StarId, Entry>();
  readonly #fresh = new Set<StarId>();
  #lastConnection = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The Star is there, on a new connection, which takes the place of any before. */
  connect(id: StarId): ConnectionId {
    const connection = ++this.#lastConnection;
    const heartbeat = this.#entries.get(id)?.heartbeat;
    this.#entries.set(id, { connection, isConnected: true, ...this.#now(), heartbeat });
    this.#fresh.add(id);
    return connection;
  }

  /** A heartbeat; false when it came on a connection that another took the place of. */
  beat(id: StarId, connection: ConnectionId, heartbeat: HeartbeatFacts): boolean {
    const entry = this.#entries.get(id);
    if (entry?.connection !== connection || !entry.isConnected) return false;
    Object.assign(entry, this.#now(), { heartbeat });
    this.#fresh.add(id);
    return true;
  }

  /** The connection is over; nothing happens when another took its place. */
  disconnect(id: StarId, connection: ConnectionId): void {
    const entry = this.#entries.get(id);
    if (entry?.connection === connection) entry.isConnected = false;
  }

  /** The Star is none any more. */
  forget(id: StarId): void {
    this.#entries.delete(id);
    this.#fresh.delete(id);
  }

  isOnline(id: StarId): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && entry.isConnected &&
      this.#clock.elapsed() - entry.seenMs < OFFLINE_AFTER_MS;
  }

  /** The Stars that are online. */
  online(): StarId[] {
    return [...this.#entries.keys()].filter((id) => this.isOnline(id));
  }

  /** When the Star was heard of last since this process began, and what it said. */
  last(id: StarId): { atMs: number; heartbeat?: HeartbeatFacts } | undefined {
    return this.#entries.get(id);
  }

  /** What came since it was asked last; hand back by {@linkcode giveBack} what couldn't be kept. */
  takeFresh(): FreshHeartbeat[] {
    const fresh = [...this.#fresh].map((id) => {
      const { atMs, heartbeat } = this.#entries.get(id)!;
      return { id, atMs, heartbeat };
    });
    this.#fresh.clear();
    return fresh;
  }

  giveBack(fresh: readonly FreshHeartbeat[]): void {
    for (const { id } of fresh) if (this.#entries.has(id)) this.#fresh.add(id);
  }

  #now(): { seenMs: number; atMs: number } {
    return { seenMs: this.#clock.elapsed(), atMs: this.#clock.now() };
  }
}
