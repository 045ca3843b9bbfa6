// The page of `/review/summary`: what the verdicts say. No request goes anywhere else.
"use strict";

const BANDS = { not_judged: "not judged", none: "none", review: "review", priority_review: "priority review" };

async function fetched(path) {
  const headers = {};
  let key = null;
  try { key = window.sessionStorage.getItem("review.key"); } catch { /* none is kept */ }
  if (key) headers.authorization = "Bearer " + key;
  let reply;
  try {
    // Relative: a proxy may put a prefix before all addresses.
    reply = await fetch("../v1/review/" + path, { headers });
  } catch {
    throw { message: "The server cannot be reached.", hint: "Check your connection and try again." };
  }
  if (!reply.ok) throw (await reply.json()).error;
  return reply;
}

async function main() {
  try {
    show(await (await fetched("summary")).json());
    $("error").hidden = true;
  } catch (error) {
    complain(error);
  }
}

function complain(error) {
  const key = error.code === "missing_api_key" || error.code === "invalid_api_key";
  $("ask-key").hidden = !key;
  $("error").textContent = [error.message, error.hint].filter(Boolean).join(" ");
  $("error").hidden = error.code === "missing_api_key";
  if (key) $("key").focus();
}

$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  try { window.sessionStorage.setItem("review.key", $("key").value); } catch { /* asked again next time */ }
  $("ask-key").hidden = true;
  main();
});

for (const button of document.querySelectorAll("[data-format]")) {
  button.addEventListener("click", async () => {
    try {
      const reply = await fetched("export?format=" + button.dataset.format);
      const name = /filename="([^"]+)"/.exec(reply.headers.get("content-disposition") || "");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await reply.blob());
      link.download = name ? name[1] : "export";
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      complain(error);
    }
  });
}

function show(figures) {
  const all = figures.all;
  // A fair share where there is one.
  const [precision, basis] = all.random.precision !== null
    ? [all.random, "of flagged posts drawn at random"] : [all.reviewed, "of flagged posts that were read"];
  const left = figures.open ? whole(figures.open) + " still want a reader" : "none wants a reader";
  $("tiles").replaceChildren(
    tile("Posts", whole(figures.posts), left),
    tile("Read", whole(figures.read), figures.posts ? percent(figures.read / figures.posts) + " of all" : ""),
    tile("Precision", precision.precision === null ? "–" : percent(precision.precision),
      precision.precision === null ? "no flagged post was read" : range(precision.interval) + ", " + basis),
    tile("Recall", all.recall ? percent(all.recall.value) : "–",
      all.recall ? range(all.recall.interval) : "needs " + all.recall_needs),
    tile("Missed", all.missed ? "≈ " + whole(Math.round(all.missed.value)) : "–",
      all.missed ? whole(Math.floor(all.missed.interval.lower)) + " to " + whole(Math.ceil(all.missed.interval.upper)) + " posts below the threshold"
        : "unknown"),
    tile("Random share", whole(figures.random.decided), "decided of " + whole(figures.random.drawn) + " drawn"),
  );
  $("legend").replaceChildren(legend("", "of those read"), legend("random", "of those drawn at random"));
  $("bands").replaceChildren(...figures.bands.map((band) => {
    const read = band.reviewed.supports + band.reviewed.not + band.reviewed.unsure;
    return row([BANDS[band.band]], [whole(band.posts), whole(read), share(band.reviewed), share(band.random)],
      interval([band.reviewed, ""], [band.random, "random"]));
  }));
  $("languages").replaceChildren(...figures.languages.map((group) =>
    row([language(group.name)], groupNumbers(group), interval([group.reviewed, ""], [group.random, "random"]))));
  $("weeks").replaceChildren(...figures.weeks.map((group) => row([group.name], groupNumbers(group))));
  const { agreement } = figures;
  $("alpha").textContent = agreement.posts === 0
    ? "No post has been read by two reviewers yet."
    : "Two reviewers read " + whole(agreement.posts) + " posts and agreed on " + whole(agreement.same) + ". Krippendorff's alpha: " +
      (agreement.alpha === null ? "undefined, all verdicts are the same" : decimal(agreement.alpha) + " (" + decimals(agreement.alpha_interval) + ")") +
      "; 1 is always, 0 is as often as by chance." +
      (agreement.waiting ? " " + whole(agreement.waiting) + " posts wait for a third reader." : "");
  $("pairs-table").hidden = agreement.pairs.length === 0;
  $("pairs").replaceChildren(...agreement.pairs.map((pair) =>
    row([pair.reviewers.join(" and ")], [whole(pair.posts),
      pair.kappa === null ? "–" : decimal(pair.kappa) + " (" + decimals(pair.interval) + ")"])));
  $("drift-panel").hidden = figures.drift.length === 0;
  $("drift").replaceChildren(...figures.drift.map(({ of, posts, psi }) =>
    row([of], [whole(posts), decimal(psi.value) + " (" + decimals(psi.interval) + ")", moved(psi.value)])));
  const { method, models } = figures;
  $("method").textContent = "Intervals of " + percent(method.confidence) + " confidence. Shares: " + method.precision + ". Recall: " +
    method.recall + ". Agreement: " + method.agreement + ". Scored by " +
    (models.map((model) => "version " + model.version + " (" + model.sha256.slice(0, 8) + ", " + whole(model.posts) + " posts)").join(", ") || "no model yet") + ".";
  $("main").hidden = false;
  // As wide as there is room, so that its letters are as large as others.
  const plot = () => $("weeks-plot").replaceChildren(weeks(figures.weeks, Math.max(280, $("weeks-plot").clientWidth)));
  plot();
  window.onresize = plot;
}

