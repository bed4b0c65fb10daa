import "./ui/styles.css";
import { render } from "preact";
import { start } from "./api/session";
import { App } from "./shell/App";
import { ahead } from "./shell/pages";

const root = document.getElementById("app");
// First who it is, as far as that is known at once: the first picture is then the right one.
void start();
// What the page asks of the server goes before the pictures of the frame; a page whose parts are not here yet is not waited for.
void Promise.race([ahead(location.pathname), new Promise((soon) => setTimeout(soon, 50))]).then(() => {
  // In a task of its own: a thumb need not wait for both.
  setTimeout(() => {
    if (root !== null) render(<App />, root);
  });
});
