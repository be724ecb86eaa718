import type { ChannelOptionTable } from "../../model/channel-option.ts";
import { adaptiveCard } from "./adaptive-card.ts";
import type { ChannelKind } from "./channel-kind.ts";
import { answerFailure, failed, guarded } from "./outcome.ts";
import { safeAddress } from "./safe-address.ts";

const OPTIONS = {
  url: {
    type: "secret",
    required: true,
    description: 'Address of a workflow that begins with "When a Teams webhook request is received".',
  },
} as const satisfies ChannelOptionTable;

/** Four requests a second are what Teams takes of a webhook; a workflow's plan may allow less and then answers 429. */
const PACE = { perSecond: 1, burst: 4, atOnce: 2, timeout: 20_000 };

/** Microsoft Teams by a workflow (connectors are gone), with Adaptive Cards. A workflow can't edit what it posted. */
export const teams = {
  title: "Microsoft Teams, by a workflow",
  options: OPTIONS,
  url: { user: "url", example: "teams://env:TEAMS_WORKFLOW@" },
  create: ({ name, kind, secrets, ports }) => ({
    name,
    kind,
    capabilities: { update: false, thread: false, picture: false },
    pace: { ...PACE, destination: `teams:${name}` },
    send: (notification, context) =>
      guarded(secrets, async () => {
        const answer = await ports.http.send({
          url: safeAddress(await secrets.reveal("url"), "url"),
          headers: { "content-type": "application/json; charset=utf-8" },
          body: JSON.stringify(adaptiveCard(notification)),
          signal: context.signal,
        });
        const failure = answerFailure(answer, context);
        if (failure) return failure;
        // A sign-in page where the workflow should be is answered 200.
        if (/<html/i.test(answer.body))
          return failed("bad-answer", "answered with a web page: is this the workflow's own address?");
        return { outcome: "delivered" };
      }),
  }),
} satisfies ChannelKind<typeof OPTIONS>;
