/**
 * `@roostorg/coop-types` is not on the registry that this project installs from. These are the types of it that
 * a plugin with one signal needs, written anew after what the package documents (types/integration.ts of
 * roostorg/coop, version 2.4). Where the package is installed, the compiler takes it instead if `paths` is
 * taken out of tsconfig.json.
 */

export type ModelCardField = Readonly<{ label: string; value: string }>;

export type ModelCardSection = Readonly<{
  id: string;
  title: string;
  fields?: readonly ModelCardField[];
}>;

export type ModelCard = Readonly<{
  modelName: string;
  version: string;
  releaseDate?: string;
  sections?: readonly ModelCardSection[];
}>;

export type IntegrationConfigField = Readonly<{
  key: string;
  label: string;
  required: boolean;
  inputType: "text" | "password" | "json" | "array";
  placeholder?: string;
  description?: string;
}>;

export type IntegrationManifest = Readonly<{
  /** In UPPER_SNAKE_CASE. */
  id: string;
  name: string;
  version: string;
  description?: string;
  docsUrl?: string;
  requiresConfig: boolean;
  configurationFields?: readonly IntegrationConfigField[];
  signalTypeIds?: readonly string[];
  modelCard?: ModelCard;
}>;

export type PluginSignalContext = Readonly<{
  integrationId: string;
  /** What an organisation has filled in. */
  getCredential: (orgId: string) => Promise<Record<string, unknown>>;
}>;

export type PluginSignalDescriptor = Readonly<{
  id: Readonly<{ type: string }>;
  displayName: string;
  description: string;
  docsUrl: string | null;
  recommendedThresholds: Readonly<{
    highPrecisionThreshold: string | number;
    highRecallThreshold: string | number;
  }> | null;
  supportedLanguages: readonly string[] | "ALL";
  pricingStructure: Readonly<{ type: "FREE" | "SUBSCRIPTION" }>;
  eligibleInputs: readonly string[];
  outputType: Readonly<{ scalarType: string }>;
  getCost: () => number;
  run: (input: unknown) => Promise<unknown>;
  getDisabledInfo: (
    orgId: string,
  ) => Promise<
    | { disabled: false; disabledMessage?: string }
    | { disabled: true; disabledMessage: string }
  >;
  needsMatchingValues: boolean;
  eligibleSubcategories: readonly never[];
  needsActionPenalties: boolean;
  integration: string;
  allowedInAutomatedRules: boolean;
}>;

export type CoopIntegrationPlugin = Readonly<{
  manifest: IntegrationManifest;
  createSignals?: (
    context: PluginSignalContext,
  ) => ReadonlyArray<
    Readonly<{ signalTypeId: string; signal: PluginSignalDescriptor }>
  >;
}>;
