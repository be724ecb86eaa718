/** One place in the answers of a request where two implementations say different things. */
export interface Difference {
  readonly request: string;
  /** Members from the answer down, `[]` for any element of a list; empty for the whole answer. */
  readonly path: string;
  /** JSON of what each says; undefined where it says nothing. */
  readonly first: string | undefined;
  readonly second: string | undefined;
}

/** What belongs to no meaning: ids, times, addresses. Their kind stands in their place. */
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<uuid>"],
  [/\b(i|vol|eni|eni-attach|sg|vpc|subnet|r|snap)-[0-9a-f]{8,17}\b/g, "<$1>"],
  [/\/(hostedzone|change)\/[0-9A-Z]{8,31}\b/g, "/$1/<id>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+0000)/g, "<time>"],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, "<mac>"],
  [/\b(ip|ec2)-\d+-\d+-\d+-\d+\b/g, "$1-<address>"],
  [/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g, "<address>"],
];

/** Makes an answer, or the error in its place, plain JSON with its kind in place of everything that changes from run to run. */
export function normaliser(endpoint: string, accounts: readonly string[]): (answer: unknown) => unknown {
  const text = (value: string): string => {
    let normal = value.replaceAll(endpoint, "<endpoint>");
    for (const account of accounts) normal = normal.replaceAll(account, "<account>");
    for (const [pattern, kind] of VARIABLES) normal = normal.replace(pattern, kind);
    return normal;
  };
  const plain = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (value instanceof Date) return "<time>";
    if (value instanceof Error) {
      const { name, message, $metadata } = value as Error & { $metadata?: { httpStatusCode?: number } };
      // What a client says that can't read an answer shows the answer's bytes.
      const [said = ""] = message.split("\n");
      return { error: name, status: $metadata?.httpStatusCode, message: text(said) };
    }
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value).filter(
      ([key, member]) => key !== "$metadata" && member !== undefined,
    );
    return Object.fromEntries(
      members.map(([key, member]) => [key, OPAQUE.has(key) ? `<${key}>` : plain(member)]),
    );
  };
  return plain;
}

/** Members whose value means nothing to anybody but the implementation, or counts seconds. */
const OPAQUE = new Set([
  "AccessKeyId",
  "SecretAccessKey",
  "SessionToken",
  "AssumedRoleId",
  "UserId",
  "ReceiptHandle",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "SequenceNumber",
  "ClientToken",
  "Signature",
]);

/** Every place where two normalised answers differ; each path once, whichever element of a list it was seen in. */
export function differences(request: string, first: unknown, second: unknown): readonly Difference[] {
  const found = new Map<string, Difference>();
  const visit = (path: string, a: unknown, b: unknown): void => {
    if (isRecord(a) && isRecord(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        visit(path === "" ? key : `${path}.${key}`, a[key], b[key]);
    } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
      for (const [index, item] of a.entries()) visit(`${path}[]`, item, b[index]);
    } else if (JSON.stringify(a) !== JSON.stringify(b) && !found.has(path)) {
      found.set(path, { request, path, first: JSON.stringify(a), second: JSON.stringify(b) });
    }
  };
  visit("", first, second);
  return [...found.values()];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
