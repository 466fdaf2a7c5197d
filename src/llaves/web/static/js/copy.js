// Copies a value and says so. The clipboard asks for HTTPS or localhost: elsewhere the value is selected for Ctrl + C.
const MESSAGE_STAYS_MS = 4000;

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent.trim());
    return "Copiado";
  } catch {
    select(element);
    return "Seleccionado; presione Ctrl + C para copiarlo";
  }
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copies]");
  if (!button) return;
  const value = document.getElementById(button.dataset.copies);
  const status = document.getElementById(`${button.dataset.copies}-status`);
  status.textContent = await copy(value);
  setTimeout(() => {
    status.textContent = "";
  }, MESSAGE_STAYS_MS);
});
