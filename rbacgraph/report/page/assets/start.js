// The rest of the page, and what listens.

function diagnostics(panel) {
  const rows = D.diagnostics;
  panel.append(el("h2", {}, count(rows.length, "problem"), " in the input"));
  if (!rows.length) return;
  const item = ([severity, where, code, message, advice]) => el("li", { class: `diagnostic ${severity}` },
    el("strong", {}, severity), " ", message, advice && el("span", { class: "quiet" }, ` (${advice})`),
    el("div", { class: "evidence" }, el("code", {}, code), where && el("span", { class: "place" }, where)));
  panel.append(several(rows, 100, item, el("ul", { class: "plain" })));
}

function limits(panel) {
  const { sentence, assumptions, missing } = D.basis;
  const list = (title, sentences) => sentences.length
    ? [el("h3", {}, title), el("ul", {}, sentences.map((words) => el("li", {}, words)))] : [];
  const used = Object.keys(D.pages).sort();
  panel.append(el("h2", {}, "Assumptions and limits"), el("p", {}, D.overview.input.map(([name, words]) => `${name}: ${words}.`).join(" ")), el("p", {}, sentence),
    ...list("Assumed", assumptions), ...list("Missing", missing));
  if (D.left_out) panel.append(el("p", { class: "condition" }, `To the ${count(D.left_out, "least exposed Secret")} rbacgraph looked for no paths: this page has only counts, techniques and the path of the lowest effort found.`));
  panel.append(
    el("h3", {}, "How to read it"),
    el("ul", {},
      el("li", {}, "A path is a chain of techniques: an attacker who controls the left side obtains the right side. Effort orders paths; it is no score. Low, medium and high are 1–2, 3–5 and 6–8 for a technique, up to 3, 4–7 and 8 or more for a path."),
      el("li", {}, "Certain paths depend on nothing else. Conditional ones name their condition; rbacgraph never counts the two together."),
      el("li", {}, "A group counts once, as one principal; members reach the Secret only through such a group."),
      el("li", {}, "“No path” means: none by the techniques that rbacgraph checked, from what the input shows."),
      el("li", {}, "Keys: / searches, arrows move in the list, Enter opens, Escape closes.")),
    el("h3", {}, "Techniques of these paths"),
    el("table", {}, el("thead", {}, el("tr", {}, ["Technique", "Effort", "An attacker with the left side …"].map((t) => el("th", { scope: "col" }, t)))),
      el("tbody", {}, used.map((id) => el("tr", {}, el("td", {}, technique(id)), el("td", {}, D.pages[id][1] || "-"), el("td", {}, D.pages[id][0]))))));
}

// How many Secrets are reached how; each shows those.
function facts() {
  const reached = FILTERS.secrets[0];
  return el("div", { id: "facts", role: "group", "aria-label": "Show Secrets that are reached" }, "Secrets reached", reached.values().map((value) => {
    const some = S.name.filter((_, i) => reachedAs(i, value)).length;
    return el("a", { class: "fact", href: `#tab=secrets&reached=${encodeURIComponent(value)}` }, el("b", {}, number(some)), ` ${value}`);
  }));
}

function theme() {
  const select = by("theme");
  const set = (value) => {
    if (value) document.documentElement.dataset.theme = value; else delete document.documentElement.dataset.theme;
  };
  try { select.value = localStorage.getItem("rbacgraph-theme") || ""; } catch { /* a page without storage */ }
  set(select.value);
  select.addEventListener("change", () => {
    set(select.value);
    try { localStorage.setItem("rbacgraph-theme", select.value); } catch { /* a page without storage */ }
  });
}

by("summary").textContent = D.summary;
summary(by("panel-summary"));
by("tab-diagnostics").append(` (${D.diagnostics.length})`);
diagnostics(by("panel-diagnostics"));
limits(by("panel-limits"));
theme();
by("search").addEventListener("input", () => { state.words[state.tab] = by("search").value; fill(state.tab); });
by("search").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "Enter") { grids[state.tab].box.focus(); event.preventDefault(); }
});
by("tabs").addEventListener("keydown", tabKeys);
TABS.forEach((name) => by(`tab-${name}`).addEventListener("click", () => { close(); go(`#tab=${name}`); showTab(name); }));
document.addEventListener("keydown", keys);
window.addEventListener("hashchange", follow);
follow();
document.documentElement.dataset.ready = "yes";
