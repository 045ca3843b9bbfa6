/** Asks the server of scores, `serve`, about one text. */

import type { Settings } from "./settings.js";

/** What it says of a text: a score, or why there is none. */
export type Answer = Readonly<{ score: number }> | Readonly<{ notJudged: string }>;

/** Longer than the server's own deadline: it answers by itself when it is overloaded. */
const PATIENCE_MS = 15_000;

/** Mistakes of one text, which another try would not mend. */
const OF_THE_TEXT: ReadonlySet<unknown> = new Set(["no_text", "text_too_long"]);

/**
 * The score of a text.
 *
 * @throws Error where the server cannot be reached or refuses: in one line, without the text.
 */
export async function ask({ server, apiKey }: Settings, text: string): Promise<Answer> {
  const address = new URL("v1/score", server.href.endsWith("/") ? server : `${server.href}/`);
  let response: Response;
  try {
    response = await fetch(address, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ text }),
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    const why = error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : "";
    throw new Error(`The server of scores at ${address.origin} cannot be reached: ${why}`);
  }
  const reply = object(await response.json().catch(() => null));
  const { code, message } = object(reply.error);
  if (response.status === 422 && OF_THE_TEXT.has(code)) {
    return { notJudged: String(code) };
  }
  if (!response.ok) {
    const said = typeof message === "string" ? `: ${message}` : "";
    throw new Error(`The server of scores at ${address.origin} answered ${response.status}${said}`);
  }
  if (typeof reply.score === "number") {
    return { score: reply.score };
  }
  if (reply.band === "not_judged" && typeof reply.reason === "string") {
    return { notJudged: reply.reason };
  }
  throw new Error(`What answers at ${address.origin} is no server of scores.`);
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
