// What is printed: the whole report, not the rows that happen to be on the screen.

function printedTable(title, columns, rows) {
  return el("section", {}, el("h2", {}, title), el("div", { class: "list" }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell))))))));
}

function printedLists() {
  const admin = (p) => (ADMINS.has(p.node) ? adminLevel(ADMINS.get(p.node)) : "");
  const secrets = S.name.map((name, i) => [name, S.type[i] || "-", S.severity[i] || "-", number(S.readers[i]), number(S.certain[i]), number(S.conditional[i]),
    number(S.members[i]), openingsOf(i).join(", ") || "-", cheapest(i), S.place[i]]);
  const principals = BY_REACH.map((p) => [[badge(p.node), " ", nameOf(p.node)], admin(p), adminHow(p), number(p.certain), number(p.conditional)]);
  return [
    printedTable("Secrets", ["Secret", "Type", "Severity", "Readers", "Certain", "Conditional", "Members", "Final step", "Lowest effort found", "Place"], secrets),
    printedTable("Principals", ["Principal", "Cluster-admin", "How", "Certain", "Conditional"], principals),
  ];
}

// Opens what is folded, in what is about to be printed.
function unfold() {
  for (const details of document.querySelectorAll("#detail details")) {
    if (details.fill) details.fill();
    details.open = true;
  }
  for (const more of document.querySelectorAll(".more")) if (more.showAll && !more.hidden) more.showAll();
}

window.addEventListener("beforeprint", () => {
  if (!by("detail").hidden) unfold();
  else for (const more of document.querySelectorAll("main > .text .more")) more.showAll();
  by("print").replaceChildren(...printedLists());
});
window.addEventListener("afterprint", () => by("print").replaceChildren());
