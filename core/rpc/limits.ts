/** The bounds of every call, whatever carries it. */

/** Bytes of one message, either way. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Bytes of one message through a control stream: a frame around it must fit in one message. */
export const MAX_REVERSE_MESSAGE_BYTES = 3 * 1024 * 1024;

/** Bytes of all names and values of a call's metadata. */
export const MAX_METADATA_BYTES = 8 * 1024;

/** Bytes of an `orbit.v1.Problem` that ends a call. */
export const MAX_PROBLEM_BYTES = 4 * 1024;

/** UTF-16 units of the message that ends a call. */
export const MAX_STATUS_MESSAGE_LENGTH = 1024;

/** The longest limit that a timer can keep; longer ones mean this one. */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Milliseconds of silence after which a connection is asked whether it lives. */
export const KEEPALIVE_MS = 10_000;

/** Milliseconds that it may take to say so. */
export const KEEPALIVE_TIMEOUT_MS = 3_000;
