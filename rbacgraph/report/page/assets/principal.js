// One principal: its Secrets, what else it gets, and the groups whose rights it has.

function principalDetail(node) {
  const one = principalOf.get(node);
  const [printed, kind] = D.nodes[node];
  const secrets = secretsFrom(node);
  const chainTo = ({ number }) => number === ITSELF ? "" : route(number).hops.map((each) => each.id).join(" > ");
  const parts = [
    el("h2", { id: "detail-title" }, el("span", { class: "quiet" }, `${kind} `), printed.slice(printed.indexOf(":") + 1), adminFlag(node) && [" ", adminFlag(node)]),
    ADMINS.has(node) && el("p", { class: "admin" }, ADMINS.get(node).words, ADMINS.get(node).place && el("span", { class: "place" }, ` ${ADMINS.get(node).place}`)),
    el("p", {}, reachWords(one)),
    groupsOf(one),
  ];
  const roads = roadsFrom(node, secrets);
  const drawing = roads.length ? picture(roads, `What ${printed} gets at`, nodeBox(node)) : null;
  if (drawing) parts.push(drawing.node);
  if (secrets.length) {
    const lines = () => secrets.map((row) => [S.name[row.i], row.certain, chainTo(row)]);
    parts.push(el("div", { class: "titled" }, el("h3", {}, "Secrets"),
      csvButton("secrets-of-principal.csv", "its Secrets", ["secret", "certain", "techniques"], lines)), secretList(node, secrets));
  }
  const entries = (one ? one.others : []).map(([number, targets]) => ({ route: route(number), targets }));
  if (entries.length) {
    parts.push(el("h3", {}, "Other targets ", el("small", {}, "identities, nodes, what lies outside; its groups' rights count")), routeList(entries));
  }
  if (one && one.left) parts.push(el("p", { class: "condition" }, `${count(one.left, "more target")} left out: rbacgraph reach shows them.`));
  if (D.silent) parts.push(el("p", { class: "quiet" }, `For ${count(D.silent, "principal")} with few Secrets, this page does not list other targets.`));
  return { parts, ready: () => drawing && drawing.ready() };
}

function reachWords(one) {
  const words = [];
  if (one && one.certain) words.push(`${count(one.certain, "Secret")} for certain`);
  if (one && one.conditional) words.push(`${count(one.conditional, "Secret")} only under a condition`);
  const partial = D.left_out ? ` Not looked at: the ${D.left_out.toLocaleString("en-US")} least exposed Secrets.` : "";
  return words.length ? `Gets at ${words.join("; ")}, by paths of its own.${partial}` : `Gets at no Secret by a path of its own.${partial}`;
}

function groupsOf(one) {
  if (!one || !one.groups.length) return null;
  const item = (group) => {
    const reach = principalOf.get(group);
    const some = reach && (reach.certain || reach.conditional);
    return el("li", {}, nodeLink(group), some ? ` gets at ${countBoth(reach.certain, reach.conditional, "Secret")}` : " gets at none");
  };
  return el("section", {}, el("p", {}, "It also has the rights of its groups:"), el("ul", { class: "plain" }, one.groups.map(item)));
}

// Each Secret with the route of least effort to it, the certain ones first.
function secretsFrom(node) {
  const rows = [];
  for (const [way, entries] of found.get(node) || []) {
    const best = [...entries].sort((a, b) => b[1] - a[1] || a[2] - b[2])[0];
    for (const i of secretsOfWay[way]) rows.push({ i, number: best[0], certain: best[1] === 1, effort: best[2] });
  }
  return rows.sort((a, b) => b.certain - a.certain || a.effort - b.effort || (S.name[a.i] < S.name[b.i] ? -1 : 1));
}

function roadsFrom(node, secrets) {
  const from = nodeBox(node, "from"), byRoute = new Map();
  for (const row of secrets) {
    if (row.number === ITSELF) continue;
    const hops = JSON.stringify(D.routes[row.number][3]);
    if (!byRoute.has(hops)) byRoute.set(hops, { number: row.number, secrets: [] });
    byRoute.get(hops).secrets.push(S.node[row.i]);
  }
  return [...byRoute.values()].map(({ number, secrets: some }) => ({
    from, to: manyBox(`s${number}`, some, "to", "Secret"), hops: route(number).hops,
  }));
}

function secretList(node, secrets) {
  const item = ({ i, number, certain, effort }) => {
    const hash = `#secret=${encodeURIComponent(S.name[i])}&from=${encodeURIComponent(nodeText(node))}`;
    const chain = number === ITSELF ? "path left out of this page" : route(number).hops.map((each) => each.id).join(" > ");
    return el("li", { class: certain ? "" : "conditional" }, link(S.name[i], hash),
      el("span", { class: "quiet" }, chain), el("span", { class: "effort" },
        `${certain ? "" : "conditional · "}${number === ITSELF ? "" : pathEffort(effort)}`));
  };
  return several(secrets, 30, item, el("ul", { class: "secrets" }));
}
