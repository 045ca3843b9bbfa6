// The page of `/docs`: shows /openapi.json for people.
"use strict";

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

// A schema as a short text, two levels deep.
function shape(description, schema, depth) {
  if (!schema) return "";
  if (schema.$ref) return shape(description, description.components.schemas[schema.$ref.split("/").pop()], depth);
  const parts = schema.allOf || schema.oneOf || schema.anyOf;
  if (parts) {
    const inner = parts.map((part) => shape(description, part, depth)).filter(Boolean);
    return inner.join(schema.allOf ? "\n" : "\n— or —\n");
  }
  if (schema.type === "array") return "[ " + shape(description, schema.items, depth) + " ]";
  if (!schema.properties || depth <= 0) return [].concat(schema.type || "object").join(" or ");
  const pad = "  ".repeat(3 - depth);
  return Object.entries(schema.properties)
    .map(([name, inner]) => {
      const needed = (schema.required || []).includes(name) ? "" : " (optional)";
      return pad + name + needed + ": " + shape(description, inner, depth - 1).trimStart() +
        (inner.description ? "   — " + inner.description.replace(/\s+/g, " ") : "");
    })
    .join("\n");
}

async function main() {
  const description = await (await fetch("openapi.json")).json();
  const routes = document.getElementById("routes");
  routes.replaceChildren();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, route] of Object.entries(methods)) {
      const title = element("h2", "", element("span", method), " " + path);
      title.firstChild.className = "method";
      const part = element("section", "", title, element("p", route.description || route.summary));
      for (const parameter of route.parameters || []) {
        part.append(element("p", parameter.name + " (" + parameter.in + "): " + (parameter.description || "")));
      }
      for (const [kind, content] of Object.entries(route.requestBody?.content || {})) {
        part.append(element("h3", "Body, " + kind), element("pre", shape(description, content.schema, 3)));
      }
      for (const [status, reply] of Object.entries(route.responses || {})) {
        const fields = Object.values(reply.content || {})[0]?.schema;
        part.append(element("h3", status + ": " + reply.description));
        if (status === "200") part.append(element("pre", shape(description, fields, 3)));
      }
      routes.append(part);
    }
  }
}

main().catch((error) => {
  document.getElementById("routes").replaceChildren(element("p", "The description cannot be shown: " + error.message));
});
