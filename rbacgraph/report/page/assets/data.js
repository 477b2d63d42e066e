// The data, and what is found in it: rbacgraph/report/page/data.py says what stands where.

const D = JSON.parse(by("data").textContent);
const S = D.secrets;
const ITSELF = -1;
const SECRETS = S.name.length;

const nodeText = (n) => D.nodes[n][0];
const nodeWords = (n) => D.nodes[n][4] || D.nodes[n][0];
const chainOf = (i) => S.chains[S.chain[i]].map((t) => D.techniques[t]);
const openingsOf = (i) => S.openings[S.opening[i]].map((t) => D.techniques[t]);

// "12 ServiceAccounts", where all are of one kind.
function kindsOf(nodes, noun) {
  const kinds = new Set(nodes.map((n) => D.nodes[n][1]));
  return count(nodes.length, kinds.size === 1 ? [...kinds][0] || noun : noun);
}

function hop(number) {
  const [technique, source, target, text, effort, condition, evidence, others] = D.hops[number];
  return {
    id: D.techniques[technique], source, target, text: D.texts[text], effort,
    condition: D.conditions[condition], evidence, others,
  };
}

function route(number) {
  const [crowd, certain, effort, hops] = D.routes[number];
  return { number, crowd, heads: D.crowds[crowd], certain: certain === 1, effort, hops: hops.map(hop) };
}

// For each principal, how it gets at each Secrets' way: [route or ITSELF, certain, effort].
const found = new Map();
D.ways.forEach((way, w) => {
  const note = (principal, entry) => {
    if (!found.has(principal)) found.set(principal, new Map());
    const ways = found.get(principal);
    if (!ways.has(w)) ways.set(w, []);
    ways.get(w).push(entry);
  };
  for (const number of way.routes) {
    const [crowd, certain, effort] = D.routes[number];
    for (const [principal] of D.crowds[crowd]) note(principal, [number, certain, effort]);
  }
  way.rest.forEach((principals, conditional) => {
    for (const principal of principals) note(principal, [ITSELF, 1 - conditional, Infinity]);
  });
});

const secretsOfWay = D.ways.map(() => []);
S.ways.forEach((way, i) => { if (way >= 0) secretsOfWay[way].push(i); });

const PRINCIPALS = D.principals.map(([node, groups, others, left]) => {
  let certain = 0, conditional = 0;
  for (const [way, entries] of found.get(node) || []) {
    const number = secretsOfWay[way].length;
    if (entries.some((entry) => entry[1])) certain += number; else conditional += number;
  }
  return { node, text: nodeText(node), kind: D.nodes[node][1], certain, conditional, groups, others, left };
});
const principalOf = new Map(PRINCIPALS.map((one) => [one.node, one]));
const nodeOf = new Map(D.nodes.map((node, n) => [node[0], n]));
const secretOf = new Map(S.node.map((node, i) => [node, i]));

// Where a node of a path leads to within this page, if anywhere.
function hashOf(n) {
  if (secretOf.has(n)) return `#secret=${encodeURIComponent(S.name[secretOf.get(n)])}`;
  return principalOf.has(n) ? `#principal=${encodeURIComponent(nodeText(n))}` : "";
}
