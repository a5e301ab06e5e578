// The page is refreshed by htmx. What is left to say here: whether the collector still answers,
// and that nobody looks.
"use strict";
const lost = document.getElementById("lost");
const answers = (yes) => {
  lost.hidden = yes;
  document.body.classList.toggle("old", !yes);
};
document.body.addEventListener("htmx:afterRequest", (event) => answers(event.detail.successful));
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden) event.preventDefault();
});
