/** The signal that rules use. */

import type { PluginSignalContext, PluginSignalDescriptor } from "@roostorg/coop-types";

import { ask } from "./client.js";
import { settings } from "./settings.js";

/** The signal's id, for good: rules refer to it. */
export const SIGNAL = "THREAT_INDICATOR_SCORE";

const OUTPUT = { scalarType: "NUMBER" } as const;

/** What a run gives: a score, or an error that Coop does not try again. No rule on the score holds then. */
type Result =
  | Readonly<{ outputType: typeof OUTPUT; score: number }>
  | Readonly<{ type: "ERROR"; score: Error }>;

/** The signal of an integration. */
export function signal({ integrationId, getCredential }: PluginSignalContext): PluginSignalDescriptor {
  return {
    id: { type: SIGNAL },
    displayName: "Threat indicator",
    description:
      "How much a post resembles posts that support ISIS, from 0 to 1: a reason for a person to look. " +
      "A post in another language than English, or without words, is not judged and has no score.",
    docsUrl: null,
    // They depend on the model that the server has: it tells them at GET /v1/model.
    recommendedThresholds: null,
    supportedLanguages: ["ENGLISH"],
    pricingStructure: { type: "FREE" },
    eligibleInputs: ["STRING"],
    outputType: OUTPUT,
    getCost: () => 1,
    needsMatchingValues: false,
    eligibleSubcategories: [],
    needsActionPenalties: false,
    integration: integrationId,
    allowedInAutomatedRules: true,

    async run(input: unknown): Promise<Result> {
      const { orgId, text } = asked(input);
      const found = settings(await getCredential(orgId));
      if ("missing" in found) {
        return failed(found.missing);
      }
      const answer = await ask(found, text);
      return "score" in answer
        ? { outputType: OUTPUT, score: answer.score }
        : failed(`The post is not judged: ${answer.notJudged}`);
    },

    async getDisabledInfo(orgId: string) {
      const found = settings(await getCredential(orgId));
      return "missing" in found
        ? { disabled: true, disabledMessage: found.missing }
        : { disabled: false };
    },
  };
}

function failed(why: string): Result {
  const error = new Error(why);
  error.name = "SignalPermanentError";
  return { type: "ERROR", score: error };
}

/** Of what Coop hands to a signal: whose rule it is, and the text. */
function asked(input: unknown): { orgId: string; text: string } {
  const { orgId, value } = (input ?? {}) as { orgId?: unknown; value?: unknown };
  const text = (value as { value?: unknown } | null | undefined)?.value;
  if (typeof orgId !== "string" || typeof text !== "string") {
    throw new TypeError("Expected `orgId` and a `value` of type STRING.");
  }
  return { orgId, text };
}
