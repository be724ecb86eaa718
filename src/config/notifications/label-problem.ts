import { didYouMean } from "../../support/suggest.ts";

/** Labels that exist for what an alarm happens to have: its tags and dimensions. */
const OPEN_LABEL = /^(tag|dimension):./;

/**
 * What is wrong with the name of a label that a matcher or `group_by` speaks of; undefined: nothing. No alert will ever have one that
 * is misspelt, so that a route takes nobody and a silence keeps nothing quiet.
 */
export function labelProblem(name: string, labels: Readonly<Record<string, string>>): string | undefined {
  if (Object.hasOwn(labels, name) || OPEN_LABEL.test(name)) return undefined;
  const known = Object.keys(labels);
  const tag = /^[\w.-]+$/.test(name) ? `, and a tag is written tag:${name}` : "";
  const remedy = didYouMean(name, known) || ` There are ${known.join(", ")}${tag}`;
  return `no alert has a label ${JSON.stringify(name)}.${remedy}`;
}
