// A classic script in the head: a module would run after the first paint and show the page in the wrong size and colours.
(() => {
  const root = document.documentElement;
  root.dataset.scripting = "on";
  try {
    for (const name of ["contrast", "fontScale"]) {
      const value = localStorage.getItem(`llaves.${name}`);
      if (value) root.dataset[name] = value;
    }
  } catch {
    // Storage can be forbidden by policy: the page then starts as designed.
  }
})();
