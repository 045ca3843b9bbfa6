// The page of `/review`: one post after the other, by keyboard or touch. No request goes anywhere else.
"use strict";

const BANDS = {
  none: "below the review threshold",
  review: "a person should look",
  priority_review: "a person should look first",
  not_judged: "not judged",
};
const REASONS = {
  language: "It is in a language that the model has not learned.",
  no_words: "There are no words in it.",
};
const KEYS = { s: "supports", n: "not", u: "unsure", k: "skip" };
const SAYS = { supports: "supports", not: "does not", unsure: "unsure", skip: "skipped" };
const DRAWN = { score: "by score", learn: "to teach the model", random: "drawn at random" };

let about = null; // how posts are reviewed here
let item = null; // the post before the reviewer
let busy = false;

// Settings of this browser; where it forbids that, of this page.
const kept = {
  get: (store, name) => { try { return window[store].getItem("review." + name); } catch { return null; } },
  set: (store, name, value) => { try { window[store].setItem("review." + name, value); } catch { /* not kept */ } },
};

async function ask(path, body) {
  const headers = {};
  const key = kept.get("sessionStorage", "key");
  if (key) headers.authorization = "Bearer " + key;
  const options = { headers };
  if (body !== undefined) {
    options.method = "POST";
    options.body = JSON.stringify(body);
    headers["content-type"] = "application/json";
  }
  let reply;
  try {
    // Relative: a proxy may put a prefix before all addresses.
    reply = await fetch("v1/review" + path, options);
  } catch {
    throw { message: "The server cannot be reached.", hint: "Nothing is lost: check your connection and try again." };
  }
  const answer = await reply.json();
  if (!reply.ok) throw { ...answer.error, status: reply.status };
  return answer;
}

// Does one thing at a time; what goes wrong is said.
async function doing(work) {
  if (busy) return;
  busy = true;
  for (const button of document.querySelectorAll(".verdicts button, #undo")) button.disabled = true;
  try {
    await work();
    $("error").hidden = true;
  } catch (error) {
    if (error.code === "missing_api_key" || error.code === "invalid_api_key") {
      askForKey(error.code === "invalid_api_key" ? error.message : "");
    } else {
      $("error").textContent = [error.message, error.hint].filter(Boolean).join(" ");
      $("error").hidden = false;
    }
  } finally {
    busy = false;
    for (const button of document.querySelectorAll(".verdicts button, #undo")) button.disabled = false;
  }
}

function askForKey(why) {
  $("error").textContent = why;
  $("error").hidden = !why;
  $("ask-key").hidden = false;
  $("key").focus();
}

$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  kept.set("sessionStorage", "key", $("key").value);
  $("ask-key").hidden = true;
  begin();
});

function begin() {
  return doing(async () => {
    about = await ask("");
    $("policy").replaceChildren(...about.policy.split(/\n+/).filter((line) => line.trim()).map((line) => made("p", line)));
    $("main").hidden = $("beside").hidden = false;
    await next();
  });
}

async function next() {
  const order = $("order").value;
  const answer = await ask("/next" + (order ? "?order=" + order : ""));
  count(answer.progress);
  show(answer.item);
}

function count(progress) {
  const part = (number, word) => [made("b", number.toLocaleString("en")), " " + word];
  $("counters").replaceChildren(
    ...part(progress.open, "open"), " · ", ...part(progress.yours_today, "by you today"), " · ",
    ...part(progress.yours, "in all"),
  );
}

function show(shown) {
  item = shown;
  $("post").hidden = !item;
  $("done").hidden = !!item;
  $("said").hidden = !item;
  $("note").value = "";
  if (!item) {
    $("done-title").focus();
    say("Nothing is left for you.");
    return;
  }
  const language = named(item.lang);
  $("post-title").textContent = "Post " + item.item.toLocaleString("en");
  const facts = [language, item.said && DRAWN[item.said.drawn], item.source, item.id && "id " + item.id];
  $("facts").textContent = facts.filter(Boolean).join(" · ");
  $("text").textContent = item.text;
  $("text").className = item.text.length > 400 ? "text long" : "text";
  $("text").lang = item.lang && item.lang !== "und" ? item.lang : "";
  $("text").scrollTop = 0;
  blur($("blur").checked);
  showSaid(item.said);
  $("post-title").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function named(code) {
  if (!code || code === "und") return "language not known";
  try { return new Intl.DisplayNames(["en"], { type: "language" }).of(code); } catch { return code; }
}

// A blurred text is hidden from a screen reader as well.
function blur(yes) {
  $("text").classList.toggle("blurred", yes);
  $("text").setAttribute("aria-hidden", String(yes));
  $("show").hidden = !yes;
  if (!yes) words();
  else $("words").replaceChildren();
}

function isBlurred() {
  return $("text").classList.contains("blurred");
}

function showSaid(said) {
  $("hidden-until").hidden = !!said;
  $("said-all").hidden = !said;
  $("words").replaceChildren();
  $("words-table").tBodies[0].replaceChildren();
  if (!said) return;
  const judged = said.score !== null;
  $("score").textContent = judged ? said.score.toFixed(3) : "not judged";
  $("band").textContent = judged ? BANDS[said.band] || said.band : "";
  $("reason").textContent = judged ? "" : (REASONS[said.reason] || "") + " This says nothing about the post.";
  $("reason").hidden = judged;
  $("why").hidden = !judged;
  $("scale").replaceChildren(...(judged ? [scale(said.score, said.threshold)] : []));
  const { supports, not, unsure } = said.similar;
  const found = [[supports, "supporting"], [not, "not supporting"], [unsure, "unsure"]].filter(([n]) => n > 0);
  $("similar").textContent = found.length
    ? "Posts with nearly the same text were found " + found.map(([n, what]) => what + " (" + n + ")").join(", ") + "."
    : "No post with nearly the same text has been read.";
}

// Where a score lies between 0 and 1, and the threshold.
function scale(score, threshold) {
  const at = (share) => 4 + 292 * share;
  const picture = drawn("svg", { viewBox: "0 0 300 30", role: "img", preserveAspectRatio: "none" });
  picture.setAttribute("aria-label", "Score " + score.toFixed(3) + ", threshold " + threshold.toFixed(3));
  picture.append(
    drawn("line", { x1: at(0), x2: at(1), y1: 15, y2: 15, class: "axis" }),
    drawn("line", { x1: at(0), x2: at(score), y1: 15, y2: 15, class: "bar" }),
    drawn("line", { x1: at(threshold), x2: at(threshold), y1: 5, y2: 25, class: "mark" }),
  );
  return picture;
}

// The words that moved the score, where they are wanted and the text is shown.
async function words() {
  if (!item || !item.said || item.said.score === null || !$("why").open || isBlurred()) return;
  if ($("words").childElementCount) return;
  const asked = item.item;
  try {
    const answer = await ask("/items/" + asked + "/words");
    if (item && item.item === asked && !isBlurred()) showWords(answer.words);
  } catch (error) {
    if (item && item.item === asked) $("words").textContent = error.message;
  }
}

function showWords(list) {
  const most = Math.max(1e-6, ...list.map((one) => Math.abs(one.contribution)));
  $("words").replaceChildren(
    ...list.flatMap(({ word, contribution }) => {
      const share = Math.abs(contribution) / most;
      const size = share > 0.6 ? "much" : share > 0.3 ? "some" : share > 0.1 ? "little" : "";
      const span = made("span", word);
      if (size) span.className = size + (contribution > 0 ? " up" : " down");
      return [span, " "];
    }),
  );
  const largest = [...list].filter((one) => Math.abs(one.contribution) >= 0.005)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, 5);
  $("words-table").tBodies[0].replaceChildren(
    ...largest.map(({ word, contribution }) => {
      const row = document.createElement("tr");
      const number = made("td", (contribution > 0 ? "+" : "") + contribution.toFixed(2));
      number.className = "number";
      row.append(made("td", word), number);
      return row;
    }),
  );
}

