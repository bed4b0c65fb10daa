import "./ui/styles.css";
import { render } from "preact";
import { start } from "./api/session";
import { App } from "./shell/App";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
void start();
