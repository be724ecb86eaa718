// The same requests to the local cloud and to another implementation: what differs is listed, with its source, or fails.
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_ACCOUNTS } from "../../src/local/accounts.ts";
import { AWS_REQUESTS, type Clients, clientsAt } from "./support/aws-requests.ts";
import { type Difference, differences, normaliser } from "./support/compare-answers.ts";
import { counterpart } from "./support/counterpart.ts";
import { motoVersion, startMoto } from "./support/moto.ts";
import {
  differencesPage,
  KNOWN_DIFFERENCES,
  type KnownDifference,
  MOTO_VERSION,
} from "./support/moto-differences.ts";
import { startObservedCloud } from "./support/observed-cloud.ts";

const REGION = "eu-central-1";
const MOTO_ACCOUNT = "123456789012";
const ACCOUNTS = [MOTO_ACCOUNT, ...DEFAULT_ACCOUNTS.map(({ id }) => id)];
const PAGE = resolve(import.meta.dirname, "../../docs/local-differences.md");

/** What each request is answered, errors included, in normal form. */
async function answersOf(clients: Clients, normalise: (answer: unknown) => unknown) {
  const answers = new Map<string, unknown>();
  const normal = new Map<string, unknown>();
  for (const request of AWS_REQUESTS) {
    const answer = await request.send(clients, answers).catch((error: unknown) => error);
    answers.set(request.name, answer);
    normal.set(request.name, normalise(answer));
  }
  return normal;
}

type Where = Pick<KnownDifference, "requests" | "members">;

function covers({ requests, members }: Where, { request, path }: Difference): boolean {
  if (!requests.includes(request)) return false;
  return members === undefined || members.some((member) => path === member || path.endsWith(`.${member}`));
}

/** Requests and members of the table where nothing differs any more. */
function gone(found: readonly Difference[]): readonly string[] {
  return KNOWN_DIFFERENCES.flatMap(({ what, requests, members }) => {
    const seen = (where: Where) => found.some((difference) => covers(where, difference));
    return [
      ...requests.filter((name) => !seen({ requests: [name], ...(members ? { members } : {}) })),
      ...(members ?? []).filter((member) => !seen({ requests, members: [member] })),
    ].map((place) => `${what}: ${place}`);
  });
}

describe("the page about differences", () => {
  it("is what the table says", async () => {
    await expect(differencesPage(KNOWN_DIFFERENCES)).toMatchFileSnapshot(PAGE);
  });

  it("names requests that are made", () => {
    const made = AWS_REQUESTS.map(({ name }) => name);
    expect(new Set(made).size).toBe(made.length);
    expect(made).toEqual(expect.arrayContaining(KNOWN_DIFFERENCES.flatMap(({ requests }) => requests)));
  });
});

const version = motoVersion();
const moto = counterpart(
  version === MOTO_VERSION ? `moto ${version}` : undefined,
  version === undefined
    ? "python3 with moto's server is not installed"
    : `the table of differences is of moto ${MOTO_VERSION}, and ${version} is installed`,
);

describe.skipIf(moto.absent)(moto.title("the local cloud beside another implementation"), () => {
  it("answers the same requests the same, but for the differences listed", async () => {
    const [local, other] = await Promise.all([startObservedCloud(), startMoto()]);
    try {
      const [ours, theirs] = await Promise.all(
        [local.endpoint, other.endpoint].map((endpoint) =>
          answersOf(clientsAt(endpoint, REGION, local.keys), normaliser(endpoint, ACCOUNTS)),
        ),
      );
      const found = AWS_REQUESTS.flatMap(({ name }) => differences(name, ours?.get(name), theirs?.get(name)));
      const unlisted = found.filter(
        (difference) => !KNOWN_DIFFERENCES.some((known) => covers(known, difference)),
      );
      expect(unlisted).toEqual([]);
      expect(gone(found)).toEqual([]);
    } finally {
      other.close();
      await local.close();
    }
  });
});
