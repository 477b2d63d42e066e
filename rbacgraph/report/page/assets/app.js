// Tabs, search, filters, and what the address names: #secret=NS/NAME, #principal=KIND:NAME.

const TABS = ["summary", "secrets", "principals", "diagnostics", "limits"];
const LISTS = ["secrets", "principals"];
const SEVERITIES = ["critical", "high", "medium", "low", "none"];
const state = { tab: "summary", words: { secrets: "", principals: "" } };
const grids = {};

const SECRET_COLUMNS = [
  { title: "Secret", class: "main", value: (i) => S.name[i], cell: (i) => S.inferred[i] && S.namespace[i] ? [S.name[i], el("em", {}, " inferred")] : S.name[i], tip: (i) => S.name[i] },
  { title: "Type", class: "type extra", value: (i) => S.type[i], cell: (i) => S.type[i].replace("kubernetes.io/", "") || "-" },
  { title: "Severity", class: "severe", number: true, value: (i) => -SEVERITIES.indexOf(S.severity[i] || "none"), cell: (i) => S.severity[i] ? severityMark(S.severity[i]) : "-" },
  { title: "Readers", class: "number", number: true, value: (i) => S.readers[i], cell: (i) => number(S.readers[i]) },
  { title: "Certain", class: "number extra", number: true, value: (i) => S.certain[i], cell: (i) => S.certain[i].toLocaleString("en-US") },
  { title: "Conditional", class: "number broad extra", number: true, value: (i) => S.conditional[i], cell: (i) => S.conditional[i].toLocaleString("en-US") },
  { title: "Members", class: "number extra", number: true, value: (i) => S.members[i], cell: (i) => both(S.members[i], S.members_conditional[i]) },
  { title: "Final step", class: "wide extra", value: (i) => openingsOf(i).join(), cell: openers, tip: (i) => openingsOf(i).join(", ") },
  { title: "Lowest effort found", class: "wide extra", value: (i) => S.effort[i], cell: (i) => cheapest(i), tip: (i) => cheapest(i) },
];
const PRINCIPAL_COLUMNS = [
  { title: "Principal", class: "main", value: (p) => p.text, cell: (p) => el("span", { class: "principal" }, badge(p.node), el("span", {}, nameOf(p.node)), adminFlag(p.node)), tip: (p) => p.text },
  { title: "Certain", class: "number", number: true, value: (p) => p.certain, cell: (p) => p.certain.toLocaleString("en-US") },
  { title: "Conditional", class: "number broad extra", number: true, value: (p) => p.conditional, cell: (p) => p.conditional.toLocaleString("en-US") },
  { title: "Groups", class: "number extra", number: true, value: (p) => p.groups.length, cell: (p) => p.groups.length },
  { title: "Cluster-admin", class: "wide extra", value: (p) => adminHow(p), cell: (p) => adminHow(p) || "-", tip: (p) => adminHow(p) },
];

const cheapest = (i) => S.principal[i] < 0 ? "-" : `${nodeText(S.principal[i])}: ${chainOf(i).join(" > ")}`;

function openers(i) {
  const every = openingsOf(i), more = every.length - 2;
  return (every.slice(0, 2).join(", ") || "-") + (more > 0 ? ` +${more}` : "");
}
const lower = (text) => text.toLowerCase();

const adminHow = (p) => ADMINS.has(p.node) ? ADMINS.get(p.node).how : "";

const SECRET_WORDS = S.name.map((name, i) => lower(`${name} ${S.type[i]} ${openingsOf(i).join(" ")} ${cheapest(i)}`));
const BY_REACH = [...PRINCIPALS].sort((a, b) => b.certain - a.certain || b.conditional - a.conditional || (a.text < b.text ? -1 : 1));

const FILTERS = {
  secrets: [
    { name: "Reached", key: "reached", values: () => ["for certain", "only under a condition", "by nobody"], fits: reachedAs },
    { name: "Severity", values: () => SEVERITIES.filter((one) => S.severity.some((severity) => (severity || "none") === one)), fits: (i, v) => (S.severity[i] || "none") === v },
    { name: "Namespace", key: "namespace", values: () => [...new Set(S.namespace)].sort(), fits: (i, v) => S.namespace[i] === v },
    { name: "Type", values: () => [...new Set(S.type)].filter(Boolean).sort(), fits: (i, v) => S.type[i] === v },
    { name: "Final step", values: () => [...new Set(S.openings.flat())].map((t) => D.techniques[t]).sort(), fits: (i, v) => openingsOf(i).includes(v) },
  ],
  principals: [
    { name: "Kind", values: () => [...new Set(PRINCIPALS.map((p) => p.kind))].sort(), fits: (p, v) => p.kind === v },
    { name: "Admin", key: "admin", values: () => ["yes", "under a condition", "by design", "no"], fits: isAdmin },
    { name: "Gets at", values: () => ["Secrets for certain", "Secrets only under a condition", "no Secret"], fits: getsAt },
  ],
};

