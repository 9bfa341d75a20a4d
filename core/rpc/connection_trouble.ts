/** Why there is no connection, in plain words. */

const KNOWN: readonly [pattern: RegExp, words: string][] = [
  [/ECONNREFUSED (\S*\w)/, "nothing listens at $1"],
  [/(?:ENOTFOUND|ENODATA) (\S+)/, 'the name "$1" is not known here'],
  [/EAI_AGAIN (\S+)/, 'the name "$1" can\'t be looked up now'],
  [/(?:EHOSTUNREACH|ENETUNREACH) (\S+)/, "no way leads to $1"],
  [/ETIMEDOUT (\S+)/, "$1 doesn't answer"],
  [
    /unable to (?:verify|get)|certificate (?:has expired|is not yet valid)|self.signed certificate/,
    "its certificate is another grid's, or doesn't hold now; compare the clocks of both machines",
  ],
  [/ECONNRESET/, "the other side cut the connection"],
];

/** What the system or the transport says of a connection that failed, as people say it. */
export function connectionTrouble(message: string): string {
  for (const [pattern, words] of KNOWN) {
    const found = pattern.exec(message);
    if (found !== null) return words.replace("$1", found[1] ?? "");
  }
  return message
    .replace(/^No connection established\. Last error: (?:null|(?:Error: )?)/, "no connection: ")
    .replace(/\.? ?Resolution note: *$/, "");
}
