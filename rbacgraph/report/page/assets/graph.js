// Paths drawn: boxes and arrows by dagre, as SVG. Every box can be reached by Tab.

const MOST_ARROWS = 80;
const FEWEST = 20;
const WORDS_SHOWN = 6;
const LETTER = 6.7;
const LONGEST = 30;
const MOST_LINES = 5;
const LINE = 13;

// A name in lines, broken after what parts it; all of it, unless no name of Kubernetes is so long.
function lined(text) {
  const lines = [];
  let left = text;
  while (left.length > LONGEST && lines.length < MOST_LINES - 1) {
    const at = 1 + Math.max(...[..."/-.:_@,= "].map((mark) => left.lastIndexOf(mark, LONGEST - 1)));
    const end = at > LONGEST / 2 ? at : LONGEST;
    lines.push(left.slice(0, end));
    left = left.slice(end);
  }
  return [...lines, left.length <= 2 * LONGEST ? left : `${left.slice(0, LONGEST)}…`];
}

// A box of one node; `wanted` is the kind of mark: "from" or "to".
function nodeBox(n, mark) {
  const [, kind, name, family, words] = D.nodes[n];
  const sort = words ? `n${n}` : kind;
  return { key: `n${n}`, nodes: [n], sort, kind, name, family, mark, label: nodeWords(n), hash: hashOf(n) };
}

function manyBox(key, nodes, mark, noun) {
  if (nodes.length === 1) return nodeBox(nodes[0], mark);
  const one = new Set(nodes.map((n) => D.nodes[n][1])).size === 1;
  const families = new Set(nodes.map((n) => D.nodes[n][3]));
  const kind = kindsOf(nodes, noun), [first, second] = nodes.map((n) => D.nodes[n][2]);
  const both = `${first}, ${second}`, fits = both.length < LONGEST - 3;
  const more = nodes.length > 2 || !fits;
  return {
    key, nodes, sort: one ? D.nodes[nodes[0]][1] : "", kind, name: (fits ? both : first) + (more ? ", …" : ""), mark, hash: "",
    family: families.size === 1 ? [...families][0] : "mixed",
    label: `${kind}: ${nodes.slice(0, 50).map(nodeText).join(", ")}`,
  };
}

// `roads`: { from: box, to: box, hops }.
function collect(roads) {
  const boxes = new Map(), arrows = new Map();
  const box = (one) => boxes.has(one.key) ? boxes.get(one.key) : (boxes.set(one.key, one), one);
  const arrow = (a, b, hop) => {
    const key = JSON.stringify([a.key, b.key, hop ? [hop.id, hop.condition] : 0]);
    if (a.key === b.key) return;
    if (!arrows.has(key)) arrows.set(key, { a, b, hop, words: new Set() });
    arrows.get(key).words.add(hop ? `${a.label} ${hop.text}` : "one of them");
  };
  for (const { from, to, hops } of roads) {
    const end = (n, itself) => box(n === ITSELF ? itself : nodeBox(n));
    const known = new Set([box(from).key]);
    let here = from;
    for (const one of hops) {
      const source = end(one.source, from), target = end(one.target, to);
      if (!known.has(source.key)) arrow(here, source, null);
      arrow(source, target, one);
      for (const other of one.others) arrow(end(other, from), target, one);
      known.add(source.key).add(target.key);
      here = target;
    }
  }
  return { boxes: [...boxes.values()], arrows: [...arrows.values()] };
}

// Boxes that have the same arrows to, and from, the same boxes are one.
function merged({ boxes, arrows }) {
  const says = (hop) => (hop ? [hop.id, hop.condition] : 0);
  let lead = new Map(boxes.map((box) => [box.key, box.key]));
  for (;;) {
    const sides = new Map(boxes.map((box) => [box.key, new Set()]));
    for (const { a, b, hop } of arrows) {
      sides.get(a.key).add(JSON.stringify(["to", lead.get(b.key), says(hop)]));
      sides.get(b.key).add(JSON.stringify(["from", lead.get(a.key), says(hop)]));
    }
    const leads = new Map(), next = new Map();
    for (const { key, sort, mark } of boxes) {
      const same = JSON.stringify([sort, mark || "", [...sides.get(key)].sort()]);
      if (!leads.has(same)) leads.set(same, key);
      next.set(key, leads.get(same));
    }
    const done = boxes.every(({ key }) => next.get(key) === lead.get(key));
    lead = next;
    if (done) break;
  }
  const members = new Map();
  for (const box of boxes) members.set(lead.get(box.key), [...(members.get(lead.get(box.key)) || []), box]);
  const drawn = new Map([...members].map(([key, some]) =>
    [key, some.length === 1 ? some[0] : manyBox(key, some.flatMap((box) => box.nodes), some[0].mark, "principal")]));
  const links = new Map();
  for (const { a, b, hop, words } of arrows) {
    const key = JSON.stringify([lead.get(a.key), lead.get(b.key), says(hop)]);
    if (!links.has(key)) links.set(key, { a: drawn.get(lead.get(a.key)), b: drawn.get(lead.get(b.key)), hop, words: new Set() });
    for (const one of words) links.get(key).words.add(one);
  }
  return { boxes: [...drawn.values()], arrows: [...links.values()] };
}

