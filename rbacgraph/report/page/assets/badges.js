// Principals as the lists show them: a badge of the kind, the whole name, and whether it is admin.

const SHORT = { ServiceAccount: "SA", "User": "User", "Group": "Group" };

const ADMINS = new Map((D.overview.admins || []).map(([node, certain, effort, how, words, granted, place]) =>
  [node, { node, certain: certain === 1, effort, how, words, by: granted, place }]));

function badge(n) {
  const [, kind, , family] = D.nodes[n], short = SHORT[kind] || kind;
  return kind && el("span", { class: `badge ${family}`, title: kind },
    el("span", { class: "long" }, kind), el("span", { class: "short", "aria-hidden": true }, short));
}

const nameOf = (n) => D.nodes[n][2];

// "admin" where it is certain, "admin?" where it depends on a condition.
function adminFlag(n) {
  const admin = ADMINS.get(n);
  if (!admin) return null;
  const words = admin.certain ? "Effectively cluster-admin" : "Effectively cluster-admin under a condition";
  return el("span", { class: admin.certain ? "flag" : "flag conditional", title: `${words}: ${admin.how}`, "aria-label": words },
    admin.certain ? "admin" : "admin?");
}

// A principal in a line: its badge, a link with its name, its flag.
function principalCell(n, flag = true) {
  const hash = hashOf(n);
  return el("span", { class: "principal" }, badge(n),
    hash ? link(nameOf(n), hash, nodeText(n)) : el("span", {}, nameOf(n)), flag && adminFlag(n));
}
