// A day's board that is wider than the window begins where now is, not at midnight.
for (const box of document.querySelectorAll(".board-scroll")) {
  const now = box.querySelector("line.now");
  if (now) box.scrollLeft = (now.x1.baseVal.value / box.firstElementChild.viewBox.baseVal.width) * box.scrollWidth - box.clientWidth / 2;
}
