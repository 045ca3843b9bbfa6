/** The card on the integration's page, with the sections that Coop asks for. */

import type { ModelCard } from "@roostorg/coop-types";

const section = (id: string, title: string, fields: Record<string, string>) => ({
  id,
  title,
  fields: Object.entries(fields).map(([label, value]) => ({ label, value })),
});

export const modelCard: ModelCard = {
  modelName: "Threat indicator",
  version: "threat-v2",
  sections: [
    section("trainingData", "Training data", {
      Positives:
        "Posts that support ISIS, of accounts that sympathised with it in 2015-16 (Kaggle, \"How ISIS Uses Twitter\"), and statements written for this project.",
      Negatives:
        "The same accounts' other posts, posts about ISIS, terror or Muslims, news, religious and everyday posts of public sets, and texts written for this project.",
      Languages: "English. Posts in other languages are not judged.",
    }),
    section("policyAndTaxonomy", "Policy and taxonomy", {
      "What the score means":
        "How much the words of one post resemble posts that support ISIS: praise, justify or wish it victory, speak as part of it, or pass on its claims without distance.",
      "What it does not mean": "Nothing about who wrote the post, and nothing about other movements.",
    }),
    section("annotationMethodology", "Annotation methodology", {
      Labels: "By post, made by language models with a codebook: silver, not gold.",
    }),
    section("performanceBenchmarks", "Performance and benchmarks", {
      Figures:
        "In MODEL_CARD.md of the project, with intervals, by source, and with the share of wrong flags at real rates. They are of Twitter: measure it on your own posts before you rely on it.",
    }),
    section("biasAndLimitations", "Bias and limitations", {
      "Wrong flags":
        "Worst off are posts in other languages about ISIS whose hashtags or names are English. Where such posts are rare, most of what is flagged is wrong.",
      "Not judged": "Other languages, and posts without words: they have no score, and no rule on the score holds for them.",
      Use: "A score puts posts in order for people who review them. Let no rule act on a post or an account by it alone.",
    }),
    section("implementationGuidance", "Implementation guidance", {
      Server: "Run `serve` of the project in your own network; posts go there and nowhere else.",
      Thresholds:
        "GET /v1/model of your server has the model's own thresholds: `review` and `priority_review`, from 0 to 1.",
      Rules: "Send what is above the threshold to a review queue.",
    }),
    section("relevantLinks", "Relevant links", {
      "Model card": "MODEL_CARD.md of the project",
      Serving: "docs/serving.md of the project",
    }),
  ],
};
