// Asks the browser where its reader is, only when the button is pressed, to about a hundred metres; it goes back as fields of the form.
(() => {
  const button = document.getElementById("near");
  if (!button || !("geolocation" in navigator)) return;
  const form = button.form;
  const problem = document.getElementById("near-problem");
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    problem.textContent = "";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.lat.value = coords.latitude.toFixed(3);
        form.elements.lon.value = coords.longitude.toFixed(3);
        form.elements.order.value = "near";
        form.submit();
      },
      () => {
        problem.textContent = problem.dataset.refused;
        button.disabled = false;
      },
      { maximumAge: 300000, timeout: 15000 },
    );
  });
})();
