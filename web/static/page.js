// Asks for the page again every two seconds and replaces only what has changed.
"use strict";

const PAUSE = 2000;
const parser = new DOMParser();

async function replacePicture(old, fresh) {
  const image = fresh.querySelector("img");
  const adopted = document.adoptNode(fresh);
  if (image) await image.decode().catch(() => {});
  old.replaceWith(adopted);
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { "Papertape-Live": "1" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = parser.parseFromString(await answer.text(), "text/html");
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    if (fresh.dataset.live) {
      if (old.dataset.live !== fresh.dataset.live) await replacePicture(old, fresh);
    } else if (old.innerHTML !== fresh.innerHTML) {
      old.innerHTML = fresh.innerHTML;
    }
  }
}

async function follow() {
  if (!document.hidden) {
    const lost = document.querySelector(".lost");
    try {
      await refresh();
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
  }
  setTimeout(follow, PAUSE);
}

const choice = document.getElementById("chart-choice");
if (choice) {
  choice.form.classList.add("scripted");
  choice.addEventListener("change", () => choice.form.submit());
}
setTimeout(follow, PAUSE);
