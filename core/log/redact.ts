/** Which fields of a log line must not be shown. */

/** Words that make a field secret wherever they stand in its name. */
const ANYWHERE = /(^|_)(secret|password|passphrase|passwd|authorization|cookie|credential)s?(_|$)/;

/** Words that do at the end of its name: a `token` is secret, a `token_id` isn't. */
const AT_THE_END =
  /(^|_)(token|jwt|bearer|grant|session|session_id|(private|api|signing|secret)_key|key_pem)s?$/;

/** What stands in for a secret. */
export const HIDDEN = "[secret]";

/**
 * Whether a field of this name holds a secret: `starToken`, `x-orbit-session` and
 * `ORBIT_AUTH_SECRET` do, `token_id` and `session_count` don't.
 */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/[^A-Za-z0-9]+/g, "_");
  const lower = words.toLowerCase();
  return ANYWHERE.test(lower) || AT_THE_END.test(lower);
}
