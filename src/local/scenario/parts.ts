import { z } from "zod";
import { parseDuration } from "../../model/duration.ts";
import { parseMoment } from "../moments.ts";

const said = (wanted: string) => (issue: { readonly input?: unknown }) =>
  `${wanted}, not ${JSON.stringify(issue.input)}`;

/** A point of time: `+10m`, `2h ago`, an ISO time. */
export const moment = z.string().refine((text) => parseMoment(text) !== undefined, {
  error: said('must be a moment such as "+10m", "2h ago" or "2026-01-31T12:00:00Z"'),
});

/** Seconds, or text such as `5m`. */
export const duration = z
  .union([z.number().positive(), z.string()])
  .refine((value) => (parseDuration(value) ?? 0) > 0, {
    error: said("must be a duration such as 90s, 5m or 1h30m"),
  });

/** A share of one: 0.2. */
export const share = z.number().min(0).max(1);

/** `14:00`. */
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: said('must be a time of day such as "14:00"') });

/** Twelve digits; the loader takes what was written, as YAML reads some of them as numbers. */
export const accountId = z.union([z.string(), z.number()], { error: "must be an account id, twelve digits" });

/** A region by its name. */
export const regionName = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: said("must be a region such as eu-central-1") });
