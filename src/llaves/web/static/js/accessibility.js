// Contrast and letter size, remembered in this browser. preferences.js applies them before the first paint.
const root = document.documentElement;
const bar = document.querySelector(".accessibility-bar");
const status = bar?.querySelector("[role=status]");
const SMALLEST = -1;
const LARGEST = 3;
const PERCENT = { "-1": "87,5", 0: "100", 1: "112,5", 2: "125", 3: "150" };

function remember(name, value) {
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
  try {
    localStorage.setItem(`llaves.${name}`, value);
  } catch {
    // Not remembered, but applied to this page.
  }
}

const scale = () => Number(root.dataset.fontScale ?? 0);
const highContrast = () => root.dataset.contrast === "high";

function show() {
  bar.querySelector("[data-contrast-toggle]").setAttribute("aria-pressed", String(highContrast()));
  for (const button of bar.querySelectorAll("[data-font-step]")) {
    const limit = Number(button.dataset.fontStep) > 0 ? LARGEST : SMALLEST;
    button.setAttribute("aria-disabled", String(scale() === limit));
  }
}

function step(by) {
  const next = Math.min(LARGEST, Math.max(SMALLEST, scale() + by));
  remember("fontScale", next ? String(next) : "");
  status.textContent = `Letra al ${PERCENT[next]} %`;
}

function toggleContrast() {
  remember("contrast", highContrast() ? "" : "high");
}

bar?.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  if (button.dataset.fontStep) step(Number(button.dataset.fontStep));
  else toggleContrast();
  show();
});
if (bar) show();
