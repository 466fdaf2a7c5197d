// What a form does beyond HTML: the error summary takes the focus, and a password can be shown.
const summary = document.querySelector("[data-takes-focus]");
summary?.focus();
// A page that was entered by «Saltar al contenido» keeps its fragment when its form is sent, and the browser goes there.
addEventListener("load", () => summary?.focus());

function setShown(button, shown) {
  const input = document.getElementById(button.dataset.reveals);
  input.type = shown ? "text" : "password";
  button.querySelector("[data-verb]").textContent = shown ? "Ocultar" : "Mostrar";
}

for (const button of document.querySelectorAll("[data-reveals]")) {
  const input = document.getElementById(button.dataset.reveals);
  button.addEventListener("click", () => setShown(button, input.type === "password"));
  // A browser that remembers what was typed in text fields must not remember a password.
  input.form?.addEventListener("submit", () => setShown(button, false));
}

// An answer that takes some seconds: say so, also to who listens. Sent twice, nothing is done twice.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    form.querySelector("[role=status]").textContent = form.dataset.busy;
    form.querySelector("[type=submit]").setAttribute("aria-disabled", "true");
  });
}
