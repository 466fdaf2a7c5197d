// Warns before a session ends for lack of use, and lets one stay. Other tabs of the portal count as use.
const element = document.querySelector("[data-idle-after]");
const KEY = "llaves.seen";

function watch() {
  const idleAfter = Number(element.dataset.idleAfter) * 1000;
  const warnBefore = Number(element.dataset.warnBefore) * 1000;
  const dialog = element.querySelector("dialog");
  const count = dialog.querySelector("[data-count]");
  const own = { seen: Date.now() };

  function remember() {
    own.seen = Date.now();
    try {
      localStorage.setItem(KEY, String(own.seen));
    } catch {
      // Storage can be forbidden by policy: then each tab counts alone.
    }
  }

  function seen() {
    try {
      return Math.max(own.seen, Number(localStorage.getItem(KEY) ?? 0));
    } catch {
      return own.seen;
    }
  }

  function tick() {
    const left = seen() + idleAfter - Date.now();
    if (left <= 0) return location.replace(element.dataset.endUrl);
    if (left > warnBefore) {
      if (dialog.open) dialog.close();
      return;
    }
    if (!dialog.open) dialog.showModal();
    // Full minutes, so that a screen reader is not interrupted each second.
    const minutes = Math.ceil(left / 60_000);
    const text = minutes === 1 ? "menos de un minuto" : `${minutes} minutos`;
    if (count.textContent !== text) count.textContent = text;
  }

  async function stay(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    if (!answer.ok) return location.replace(element.dataset.endUrl);
    remember();
    dialog.close();
  }

  dialog.querySelector("form").addEventListener("submit", stay);
  // Escape means «go on», not «let it end unseen».
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dialog.querySelector("form").requestSubmit();
  });
  document.addEventListener("visibilitychange", tick);
  remember();
  setInterval(tick, 1000);
}

if (element) watch();