function reachedAs(i, value) {
  if (value === "for certain") return S.certain[i] > 0;
  if (value === "by nobody") return !S.certain[i] && !S.conditional[i];
  return !S.certain[i] && S.conditional[i] > 0;
}

function getsAt(one, value) {
  if (value === "Secrets for certain") return one.certain > 0;
  if (value === "no Secret") return !one.certain && !one.conditional;
  return !one.certain && one.conditional > 0;
}

function isAdmin(one, value) {
  const admin = ADMINS.get(one.node);
  return value === "no" ? !admin : Boolean(admin) && adminLevel(admin) === value;
}

function filters(tab) {
  return FILTERS[tab].map((filter) => {
    filter.select = el("select", { "aria-label": filter.name, on: { change: () => fill(tab) } },
      el("option", { value: "" }, `${filter.name}: any`),
      filter.values().map((value) => el("option", { value }, value)));
    return filter.select;
  });
}

// The ways that hold a word: by any principal that takes them, also as a member of a group, and by
// what is said of members and of identities that are not listed.
const WAY_WORDS = [];
function waysOf(word) {
  if (!WAY_WORDS.length) for (const way of D.ways) WAY_WORDS.push(lower([...way.also, way.folded].join(" ")));
  const ways = new Set();
  WAY_WORDS.forEach((text, w) => { if (text.includes(word)) ways.add(w); });
  const nodes = new Set([...found.keys()].filter((n) => lower(nodeText(n)).includes(word)));
  for (const one of PRINCIPALS) if (one.groups.length && lower(one.text).includes(word)) for (const group of one.groups) nodes.add(group);
  for (const n of nodes) for (const w of (found.get(n) || new Map()).keys()) ways.add(w);
  return ways;
}

// Shows the rows that fit all filters and hold every word of the search: those that hold them
// themselves first, then Secrets that a principal of that name gets at.
function fill(tab) {
  const active = FILTERS[tab].filter((filter) => filter.select.value);
  const words = lower(state.words[tab]).split(/\s+/).filter(Boolean);
  const secrets = tab === "secrets", ways = secrets ? words.map(waysOf) : [];
  const own = secrets ? (i) => SECRET_WORDS[i] : (p) => lower(`${p.text} ${p.kind}`);
  const every = secrets ? S.name.map((_, i) => i) : BY_REACH;
  const fitting = every.filter((row) => active.every((filter) => filter.fits(row, filter.select.value)));
  const named = fitting.filter((row) => words.every((word) => own(row).includes(word)));
  const more = words.length && secrets
    ? fitting.filter((i) => !words.every((word) => own(i).includes(word)) && words.every((word, w) => ways[w].has(S.ways[i]) || own(i).includes(word))) : [];
  const rows = [...named, ...more], noun = secrets ? "Secret" : "principal";
  grids[tab].show(rows);
  const shown = rows.length === every.length ? count(rows.length, noun) : `${number(rows.length)} of ${count(every.length, noun)}`;
  const through = more.length ? `, ${number(more.length)} by a principal` : "";
  const partial = secrets && words.length && D.left_out ? `; of the ${number(D.left_out)} least exposed, only one principal each is searched` : "";
  by("shown").textContent = shown + through + partial;
}

// The rows that are shown, for a spreadsheet.
function listCsv(tab) {
  const secrets = tab === "secrets";
  const columns = secrets
    ? ["secret", "type", "severity", "readers", "certain", "conditional", "members", "members_conditional", "final_steps", "principal", "techniques", "effort", "place"]
    : ["principal", "kind", "certain", "conditional", "groups", "admin", "how"];
  const line = secrets
    ? (i) => [S.name[i], S.type[i], S.severity[i], S.readers[i], S.certain[i], S.conditional[i], S.members[i], S.members_conditional[i], openingsOf(i).join("; "),
      S.principal[i] < 0 ? "" : nodeText(S.principal[i]), chainOf(i).join(" > "), S.effort[i], S.place[i]]
    : (p) => [p.text, p.kind, p.certain, p.conditional, p.groups.map(nodeText).join("; "),
      ADMINS.has(p.node) ? adminLevel(ADMINS.get(p.node)) : "no", adminHow(p)];
  return csvButton(`${tab}.csv`, `the ${tab === "secrets" ? "Secrets" : "principals"} shown`, columns, () => grids[tab].rows.map(line));
}

