import type { Pack } from "../model/alarm-policy.ts";
import type { ChannelOptionTable, ChannelUrlForm } from "../model/channel-option.ts";
import type { ChannelOptions } from "../model/notification-policy.ts";
import type { ShippedRunbook } from "./remediation/shipped-runbook.ts";

/** How one kind of channel is configured; the notifier's registry of kinds has this shape. */
export interface ChannelForm {
  readonly options: ChannelOptionTable;
  readonly url: ChannelUrlForm;
  /** Options that exclude or need each other. Text: what is wrong. */
  check?(options: ChannelOptions): string | undefined;
}

/** A form with what people call it. */
export interface NamedChannelForm extends ChannelForm {
  readonly title: string;
}

/** What a configuration may refer to, handed in: this folder knows no resource types and no packs of its own. */
export interface ConfigRegistries {
  /** By name, with the facts that each type fills in; the inventory's registry has this shape. */
  readonly resourceTypes: Readonly<Record<string, { readonly facts: Readonly<Record<string, unknown>> }>>;
  readonly packs: Readonly<Record<string, Pack>>;
  /** Kinds of channels, by name; without them a configuration can't have `notifications`. */
  readonly channels?: Readonly<Record<string, ChannelForm>>;
  /** Labels that every alert may have, besides `tag:…` and `dimension:…`; without them any word passes for one. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Runbooks that `remediation` may use, by name. */
  readonly runbooks?: Readonly<Record<string, ShippedRunbook>>;
}
