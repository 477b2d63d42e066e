// The Summary: totals, who is admin, the worst namespaces, and what was read.

const NAMESPACES_SHOWN = 10;
const ADMINS_SHOWN = 12;
const number = (value) => value.toLocaleString("en-US");

function tile(value, noun, about, hash) {
  const inside = [el("b", {}, number(value)), el("span", {}, noun), about && el("small", {}, about)];
  return hash ? el("a", { class: "tile", href: hash }, inside) : el("div", { class: "tile" }, inside);
}

function tiles() {
  const reached = S.certain.filter((certain) => certain > 0).length;
  const getting = PRINCIPALS.filter((one) => one.certain > 0).length;
  const sure = [...ADMINS.values()].filter((admin) => admin.certain).length, maybe = ADMINS.size - sure;
  const errors = D.diagnostics.filter(([severity]) => severity === "error").length;
  const beside = [maybe && `${number(maybe)} more under a condition`, D.overview.shipped && `not counted: ${number(D.overview.shipped)} of the control plane`];
  return el("div", { class: "tiles" },
    tile(SECRETS, SECRETS === 1 ? "Secret" : "Secrets", `${number(reached)} reached for certain`, "#tab=secrets"),
    tile(PRINCIPALS.length, "principals", `${number(getting)} get at a Secret for certain`, "#tab=principals"),
    D.overview.admins && tile(sure, "effective cluster-admins", beside.filter(Boolean).join("; "), "#tab=principals&admin=yes"),
    tile(D.overview.namespaces, D.overview.namespaces === 1 ? "namespace" : "namespaces", `${count(D.overview.accounts, "ServiceAccount")}`),
    tile(D.diagnostics.length, "problems in the input", errors ? count(errors, "error") : "no error", "#tab=diagnostics"));
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
    if (S.certain[i] > S.certain[row.worst]) row.worst = i;
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
    [link(S.name[row.worst], hashOf(S.node[row.worst])), el("span", { class: "quiet" }, ` ${count(S.certain[row.worst], "principal")}`)],
  ];
  const lines = () => rows.map((row) => [row.namespace, row.secrets, row.reached, row.who.size, S.name[row.worst]]);
  return section("Namespaces", "the worst first", csvButton("namespaces.csv", "the namespaces", columns, lines),
    el("p", { class: "quiet" }, "Reached: Secrets that somebody gets at for certain. Principals: who gets at one of them for certain, without those that are effectively cluster-admin."),
    table(columns, ["", "number", "number", "number", "extra"], rows, NAMESPACES_SHOWN, cells));
}

function section(title, about, button, ...children) {
  return el("section", {}, el("div", { class: "titled" }, el("h3", {}, title, " ", el("small", {}, about)), button), ...children);
}

function admins() {
  if (!D.overview.admins) return null;
  const rows = [...ADMINS.values()];
  const columns = ["Principal", "How", "Effort", "By", "Place"];
  const cells = (admin) => [
    principalCell(admin.node, !admin.certain), admin.how, admin.effort || "-", admin.by, el("span", { class: "place" }, admin.place || "-"),
  ];
  const lines = () => rows.map((admin) => [nodeText(admin.node), admin.certain, admin.how, admin.effort, admin.by, admin.place]);
  const shipped = D.overview.shipped
    ? el("p", { class: "quiet" }, `Not listed: ${count(D.overview.shipped, "identity", "identities")} of the control plane, admin by what Kubernetes ships.`) : null;
  if (!rows.length) return section("Effectively cluster-admin", "", null, el("p", {}, "Nobody was found to be it."), shipped);
  return section("Effectively cluster-admin", "the least effort first",
    csvButton("admins.csv", "the admins", ["principal", "certain", "how", "effort", "by", "place"], lines),
    table(columns, ["", "", "number", "extra", "extra"], rows, ADMINS_SHOWN, cells),
    D.overview.members.map((words) => el("p", { class: "quiet" }, words)), shipped);
}

function inputFacts() {
  const facts = [...D.overview.input, ["Checked", D.basis.sentence]];
  const missing = D.basis.missing.length;
  return section("Input", "", null,
    el("dl", { class: "facts" }, facts.map(([name, words]) => [el("dt", {}, name), el("dd", {}, words)])),
    missing ? el("p", {}, link(`${count(missing, "fact")} that the input lacks`, "#tab=limits")) : null);
}

function summary(panel) {
  panel.append(tiles(), facts(), admins() || "", namespaces() || "", inputFacts());
}
