// Leaves a page that shows secrets when its time is up, and never lets the browser's Back bring it to the screen again.
const SPOKEN_AT = [60, 30, 10];

function watch(element) {
  const seconds = Number(element.dataset.hideAfter);
  const deadline = Date.now() + seconds * 1000;
  const count = element.querySelector("[data-count]");
  const spoken = element.querySelector("[role=status]");
  const leave = () => location.replace(element.dataset.hideUrl);
  let said;

  function tick() {
    const left = Math.ceil((deadline - Date.now()) / 1000);
    if (left <= 0) return leave();
    count.textContent = left === 1 ? "1 segundo" : `${left} segundos`;
    const due = Math.min(...SPOKEN_AT.filter((second) => left <= second));
    if (due !== said && due < Infinity) {
      said = due;
      spoken.textContent = `Los valores se ocultarán en ${left} segundos`;
    }
  }

  element.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  tick();
  setInterval(tick, 250);
  // Timers sleep with the computer and in hidden tabs: the clock is asked again on return.
  document.addEventListener("visibilitychange", tick);
  addEventListener("pagehide", () => {
    document.querySelector("main").hidden = true;
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) leave();
  });
}

for (const element of document.querySelectorAll("[data-hide-after]")) watch(element);
