/** The version of Orbit. */
export const VERSION = "0.1.0";
