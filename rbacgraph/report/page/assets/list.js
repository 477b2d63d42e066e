// A table of any length: only the rows that can be seen are there.

const SPARE = 8;

// Two lines of text fit in a row; three on narrow screens. page.css has the same numbers.
const NARROW = window.matchMedia("(max-width: 700px)");
const rowHeight = () => (NARROW.matches ? 55 : 38);

class Grid {
  constructor(root, label, columns, open) {
    this.columns = columns;
    this.open = open;
    this.rows = [];
    this.active = -1;
    this.chosen = null;
    this.sorted = null;
    this.first = this.last = 0;
    this.head = el("div", { class: "row head", role: "row", "aria-rowindex": 1 },
      columns.map((column, c) => this.heading(column, c)));
    this.body = el("div", { class: "rows", role: "rowgroup" });
    this.box = el("div", {
      class: "grid", role: "grid", tabindex: 0, "aria-label": label,
      on: { scroll: () => this.scrolled(), keydown: (event) => this.key(event), click: (e) => this.click(e) },
    }, el("div", { role: "rowgroup", class: "heads" }, this.head), this.body);
    root.replaceChildren(this.box);
    this.high = rowHeight();
    new ResizeObserver(() => this.resized()).observe(this.box);
  }

  heading(column, c) {
    return el("div", { role: "columnheader", class: column.class, "aria-sort": "none" },
      el("button", { type: "button", tabindex: 0, on: { click: () => this.sort(c) } }, column.title));
  }

  // `compare` keeps the given order, which is the report's own.
  show(rows) {
    this.given = rows;
    this.order();
    this.active = rows.length ? Math.max(0, this.rows.indexOf(this.chosen)) : -1;
    this.box.setAttribute("aria-rowcount", rows.length + 1);
    this.body.style.height = `${rows.length * this.high}px`;
    this.reveal();
  }

  sort(c) {
    const falling = this.sorted && this.sorted.c === c ? !this.sorted.falling : Boolean(this.columns[c].number);
    this.sorted = { c, falling };
    this.head.childNodes.forEach((cell, i) =>
      cell.setAttribute("aria-sort", i !== c ? "none" : falling ? "descending" : "ascending"));
    const row = this.rows[this.active];
    this.order();
    this.active = this.rows.indexOf(row);
    this.reveal();
  }

  order() {
    this.rows = [...this.given];
    if (!this.sorted) return;
    const { c, falling } = this.sorted, value = this.columns[c].value, sign = falling ? -1 : 1;
    const keys = new Map(this.rows.map((row) => [row, value(row)]));
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    this.rows.sort((a, b) => sign * compare(keys.get(a), keys.get(b)));
  }

  choose(row) {
    this.chosen = row;
    const place = this.rows.indexOf(row);
    if (place >= 0) this.active = place;
    this.reveal();
  }

  reveal() {
    const top = this.active * this.high, height = this.box.clientHeight - this.high;
    if (this.active >= 0 && height > 0) {
      if (top < this.box.scrollTop) this.box.scrollTop = top;
      else if (top + this.high > this.box.scrollTop + height) this.box.scrollTop = top + this.high - height;
    }
    this.draw();
  }

  resized() {
    if (this.high === rowHeight() || !this.given) return this.scrolled();
    this.high = rowHeight();
    this.body.style.height = `${this.rows.length * this.high}px`;
    this.reveal();
  }

  // Rows stay as they are while those that can be seen are among them.
  scrolled() {
    const top = Math.floor(this.box.scrollTop / this.high), bottom = top + Math.ceil(this.box.clientHeight / this.high);
    if (top < this.first || Math.min(bottom, this.rows.length) > this.last) this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.high) - SPARE);
    const last = Math.min(this.rows.length, first + Math.ceil(this.box.clientHeight / this.high) + 2 * SPARE);
    [this.first, this.last] = [first, last];
    const nodes = [];
    for (let place = first; place < last; place++) nodes.push(this.row(place));
    this.body.replaceChildren(...nodes);
    if (this.active >= first && this.active < last) {
      this.box.setAttribute("aria-activedescendant", `row-${this.active}`);
    } else this.box.removeAttribute("aria-activedescendant");
  }

  row(place) {
    const row = this.rows[place];
    const classes = ["row", place === this.active ? "active" : "", place % 2 ? "odd" : ""];
    const node = el("div", {
      id: `row-${place}`, role: "row", class: classes.join(" "), "aria-rowindex": place + 2,
      "aria-selected": row === this.chosen,
    }, this.columns.map((column) =>
      el("div", { role: "gridcell", class: column.class, title: column.tip && column.tip(row) }, column.cell(row))));
    node.style.transform = `translateY(${place * this.high}px)`;
    return node;
  }

  click(event) {
    const row = event.target.closest(".rows .row");
    if (!row) return;
    this.active = Number(row.id.slice("row-".length));
    this.draw();
    this.open(this.rows[this.active]);
  }

  key(event) {
    if (event.target !== this.box || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.high) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps && this.rows.length) {
      this.active = Math.min(this.rows.length - 1, Math.max(0, this.active + steps[event.key]));
      this.reveal();
    } else if ((event.key === "Enter" || event.key === " ") && this.active >= 0) {
      this.open(this.rows[this.active]);
    } else return;
    event.preventDefault();
  }
}