// As many of the first as can be looked at.
function fitting(roads) {
  let number = roads.length, parts = merged(collect(roads));
  while (parts.arrows.length > MOST_ARROWS && number > FEWEST) {
    number = Math.max(FEWEST, Math.floor(number * 0.7));
    parts = merged(collect(roads.slice(0, number)));
  }
  return { number, parts };
}

function layout({ boxes, arrows }) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 34, edgesep: 8, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) {
    const lines = lined(box.name), letters = Math.max(...lines.map((line) => line.length), box.kind.length * 0.85, 6);
    const height = (box.kind ? 40 : 28) + (lines.length - 1) * LINE;
    graph.setNode(box.key, { width: letters * LETTER + 22, height });
  }
  arrows.forEach(({ a, b, hop }, i) => {
    const width = hop ? hop.id.length * 6 + 10 : 4;
    graph.setEdge(a.key, b.key, { width, height: 14, labelpos: "c" }, `e${i}`);
  });
  dagre.layout(graph);
  return graph;
}

// A smooth line through dagre's points.
function curve(points) {
  const [first, ...rest] = points;
  let d = `M${first.x.toFixed(1)} ${first.y.toFixed(1)}`;
  rest.forEach((point, i) => {
    const after = rest[i + 1];
    if (!after) d += `L${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
    else {
      const x = (point.x + after.x) / 2, y = (point.y + after.y) / 2;
      d += `Q${point.x.toFixed(1)} ${point.y.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)}`;
    }
  });
  return d;
}

function drawnBox(box, at) {
  const { width, height } = at, left = at.x - width / 2, top = at.y - height / 2;
  const text = (y, words, name) => svg("text", { x: at.x, y, class: name }, words);
  const first = top + (box.kind ? 31 : 18);
  const inside = [
    svg("title", {}, box.label),
    svg("rect", { x: left, y: top, width, height, rx: box.family === "user" ? height / 2 : 5 }),
    box.kind && text(top + 15, box.kind, "kind"),
    lined(box.name).map((line, n) => text(first + n * LINE, line, "name")),
  ];
  const group = svg("g", { class: `box ${box.family} ${box.mark || ""}` }, inside);
  return box.hash ? svg("a", { href: box.hash, "aria-label": box.label }, group) : group;
}

function drawnArrow({ hop, words }, edge) {
  const lines = [...words].slice(0, WORDS_SHOWN);
  if (words.size > lines.length) lines.push(`and ${words.size - lines.length} more`);
  if (hop && hop.condition) lines.push(`condition: ${hop.condition}`);
  const line = svg("path", { d: curve(edge.points), "marker-end": "url(#tip)" });
  const group = svg("g", { class: `arrow ${hop && hop.condition ? "conditional" : ""} ${hop ? "" : "member"}` },
    svg("title", {}, lines.join("\n")), line);
  if (hop) group.append(svg("text", { x: edge.x, y: edge.y + 3.5 }, hop.id));
  return group;
}

// `centre` is the box that all roads share.
function picture(roads, label, centre) {
  const { number: drawn, parts } = fitting(roads), graph = layout(parts), { width, height } = graph.graph();
  const image = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label },
    svg("defs", {}, svg("marker", {
      id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse",
    }, svg("path", { d: "M0 0L8 4L0 8z" }))),
    parts.arrows.map((arrow, i) => drawnArrow(arrow, graph.edge(arrow.a.key, arrow.b.key, `e${i}`))),
    parts.boxes.map((box) => drawnBox(box, graph.node(box.key))));
  const view = new View(image, { width, height }, label);
  const note = drawn < roads.length && el("p", { class: "quiet" },
    `Drawn are the first ${drawn} of ${count(roads.length, "route")}; the list below has more.`);
  return {
    node: el("figure", {}, view.tools, view.frame, legend(parts), note || null),
    ready: () => view.start(graph.node(centre.key).y),
  };
}

// What the colours and lines of this picture mean.
function legend({ boxes, arrows }) {
  const families = [...new Set(boxes.map((box) => box.family))];
  const swatch = (name) => svg("svg", { width: 18, height: 12, "aria-hidden": true },
    svg("g", { class: `box ${name}` }, svg("rect", { x: 1, y: 1, width: 16, height: 10, rx: name === "user" ? 5 : 2 })));
  const stroke = (name) => svg("svg", { width: 26, height: 12, "aria-hidden": true },
    svg("g", { class: `arrow ${name}` }, svg("path", { d: "M1 6L25 6" })));
  const lines = [
    ["", "certain", arrows.some(({ hop }) => hop && !hop.condition)],
    ["conditional", "under a condition", arrows.some(({ hop }) => hop && hop.condition)],
    ["member", "one of them", arrows.some(({ hop }) => !hop)],
  ];
  return el("ul", { class: "legend", "aria-label": "Legend" },
    families.map((name) => el("li", {}, swatch(name), D.families[name] || "several kinds")),
    lines.filter(([, , there]) => there).map(([name, words]) => el("li", {}, stroke(name), words)));
}
