/** The ports that are used unless others are named. */

/** The port that a Nucleus listens on for Stars unless told otherwise. */
export const NUCLEUS_PORT = 50050;

/** The port that a Star listens on unless told otherwise. */
export const STAR_PORT = 50051;