function showTab(tab, focus) {
  const changed = state.list !== tab;
  state.tab = tab;
  for (const name of TABS) {
    const button = by(`tab-${name}`);
    button.setAttribute("aria-selected", name === tab);
    button.tabIndex = name === tab ? 0 : -1;
    if (name === tab && focus) button.focus();
  }
  const list = LISTS.includes(tab);
  by("panel-list").hidden = !list;
  for (const name of TABS) if (!LISTS.includes(name)) by(`panel-${name}`).hidden = name !== tab;
  if (!list || !changed) return;
  state.list = tab;
  by("panel-list").setAttribute("aria-labelledby", `tab-${tab}`);
  by("filters").replaceChildren(...filters(tab));
  const search = by("search");
  search.value = state.words[tab];
  search.placeholder = tab === "secrets" ? "Search Secrets, or who gets at them" : "Search principals";
  search.setAttribute("aria-label", search.placeholder);
  const [columns, open] = tab === "secrets"
    ? [SECRET_COLUMNS, (i) => go(hashOf(S.node[i]))] : [PRINCIPAL_COLUMNS, (p) => go(hashOf(p.node))];
  grids[tab] = new Grid(by("grid"), tab === "secrets" ? "Secrets, the most exposed first" : "Principals, those with the most Secrets first", columns, open);
  by("grid").className = tab;
  by("exports").replaceChildren(listCsv(tab));
  fill(tab);
}

function go(hash) {
  if (location.hash === hash) follow(); else location.hash = hash;
}

// Opens what the address names.
function follow() {
  const asked = new Map(location.hash.slice(1).split("&").map((part) => {
    const at = part.indexOf("=");
    try { return [part.slice(0, at), decodeURIComponent(part.slice(at + 1))]; } catch { return ["", ""]; }
  }));
  const secret = asked.has("secret") ? S.name.indexOf(asked.get("secret")) : -1;
  const principal = nodeOf.get(asked.get("principal")), from = nodeOf.get(asked.get("from"));
  if (secret >= 0) open("secrets", secret, secretDetail(secret, from));
  else if (principalOf.has(principal)) open("principals", principalOf.get(principal), principalDetail(principal));
  else if (location.hash === "#risks" && by("risks")) {
    close();
    showTab("summary");
    by("risks").scrollIntoView();
    by("risks").focus({ preventScroll: true });
  } else {
    close();
    showTab(asked.has("tab") && TABS.includes(asked.get("tab")) ? asked.get("tab") : state.tab);
    choose(asked);
  }
}

// Sets the filters that an address names, and empties the others.
function choose(asked) {
  const named = (FILTERS[state.tab] || []).filter((filter) => asked.has(filter.key));
  if (!named.length) return;
  state.words[state.tab] = by("search").value = "";
  for (const filter of FILTERS[state.tab]) filter.select.value = asked.has(filter.key) ? asked.get(filter.key) : "";
  fill(state.tab);
}

function open(tab, row, { parts, ready }) {
  showTab(tab);
  const detail = by("detail");
  detail.hidden = false;
  document.body.classList.add("opened");
  const [title, ...others] = parts.flat(Infinity).filter(Boolean);
  detail.replaceChildren(el("div", { class: "titlebar" }, title,
    el("button", { type: "button", class: "close", "aria-label": "Close", title: "Close (Escape)", on: { click: leave } }, "✕")), ...others);
  detail.scrollTop = 0;
  ready();
  grids[tab].choose(row);
  detail.focus({ preventScroll: true });
}

function close() {
  by("detail").hidden = true;
  document.body.classList.remove("opened");
}

function leave() {
  const grid = grids[state.tab];
  go(`#tab=${state.tab}`);
  close();
  if (grid) { grid.choose(null); grid.box.focus({ preventScroll: true }); }
}

function keys(event) {
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "Escape" && !by("page").open) {
    if (event.target === by("search") && by("search").value) return;
    if (!by("detail").hidden) leave();
  } else if (event.key === "/" && !typing && !by("panel-list").hidden) {
    by("search").focus();
    event.preventDefault();
  }
}

function tabKeys(event) {
  const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -TABS.length, End: TABS.length };
  if (!(event.key in steps)) return;
  const at = TABS.indexOf(state.tab) + steps[event.key];
  const next = event.key === "Home" ? 0 : event.key === "End" ? TABS.length - 1 : (at + TABS.length) % TABS.length;
  close();
  showTab(TABS[next], true);
  event.preventDefault();
}
