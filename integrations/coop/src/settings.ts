/** What an organisation fills in on the integration's page. */

/** Where scores come from. */
export type Settings = Readonly<{ server: URL; apiKey: string | null }>;

/** Why there are none, in words for the page. */
export type Missing = Readonly<{ missing: string }>;

/** Reads the stored fields. */
export function settings(stored: Record<string, unknown> | null | undefined): Settings | Missing {
  const { serverUrl, apiKey } = stored ?? {};
  if (typeof serverUrl !== "string" || serverUrl.trim() === "") {
    return { missing: "Enter the address of your server of scores, such as http://scores.internal:5000." };
  }
  const server = URL.canParse(serverUrl.trim()) ? new URL(serverUrl.trim()) : null;
  if (server === null || !["http:", "https:"].includes(server.protocol)) {
    return { missing: "The address of the server must begin with http:// or https://." };
  }
  const key = typeof apiKey === "string" ? apiKey.trim() : "";
  return { server, apiKey: key === "" ? null : key };
}
