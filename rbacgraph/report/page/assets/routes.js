// Routes as text: who, then each technique with what it rests on.

const PRINCIPALS_SHOWN = 8;
const ROUTES_SHOWN = 20;
const MOST_KEPT = 200;

function evidenceLines(numbers) {
  return numbers.map((n) => {
    const [words, where] = D.evidence[n];
    return el("li", { class: "evidence" }, el("span", {}, words), where && el("span", { class: "place" }, where));
  });
}

function nodeLink(n, flag = true) {
  if (principalOf.has(n)) return principalCell(n, flag);
  const hash = hashOf(n);
  return hash ? link(nodeText(n), hash) : el("span", {}, nodeWords(n));
}

function nodeLinks(nodes, shown = PRINCIPALS_SHOWN) {
  const list = el("ul", { class: "names" });
  return several(nodes, shown, (n) => el("li", {}, nodeLink(n)), list);
}

function technique(id) {
  return el("button", {
    type: "button", class: "technique", title: D.pages[id] && D.pages[id][0],
    "aria-haspopup": "dialog", on: { click: () => openPage(id) },
  }, id);
}

function openPage(id) {
  const [summary, effort, certainty, text] = D.pages[id], dialog = by("page");
  dialog.replaceChildren(
    el("h2", { id: "page-title" }, id),
    el("p", { class: "quiet" }, `${summary} (${effort ? techniqueEffort(effort) : "no effort"}; ${certainty})`),
    el("pre", {}, text),
    el("button", { type: "button", autofocus: true, on: { click: () => dialog.close() } }, "Close"));
  dialog.showModal();
}

function hopItem(one, place, before, heads) {
  const owner = one.source === ITSELF ? (place === 0 ? null : "the principal") : one.source === before ? null : nodeWords(one.source);
  const beside = one.others.length
    ? ` with ${one.others.map((n) => (n === ITSELF ? "the principal" : nodeWords(n))).join(" and ")}` : "";
  const own = place === 0 && heads.length === 1 ? heads[0][1] : [];
  return el("li", {},
    el("div", { class: "hop" }, el("span", {}, owner || beside ? el("em", {}, `${owner || ""}${beside} `) : null, one.text), technique(one.id)),
    place === 0 && heads.length > 1 ? differing(heads) : null,
    el("ul", { class: "evidences" }, evidenceLines([...own, ...one.evidence])),
    one.condition && el("p", { class: "condition" }, `condition: ${one.condition}`),
    one.target !== ITSELF && el("p", { class: "arrives" }, "→ ", nodeLink(one.target)));
}

// What only some of the principals of a route rest on.
function differing(heads) {
  const some = heads.filter(([, evidence]) => evidence.length);
  if (!some.length) return null;
  const list = el("ul", { class: "evidences" });
  several(some, PRINCIPALS_SHOWN, ([principal, evidence]) =>
    el("li", {}, el("span", { class: "quiet" }, nodeText(principal)), el("ul", {}, evidenceLines(evidence))), list);
  return el("details", {}, el("summary", {}, `by ${count(some.length, "binding or membership", "bindings or memberships")} of their own`), list);
}

// What closes a route, and what closes it for those alone who take it: made when it is opened.
function closing(one, secret, others) {
  const ids = [...new Set(one.hops.map((each) => each.id))].filter((id) => D.pages[id] && D.pages[id][4]);
  const parts = () => [
    ids.length > 1 && el("p", { class: "quiet" }, "Each of these closes it; where others take the same step, it closes theirs too."),
    el("dl", { class: "closings" }, ids.map((id) => [el("dt", {}, technique(id)), el("dd", {}, D.pages[id][4])])),
    throughCauses(one),
    secret && commands(one, secret, others),
  ];
  const details = el("details", { class: "closing" }, el("summary", {}, "How to close it"));
  details.fill = () => {
    if (details.childNodes.length === 1) details.append(...parts().flat(Infinity).filter(Boolean));
  };
  details.addEventListener("toggle", details.fill);
  return details;
}