function give(verdict) {
  if (!item) return;
  if (isBlurred() && verdict !== "skip") {
    say("Show the text first: key b.");
    $("show").focus();
    return;
  }
  return doing(async () => {
    const note = $("note").value.trim();
    const body = note ? { verdict, note } : { verdict };
    const answer = await ask("/items/" + item.item + "/verdict", body);
    const { score, band } = answer.said;
    const scored = score === null ? "not judged" : "score " + score.toFixed(3) + " (" + (BANDS[band] || band) + ")";
    const told = "Post " + item.item.toLocaleString("en") + ": " + SAYS[verdict] + "; " + scored;
    $("last").textContent = told;
    say("Kept. " + told + ".");
    rest(verdict, band);
    item = null; // it is kept: whatever happens now, it is not given again
    await next();
  });
}

// After so many hard posts, a word about a break.
function rest(verdict, band) {
  if (!about.break_after || (verdict !== "supports" && band !== "priority_review")) return;
  const hard = 1 + Number(kept.get("sessionStorage", "hard") || 0);
  kept.set("sessionStorage", "hard", hard);
  if (hard < about.break_after) return;
  $("break-text").textContent = "You have read " + hard + " hard posts. A few minutes away from the screen help; nobody counts them.";
  $("break").hidden = false;
  say("Time for a break? You have read " + hard + " hard posts.");
}

function rested() {
  kept.set("sessionStorage", "hard", 0);
  $("break").hidden = true;
}

$("go-on").addEventListener("click", () => { rested(); $("post-title").focus(); });
$("take-break").addEventListener("click", () => {
  rested();
  $("main").hidden = $("beside").hidden = true;
  $("away").hidden = false;
  $("back").focus();
});
$("back").addEventListener("click", () => {
  $("away").hidden = true;
  $("main").hidden = $("beside").hidden = false;
  // Somebody else may have it by now.
  doing(next);
});

$("undo").addEventListener("click", undo);
function undo() {
  return doing(async () => {
    const answer = await ask("/undo", {});
    count(answer.progress);
    $("last").textContent = "";
    show(answer.item);
    say("Taken back: post " + answer.item.item.toLocaleString("en") + " is before you again.");
  });
}

for (const button of document.querySelectorAll("[data-verdict]")) {
  button.addEventListener("click", () => give(button.dataset.verdict));
}
$("show").addEventListener("click", () => { blur(false); $("post-title").focus(); });
$("help").addEventListener("click", () => $("keys").showModal());
$("blur").addEventListener("change", () => {
  kept.set("localStorage", "blur", $("blur").checked ? "yes" : "no");
  blur($("blur").checked);
});
$("why").addEventListener("toggle", () => {
  kept.set("localStorage", "why", $("why").open ? "yes" : "no");
  words();
});
$("order").addEventListener("change", () => kept.set("localStorage", "order", $("order").value));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || $("keys").open) return;
  if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
  if ($("main").hidden) return;
  const key = event.key.toLowerCase();
  if (KEYS[key]) give(KEYS[key]);
  else if (key === "z") undo();
  else if (key === "b" && item) blur(!isBlurred());
  else if (key === "?") $("keys").showModal();
  else return;
  event.preventDefault();
});

function say(text) {
  $("live").textContent = text;
}

$("blur").checked = kept.get("localStorage", "blur") !== "no";
$("why").open = kept.get("localStorage", "why") !== "no";
$("order").value = kept.get("localStorage", "order") || "";
begin();
