import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { channelUnderTest, sendContext } from "../../../test/support/channel-setup.ts";
import { aNotification } from "../../../test/support/notifications.ts";
import type { StubRequest, StubServer } from "../../../test/support/stub-server.ts";
import { stubbedHttp } from "../../../test/support/stubbed-http.ts";
import type { SendResult } from "../channel.ts";
import { parseTemplate } from "./body-template.ts";
import { HttpClient } from "./http-client.ts";
import { webhook } from "./webhook.ts";

let stub: StubServer;
let http: HttpClient;
beforeEach(async () => {
  ({ stub, http } = await stubbedHttp());
});

const post = (options: Readonly<Record<string, unknown>> = {}, title?: string): Promise<SendResult> =>
  channelUnderTest("webhook", { url: `${stub.url}/hook?a=b`, ...options }, { http, secret: "the key" }).send(
    aNotification("1", title === undefined ? {} : { title }),
    sendContext(),
  );

describe("a webhook", () => {
  it("gets the whole notification, with a key that stays the same when it is sent again", async () => {
    expect(await post()).toEqual({ outcome: "delivered" });
    const [request] = stub.requests;
    expect(request).toMatchObject({
      method: "POST",
      path: "/hook?a=b",
      headers: { "content-type": "application/json", "idempotency-key": "n-1" },
    });
    expect(JSON.parse(request?.body ?? "")).toEqual(aNotification("1"));
  });

  it("gets a signature that its receiver can check", async () => {
    await post({ signingKey: "env:KEY", authorization: "env:AUTH", headers: { "x-team": "web" } });
    const [{ headers, body }] = stub.requests as readonly [StubRequest];
    const [, time, mac] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-watchkeeper-signature"])) ?? [];
    expect(time).toBe("1795169100");
    expect(mac).toBe(createHmac("sha256", "the key").update(`${time}.${body}`).digest("hex"));
    expect(headers).toMatchObject({ authorization: "the key", "x-team": "web" });
  });

  it("gets a body by its template, which stays JSON whatever is in the texts", async () => {
    const body =
      '{"summary": {{ title }}, "text": "now: {{ title | text }}", "n": {{ counts.firing }}, "who": {{ alerts.0.text.nobody }}}';
    await post({ body }, 'ALARM "quoted"\n{{ severity }} </x>');
    expect(JSON.parse(stub.requests[0]?.body ?? "")).toEqual({
      summary: 'ALARM "quoted"\n{{ severity }} </x>',
      text: 'now: ALARM "quoted"\n{{ severity }} </x>',
      n: 1,
      who: null,
    });
  });

  it("may get text", async () => {
    await post({ body: "{{ status | raw }}: {{ title | raw }}", contentType: "text/plain" }, "hello");
    expect(stub.requests[0]).toMatchObject({
      body: "firing: hello",
      headers: { "content-type": "text/plain" },
    });
  });

  it("isn't sent what its template spoils", async () => {
    expect(await post({ body: '{"a": {{ title | raw }}}' }, "no json")).toMatchObject({
      reason: "refused",
      retry: false,
    });
    expect(stub.requests).toEqual([]);
  });

  it("keeps its connection", async () => {
    const channel = channelUnderTest("webhook", { url: stub.url }, { http });
    const ports = new Set<unknown>();
    stub.answer = (response) => {
      ports.add(response.socket?.remotePort);
      response.end();
    };
    for (let i = 0; i < 5; i += 1) await channel.send(aNotification(`${i}`), sendContext());
    expect(ports.size).toBe(1);
  });

  it("gives a connection up that isn't used any more", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const own = new HttpClient();
      let socket: Socket | null = null;
      stub.answer = (response) => {
        socket = response.socket;
        response.end();
      };
      await channelUnderTest("webhook", { url: stub.url }, { http: own }).send(
        aNotification("1"),
        sendContext(),
      );
      const kept = socket as unknown as Socket;
      const closed = once(kept, "close");
      vi.advanceTimersByTime(2000);
      expect(kept.readableEnded).toBe(false);
      vi.advanceTimersByTime(2000);
      await closed;
      own.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it("is sent again over a new connection when the kept one was closed meanwhile", async () => {
    const channel = channelUnderTest("webhook", { url: stub.url }, { http });
    await channel.send(aNotification("1"), sendContext());
    stub.answer = (response) => {
      if (stub.requests.length === 2) response.socket?.destroy();
      else response.end();
    };
    expect(await channel.send(aNotification("2"), sendContext())).toEqual({ outcome: "delivered" });
    expect(stub.requests).toHaveLength(3);
  });

  it.each([
    [{}, "needs url or secretUrl"],
    [{ url: "https://a.example", secretUrl: "env:X" }, "needs url or secretUrl"],
    [{ url: "https://a.example", headers: { Authorization: "Bearer x" } }, "can't have a header"],
    [{ url: "https://a.example", headers: { "x-a": "b\r\nc: d" } }, "can't have"],
  ])("is refused with options %j", (options, says) => {
    expect(webhook.check(options)).toContain(says);
  });

  it("has templates that reach nothing but the notification's own", () => {
    const template = parseTemplate(
      "{{ constructor.name | raw }}|{{ title.length | raw }}|{{ alerts.length | raw }}",
    );
    if (typeof template === "string") throw new Error(template);
    expect(template.render({ title: "x", alerts: [1, 2] })).toBe("||2");
  });
});
