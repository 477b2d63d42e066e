// The Summary: totals, what to fix first, who is admin, the worst namespaces, and what was read.

const NAMESPACES_SHOWN = 10;
const ADMINS_SHOWN = 10;
const RISKS_SHOWN = 10;
const number = (value) => value.toLocaleString("en-US");

function tile(value, noun, about, hash, mark = "") {
  const inside = [el("b", {}, number(value)), el("span", {}, noun), about && el("small", {}, about)];
  return hash ? el("a", { class: `tile ${mark}`, href: hash }, inside) : el("div", { class: "tile" }, inside);
}

function tiles() {
  const reached = S.certain.filter((certain) => certain > 0).length;
  const getting = PRINCIPALS.filter((one) => one.certain > 0).length;
  const levels = [...ADMINS.values()].map(adminLevel), level = (name) => levels.filter((one) => one === name).length;
  const maybe = level("under a condition"), operators = level("by design");
  const errors = D.diagnostics.filter(([severity]) => severity === "error").length;
  const beside = [maybe && `${number(maybe)} more under a condition`, operators && `apart: ${count(operators, "operator")} by design`];
  const [worst, ...lesser] = D.overview.risks ? D.overview.risks.counts : [["", 0]];
  return el("div", { class: "tiles" },
    D.overview.risks && tile(worst[1], `${worst[0]} ${worst[1] === 1 ? "cause" : "causes"} of access`,
      lesser.map(([severity, some]) => `${number(some)} ${severity}`).join(", "), "#risks", worst[1] ? "alarm" : ""),
    tile(SECRETS, SECRETS === 1 ? "Secret" : "Secrets", `${number(reached)} reached for certain`, "#tab=secrets"),
    tile(PRINCIPALS.length, PRINCIPALS.length === 1 ? "principal" : "principals", `${number(getting)} get at a Secret for certain`, "#tab=principals"),
    D.overview.admins && tile(level("yes"), level("yes") === 1 ? "effective cluster-admin" : "effective cluster-admins", beside.filter(Boolean).join("; "), "#tab=principals&admin=yes"),
    tile(D.overview.namespaces, D.overview.namespaces === 1 ? "namespace" : "namespaces", `${count(D.overview.accounts, "ServiceAccount")}`),
    tile(D.diagnostics.length, D.diagnostics.length === 1 ? "problem in the input" : "problems in the input", errors ? count(errors, "error") : "no error", "#tab=diagnostics"));
}

// Each namespace with who gets at its Secrets, beside those who have the whole cluster anyway.
function namespaceRows() {
  const rows = new Map();
  S.namespace.forEach((namespace, i) => {
    if (!rows.has(namespace)) rows.set(namespace, { namespace, secrets: 0, reached: 0, worst: i, who: new Set(), partial: false });
    const row = rows.get(namespace);
    row.secrets += 1;
    row.reached += S.certain[i] > 0 ? 1 : 0;
    row.partial ||= S.ways[i] < 0;
  });
  const homes = secretsOfWay.map((some) => [...new Set(some.map((i) => S.namespace[i]))]);
  for (const [principal, ways] of found) {
    if (ADMINS.has(principal) && ADMINS.get(principal).certain) continue;
    for (const [way, entries] of ways) {
      if (entries.some((entry) => entry[1])) for (const home of homes[way]) rows.get(home).who.add(principal);
    }
  }
  return [...rows.values()].sort((a, b) => b.who.size - a.who.size || b.reached - a.reached || (a.namespace < b.namespace ? -1 : 1));
}

function namespaces() {
  const rows = namespaceRows();
  if (!rows.length) return null;
  const columns = ["Namespace", "Secrets", "Reached", "Principals", "Most exposed Secret"];
  const name = (row) => row.namespace || "in no namespace";
  const cells = (row) => [
    row.namespace ? link(row.namespace, `#tab=secrets&namespace=${encodeURIComponent(row.namespace)}`) : el("em", {}, name(row)),
    number(row.secrets), number(row.reached), `${row.partial ? "≥ " : ""}${number(row.who.size)}`,
    el("span", {}, link(S.name[row.worst], hashOf(S.node[row.worst])), el("span", { class: "quiet" }, ` ${count(S.readers[row.worst], "reader")}`)),
  ];
  const lines = () => rows.map((row) => [row.namespace, row.secrets, row.reached, row.who.size, S.name[row.worst]]);
  return section("Namespaces", "the worst first", csvButton("namespaces.csv", "the namespaces", columns, lines),
    el("p", { class: "quiet" }, "Reached: Secrets that somebody gets at for certain. Principals: who gets at one of them for certain, without those that are effectively cluster-admin. Readers are neither operators nor cluster-admin."),
    table(columns, ["named", "number", "number", "number", ""], rows, NAMESPACES_SHOWN, cells));
}

function section(title, about, button, ...children) {
  return el("section", {}, el("div", { class: "titled" }, el("h3", {}, title, " ", el("small", {}, about)), button), ...children);
}

