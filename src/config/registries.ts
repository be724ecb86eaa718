import type { z } from "zod";
import type { Pack } from "../model/alarm-policy.ts";
import type { ChannelUrl } from "./channel-url.ts";

/** How one kind of channel is configured. */
export interface ChannelForm {
  /** Its options: a strict mapping, without `kind` and `send_resolved`, which every channel has. */
  readonly options: z.ZodType;
  /** Options whose value is a secret: only references are taken there. */
  readonly secrets: readonly string[];
  /** The options that a short URL stands for, to be checked by `options`; text: what is wrong with it ("has no channel: slack://TOKEN@/C123"). */
  fromUrl(url: ChannelUrl): Readonly<Record<string, unknown>> | string;
}

/** What a configuration may refer to, handed in: this folder knows no resource types and no packs of its own. */
export interface ConfigRegistries {
  /** By name, with the facts that each type fills in; the inventory's registry has this shape. */
  readonly resourceTypes: Readonly<Record<string, { readonly facts: Readonly<Record<string, unknown>> }>>;
  readonly packs: Readonly<Record<string, Pack>>;
  /** Kinds of channels, by name; without them a configuration can't have `notifications`. */
  readonly channels?: Readonly<Record<string, ChannelForm>>;
}
