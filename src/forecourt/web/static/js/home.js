// The driver's pages as an app: the worker keeps a page for when there is no connection; the button shows where the browser can add it.
(() => {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register("/sw.js").catch(() => {}); // refused in private windows: the pages work without it
  const button = document.getElementById("add-to-home");
  if (!button) return;
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    button.hidden = false;
    button.addEventListener("click", () => event.prompt(), { once: true });
  });
  window.addEventListener("appinstalled", () => (button.hidden = true));
})();
