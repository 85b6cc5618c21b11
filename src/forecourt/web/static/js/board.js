// A day's board that is wider than the window begins where now is, not at midnight, and the names of its bays stay in sight.
for (const box of document.querySelectorAll(".board-scroll")) {
  const picture = box.firstElementChild, now = box.querySelector("line.now"), names = box.querySelector(".names");
  const whole = picture.viewBox.baseVal.width;
  box.addEventListener("scroll", () => names.setAttribute("transform", `translate(${(box.scrollLeft / box.scrollWidth) * whole} 0)`), { passive: true });
  if (now) box.scrollLeft = (now.x1.baseVal.value / whole) * box.scrollWidth - box.clientWidth / 2;
}
