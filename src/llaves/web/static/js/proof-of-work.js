// «No soy un robot»: finds, in a worker, the number that the server hid behind a hash (Altcha v1).
function setUp(box) {
  const challenge = JSON.parse(box.dataset.challenge);
  const max = challenge.maxNumber ?? challenge.maxnumber ?? challenge.max_number ?? 1_000_000;
  const checkbox = box.querySelector("input[type=checkbox]");
  const answer = box.querySelector("input[type=hidden]");
  const status = box.querySelector("[role=status]");
  const form = checkbox.form;
  let waiting = null;

  function show(state, text) {
    box.dataset.state = state;
    status.textContent = text;
  }

  function fail() {
    checkbox.checked = false;
    waiting = null;
    show("failed", "No se pudo verificar. Recargue la página e intente de nuevo.");
  }

  function accept(number) {
    const { algorithm, salt, signature } = challenge;
    answer.value = btoa(JSON.stringify({ algorithm, challenge: challenge.challenge, number, salt, signature }));
    show("solved", "Verificado");
    if (waiting) form.requestSubmit(waiting.submitter);
    waiting = null;
  }

  function solve() {
    show("solving", "Verificando…");
    const worker = new Worker(box.dataset.worker);
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (data === null) fail();
      else accept(data);
    };
    worker.onerror = fail;
    worker.postMessage({ salt: challenge.salt, hash: challenge.challenge, max });
  }

  checkbox.addEventListener("change", () => {
    if (checkbox.checked && !["solving", "solved"].includes(box.dataset.state)) solve();
  });
  form.addEventListener("submit", (event) => {
    if (box.dataset.state !== "solving" || !checkbox.checked) return;
    event.preventDefault();
    waiting = { submitter: event.submitter };
    status.textContent = "Verificando: el formulario se enviará enseguida…";
  });
  // A challenge serves once: a page brought back by Back, or reloaded with its box ticked, starts again.
  checkbox.checked = false;
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
}

for (const box of document.querySelectorAll("[data-challenge]")) setUp(box);
