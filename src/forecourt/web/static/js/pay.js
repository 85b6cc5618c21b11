// Stripe's PaymentElement: cards and the device's wallet. The amount and the secret come from the server; nothing is decided here.
(() => {
  const form = document.getElementById("card-form");
  const problem = document.getElementById("card-problem");
  const stripe = Stripe(form.dataset.key);
  const elements = stripe.elements({ clientSecret: form.dataset.secret });
  elements.create("payment").mount("#card-element");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: form.dataset.back } });
    problem.textContent = error ? error.message : "";
    button.disabled = false;
  });
})();
