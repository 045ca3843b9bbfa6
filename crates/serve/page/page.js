// The page of `/`: asks the server for a score and shows it. No request goes anywhere else.
"use strict";

const $ = (id) => document.getElementById(id);
const BANDS = {
  none: "None suggested",
  review: "A person should look",
  priority_review: "A person should look first",
  not_judged: "None: the text cannot be judged",
};
const REASONS = {
  language: "a language that the model has not learned",
  no_words: "there are no words in it",
};

for (const radio of document.querySelectorAll("input[name=kind]")) {
  radio.addEventListener("change", () => {
    $("by-text").hidden = kind() !== "text";
    $("by-id").hidden = kind() !== "id";
  });
}

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("submit").disabled = true;
  $("error").hidden = true;
  try {
    show(await ask());
  } catch (error) {
    $("result").hidden = true;
    $("error").replaceChildren(element("strong", error.message), element("span", error.hint || ""));
    $("error").hidden = false;
  } finally {
    $("submit").disabled = false;
  }
});

function kind() {
  return document.querySelector("input[name=kind]:checked").value;
}

async function ask() {
  const headers = {};
  if ($("key").value) headers.authorization = "Bearer " + $("key").value;
  // Relative: a proxy may put a prefix before all addresses.
  let path = "v1/score?explain=true";
  let options = { headers };
  if (kind() === "id") {
    const id = $("id").value.trim();
    path = "threat_level/" + encodeURIComponent(id || "-") + "?explain=true";
  } else {
    headers["content-type"] = "application/json";
    options = { method: "POST", headers, body: JSON.stringify({ text: $("text").value }) };
  }
  let reply;
  try {
    reply = await fetch(path, options);
  } catch {
    throw { message: "The server cannot be reached.", hint: "Check your connection and try again." };
  }
  const body = await reply.json();
  if (!reply.ok) throw body.error;
  return body;
}

function show(answer) {
  const judged = answer.band !== "not_judged";
  $("result-title").textContent = judged ? "Score" : "Not judged";
  $("score").textContent = judged ? answer.score.toFixed(3) : cannotJudge(answer);
  $("score").className = judged ? "" : "words";
  $("meter").hidden = !judged;
  $("meter").value = judged ? answer.score : 0;
  $("meter").high = answer.threshold;
  $("band").textContent = BANDS[answer.band] || answer.band;
  $("threshold").textContent = answer.threshold.toFixed(3);
  $("label").textContent = judged ? answer.label : "none";
  $("model").textContent = answer.model.name + " " + answer.model.version;
  const notes = [];
  if (answer.truncated) notes.push("The end of the text was not read: only the first " + answer.tokens + " word pieces were.");
  const words = answer.explanation || [];
  if (words.length && (words[0].begin > 0 || words.at(-1).end < [...answer.read_text].length))
    notes.push("The text is long: the words below are those of the passage that counts.");
  if (!judged) notes.push("This says nothing about the post: " + (REASONS[answer.reason] || answer.reason) + ".");
  if (answer.partial) notes.push("Only the part in " + answer.lang + " was read.");
  if (judged && answer.out_of_domain) notes.push("The source gives another language: the score means little.");
  if (judged && answer.tokens < 6) notes.push("The text is very short: the score means little.");
  $("notes").replaceChildren(...notes.map((note) => element("li", note)));
  $("moved").hidden = !judged;
  showWords(words);
  $("result").hidden = false;
  $("result-title").focus();
}

function cannotJudge(answer) {
  const lang = answer.reason === "language" && answer.lang ? " (" + answer.lang + ")" : "";
  return "cannot judge: " + answer.reason.replace("_", " ") + lang;
}

function showWords(words) {
  const most = Math.max(1e-6, ...words.map((one) => Math.abs(one.contribution)));
  $("words").replaceChildren(
    ...words.flatMap(({ word, contribution }) => {
      const share = Math.abs(contribution) / most;
      const size = share > 0.6 ? "much" : share > 0.3 ? "some" : share > 0.1 ? "little" : "";
      const span = element("span", word);
      if (size) span.className = size + (contribution > 0 ? " up" : " down");
      return [span, document.createTextNode(" ")];
    }),
  );
  $("table").replaceChildren(
    ...words.map(({ word, contribution }) => {
      const row = document.createElement("tr");
      const number = element("td", (contribution > 0 ? "+" : "") + contribution.toFixed(2));
      number.className = "number";
      row.append(element("td", word), number);
      return row;
    }),
  );
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
