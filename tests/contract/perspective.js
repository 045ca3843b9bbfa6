// Asks the server with perspective-api-client: node perspective.js ADDRESS KEY COMMENT
"use strict";

const assert = require("assert");
const axios = require("axios");
const Perspective = require("perspective-api-client");

const [address, apiKey, comment] = process.argv.slice(2);

// Its address is a constant in it: this is all that is changed.
axios.interceptors.request.use((request) => {
  request.url = request.url.replace("https://commentanalyzer.googleapis.com", address);
  request.proxy = false;
  return request;
});

async function main() {
  const perspective = new Perspective({ apiKey });
  const attributes = ["pro_isis"];
  const reply = await perspective.analyze(comment, { attributes });
  const score = reply.attributeScores.PRO_ISIS.summaryScore;
  assert(score.value >= 0 && score.value <= 1 && score.type === "PROBABILITY");

  const arabic = { comment: { text: comment }, languages: ["ar"] };
  await refused(perspective.analyze(arabic, { attributes }), 400, "does not support request languages: ar");
  const empty = perspective.analyze("", { attributes, validate: false });
  await refused(empty, 400, "Comment must be non-empty");
  const stranger = new Perspective({ apiKey: "another" });
  await refused(stranger.analyze(comment, { attributes }), 401, "This API key is not known here");
}

async function refused(asked, status, words) {
  await assert.rejects(asked, (error) => {
    assert.strictEqual(error.name, "ResponseError");
    assert.strictEqual(error.response.status, status);
    assert(error.message.includes(words), error.message);
    return true;
  });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
