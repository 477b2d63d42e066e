// Principals as the lists show them: a badge of the kind, the whole name, and whether it is admin.

const SHORT = { ServiceAccount: "SA", "User": "User", "Group": "Group" };

const ADMINS = new Map((D.overview.admins || []).map(([node, certain, effort, how, words, granted, place, operator]) =>
  [node, { node, certain: certain === 1, effort, how, words, by: granted, place, operator }]));

function badge(n) {
  const [, kind, , family] = D.nodes[n], short = SHORT[kind] || kind;
  return kind && el("span", { class: `badge ${family}`, title: kind },
    el("span", { class: "long" }, kind), el("span", { class: "short", "aria-hidden": true }, short));
}

const nameOf = (n) => D.nodes[n][2];

const adminLevel = ({ certain, operator }) => operator ? "by design" : certain ? "yes" : "under a condition";

// "admin" where it is certain, "admin?" where it depends on a condition; hollow for operators.
function adminFlag(n) {
  const admin = ADMINS.get(n);
  if (!admin) return null;
  const words = `Effectively cluster-admin${admin.certain ? "" : " under a condition"}${admin.operator ? `, by design: ${admin.operator}` : ""}`;
  return el("span", { class: `flag ${admin.operator ? "operator" : admin.certain ? "" : "conditional"}`, title: `${words}: ${admin.how}`, "aria-label": words },
    admin.certain ? "admin" : "admin?");
}

// A principal in a line: its badge, a link with its name, its flag.
function principalCell(n, flag = true) {
  const hash = hashOf(n);
  return el("span", { class: "principal" }, badge(n),
    hash ? link(nameOf(n), hash, nodeText(n)) : el("span", {}, nameOf(n)), flag && adminFlag(n));
}
