// What a reader takes along: text for the clipboard, commands for a shell, CSV for a spreadsheet.

const COPIED = 1500;

function say(words) {
  by("said").textContent = words;
}

// Browsers without a clipboard for pages from files have the older command.
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "unseen", "aria-hidden": true }), here = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (here) here.focus({ preventScroll: true });
    return done;
  }
}

function copyButton(what, text) {
  const button = el("button", { type: "button", class: "small", "aria-label": `Copy ${what}`, title: `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    const done = await toClipboard(text());
    button.textContent = done ? "Copied" : "Not copied";
    say(done ? `Copied ${what}` : `This browser did not copy ${what}`);
    setTimeout(() => { button.textContent = "Copy"; }, COPIED);
  });
  return button;
}

// A cell that a spreadsheet shows and does not run, as `rbacgraph -o csv` writes it.
function csvCell(value) {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const csvText = (columns, rows) => [columns, ...rows].map((row) => row.map(csvCell).join(",") + "\n").join("");

function csvButton(file, what, columns, rows) {
  const save = () => {
    const address = URL.createObjectURL(new Blob([csvText(columns, rows())], { type: "text/csv" }));
    el("a", { href: address, download: file }).click();
    setTimeout(() => URL.revokeObjectURL(address), COPIED);
    say(`Saved ${file}`);
  };
  return el("button", { type: "button", class: "small", "aria-label": `Save ${what} as CSV`, title: `Save ${what} as CSV`, on: { click: save } }, "CSV");
}

// A word of a command line that no shell takes for anything else.
const shellWord = (word) =>
  /^[\w/:.,@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const commandLine = (...words) => ["rbacgraph", ...words, ...D.options].map(shellWord).join(" ");

function command(what, line) {
  return el("div", { class: "command" }, el("code", { tabindex: 0, "aria-label": what }, line), copyButton(what, () => line));
}
