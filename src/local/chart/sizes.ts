/** Heights of capitals, pixels. */
export const TITLE_SIZE = 9;
export const LABEL_SIZE = 7.5;

/** Left free at the edges of a picture, pixels. */
export const EDGE = 12;
