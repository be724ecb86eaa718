/** A description that holds a mark of ours, taken apart as far as every version of the mark has it. */
export interface FoundMark {
  readonly version: number;
  /** As written: percent-encoded. */
  readonly configuration: string;
  /** Everything behind the configuration: identity, hashes, flags. */
  readonly body: string;
  /** What people wrote around it. */
  readonly text: string;
}

const ANY_MARK = /\[wk(\d{1,6}) ([^\s[\]]+)(?: ([^[\]]*))?\]/g;

/** The mark in an alarm's description, of whatever version; of several the last one counts. */
export function findMark(description: string): FoundMark | undefined {
  if (!description.includes("[wk")) return undefined;
  const match = [...description.matchAll(ANY_MARK)].at(-1);
  if (!match) return undefined;
  const [line, version = "", configuration = "", body = ""] = match;
  const before = description.slice(0, match.index).replace(/\r?\n$/, "");
  const after = description.slice(match.index + line.length);
  return { version: Number(version), configuration, body, text: `${before}${after}` };
}

/** A part of a mark as it was before it was percent-encoded. */
export function decodeMarkPart(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
