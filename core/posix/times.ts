/** `struct timespec[2]` as `utimensat` takes it: access time, modification time. */

/** Bytes of the two times. */
export const TIMES_BYTES = 32;

/** `UTIME_OMIT`: leaves a time as it is. */
const OMIT = 0x3ffffffe;

/** Writes a modification time (seconds, nanoseconds) and "leave the access time alone". */
export function writeTimes(words: Uint32Array, seconds: number, nanoseconds: number): void {
  words[2] = OMIT;
  words[4] = seconds % 2 ** 32;
  words[5] = Math.floor(seconds / 2 ** 32);
  words[6] = nanoseconds;
}
