// Saves what is typed in a form with `data-draft`, a moment after each change. Where that fails, the button remains.
const PAUSE_MS = 1500;
const form = document.querySelector("form[data-draft]");
const status = document.querySelector("[data-draft-status]");
let waiting;

async function save() {
  try {
    const answer = await fetch(form.dataset.draft, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
      redirect: "error",
    });
    if (!answer.ok) throw new Error(answer.status);
    const time = new Date().toLocaleTimeString("es-CO", { hour: "2-digit", minute: "2-digit" });
    status.textContent = `Borrador guardado a las ${time}`;
  } catch {
    status.textContent = "El borrador no se pudo guardar. Use el botón «Guardar borrador».";
  }
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(save, PAUSE_MS);
});
// What was sent as a request must not come back as a draft.
form?.addEventListener("submit", () => clearTimeout(waiting));
