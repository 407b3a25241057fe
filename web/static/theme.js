/* Runs before the first paint: no flash of the wrong theme. */
(function () {
  var root = document.documentElement;
  root.classList.remove("no-js");
  if (root.dataset.theme === "system") {
    root.dataset.bsTheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
})();
