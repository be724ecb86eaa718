import { createContext, Script } from "node:vm";

/** Longer than this no pattern may take to be found, milliseconds: some need years for the right text, and nothing else would run. */
const PATIENCE = 500;

const place: { pattern: string; text: string } = { pattern: "", text: "" };
const room = createContext(place);
const search = new Script("new RegExp(pattern).test(text)");

/** Whether a text matches a regular expression; undefined when that takes too long to tell. */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  place.pattern = pattern;
  place.text = text;
  try {
    return search.runInContext(room, { timeout: PATIENCE }) as boolean;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw error;
  } finally {
    place.text = "";
  }
}
