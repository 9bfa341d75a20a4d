/** A time that processes of this machine agree on. */

/** Milliseconds since 1970, with their fractions. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
