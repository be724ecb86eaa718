// Which addresses may be sent secrets.
import { WatchkeeperError } from "../../support/errors.ts";

/**
 * An address that may be sent secrets: `https`, or `http` on this machine. Fails with code `channel-address`; its message
 * holds nothing of the address, which may be a secret itself.
 */
export function safeAddress(address: string, option: string): URL {
  const url = safeUrl(address);
  if (url) return url;
  throw new WatchkeeperError("channel-address", `${option} isn't an https address`, {
    remedy: SAFE_ADDRESS,
  });
}

/** What is wrong with an address that a configuration gives openly, in words that go on after the channel's name; undefined: nothing. */
export function addressProblem(address: string | undefined, option: string): string | undefined {
  if (address === undefined || safeUrl(address)) return undefined;
  return `has a ${option} that isn't an https address: ${SAFE_ADDRESS}`;
}

const SAFE_ADDRESS = "write https://…; plain http is for this machine only (127.0.0.1)";

function safeUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  return url?.protocol === "https:" || (url?.protocol === "http:" && loopback) ? url : undefined;
}
