/** Threat indicator for ROOST's Coop: a plugin with one signal, which asks your own server of scores. */

import type { CoopIntegrationPlugin, IntegrationManifest } from "@roostorg/coop-types";

import { modelCard } from "./modelCard.js";
import { SIGNAL, signal } from "./signal.js";

export const manifest: IntegrationManifest = {
  id: "THREAT_INDICATOR",
  name: "Threat indicator",
  version: "0.1.0",
  description:
    "Scores posts by how much they resemble posts that support ISIS, for human reviewers, on a server of your own.",
  requiresConfig: true,
  configurationFields: [
    {
      key: "serverUrl",
      label: "Address of the server",
      required: true,
      inputType: "text",
      placeholder: "http://scores.internal:5000",
      description: "Where `serve` runs. Posts are sent there and nowhere else.",
    },
    {
      key: "apiKey",
      label: "API key",
      required: false,
      inputType: "password",
      description: "If the server asks for one.",
    },
  ],
  signalTypeIds: [SIGNAL],
  modelCard,
};

const plugin: CoopIntegrationPlugin = {
  manifest,
  createSignals: (context) => [{ signalTypeId: SIGNAL, signal: signal(context) }],
};

export default plugin;
