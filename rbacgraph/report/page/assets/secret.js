// One Secret: its paths drawn and told, and what stands beside them.

function secretDetail(i, from) {
  const way = S.ways[i] >= 0 ? D.ways[S.ways[i]] : null;
  const about = [S.type[i], S.place[i]].filter(Boolean).join(" · ");
  const parts = [
    el("h2", { id: "detail-title" }, el("span", { class: "quiet" }, "Secret "), S.name[i]),
    about && el("p", { class: "quiet" }, about),
    S.inferred[i] && el("p", { class: "condition" }, `Not in the input: ${S.inferred[i]}.`),
  ];
  if (!way) return { parts: [...parts, ...onlyCheapest(i)], ready: () => {} };
  if (from !== undefined) return fromOne(i, way, from, parts);
  parts.push([...way.words, ...way.also].map((words) => el("p", {}, words)));
  const routes = way.routes.map(route), others = reachersOf(way);
  const drawing = routes.length ? picture(roadsTo(i, routes), `Paths to Secret ${S.name[i]}`, nodeBox(S.node[i])) : null;
  parts.push(drawing && drawing.node, routeList(routes.map((one) => ({ route: one })), S.name[i], others), restOf(way), foldedOf(way), besideOf(i));
  return { parts, ready: () => drawing && drawing.ready() };
}

// Everybody who has a way of these, printed.
function reachersOf(way) {
  const routes = way.routes.flatMap((number) => D.crowds[D.routes[number][0]].map(([principal]) => principal));
  return [...new Set([...routes, ...way.rest.flat()])].map(nodeText).sort();
}

function roadsTo(i, routes) {
  const to = nodeBox(S.node[i], "to");
  return routes.map((one) => ({
    from: manyBox(`c${one.crowd}`, one.heads.map(([principal]) => principal), "from", "principal"), to, hops: one.hops,
  }));
}

function fromOne(i, way, from, parts) {
  const routes = way.routes.map(route)
    .filter((one) => one.heads.some(([principal]) => principal === from))
    .map((one) => ({ ...one, crowd: `f${from}`, heads: one.heads.filter(([principal]) => principal === from) }));
  const every = link("Everybody's paths", hashOf(S.node[i]));
  parts.push(el("p", {}, "From ", link(nodeText(from), hashOf(from)), " alone. ", every));
  if (!routes.length) parts.push(el("p", { class: "condition" }, "This page leaves out its path: rbacgraph paths --from shows it."));
  const drawing = routes.length ? picture(roadsTo(i, routes), `Paths from ${nodeText(from)} to Secret ${S.name[i]}`, nodeBox(S.node[i])) : null;
  parts.push(drawing && drawing.node, routeList(routes.map((one) => ({ route: one })), S.name[i], reachersOf(way)));
  return { parts, ready: () => drawing && drawing.ready() };
}

function onlyCheapest(i) {
  const chain = chainOf(i);
  const parts = [el("p", { class: "condition" },
    "rbacgraph looked for paths to the most exposed Secrets only, and this is not one of them. Its counts are complete; rbacgraph paths shows every path.")];
  if (!chain.length) return [...parts, el("p", {}, "Nobody reaches it.")];
  return [...parts, el("p", {}, "The path of the lowest effort found begins at ", nodeLink(S.principal[i]), `, ${pathEffort(S.effort[i])}:`),
    el("p", {}, chain.flatMap((id, n) => [n ? " > " : null, technique(id)]))];
}

function restOf(way) {
  return way.rest.map((principals, conditional) => principals.length
    ? el("details", {}, el("summary", {},
      `${count(principals.length, "more principal")}, ${conditional ? "on a condition" : "for certain"}: with paths that are left out of this page`),
      nodeLinks(principals, 50))
    : null);
}

function foldedOf(way) {
  const at = way.folded.lastIndexOf(": ");
  return at < 0 ? null : el("details", {}, el("summary", {}, way.folded.slice(0, at)),
    el("p", { class: "quiet" }, way.folded.slice(at + 2)));
}

function besideOf(i) {
  const { changers } = D.beside[S.beside[i]];
  const references = S.references[i].map((n) => S.told_references[n]);
  return [
    beside("May change or delete", "direct rights", changers),
    references.length && el("section", {}, el("h3", {}, "Referred to by ", el("small", {}, "no way to read")),
      several(references, 20, ([words, where]) =>
        el("li", { class: "evidence" }, el("span", {}, words), where && el("span", { class: "place" }, where)),
        el("ul", { class: "plain" }))),
  ];
}

function beside(title, about, groups) {
  if (!groups.length) return null;
  const item = ([principals, verbs, evidence]) => el("li", { class: "route" },
    el("div", { class: "who" }, el("strong", {}, principals.length === 1 ? nodeLink(principals[0]) : kindsOf(principals, "principal")),
      el("span", { class: "effort" }, verbs)),
    principals.length > 1 ? nodeLinks(principals) : null,
    several(evidence, 6, (n) => evidenceLines([n])[0], el("ul", { class: "evidences" })));
  return el("section", {}, el("h3", {}, title, " ", el("small", {}, about)),
    several(groups, 10, item, el("ul", { class: "routes" })));
}
