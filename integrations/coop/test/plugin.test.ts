/** The plugin as Coop uses it, against a server that answers as `serve` does; THREAT_SERVE names a real one. */

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";

import plugin from "../src/index.js";

/** The section ids that Coop's loader asks for. */
const SECTIONS = [
  "trainingData",
  "policyAndTaxonomy",
  "annotationMethodology",
  "performanceBenchmarks",
  "biasAndLimitations",
  "implementationGuidance",
  "relevantLinks",
];

let server: Server;
let requests: { url: string; authorization: string | undefined; body: { text: string } }[] = [];

/** The replies of `serve`, by text. */
const REPLIES: Record<string, [number, unknown]> = {
  "the bus was late": [200, { score: 0.0125, label: "not_pro_isis", band: "none", reason: null }],
  "il fait beau": [200, { band: "not_judged", reason: "language", lang: "fr" }],
  "https://example.org": [422, { error: { code: "no_text", message: "There is no text.", hint: "" } }],
  busy: [429, { error: { code: "overloaded", message: "Too many requests wait.", hint: "" } }],
  odd: [200, { hello: "world" }],
};

async function body(request: IncomingMessage): Promise<string> {
  let all = "";
  for await (const chunk of request) all += String(chunk);
  return all;
}

before(async () => {
  server = createServer((request, response) => {
    void body(request).then((text) => {
      const asked = JSON.parse(text) as { text: string };
      requests.push({ url: request.url ?? "", authorization: request.headers.authorization, body: asked });
      const [status, reply] = REPLIES[asked.text] ?? [500, null];
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(reply));
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
});

after(() => new Promise((closed) => server.close(closed)));

const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function signal(stored: Record<string, unknown>) {
  const context = { integrationId: plugin.manifest.id, getCredential: async () => stored };
  const [entry, ...others] = plugin.createSignals?.(context) ?? [];
  assert.ok(entry !== undefined && others.length === 0);
  return entry.signal;
}

const run = (stored: Record<string, unknown>, text: unknown) =>
  signal(stored).run({ orgId: "org", value: { type: "STRING", value: text } });

test("the manifest has what Coop's loader asks for", () => {
  const { manifest } = plugin;
  assert.match(manifest.id, /^[A-Z][A-Z0-9_]*$/);
  assert.deepEqual((manifest.modelCard?.sections ?? []).map((it) => it.id), SECTIONS);
  for (const { fields } of manifest.modelCard?.sections ?? []) {
    assert.ok((fields ?? []).every(({ label, value }) => label !== "" && value !== ""));
  }
  const { id, integration } = signal({});
  assert.deepEqual(manifest.signalTypeIds, [id.type]);
  assert.equal(integration, manifest.id);
});

test("a post has the score that the server gives it", async () => {
  requests = [];
  const stored = { serverUrl: address(), apiKey: "secret" };
  assert.deepEqual(await run(stored, "the bus was late"), {
    outputType: { scalarType: "NUMBER" },
    score: 0.0125,
  });
  assert.deepEqual(requests, [
    { url: "/v1/score", authorization: "Bearer secret", body: { text: "the bus was late" } },
  ]);
});

test("the server may stand under a path, and needs no key", async () => {
  requests = [];
  for (const path of ["/scores", "/scores/"]) {
    await run({ serverUrl: address() + path, apiKey: " " }, "the bus was late");
  }
  assert.deepEqual(
    requests.map(({ url, authorization }) => [url, authorization]),
    [["/scores/v1/score", undefined], ["/scores/v1/score", undefined]],
  );
});

test("a post that is not judged has no score that a rule could compare", async () => {
  for (const [text, why] of [["il fait beau", "language"], ["https://example.org", "no_text"]]) {
    const result = (await run({ serverUrl: address() }, text)) as { type: string; score: Error };
    assert.equal(result.type, "ERROR");
    assert.equal(result.score.name, "SignalPermanentError");
    assert.equal(result.score.message, `The post is not judged: ${why}`);
  }
});

test("what passes by itself is thrown, in a line without the post", async () => {
  await assert.rejects(run({ serverUrl: address() }, "busy"), /answered 429: Too many requests wait\.$/);
  await assert.rejects(run({ serverUrl: address() }, "odd"), /is no server of scores/);
  await assert.rejects(run({ serverUrl: address() }, "another"), /answered 500$/);
  await assert.rejects(run({ serverUrl: "http://127.0.0.1:1" }, "the bus"), (error: Error) => {
    assert.match(error.message, /^The server of scores at http:\/\/127\.0\.0\.1:1 cannot be reached: /);
    return !error.message.includes("the bus");
  });
});

test("without an address the signal is off and says why", async () => {
  for (const serverUrl of [undefined, "", "scores.internal", "file:///etc/hosts", 7]) {
    const info = await signal({ serverUrl }).getDisabledInfo("org");
    assert.ok(info.disabled && info.disabledMessage.includes("server"));
    const result = (await run({ serverUrl }, "the bus was late")) as { type: string };
    assert.equal(result.type, "ERROR");
  }
  assert.deepEqual(await signal({ serverUrl: address() }).getDisabledInfo("org"), { disabled: false });
});

test("what is no text is refused", async () => {
  await assert.rejects(run({ serverUrl: address() }, 7), /value/);
  await assert.rejects(signal({}).run(undefined), TypeError);
});

test("a real server answers", { skip: process.env.THREAT_SERVE === undefined }, async () => {
  const stored = { serverUrl: process.env.THREAT_SERVE };
  const result = (await run(stored, "the bus was late again")) as { score: number };
  assert.ok(result.score >= 0 && result.score < 0.1);
  assert.equal(((await run(stored, "God morgon, vädret är mycket fint idag")) as { type: string }).type, "ERROR");
});