// The causes of the Summary that this route leads through.
function throughCauses(one) {
  const own = new Set([...one.heads.flatMap(([, evidence]) => evidence), ...one.hops.flatMap((each) => each.evidence)]);
  const found = causesOf().map((cause, place) => [cause, place]).filter(([cause]) => cause.at.some((n) => own.has(n)));
  return found.map(([cause, place]) => el("div", { class: "cause" },
    el("p", {}, severityMark(cause.severity), ` Cause ${place + 1} of the Summary: ${cause.cause}. Fix: ${cause.fix}.`),
    el("div", { class: "commands" }, command(`Command that fixes cause ${place + 1}`, fixLine(cause)))));
}

function commands(one, secret, others) {
  const from = one.heads.map(([principal]) => nodeText(principal)), kept = others.filter((other) => !from.includes(other));
  const name = from.length === 1 ? from[0] : `these ${from.length.toLocaleString("en-US")} principals`;
  const sure = D.certain ? ["--certain"] : [];
  const known = D.options.length ? null : el("p", { class: "quiet" }, "Add the options by which rbacgraph reads your input.");
  if (kept.length > MOST_KEPT) return el("p", { class: "quiet" }, `${count(kept.length, "other principal")} reach it too: choose those to keep, and run rbacgraph cut --secret ${shellWord(secret)} --keep PRINCIPAL.`);
  return el("div", { class: "commands" },
    el("p", {}, `The fewest changes after which ${name} no longer ${from.length === 1 ? "reaches" : "reach"} it, and all others do:`),
    command("Command that closes it", commandLine("cut", "--secret", secret, ...kept.flatMap((other) => ["--keep", other]), ...sure, "-o", "yaml")),
    el("p", {}, from.length === 1 ? "All its evidence:" : "All the evidence:"),
    command("Command that shows it", commandLine("paths", "--secret", secret, ...(from.length === 1 ? ["--from", from[0]] : []), ...sure, "-o", "wide")), known);
}

// A route as text, as a person pastes it into an issue.
function routeText(one, target) {
  const evidence = (numbers) => numbers.map((n) => `    ${D.evidence[n].filter(Boolean).join("  ")}`);
  const heads = one.heads.flatMap(([principal, own]) => [nodeText(principal), ...evidence(own)]);
  const hops = one.hops.flatMap((each) => [
    `  ${each.source === ITSELF ? "" : `${nodeWords(each.source)} `}${each.text}  [${each.id}]`, ...evidence(each.evidence),
    each.condition && `    condition: ${each.condition}`]);
  const words = `${one.certain ? "certain" : "conditional"}, ${pathEffort(one.effort)}`;
  return `${[...heads, ...hops, `→ ${target}  (${words})`].filter(Boolean).join("\n")}\n`;
}

function routeCard(one, number, targets, secret, others) {
  const nodes = one.heads.map(([principal]) => principal);
  const title = targets ? null : nodes.length === 1 ? nodeLink(nodes[0]) : kindsOf(nodes, "principal");
  let before = ITSELF;
  const hops = one.hops.map((each, place) => {
    const item = hopItem(each, place, before, one.heads);
    before = each.target;
    return item;
  });
  return el("li", { class: one.certain ? "route" : "route conditional" },
    el("div", { class: "who" }, el("span", { class: "number" }, `[${number}]`), el("strong", {}, title || targetTitle(targets)),
      el("span", { class: "effort" }, `${one.certain ? "" : "conditional · "}${pathEffort(one.effort)}`),
      copyButton(`path ${number}`, () => routeText(one, secret || targets.map(nodeText).join(", ")))),
    !targets && nodes.length > 1 ? nodeLinks(nodes) : null,
    targets && targets.length > 1 ? nodeLinks(targets) : null,
    el("ol", { class: "hops" }, hops), closing(one, secret, others));
}

const targetTitle = (targets) =>
  targets.length === 1 ? nodeLink(targets[0]) : `${targets.length.toLocaleString("en-US")} targets`;

// Cards under a heading for each certainty, numbered through as in the text; `others` are all who
// reach the Secret.
function routeList(entries, secret, others) {
  const parts = [];
  let number = 0;
  for (const certain of [true, false]) {
    const some = entries.filter((entry) => entry.route.certain === certain);
    if (!some.length) continue;
    const first = number + 1;
    number += some.length;
    const list = el("ol", { class: "routes" });
    several(some, ROUTES_SHOWN, (entry) => routeCard(entry.route, first + some.indexOf(entry), entry.targets, secret, others), list);
    parts.push(el("h3", { class: certain ? "certain" : "conditional" }, certain ? "Certain" : "Conditional"), list);
  }
  return parts;
}
