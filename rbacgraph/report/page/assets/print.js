// What is printed: the whole report, not the rows that happen to be on the screen.

function printedTable(title, columns, rows) {
  return el("section", {}, el("h2", {}, title), el("div", { class: "list" }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell))))))));
}

function printedLists() {
  const admin = (p) => (ADMINS.has(p.node) ? adminLevel(ADMINS.get(p.node)) : "");
  const secrets = S.name.map((name, i) => [
    [name, el("div", { class: "quiet" }, [S.type[i].replace("kubernetes.io/", ""), S.place[i]].filter(Boolean).join(" · "))],
    S.severity[i] ? severityMark(S.severity[i]) : "-", number(S.readers[i]), number(S.certain[i]), number(S.conditional[i]), both(S.members[i], S.members_conditional[i]),
    [cheapest(i), el("div", { class: "quiet" }, `final step: ${openingsOf(i).join(", ") || "-"}`)]]);
  const principals = BY_REACH.map((p) => [[badge(p.node), " ", nameOf(p.node)], number(p.certain), number(p.conditional), admin(p), adminHow(p)]);
  return [
    printedTable("Secrets", ["Secret", "Severity", "Readers", "Certain", "Conditional", "Members", "Lowest effort found"], secrets),
    printedTable("Principals", ["Principal", "Certain", "Conditional", "Cluster-admin", "How"], principals),
  ];
}

// Opens what is folded, in what is about to be printed.
function unfold() {
  for (const details of document.querySelectorAll("#detail details, #panel-summary > section > details")) {
    if (details.fill) details.fill();
    details.open = true;
  }
  for (const more of document.querySelectorAll(".more")) if (more.showAll && !more.hidden) more.showAll();
}

window.addEventListener("beforeprint", () => {
  unfold();
  by("print").replaceChildren(...printedLists());
});
window.addEventListener("afterprint", () => by("print").replaceChildren());