function moved(index) {
  return index > 0.25 ? "much" : index > 0.1 ? "something" : "nothing to speak of";
}

function groupNumbers(group) {
  return [whole(group.posts), whole(group.flagged), share(group.random.precision !== null ? group.random : group.reviewed),
    group.recall ? percent(group.recall.value) + " (" + range(group.recall.interval) + ")" : "–"];
}

function language(code) {
  if (!code) return "no words";
  if (code === "und") return "not known";
  try { return new Intl.DisplayNames(["en"], { type: "language" }).of(code); } catch { return code; }
}

function whole(number) { return number.toLocaleString("en"); }
function percent(share) { return (100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0) + " %"; }
function range(interval) { return percent(interval.lower).replace(" %", "") + " to " + percent(interval.upper); }
function decimal(number) { return number.toFixed(2); }
function decimals(interval) { return interval ? decimal(interval.lower) + " to " + decimal(interval.upper) : "–"; }
function share(of) { return of.precision === null ? "–" : percent(of.precision) + " (" + range(of.interval) + ")"; }

function tile(name, value, below) {
  const box = document.createElement("div");
  const shown = made("dd", value);
  if (below) shown.append(made("small", below));
  box.append(made("dt", name), shown);
  return box;
}

function row(heads, numbers, picture) {
  const line = document.createElement("tr");
  for (const head of heads) {
    const cell = made("th", head);
    cell.scope = "row";
    line.append(cell);
  }
  for (const number of numbers) {
    const cell = made("td", number);
    cell.className = "number";
    line.append(cell);
  }
  if (picture) {
    const cell = document.createElement("td");
    cell.append(picture);
    line.append(cell);
  }
  return line;
}

// Shares as dots on a line from 0 to 1, their intervals as bars.
function interval(...shares) {
  const at = (value) => 6 + 188 * value;
  const picture = drawn("svg", { viewBox: "0 0 200 36", class: "plot", role: "img" });
  picture.append(drawn("line", { x1: at(0), x2: at(1), y1: 18, y2: 18, class: "axis" }));
  for (const end of [0, 0.5, 1]) picture.append(drawn("line", { x1: at(end), x2: at(end), y1: 14, y2: 22, class: "axis" }));
  const told = [];
  shares.forEach(([of, kind], place) => {
    if (of.precision === null) return;
    const y = shares.length > 1 ? 11 + 14 * place : 18;
    told.push((kind || "read") + ": " + share(of));
    picture.append(
      drawn("line", { x1: at(of.interval.lower), x2: at(of.interval.upper), y1: y, y2: y, class: "bar " + kind }),
      drawn("circle", { cx: at(of.precision), cy: y, r: 4, class: "dot " + kind }),
    );
  });
  picture.setAttribute("aria-label", told.join("; ") || "nothing read yet");
  return picture;
}

function legend(kind, text) {
  const entry = document.createElement("span");
  const picture = drawn("svg", { viewBox: "0 0 32 16" });
  picture.append(drawn("line", { x1: 2, x2: 30, y1: 8, y2: 8, class: "bar " + kind }), drawn("circle", { cx: 16, cy: 8, r: 4, class: "dot " + kind }));
  entry.append(picture, " " + text);
  return entry;
}

// Posts as columns; precision and its interval over them.
function weeks(groups, wide) {
  const shown = groups.slice(-26);
  const high = 190, left = 34, bottom = 22, top = 8;
  const step = (wide - left) / Math.max(shown.length, 1);
  const most = Math.max(1, ...shown.map((group) => group.posts));
  const y = (value) => top + (high - bottom - top) * (1 - value);
  const picture = drawn("svg", { viewBox: "0 0 " + wide + " " + high, class: "weeks", role: "img" });
  for (const line of [0, 0.5, 1]) {
    const label = drawn("text", { x: 0, y: y(line) + 4 });
    label.textContent = 100 * line + " %";
    picture.append(drawn("line", { x1: left, x2: wide, y1: y(line), y2: y(line), class: "axis" }), label);
  }
  shown.forEach((group, place) => {
    const x = left + step * (place + 0.5);
    const width = Math.min(step * 0.6, 40);
    picture.append(drawn("rect", { x: x - width / 2, y: y(group.posts / most), width, height: y(0) - y(group.posts / most), fill: "currentColor", opacity: 0.12 }));
    const of = group.random.precision !== null ? group.random : group.reviewed;
    const kind = of === group.random ? "random" : "";
    if (of.precision !== null) {
      picture.append(
        drawn("line", { x1: x, x2: x, y1: y(of.interval.lower), y2: y(of.interval.upper), class: "bar " + kind }),
        drawn("circle", { cx: x, cy: y(of.precision), r: 4, class: "dot " + kind }),
      );
    }
    const room = Math.max(1, Math.floor((wide - left) / 75));
    if (place % Math.ceil(shown.length / room) === 0) {
      const label = drawn("text", { x, y: high - 6, "text-anchor": "middle" });
      label.textContent = group.name;
      picture.append(label);
    }
  });
  picture.setAttribute("aria-label", "Precision by week; the table below has the numbers.");
  return picture;
}

main();