function admins() {
  if (!D.overview.admins) return null;
  const rows = [...ADMINS.values()].filter((admin) => !admin.operator), operators = [...ADMINS.values()].filter((admin) => admin.operator);
  const columns = ["Principal", "How", "Effort", "By", "Place"];
  const cells = (admin) => [
    principalCell(admin.node, !admin.certain), admin.how, admin.effort || "-", admin.by, el("span", { class: "place" }, admin.place || "-"),
  ];
  const lines = () => [...rows, ...operators].map((admin) => [nodeText(admin.node), admin.certain, admin.operator, admin.how, admin.effort, admin.by, admin.place]);
  const shipped = D.overview.shipped
    ? el("p", { class: "quiet" }, `Not listed: ${count(D.overview.shipped, "identity", "identities")} of the control plane.`) : null;
  const design = operators.length ? el("details", {}, el("summary", {}, `${count(operators.length, "operator")} that need${operators.length === 1 ? "s" : ""} it by design`),
    table(["Operator", ...columns], ["", "named", "", "number", "", ""], operators, 100, (admin) => [admin.operator, ...cells(admin)])) : null;
  if (!rows.length) return section("Effectively cluster-admin", "", null, el("p", {}, "Nobody was found to be it."), design, shipped);
  return section("Effectively cluster-admin", "the least effort first",
    csvButton("admins.csv", "the admins", ["principal", "certain", "by_design", "how", "effort", "by", "place"], lines),
    table(columns, ["named", "", "number", "", ""], rows, ADMINS_SHOWN, cells),
    D.overview.members.map((words) => el("p", { class: "quiet" }, words)), design, shipped);
}

const causesOf = () => (D.overview.risks ? D.overview.risks.causes : []);
const fixLine = (cause) => commandLine("risks", "--fix", cause.id, ...(D.certain ? ["--certain"] : []), "-o", "yaml");

function opensWords(cause) {
  const what = cause.cluster ? "the whole cluster" : countBoth(cause.secrets, cause.secrets_conditional, "Secret");
  return `${what}, ${cause.how ? `by ${cause.how}` : "by own rights"}${cause.conditional ? ", under a condition" : ""}`;
}

function aloneWords(cause) {
  const gone = [countBoth(cause.pairs_alone, cause.pairs_alone_conditional, "way in", "ways in")];
  if (cause.admins_alone || cause.admins_alone_conditional) gone.push(countBoth(cause.admins_alone, cause.admins_alone_conditional, "admin"));
  return `${cause.exact ? "" : "at most "}${gone.join(", ")}`;
}

function severityMark(severity) {
  return el("span", { class: `severity ${severity}` }, severity);
}

// The causes with their fixes; a cause's command is made when somebody opens it.
function risks() {
  const some = causesOf(), every = D.overview.risks;
  if (!every) {
    return section("What to fix first", "", null, el("p", {}, "The causes of access are not ranked in this page. A command that ranks them:"),
      command("Command that ranks the causes", commandLine("risks", ...(D.certain ? ["--certain"] : []))));
  }
  const design = every.by_design ? el("p", { class: "quiet" }, `Apart: ${count(every.by_design, "cause")} that operators need by design.`) : null;
  if (!some.length) return section("What to fix first", "", null, el("p", {}, design ? "No cause but what operators need." : "No cause was found."), design);
  const who = (cause) => el("div", {}, cause.subjects.slice(0, 2).map((n) => el("div", {}, nodeLink(n, false))),
    cause.subjects.length > 2 && el("div", { class: "quiet" }, `and ${number(cause.subjects.length - 2)} more`));
  const fix = (cause) => {
    const details = el("details", {}, el("summary", {}, cause.fix));
    details.fill = () => {
      if (details.childNodes.length === 1) details.append(el("div", { class: "commands" }, command("Command that writes the fix", fixLine(cause))));
    };
    details.addEventListener("toggle", details.fill);
    return el("div", {}, details, el("span", { class: "place" }, cause.place));
  };
  const cells = (cause) => [number(some.indexOf(cause) + 1), severityMark(cause.severity), cause.cause, who(cause),
    opensWords(cause), fix(cause), aloneWords(cause)];
  const columns = ["rank", "id", "severity", "cause", "subjects", "opens", "fix", "removes", "place"];
  const lines = () => some.map((cause, n) => [n + 1, cause.id, cause.severity, cause.cause, cause.subjects.map(nodeText).join("; "),
    opensWords(cause), cause.fix, aloneWords(cause), cause.place]);
  const total = every.counts.reduce((sum, [, some]) => sum + some, 0), hidden = total - some.length;
  return el("div", { id: "risks", tabindex: -1 }, section("What to fix first", "the most severe causes of access",
    csvButton("causes.csv", "the causes", columns, lines),
    table(["#", "Severity", "Cause", "Who", "Opens", "Fix", "Removes"], ["number", "", "", "named", "", "", ""], some, RISKS_SHOWN, cells),
    el("p", { class: "quiet" }, "Removes: pairs of a principal and a Secret that it gets at, and cluster-admins, that go away if this alone is fixed; after a +, those that are it only under a condition."),
    hidden > 0 && el("p", { class: "quiet" }, `${count(hidden, "more cause")}: rbacgraph risks --top 0.`),
    design));
}

function inputFacts() {
  const facts = [...D.overview.input, ["Checked", D.basis.sentence]];
  const missing = D.basis.missing.length;
  return section("Input", "", null,
    el("dl", { class: "facts" }, facts.map(([name, words]) => [el("dt", {}, name), el("dd", {}, words)])),
    missing ? el("p", {}, link(`${count(missing, "fact")} that the input lacks`, "#tab=limits")) : null);
}

function summary(panel) {
  panel.append(tiles(), facts(), risks() || "", admins() || "", namespaces() || "", inputFacts());
}
