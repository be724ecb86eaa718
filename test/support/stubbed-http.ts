import { onTestFinished } from "vitest";
import { HttpClient } from "../../src/notify/channels/http-client.ts";
import { type StubAnswer, type StubServer, startStubServer } from "./stub-server.ts";

/** A stub server and a client for one test; closed when it is over. */
export async function stubbedHttp(
  answer?: StubAnswer,
): Promise<{ readonly stub: StubServer; readonly http: HttpClient }> {
  const stub = await startStubServer(answer);
  const http = new HttpClient();
  onTestFinished(async () => {
    http.close();
    await stub.close();
  });
  return { stub, http };
}
